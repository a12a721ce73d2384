"""Load Python files of a course's author; whatever is wrong with one is a CourseError with its line."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType

from torchdojo.course import CourseError, read_course_file
from torchdojo.sandbox.import_paths import HOW_TO_INSTALL
from torchdojo.worker.modules import load_file


def load_author_file(name: str, path: Path) -> ModuleType:
    """Return a file as a module; CourseError if it cannot be read, does not parse, raises or exits."""
    read_course_file(path)
    try:
        return load_file(name, path)
    except (Exception, SystemExit) as error:
        raise author_error(path, error) from None


def author_error(path: Path, error: BaseException) -> CourseError:
    """Return the CourseError for a file that could not be loaded."""
    message = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}".removesuffix(": ")
    if isinstance(error, ModuleNotFoundError):
        message += f"; {HOW_TO_INSTALL}"
    return CourseError(path, f"cannot be loaded: {message}", line=_line_in(path, error))


def _line_in(path: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None
