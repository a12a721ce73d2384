"""Put one exercise back to its stub, and leave the rest of a learner's file as it is."""

from __future__ import annotations

import re

from torchdojo.authoring.stub import make_chapter_stub
from torchdojo.course import Chapter, Course, CourseError, read_course_file
from torchdojo.source.files import ParsedSource, SourceError, span
from torchdojo.source.names import Definition


def load_stub(course: Course, chapter: Chapter) -> str:
    """Return the text of the untouched exercise file: made from the reference, or as a release brings it."""
    reference, shipped = course.reference_file(chapter), course.stub_file(chapter)
    if reference.is_file():
        return make_chapter_stub(course, chapter)
    if shipped.is_file():
        return read_course_file(shipped).decode("utf-8")
    raise CourseError(shipped, "the untouched exercise file is missing; take it from the course's release again")


def restore_stub(text: str, stub: str, exercise: str) -> str:
    """Return a learner's text with one exercise's code replaced by the stub's.

    The text need not parse: the definition is then found by its first line and its indentation. An exercise that is
    gone comes back before the next one that is still there, or at the end.
    """
    fresh = _lines_of(stub, exercise)
    assert fresh is not None, exercise
    ours = stub.splitlines()[fresh[0] - 1 : fresh[1]]
    lines = text.splitlines()
    place = _lines_of(text, exercise)
    if place is not None:
        lines[place[0] - 1 : place[1]] = ours
        return "\n".join(lines) + "\n"
    start = _where_missing(text, stub, fresh[1])
    lines[start - 1 : start - 1] = [*ours, "", "", "# %%"] if start <= len(lines) else ["", "", "# %%", *ours]
    return "\n".join(lines) + "\n"


def _where_missing(text: str, stub: str, after: int) -> int:
    """Return the line, from 1, where the next definition of the stub that the text still has begins."""
    for node in ParsedSource(stub.encode()).tree.body:
        if isinstance(node, Definition) and node.lineno > after:
            place = _lines_of(text, node.name)
            if place is not None:
                return place[0]
    return len(text.splitlines()) + 1


def _lines_of(text: str, name: str) -> tuple[int, int] | None:
    """Return the first and last line of a top-level definition, from 1, its decorators included."""
    try:
        tree = ParsedSource(text.encode()).tree
    except SourceError:
        return _guessed_lines(text.splitlines(), name)
    spans = [span(node) for node in tree.body if isinstance(node, Definition) and node.name == name]
    return _with_last_comments(text.splitlines(), *spans[-1]) if spans else None


def _with_last_comments(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Return a definition's lines with the indented comments that end it."""
    for number, line in enumerate(lines[last:], start=last + 1):
        if line.strip() and not line[0].isspace():
            break
        if line.strip():
            last = number
    return first, last


def _guessed_lines(lines: list[str], name: str) -> tuple[int, int] | None:
    """Find a definition in text that does not parse: from its first line up to the next line at the margin."""
    head = re.compile(rf"(async\s+def|def|class)\s+{re.escape(name)}\b")
    starts = [index for index, line in enumerate(lines) if head.match(line)]
    if not starts:
        return None
    first = starts[-1]
    last = first
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.strip() and not line[0].isspace() and not line.startswith((")", "]", "}")):
            break
        if line.strip():
            last = index
    while first and lines[first - 1].startswith("@"):
        first -= 1
    return first + 1, last + 1
