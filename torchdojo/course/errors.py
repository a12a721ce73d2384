"""The error of a broken course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchdojo.course.positions import Location
from torchdojo.errors import UserError
from torchdojo.near_names import near_names

MAX_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with course.toml. location: the path of keys and indices to it"""

    location: Location
    message: str


class CourseError(UserError):
    """A course that cannot be used as it is.

    path: the file at fault; line: its line, from 1, or None; key: the key or name at fault, or None
    others: what else is wrong with the course, if more was found
    """

    def __init__(
        self,
        path: Path,
        message: str,
        *,
        line: int | None = None,
        key: str | None = None,
        others: Sequence[CourseError] = (),
    ) -> None:
        self.path = path
        self.line = line
        self.key = key
        self.message = message
        self.others = tuple(others)
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle all of the error, so that it can be raised in another process."""
        return _restore, (self.path, self.message, self.line, self.key, self.others)

    def __str__(self) -> str:
        """Return the error on one line; if there are others, a line that counts them and then a line for each."""
        if not self.others:
            return self._describe(self.path)
        faults = (self, *self.others)
        root = self.path.parent
        lines = [fault._describe(_below(fault.path, root)) for fault in faults[:MAX_SHOWN]]
        if len(faults) > MAX_SHOWN:
            lines.append(f"… and {len(faults) - MAX_SHOWN} more")
        return "\n  ".join([f"{self.path} has {len(faults)} errors:", *lines])

    def _describe(self, path: Path) -> str:
        location = f"{path}:{self.line}" if self.line else str(path)
        return f"{location}: {self.key}: {self.message}" if self.key else f"{location}: {self.message}"


def _restore(
    path: Path, message: str, line: int | None, key: str | None, others: tuple[CourseError, ...]
) -> CourseError:
    return CourseError(path, message, line=line, key=key, others=others)


def _below(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean …?" with the known names that are close to a name, "" if none is."""
    near = near_names(name, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""
