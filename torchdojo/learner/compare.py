"""Put a learner's version of an exercise beside the reference's, once it is right and where the course shows it."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from typing import ClassVar

from torchdojo.course import read_course_file
from torchdojo.course.stub import BEGIN, END, MARKED
from torchdojo.errors import UserError
from torchdojo.grading.status import ExerciseStatus
from torchdojo.learner.progress import ExerciseProgress, Progress
from torchdojo.source.files import ParsedSource, read_source, span
from torchdojo.source.names import Definition
from torchdojo.source.repair import parse_around_errors


class NotShownError(UserError):
    """Why the reference is not shown."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Comparison:
    """Two versions of an exercise as code, each without its docstring."""

    own: str
    reference: str


def compare_exercise(progress: Progress, entry: ExerciseProgress) -> Comparison:
    """Return the learner's version of an exercise and the reference's.

    NotShownError if the exercise is not right yet or the course does not show the reference.
    """
    course, name = progress.course, entry.exercise.name
    path = course.reference_file(entry.chapter)
    if course.released or not path.is_file():
        raise NotShownError("this course is a release: it does not contain the reference.")
    if not course.show_reference:
        raise NotShownError("this course does not show the reference (show_reference in course.toml).")
    if entry.status is not ExerciseStatus.PASSED:
        raise NotShownError(f"{name} is not right yet. The reference is shown once `dojo check {name}` passes.")
    reference = ParsedSource(read_course_file(path))
    filename = f"{entry.chapter.name}.py"
    own = parse_around_errors(read_source(progress.folder / filename), filename)
    known = set(reference.definitions)
    helpers = [node for node in _needed(own, name) if node.name not in known]
    parts = [_code(own, node) for node in [*helpers, own.definitions[name]] if node]
    return Comparison("\n\n".join(parts), _code(reference, reference.definitions[name]))


def _needed(source: ParsedSource, name: str) -> list[Definition]:
    """Return the definitions that one depends on, itself included."""
    return [s.node for s in source.statements.closure([name]) if isinstance(s.node, Definition)]


def _code(source: ParsedSource, node: Definition) -> str:
    """Return a definition without its docstring and the markers of a solution."""
    first, last = span(node)
    hidden: set[int] = set()
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        hidden.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = [line for number, line in enumerate(source.lines[first - 1 : last], first) if number not in hidden]
    code = [_unmarked(line) for line in lines if line.strip() not in (BEGIN, END)]
    return textwrap.dedent("\n".join(code)).strip("\n")


def _unmarked(line: str) -> str:
    marked = MARKED.match(line)
    return marked["code"] if marked else line
