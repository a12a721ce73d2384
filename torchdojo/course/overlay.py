"""Overlays: files that hold only the definitions that differ from the reference.

A known mistake or another right answer is an overlay. Laying it over the reference gives a whole submission.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from torchdojo.course.errors import CourseError
from torchdojo.course.model import Chapter, Course
from torchdojo.course.source import SourceError, assigned_names, parse, read_source, span


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

    CourseError for an overlay without a docstring, without definitions, for no known exercise, or that does not parse;
    for a mistake without FAILS.
    """
    folder = course.graders(chapter) / kind
    reference = read_source(course.reference(chapter))
    found: list[Overlay] = []
    known = {exercise.name: exercise for exercise in chapter.exercise}
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.name.startswith((".", "__")):
            continue
        if place.name not in known:
            raise CourseError(place, f"{kind} for an unknown exercise of {chapter.name}", key=place.name)
        found += [_read(path, place.name, kind, reference) for path in sorted(place.glob("*.py"))]
    order = list(known)
    return sorted(found, key=lambda overlay: (order.index(overlay.exercise), overlay.id))


def _read(path: Path, exercise: str, kind: str, reference: bytes) -> Overlay:
    try:
        source = read_source(path)
        module = parse(source, path.name)
    except SourceError as error:
        raise CourseError(path, error.message, line=error.line) from None
    words = ast.get_docstring(module)
    if not words:
        raise CourseError(path, "an overlay needs a docstring: its first line is the name", line=1)
    fails = _fails(module)
    if kind == "mistakes" and not fails:
        raise CourseError(path, "a mistake needs FAILS = (…,): the checks that must fail", key="FAILS")
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


def _fails(module: ast.Module) -> tuple[str, ...]:
    for node in module.body:
        if assigned_names(node) == ["FAILS"] and isinstance(node, ast.Assign):
            value = ast.literal_eval(node.value)
            return (value,) if isinstance(value, str) else tuple(value)
    return ()


def lay_over(reference: bytes, overlay: bytes, name: str = "<overlay>") -> bytes:
    """Return the reference's text with the overlay's definitions in the place of its own.

    A top-level statement of the overlay that binds a name the reference binds too replaces that statement. Everything
    else (imports, helpers) goes after the reference's imports. The docstring and FAILS are left out.
    """
    lines = reference.decode("utf-8").splitlines()
    base = parse(reference)
    replacements: dict[str, list[str]] = {}
    additions: list[str] = []
    overlay_lines = overlay.decode("utf-8").splitlines()
    bound = {n for node in base.body for n in assigned_names(node)}
    for index, node in enumerate(parse(overlay, name).body):
        names = assigned_names(node)
        if names == ["FAILS"] or (index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
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
