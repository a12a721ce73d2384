"""Make a stub from a reference: solutions become `...`, and every other character stays."""

from __future__ import annotations

import re

from torchdojo.course.errors import CourseError
from torchdojo.course.files import read_course_file
from torchdojo.course.model import Chapter, Course
from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.source.names import Definition

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
MARKED = re.compile(r"^(?P<code>.*?\S)\s*#\s*SOLUTION\s*$")
ASSIGNED = re.compile(r"^(?P<target>[\w.\[\]\"', ]+?(?::[^=]+)?)\s*=(?!=)")


class StubError(Exception):
    """A solution marker without its partner. line: where it is"""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def make_stub(reference: str) -> str:
    """Return the stub of a reference's text; StubError for a marker without its partner."""
    lines: list[str] = []
    begin: int | None = None
    for number, line in enumerate(reference.splitlines(), start=1):
        stripped = line.strip()
        if stripped == BEGIN:
            if begin is not None:
                raise StubError(f"{BEGIN} inside the solution that begins in line {begin}", number)
            begin = number
            lines.append(line[: len(line) - len(line.lstrip())] + "...")
        elif stripped == END:
            if begin is None:
                raise StubError(f"{END} without {BEGIN}", number)
            begin = None
        elif begin is None:
            lines.append(_without_solution(line))
    if begin is not None:
        raise StubError(f"{BEGIN} is never closed", begin)
    return "\n".join(lines) + "\n"


def _without_solution(line: str) -> str:
    """Return a line, without its code if it is marked as a solution."""
    marked = MARKED.match(line)
    if not marked:
        return line
    code = marked["code"]
    indent = code[: len(code) - len(code.lstrip())]
    statement = code.strip()
    if statement.startswith("return"):
        return f"{indent}return ..."
    assigned = ASSIGNED.match(statement)
    return f"{indent}{assigned['target'].rstrip()} = ..." if assigned else f"{indent}..."


def make_chapter_stub(course: Course, chapter: Chapter) -> str:
    """Return the stub of a chapter's reference; CourseError if none can be made, or if it does not parse."""
    path, stub = course.reference_file(chapter), _make_unparsed(course, chapter)
    try:
        ParsedSource(stub.encode("utf-8"), path.name)
    except SourceError as error:
        raise CourseError(path, f"its stub {error.message} (line {error.line} of the stub)") from None
    return stub


def _make_unparsed(course: Course, chapter: Chapter) -> str:
    path = course.reference_file(chapter)
    try:
        return make_stub(read_course_file(path).decode("utf-8"))
    except StubError as error:
        raise CourseError(path, error.message, line=error.line) from None


def load_stub(course: Course, chapter: Chapter) -> str:
    """Return the text of the original exercise file, of the reference or of the release."""
    if course.reference_file(chapter).is_file():
        return make_chapter_stub(course, chapter)
    return _load_shipped(course, chapter)


def _load_shipped(course: Course, chapter: Chapter) -> str:
    shipped = course.stub_file(chapter)
    if shipped.is_file():
        return read_course_file(shipped).decode("utf-8")
    raise CourseError(shipped, "the original exercise file is missing; copy it from the course's release")


def stub_definitions(course: Course, chapter: Chapter, same: ParsedSource | None = None) -> dict[str, Definition]:
    """Return the definitions of a chapter's stub, by name.

    same: a text that is not parsed again if it is the stub

    {} if it cannot be made: then nothing is known to be untouched, and what is to do shows when it is run.
    """
    try:
        has_reference = course.reference_file(chapter).is_file()
        stub = (_make_unparsed if has_reference else _load_shipped)(course, chapter).encode()
        return (same if same is not None and same.code == stub else ParsedSource(stub)).definitions
    except (CourseError, SourceError):
        return {}
