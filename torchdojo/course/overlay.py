"""Overlays: files that hold only the definitions that differ from the reference.

A known mistake or another right answer is an overlay. Laying it over the reference gives a whole submission.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from torchdojo.course.errors import CourseError
from torchdojo.course.files import read_course_file
from torchdojo.course.model import Chapter, Course
from torchdojo.source.files import SourceError, assigned_names, parse, span

ENDINGS = {"mistakes": "a mistake", "accepted": "an accepted answer"}


@dataclass(frozen=True)
class Overlay:
    """One mistake or accepted answer.

    exercise: the exercise it belongs to; id: its file's name; title, explanation: its docstring, first line and rest
    fails: the checks of its exercise that must fail (none for an accepted answer)
    """

    exercise: str
    id: str
    title: str
    explanation: str
    fails: tuple[str, ...]
    source: bytes
    path: Path


def load_overlays(course: Course, chapter: Chapter, kind: str) -> list[Overlay]:
    """Return the overlays of a kind, "mistakes" or "accepted", laid over the reference, in exercise and file order.

    CourseError for an overlay without a docstring, without a definition of the reference's, for no known exercise, or
    that does not parse; for a mistake without FAILS, and an accepted answer with it; for anything else in the folder.
    """
    folder = course.graders_folder(chapter) / kind
    reference = read_course_file(course.reference_file(chapter))
    order = [exercise.name for exercise in chapter.exercises]
    found: list[Overlay] = []
    for place in _entries(folder) if folder.exists() else []:
        if place.name not in order:
            raise CourseError(place, f"{kind} for an unknown exercise of {chapter.name}", key=place.name)
        for path in _entries(place):
            if path.suffix != ".py":
                raise CourseError(path, f"only .py files are read here, each {ENDINGS[kind]}")
            found.append(_read(path, place.name, kind, reference))
    return sorted(found, key=lambda overlay: (order.index(overlay.exercise), overlay.id))


def _entries(folder: Path) -> list[Path]:
    """Return what a folder holds, hidden files and caches apart; CourseError if it is no folder, or cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))
    except OSError as error:
        raise CourseError(folder, f"must be a folder that can be read: {error.strerror}") from None


def _read(path: Path, exercise: str, kind: str, reference: bytes) -> Overlay:
    source = read_course_file(path)
    try:
        module = parse(source, path.name)
    except SourceError as error:
        raise CourseError(path, error.message, line=error.line) from None
    words = ast.get_docstring(module)
    if not words:
        raise CourseError(path, "an overlay needs a docstring: its first line is the name", line=1)
    if not _names(module) & _names(_parsed(reference)):
        raise CourseError(path, "changes nothing: it defines no name that the reference defines")
    fails = _fails(path, module)
    if kind == "mistakes" and not fails:
        raise CourseError(path, "a mistake needs FAILS = (…,): the checks that must fail", key="FAILS")
    if kind == "accepted" and fails:
        raise CourseError(path, "an accepted answer fails no check", key="FAILS")
    title, _, explanation = words.partition("\n")
    return Overlay(
        exercise=exercise,
        id=path.stem,
        title=title.strip().rstrip("."),
        explanation=explanation.strip(),
        fails=fails,
        source=lay_over(reference, source, path.name),
        path=path,
    )


@functools.lru_cache(maxsize=8)
def _parsed(reference: bytes) -> ast.Module:
    """Parse a reference once for the hundred overlays that are laid over it. Nobody may change the tree."""
    return parse(reference)


def _names(module: ast.Module) -> set[str]:
    return {name for node in module.body for name in assigned_names(node)}


def _fails(path: Path, module: ast.Module) -> tuple[str, ...]:
    """Return the names in FAILS, () without one; CourseError if it is anything but one literal of names."""
    found = [node for node in module.body if _is_about_fails(node)]
    if not found:
        return ()
    try:
        value = ast.literal_eval(getattr(found[0], "value", None) or ast.Constant(None))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # all that literal_eval may raise
        value = None
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names) or found[1:]:
        words = 'write the names of the checks out, and once: FAILS = ("values", "float32")'
        raise CourseError(path, words, line=found[-1].lineno, key="FAILS")
    return tuple(names)


def _is_about_fails(node: ast.stmt) -> bool:
    return "FAILS" in assigned_names(node) or (
        isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == "FAILS"
    )


def lay_over(reference: bytes, overlay: bytes, name: str = "<overlay>") -> bytes:
    """Return the reference's text with the overlay's definitions in the place of its own.

    A top-level statement of the overlay that binds a name the reference binds too replaces that statement. Everything
    else (imports, helpers) goes after the reference's imports. The docstring and FAILS are left out.
    """
    lines = reference.decode("utf-8").splitlines()
    base = _parsed(reference)
    replacements: dict[str, list[str]] = {}
    additions: list[str] = []
    overlay_lines = overlay.decode("utf-8").splitlines()
    bound = {n for node in base.body for n in assigned_names(node)}
    for index, node in enumerate(parse(overlay, name).body):
        names = assigned_names(node)
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or _is_about_fails(node):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        first, last = span(node)
        text = overlay_lines[first - 1 : last]
        shared = [n for n in names if n in bound]
        if shared:
            replacements[shared[0]] = replacements.get(shared[0], []) + text
        else:
            additions += text
    return _splice(base, lines, replacements, additions)


def _splice(base: ast.Module, lines: list[str], replacements: dict[str, list[str]], additions: list[str]) -> bytes:
    last_import = max(
        (node.end_lineno or 0 for node in base.body if isinstance(node, ast.Import | ast.ImportFrom)), default=0
    )
    edits: list[tuple[int, int, list[str]]] = [(last_import + 1, last_import, additions)] if additions else []
    for node in base.body:
        for name in assigned_names(node):
            if name in replacements:
                first, last = span(node)
                edits.append((first, last, replacements[name]))
    result = list(lines)
    for first, last, text in sorted(edits, reverse=True, key=lambda edit: (edit[0], edit[1])):
        result[first - 1 : last] = text
    return ("\n".join(result) + "\n").encode("utf-8")
