"""What every kind of untrusted archive has in common: its limits, its list of members, and how a member is read.

Nothing is unpacked to a folder. Any bytes give either a list of members or an ArchiveError, in bounded time and memory.
"""

from __future__ import annotations

import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from torchdojo.source.files import SourceError

MIB = 2**20
CHUNK_BYTES = 2**16
HEAD_BYTES = 512  # what tells the kind of a file: a tar's first header
MAX_NAME = 4096
MAX_LISTED = 5  # entries that are listed each with the same reason if none can be read
IS_LINK = "is a symbolic link; submit the file itself"
# What the readers of the standard library raise on damaged bytes, found by fuzzing.
DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    OverflowError,
    LookupError,
    MemoryError,
)


class ArchiveError(Exception):
    """An archive that is refused; the message is user-facing."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold.

    archive_bytes, directory_bytes: size of the file and of its list of members
    read_bytes, declared_bytes: total size of what is read, and of what the members claim to hold
    depth: levels of folders
    ratio: claimed size to size of the file; not applied below 10 MiB
    """

    archive_bytes: int
    directory_bytes: int
    members: int
    read_bytes: int
    depth: int
    declared_bytes: int | None = None
    ratio: float | None = None


# A download comes from a learning platform, but its content from many students: a huge file must cost only its owner.
DOWNLOAD_LIMITS = ArchiveLimits(
    archive_bytes=8192 * MIB,
    directory_bytes=64 * MIB,
    members=500_000,
    read_bytes=4096 * MIB,
    depth=32,
)
STUDENT_LIMITS = ArchiveLimits(
    archive_bytes=512 * MIB,
    directory_bytes=4 * MIB,
    members=20_000,
    read_bytes=256 * MIB,
    depth=32,
    declared_bytes=2048 * MIB,
    ratio=200,
)


class Budget:
    """What is left of the limits, for an archive and those inside it.

    What is unpacked in order to list files is counted apart, so that a large data set leaves the answers readable.
    """

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self._members = 0
        self._unpacked = 0
        self._read = 0

    def count(self, entries: int) -> None:
        """Count entries; ArchiveError if there are too many."""
        self._members += entries
        if self._members > self.limits.members:
            raise ArchiveError(f"has too many entries: more than {self.limits.members:,} in all")

    def unpack(self, size: int) -> None:
        """Count bytes that are unpacked to list files; ArchiveError if there are too many."""
        self._unpacked += size
        if self._unpacked > self.limits.read_bytes:
            raise ArchiveError(f"would unpack to too much: more than {self.limits.read_bytes:,} bytes in all")

    def unpack_read(self, size: int) -> None:
        """Count bytes that were counted as read as unpacked instead; ArchiveError if there are too many."""
        self._read -= size
        self.unpack(size)

    def read(self, size: int) -> None:
        """Count bytes of files that are read; SourceError if there are too many."""
        self._read += size
        if self._read > self.limits.read_bytes:
            raise SourceError(f"is not read: the archive's files exceed {self.limits.read_bytes:,} bytes")


@dataclass(frozen=True)
class Entry:
    """What an archive says of one entry.

    name: as it was stored; size: bytes, as declared; modified: local time, or None; place: where its reader finds it
    problem: why it cannot be read, or ""; digest: equal for entries with the same content, None if it is not known
    """

    name: str
    size: int
    modified: datetime | None
    place: int
    is_folder: bool = False
    problem: str = ""
    digest: int | None = None


@dataclass(frozen=True)
class Member:
    """A file in an archive. parts: its folders and name; size: bytes, as declared; modified: local time, or None"""

    parts: tuple[str, ...]
    size: int
    modified: datetime | None
    place: int


