"""Find what a student wrote for an exercise that only people grade."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.course.stub import load_stub
from torchdojo.source.files import SourceError, span
from torchdojo.source.repair import parse_around_errors


def hand_answer(course: Course, chapter: Chapter, exercise: Exercise, source: bytes) -> str:
    """Return the text of the statements that bind an exercise's name in a submission, without those of the stub.

    That is a definition, or an assignment, such as of an essay; "" if there is none, or the text cannot be parsed. A
    part that does not parse counts as what it would define. CourseError if the stub cannot be read.
    """
    given = {part.key for part in _parts(load_stub(course, chapter).encode(), exercise.name)}
    return "\n\n".join(part.text for part in _parts(source, exercise.name) if part.key not in given)


@dataclass(frozen=True)
class _Part:
    """Lines that bind a name. key: their text without blanks and without a comment after their end"""

    first: int
    text: str
    key: str


def _parts(source: bytes, name: str) -> list[_Part]:
    """Return the statements, and the parts that do not parse, that bind a name, in their order."""
    try:
        parsed = parse_around_errors(source)
    except SourceError:
        return []
    parts = []
    for statement in (s for s in parsed.statements if name in s.binds):
        first, last = span(statement.node)
        *lines, end = parsed.lines[first - 1 : last]
        code = [*lines, end.encode()[: statement.node.end_col_offset].decode()]
        parts.append(_part(first, [*lines, end], code))
    for block in (block for block in parsed.broken if name in block.names):
        lines = parsed.lines[block.first - 1 : block.last]
        parts.append(_part(block.first, lines, lines))
    return sorted(parts, key=lambda part: part.first)


def _part(first: int, lines: list[str], code: list[str]) -> _Part:
    return _Part(first, "\n".join(lines), "".join("".join(code).split()))
