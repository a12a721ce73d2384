"""Load Python files of a course's author; whatever is wrong with one is a CourseError with its line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

from torchdojo.course import CourseError, read_course_file
from torchdojo.explain.known import near_name
from torchdojo.sandbox.import_paths import HOW_TO_INSTALL
from torchdojo.worker.modules import load_file

UNKNOWN_MARK = re.compile(r"'(\w+)' not found in `markers` configuration option")  # as pytest says it


def load_author_file(name: str, path: Path) -> ModuleType:
    """Return a file as a module; CourseError if it cannot be read, does not parse, raises or exits."""
    read_course_file(path)
    try:
        return load_file(name, path)
    except (Exception, SystemExit) as error:
        raise author_error(path, error) from None


def describe_unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return that something is unknown, with the known name that may be meant."""
    near = near_name(name, known, 0.6)
    return f"unknown {kind} {name}" + (f"; did you mean {near}?" if near else "")


def author_error(path: Path, error: BaseException, marks: Iterable[str] = ()) -> CourseError:
    """Return the CourseError for a file that could not be loaded. marks: the names of those that checks may have"""
    unknown = UNKNOWN_MARK.match(str(error))
    if unknown is not None:
        return CourseError(path, describe_unknown("mark", unknown[1], marks), line=_line_in(path, error))
    name = "" if isinstance(error, pytest.Collector.CollectError) else f"{type(error).__name__}: "
    message = f"{name}{' '.join(str(error).split())[:300]}".removesuffix(": ")
    if isinstance(error, ModuleNotFoundError):
        message += f"; {HOW_TO_INSTALL}"
    return CourseError(path, f"cannot be loaded: {message}", line=_line_in(path, error))


def _line_in(path: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None
