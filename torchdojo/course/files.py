"""Read the files that a course's author wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torchdojo.course.errors import CourseError
from torchdojo.source.files import MAX_SOURCE_BYTES, ParsedSource, SourceError, check_text, read_bytes


def read_course_file(path: Path) -> bytes:
    """Return the bytes of a file that the course's author wrote, in UTF-8; CourseError if it cannot be read."""
    try:
        source = read_bytes(path, MAX_SOURCE_BYTES)
        check_text(source)
    except SourceError as error:
        raise CourseError(path, error.message, line=error.line) from None
    return source


def parse_course_file(path: Path) -> ParsedSource:
    """Return a Python file that the course's author wrote; CourseError if it cannot be read or does not parse."""
    try:
        return ParsedSource(read_course_file(path), path.name)
    except SourceError as error:
        raise CourseError(path, error.message, line=error.line) from None


def read_json(path: Path) -> Any:
    """Return the content of an author's JSON file; CourseError if it cannot be read or is not JSON."""
    try:
        return json.loads(read_course_file(path))
    except json.JSONDecodeError as error:
        raise CourseError(path, f"is not JSON: {error.msg}", line=error.lineno) from None
    except RecursionError:
        raise CourseError(path, "is nested too deeply to be read as JSON") from None
