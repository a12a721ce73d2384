"""Make a stub from a reference: solutions become `...`, everything else stays letter by letter."""

from __future__ import annotations

import re
from pathlib import Path

from torchdojo.course import Course, CourseError

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


def stubs(course: Course) -> dict[Path, str]:
    """Return the text of every exercise file of the course."""
    made: dict[Path, str] = {}
    for chapter in course.chapter:
        source = course.reference(chapter)
        try:
            made[course.exercises(chapter)] = make_stub(source.read_text(encoding="utf-8"))
        except StubError as error:
            raise CourseError(source, error.message, line=error.line) from None
    return made


def write_stubs(course: Course) -> list[Path]:
    """Write every exercise file that differs from its reference's stub; return those written."""
    written = []
    for path, text in stubs(course).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    return written


def stale_stubs(course: Course) -> list[Path]:
    """Return the exercise files that differ from their reference's stub."""
    return [p for p, text in stubs(course).items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
