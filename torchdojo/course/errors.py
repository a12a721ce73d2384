"""The one error a broken course gives: it names the file, the line and the key."""

from __future__ import annotations

from pathlib import Path

from torchdojo.errors import UserError


class CourseError(UserError):
    """A course that cannot be used as it is.

    path: the file at fault; line: its line, from 1, or None; key: the key or name at fault, or None
    """

    def __init__(self, path: Path, message: str, *, line: int | None = None, key: str | None = None) -> None:
        self.path = path
        self.line = line
        self.key = key
        self.message = message
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        """Make the error cross between processes whole."""
        return _rebuild, (self.path, self.message, self.line, self.key)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


def _rebuild(path: Path, message: str, line: int | None, key: str | None) -> CourseError:
    return CourseError(path, message, line=line, key=key)
