"""Overlays: files with only the definitions that differ from the reference.

A known mistake or another right answer is an overlay. Laying it over the reference gives a whole submission.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from torchdojo.course.errors import CourseError, did_you_mean
from torchdojo.course.files import parse_course_file
from torchdojo.course.model import Chapter, Course
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Import

SINGULAR = {"mistakes": "a mistake", "accepted": "an accepted answer"}


@dataclass(frozen=True)
class Overlay:
    """A known mistake or an accepted answer.

    exercise: the exercise it belongs to; id: its file's name; title, explanation: first line and rest of its docstring
    fails: the checks of its exercise that must fail (none for an accepted answer), see `cases_of`
    source: it, laid over the reference; line: of its FAILS, or its first
    """

    exercise: str
    id: str
    title: str
    explanation: str
    fails: tuple[str, ...]
    source: bytes
    path: Path
    line: int = 1


def cases_of(name: str, checks: Iterable[str]) -> list[str]:
    """Return the checks that a name in FAILS stands for: itself, or all cases of a parametrized test.

    A mistake must fail at least one of them.
    """
    known = list(checks)
    return [name] if name in known else [check for check in known if check.startswith(f"{name}[")]


def without_case(check: str) -> str:
    """Return the test that a check is a case of, or the check itself."""
    return check.partition("[")[0]


def load_overlays(course: Course, chapter: Chapter, kind: str) -> list[Overlay]:
    """Return the overlays of a kind, "mistakes" or "accepted", laid over the reference, by exercise and file name.

    CourseError for an overlay that does not parse, has no docstring, changes no definition of the reference or belongs
    to an unknown exercise; for a mistake without FAILS or an accepted answer with it; for any other file in the folder.
    """
    root = course.graders_folder(chapter) / kind
    reference = parse_course_file(course.reference_file(chapter))
    order = [exercise.name for exercise in chapter.graded_exercises]
    overlays: list[Overlay] = []
    for folder in _entries(root) if root.exists() else []:
        if chapter.find(folder.name) and folder.name not in order:
            raise CourseError(folder, f"{folder.name} is graded by hand: it has neither mistakes nor accepted answers")
        if folder.name not in order:
            advice = "; if you removed it, also remove its mistakes, accepted answers, checks and probes"
            meant = did_you_mean(folder.name, order) or advice
            raise CourseError(folder, f"{chapter.name} has no exercise of this name{meant}")
        for path in _entries(folder):
            if path.suffix != ".py":
                raise CourseError(path, f"only .py files belong here, each {SINGULAR[kind]}")
            overlays.append(_read(path, folder.name, kind, reference))
    return sorted(overlays, key=lambda overlay: (order.index(overlay.exercise), overlay.id))


def _entries(folder: Path) -> list[Path]:
    """Return the files of a folder, except hidden ones and caches; CourseError if it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))
    except OSError as error:
        raise CourseError(folder, f"must be a readable folder: {error.strerror}") from None


def _read(path: Path, exercise: str, kind: str, reference: ParsedSource) -> Overlay:
    source = parse_course_file(path)
    docstring = ast.get_docstring(source.tree)
    if not docstring:
        raise CourseError(path, "an overlay needs a docstring; its first line is the name", line=1)
    if not _defined(source) & _defined(reference):
        raise CourseError(path, "changes nothing: it does not define any name of the reference")
    fails, line = _fails(path, source)
    if kind == "mistakes" and not fails:
        raise CourseError(path, "a mistake needs FAILS = (…,), the checks that must fail", key="FAILS")
    if kind == "accepted" and fails:
        raise CourseError(path, "an accepted answer must not have FAILS", key="FAILS")
    title, _, explanation = docstring.partition("\n")
    return Overlay(
        exercise=exercise,
        id=path.stem,
        title=title.strip().rstrip("."),
        explanation=explanation.strip(),
        fails=fails,
        source=lay_over(reference, source),
        path=path,
        line=line,
    )


def _defined(source: ParsedSource) -> set[str]:
    return {name for statement in source.statements for name in statement.defines}


def _fails(path: Path, source: ParsedSource) -> tuple[tuple[str, ...], int]:
    """Return the names in FAILS and its line, () and 1 without it; CourseError if it is not one literal of names."""
    found = [statement.node for statement in source.statements if "FAILS" in statement.binds]
    if not found:
        return (), 1
    try:
        value = ast.literal_eval(getattr(found[0], "value", None) or ast.Constant(None))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # all that literal_eval may raise
        value = None
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names) or found[1:]:
        message = 'name the checks in one literal: FAILS = ("values", "float32")'
        raise CourseError(path, message, line=found[-1].lineno, key="FAILS")
    return tuple(names), found[0].lineno


def lay_over(reference: ParsedSource, overlay: ParsedSource) -> bytes:
    """Return the reference's text with the overlay's definitions in the place of its own.

    A top-level statement that defines a name of the reference replaces the reference's statement. Everything else
    (imports, helpers) goes after the reference's imports. The docstring and FAILS are left out.
    """
    defined = _defined(reference)
    replacements: dict[str, list[str]] = {}
    additions: list[str] = []
    for index, statement in enumerate(overlay.statements):
        node = statement.node
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_docstring or is_future or "FAILS" in statement.binds:
            continue
        first, last = span(node)
        text = overlay.lines[first - 1 : last]
        shared = sorted(statement.defines & defined)
        if shared:
            replacements.setdefault(shared[0], []).extend(text)
        else:
            additions += text
    return _splice(reference, replacements, additions)


def _splice(reference: ParsedSource, replacements: dict[str, list[str]], additions: list[str]) -> bytes:
    body = reference.tree.body
    last_import = max((node.end_lineno or 0 for node in body if isinstance(node, Import)), default=0)
    edits: list[tuple[int, int, list[str]]] = [(last_import + 1, last_import, additions)] if additions else []
    for statement in reference.statements:
        for name in statement.defines & replacements.keys():
            edits.append((*span(statement.node), replacements[name]))
    lines = list(reference.lines)
    for first, last, text in sorted(edits, reverse=True, key=lambda edit: (edit[0], edit[1])):
        lines[first - 1 : last] = text
    return ("\n".join(lines) + "\n").encode("utf-8")
