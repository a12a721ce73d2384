"""The error of a broken course."""

from __future__ import annotations

from functools import partial
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
        """Pickle all of the error, so that it can be raised in another process."""
        return partial(CourseError, line=self.line, key=self.key), (self.path, self.message)

    def __str__(self) -> str:
        location = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{location}: {self.key}: {self.message}" if self.key else f"{location}: {self.message}"
