"""Load what a course's author wrote as Python. Whatever is wrong with it is one CourseError, with its line."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType

from torchdojo.course import CourseError, read_course_file
from torchdojo.worker.modules import load_file


def load_trusted(name: str, path: Path) -> ModuleType:
    """Return an author's file as a module; CourseError if it cannot be read, does not parse, raises or exits."""
    read_course_file(path)
    try:
        return load_file(name, path)
    except (Exception, SystemExit) as error:
        raise not_loaded(path, error) from None


def not_loaded(path: Path, error: BaseException) -> CourseError:
    """Return the CourseError that says why an author's file was not loaded."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}".removesuffix(": ")
    return CourseError(path, f"cannot be loaded: {words}", line=_line_in(path, error))


def _line_in(path: Path, error: BaseException) -> int | None:
    """Return the line of a file where an error arose, or None if that is not known."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None