class Archive(ABC):
    """An open archive with a valid list of members; opening raises ArchiveError if it is refused.

    members: its files; folders: its entries that are folders; skipped: names of entries left out, each with the reason
    """

    def __init__(self, budget: Budget, entries: Iterable[Entry]) -> None:
        self.budget = budget
        self.members: list[Member] = []
        self.folders: list[tuple[str, ...]] = []
        self.skipped: list[tuple[str, str]] = []
        found: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            self._sort_in(entry, found)
        self.members = [Member(parts, entry.size, entry.modified, entry.place) for parts, entry in found.items()]
        if not self.members and not self.folders and not self.skipped:
            raise ArchiveError("is an empty archive")
        reasons = {reason for _, reason in self.skipped}
        if not self.members and len(self.skipped) > MAX_LISTED and len(reasons) == 1:
            raise ArchiveError(f"contains {len(self.skipped):,} files, and each of them {reasons.pop()}")

    def _sort_in(self, entry: Entry, found: dict[tuple[str, ...], Entry]) -> None:
        """Add an entry to the folders, to those left out or to what was found; of one name twice the later counts."""
        if "\0" in entry.name or len(entry.name) > MAX_NAME:
            self.skipped.append((entry.name[:60].replace("\0", "?"), "has an invalid name"))
            return
        parts = split_name(entry.name)
        if not parts:
            return
        if len(parts) > self.budget.limits.depth:
            self.skipped.append(("/".join(parts), f"is nested deeper than {self.budget.limits.depth} folders"))
        elif entry.problem:
            self.skipped.append(("/".join(parts), entry.problem))
        elif entry.is_folder:
            self.folders.append(parts)
        else:
            other = found.pop(parts, entry)
            if other is not entry and not _same(other, entry):
                self.skipped.append(("/".join(parts), "is in the archive twice, and the later one was read"))
            found[parts] = entry

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Close what is open."""

    @abstractmethod
    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield a member's bytes in chunks of bounded size; one of DAMAGE_ERRORS if it is damaged."""

    def read(self, member: Member, max_bytes: int) -> bytes:
        """Return a member's bytes; SourceError if there are more than `max_bytes`, or they are damaged."""
        if member.size > max_bytes:
            raise SourceError(f"is too large: {member.size:,} bytes, at most {max_bytes:,} are read")
        data = bytearray()
        try:
            for chunk in self.chunks(member):
                data += chunk
                self.budget.read(len(chunk))
                if len(data) > max_bytes:  # it holds more than it declared
                    raise SourceError(f"is too large: at most {max_bytes:,} bytes are read")
        except DAMAGE_ERRORS as error:
            raise SourceError(f"is damaged inside its archive ({describe(error)})") from None
        return bytes(data)

    def head(self, member: Member) -> bytes:
        """Return a member's first bytes, none if it is damaged: enough to tell its kind."""
        try:
            return next(self.chunks(member), b"")[:HEAD_BYTES]
        except DAMAGE_ERRORS:
            return b""


def _same(one: Entry, other: Entry) -> bool:
    if one.place == other.place:
        return True
    return one.digest is not None and (one.digest, one.size) == (other.digest, other.size)


def split_name(stored: str) -> tuple[str, ...]:
    """Return the folders and name of a stored name; ArchiveError if it would be unpacked outside its folder."""
    name = stored.replace("\\", "/")  # as Windows' old tools write it
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if not parts:
        return ()
    if name.startswith("/") or re.match(r"[A-Za-z]:/", name) or ".." in parts:
        shown = repr(stored[:200].encode("utf-8", "replace").decode("utf-8"))
        raise ArchiveError(f"contains {shown}, which would be unpacked outside its folder")
    return parts


def unix_time(seconds: int) -> datetime | None:
    """Return a time in the local zone, None if it is not known or impossible."""
    try:
        return datetime.fromtimestamp(seconds).astimezone() if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def describe(error: BaseException) -> str:
    """Return what a library says of damaged bytes, in one short line."""
    return " ".join(str(error)[:100].split()) or type(error).__name__


class OnDemandFile:
    """A file on disk that is open only while it is read: a class may hand in more archives than can be open at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place and return it."""
        start = (0, self._place, self._path.stat().st_size if whence == 2 else 0)[whence]
        if start + offset < 0:
            raise OSError("negative seek position")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def seekable(self) -> bool:
        """Whether it can be read from any place: yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the bytes from the place on."""
        with self._path.open("rb") as file:
            file.seek(self._place)
            data = file.read(size)
        self._place += len(data)
        return data

    def close(self) -> None:
        """No-op: nothing is open."""


ByteFile = IO[bytes] | OnDemandFile
