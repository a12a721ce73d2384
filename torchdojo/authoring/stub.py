"""Make a stub from a reference: solutions become `...`, and every other character stays."""

from __future__ import annotations

import re
from pathlib import Path

from torchdojo.course import Chapter, Course, CourseError, read_course_file
from torchdojo.files import write_atomically
from torchdojo.source.files import ParsedSource, SourceError

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
    path = course.reference_file(chapter)
    try:
        stub = make_stub(read_course_file(path).decode("utf-8"))
        ParsedSource(stub.encode("utf-8"), path.name)
    except StubError as error:
        raise CourseError(path, error.message, line=error.line) from None
    except SourceError as error:
        raise CourseError(path, f"its stub {error.message} (line {error.line} of the stub)") from None
    return stub


def make_stubs(course: Course) -> dict[Path, str]:
    """Return the text of every exercise file of the course."""
    return {course.exercise_file(chapter): make_chapter_stub(course, chapter) for chapter in course.chapters}


def write_stubs(course: Course) -> list[Path]:
    """Write every exercise file that differs from its reference's stub; return those written."""
    stale = find_stale_stubs(course)
    for path, text in stale.items():
        write_atomically(path, text, create_folder=True)
    return list(stale)


def find_stale_stubs(course: Course) -> dict[Path, str]:
    """Return the exercise files that differ from their reference's stub, each with that stub."""
    stubs = make_stubs(course).items()
    return {p: text for p, text in stubs if not p.is_file() or p.read_bytes() != text.encode("utf-8")}
