"""Make a stub from a reference: solutions become `...`, everything else stays letter by letter."""

from __future__ import annotations

import re
from pathlib import Path

from torchdojo.course import Chapter, Course, CourseError, read_course_file
from torchdojo.source.files import ParsedSource, SourceError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
MARKED = re.compile(r"^(?P<code>.*?\S)\s*#\s*SOLUTION\s*$")
ASSIGNED = re.compile(r"^(?P<target>[\w.\[\]\"', ]+?(?::[^=]+)?)\s*=(?!=)")


class StubError(Exception):
    """Markers that do not pair, with the line where that shows."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def make_stub(reference: str) -> str:
    """Return the stub of a reference's text; StubError for a marker without its partner."""
    lines: list[str] = []
    opened: int | None = None
    for number, line in enumerate(reference.splitlines(), start=1):
        words = line.strip()
        if words == BEGIN:
            if opened is not None:
                raise StubError(f"{BEGIN} inside the solution that began in line {opened}", number)
            opened = number
            lines.append(line[: len(line) - len(line.lstrip())] + "...")
        elif words == END:
            if opened is None:
                raise StubError(f"{END} without {BEGIN}", number)
            opened = None
        elif opened is None:
            lines.append(_without_solution(line))
    if opened is not None:
        raise StubError(f"{BEGIN} is never closed", opened)
    return "\n".join(lines) + "\n"


def _without_solution(line: str) -> str:
    """Return a line with the work of a marked line taken out."""
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
    """Return the stub of a chapter's reference; CourseError if no stub can be made of it, or none that parses."""
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
    for path, text in make_stubs(course).items():
        if path in stale:
            _write(path, text)
    return stale


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CourseError(path, f"cannot be written: {error.strerror}") from None


def find_stale_stubs(course: Course) -> list[Path]:
    """Return the exercise files that differ from their reference's stub."""
    return [p for p, text in make_stubs(course).items() if not p.is_file() or p.read_bytes() != text.encode("utf-8")]
