"""Keep decisions in OUT/reviews.jsonl, a line each: whole or not at all, whoever else writes, whenever power is cut.

A plain file rather than a database, because a team that grades on several machines can merge it with git, in any order
of lines; a person can read it; and each line, once it is on the disk, is never touched again, so that it is also the
history. Nothing is ever deleted: an undo is a line of its own. One decision about many submissions is one line.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from torchdojo.errors import UserError
from torchdojo.files import sync_folder
from torchdojo.review.decision import Decision, ReviewEntry

FILE = "reviews.jsonl"
CONFLICT_MARKS = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


class ReviewsError(UserError):
    """The file of decisions cannot be read or written; the message is user-facing."""


class ReviewLog:
    """The decisions in a folder of results. Several processes may read and write at once.

    ReviewsError if the file cannot be read or written, or holds what is not a decision, with the line.
    """

    def __init__(self, out: Path) -> None:
        self.path = out / FILE
        self._seen: tuple[int, int, int] | None = None  # inode, size and time of what was read
        self._entries: list[ReviewEntry] = []

    def entries(self) -> list[ReviewEntry]:
        """Return all decisions in the order in which they were made. The file is read again only if it changed."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                seen = (status.st_ino, status.st_size, status.st_mtime_ns)
                if seen != self._seen:
                    self._entries = self._parse(file.read())
                    self._seen = seen
        except (FileNotFoundError, NotADirectoryError):
            self._seen, self._entries = None, []
        except OSError as error:
            raise ReviewsError(f"{self.path} cannot be read: {error.strerror}") from None
        return self._entries

    def append(self, by: str, decide: Callable[[list[ReviewEntry]], Decision]) -> ReviewEntry:
        """Write a decision to the disk, and return its entry once it is there.

        by: who decides; decide: gets all decisions so far, and returns the new one or raises, while nobody else writes
        """
        return self.append_all(by, lambda entries: [decide(entries)])[0]

    def append_all(self, by: str, decide: Callable[[list[ReviewEntry]], Sequence[Decision]]) -> list[ReviewEntry]:
        """Write decisions to the disk at once, as `append` does one, and return their entries."""
        with self._locked() as file:
            entries = list(self.entries())
            new: list[ReviewEntry] = []
            for decision in decide(entries):
                at = _time_after([*entries[-1:], *new[-1:]])
                new.append(ReviewEntry(id=secrets.token_hex(8), at=at, by=by, decision=decision))
            _write_line(file, b"".join(entry.model_dump_json().encode() + b"\n" for entry in new))
        return new

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Yield the open file, which nobody else writes meanwhile, without a line that a crash left half-written."""
        import fcntl  # Linux only, as grading is

        try:
            is_new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if is_new:
                    sync_folder(self.path.parent)
                _drop_torn_line(file)
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise ReviewsError(f"{self.path} cannot be written: {error.strerror}. Nothing was decided.") from None

    def _parse(self, data: bytes) -> list[ReviewEntry]:
        lines = data.split(b"\n")
        torn = lines.pop()  # what no line end follows was never reported as saved, unless a person wrote it
        if torn.strip() and _is_entry(torn):
            lines.append(torn)
        entries: dict[str, ReviewEntry] = {}
        for number, line in enumerate(lines, 1):
            if line.strip():
                entry = self._entry(number, line)
                entries[entry.id] = entry  # a merge may leave a line twice
        return sorted(entries.values(), key=lambda entry: (entry.at, entry.id))

    def _entry(self, number: int, line: bytes) -> ReviewEntry:
        if line.startswith(CONFLICT_MARKS):
            raise ReviewsError(
                f"{self.path} line {number} is a conflict mark of git. Keep the lines of both sides, in any order, and "
                "delete the marks. `reviews.jsonl merge=union` in .gitattributes does that by itself."
            )
        try:
            return ReviewEntry.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ReviewsError(
                f"{self.path} line {number} is not a decision{f' ({where})' if where else ''}: {first['msg']}. "
                "Restore the line from a copy, or delete it."
            ) from None


def _is_entry(line: bytes) -> bool:
    try:
        ReviewEntry.model_validate_json(line)
    except ValidationError:
        return False
    return True


def _time_after(entries: list[ReviewEntry]) -> str:
    """Return the time, or one just after the last entry's if a clock was set back or is behind."""
    now = datetime.now(UTC)
    if entries:
        now = max(now, datetime.fromisoformat(entries[-1].at) + timedelta(microseconds=1))
    return now.isoformat(timespec="microseconds")


def _drop_torn_line(file: int) -> None:
    """End the last line, or cut it off if it is half a decision, which was never reported as saved."""
    size = os.fstat(file).st_size
    data = os.pread(file, size, 0)
    start = data.rfind(b"\n") + 1
    if start == size:
        return
    if _is_entry(data[start:]):
        _write_line(file, b"\n")
    else:
        os.ftruncate(file, start)


def _write_line(file: int, line: bytes) -> None:
    """Put a line on the disk. OSError, with the file as it was, if it does not fit there."""
    size = os.fstat(file).st_size
    try:
        written = 0
        while written < len(line):
            written += os.write(file, line[written:])
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise
