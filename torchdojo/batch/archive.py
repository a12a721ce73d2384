"""Read a zip file that a stranger made. Nothing is unpacked: entries are listed, the wanted ones read into memory.

Whatever the bytes are, the outcome is a list of entries or one ArchiveError in words, within bounded time and memory.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from torchdojo.course import SourceError

MB = 2**20
END = struct.Struct("<4s4H2LH")
END_64_PLACE = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")
CHUNK = 2**16
# What zipfile and zlib raise on damaged bytes; found by giving them many.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
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
    """An archive that is refused, in words; nothing of it was used."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold.

    archive, directory, read, declared: bytes of the file, of its list of entries, of everything read from it, and of
    everything it says it holds; entries: how many; depth: folders in folders; ratio: declared bytes to bytes of the
    file, looked at above 10 MB, or None; collisions: whether names that differ only in case are left out, not refused
    """

    archive: int
    directory: int
    entries: int
    read: int
    declared: int | None
    depth: int
    ratio: float | None
    collisions: bool = False


# A learning platform made the download, and many students what is in it: a huge file costs its student, not the class.
DOWNLOAD = ArchiveLimits(8192 * MB, 64 * MB, 500_000, 4096 * MB, None, 32, None, collisions=True)
# One student made this.
STUDENT = ArchiveLimits(512 * MB, 4 * MB, 20_000, 256 * MB, 2048 * MB, 32, 200)


@dataclass(frozen=True)
class Entry:
    """A file in an archive. parts: its folders and name; size: bytes, as declared; modified: local time, or None."""

    parts: tuple[str, ...]
    size: int
    modified: datetime | None
    _info: zipfile.ZipInfo


class Archive:
    """An archive whose list of entries was found in order. ArchiveError, on opening, says why it is refused.

    source: the file, or its bytes; entries: its files; left_out: names of files that some systems cannot tell apart
    """

    def __init__(self, source: Path | bytes, limits: ArchiveLimits) -> None:
        self.limits = limits
        self._read = 0
        try:
            self._file: IO[bytes] = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        except OSError as error:
            raise ArchiveError(f"cannot be opened: {error.strerror}") from None
        try:
            size = self._file.seek(0, io.SEEK_END)
            _require_size(self._file, size, limits)
            self._zip = zipfile.ZipFile(self._file)
            self.entries, self.left_out = _entries(self._zip.infolist(), size, limits)
        except ArchiveError:
            self._file.close()
            raise
        except DAMAGE as error:
            self._file.close()
            raise ArchiveError(f"is not a zip file, or a damaged one ({_words(error)})") from None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, entry: Entry, most: int) -> bytes:
        """Return an entry's bytes; SourceError if there are more than `most`, or they are damaged."""
        if entry.size > most:
            raise SourceError(f"is too large: {entry.size:,} bytes, at most {most:,} are read")
        data = bytearray()
        try:
            with self._zip.open(entry._info) as file:
                while chunk := file.read(CHUNK):
                    data += chunk
                    self._read += len(chunk)
                    if len(data) > most:  # it declared less than it holds
                        raise SourceError(f"is too large: at most {most:,} bytes are read")
                    if self._read > self.limits.read:
                        raise SourceError(f"is not read: the archive's files exceed {self.limits.read:,} bytes")
        except DAMAGE as error:
            raise SourceError(f"is damaged in its archive ({_words(error)})") from None
        return bytes(data)


def _require_size(file: IO[bytes], size: int, limits: ArchiveLimits) -> None:
    """Refuse what is too large before zipfile loads the list of entries into memory."""
    if size > limits.archive:
        raise ArchiveError(f"is too large: {size:,} bytes, at most {limits.archive:,}")
    start = max(0, size - 2**16 - END.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END.size:
        raise ArchiveError("is not a zip file")
    entries, directory = (END.unpack_from(tail, at)[i] for i in (4, 5))
    if at >= END_64_PLACE.size and tail[at - END_64_PLACE.size :].startswith(b"PK\6\7"):
        place = END_64_PLACE.unpack_from(tail, at - END_64_PLACE.size)[2]
        if place + END_64.size <= size:
            file.seek(place)
            record = END_64.unpack(file.read(END_64.size))
            entries, directory = max(entries % 0xFFFF, record[7]), max(directory % 0xFFFFFFFF, record[8])
    if entries > limits.entries:
        raise ArchiveError(f"holds {entries:,} entries, at most {limits.entries:,} are read")
    if directory > limits.directory:
        raise ArchiveError(f"has a list of entries of {directory:,} bytes, at most {limits.directory:,} are read")


def _entries(infos: list[zipfile.ZipInfo], size: int, limits: ArchiveLimits) -> tuple[list[Entry], list[str]]:
    if len(infos) > limits.entries:
        raise ArchiveError(f"holds {len(infos):,} entries, at most {limits.entries:,} are read")
    declared = sum(info.file_size for info in infos)
    if limits.declared is not None and declared > limits.declared:
        raise ArchiveError(f"would unpack to {declared:,} bytes, at most {limits.declared:,}")
    if limits.ratio is not None and declared > max(10 * MB, limits.ratio * size):
        raise ArchiveError(f"would unpack to {declared / size:,.0f} times its size: a zip bomb")
    by_name: dict[str, list[Entry]] = {}
    for info in infos:
        parts = _parts(info, limits)
        _require_kind(info)
        if info.is_dir() or not parts:
            continue
        same = by_name.setdefault("/".join(parts).casefold(), [])
        same.append(Entry(parts, info.file_size, _time(info), info))
        if any(other.parts == parts for other in same[:-1]):
            raise ArchiveError(f"holds {_shown('/'.join(parts))} twice")
        if len(same) > 1 and not limits.collisions:
            one, other = ("/".join(entry.parts) for entry in same)
            raise ArchiveError(f"holds both {_shown(one)} and {_shown(other)}, which some systems cannot tell apart")
    entries = [same[0] for same in by_name.values() if len(same) == 1]
    return entries, ["/".join(e.parts) for same in by_name.values() if len(same) > 1 for e in same]


def _parts(info: zipfile.ZipInfo, limits: ArchiveLimits) -> tuple[str, ...]:
    """Return folders and name; refuse a name that leads out of the folder it is unpacked to."""
    raw = info.orig_filename
    name = raw.replace("\\", "/")  # as Windows' old tools write it
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if "\0" in raw or len(raw) > 4096:
        raise ArchiveError(f"holds an entry with an impossible name, {_shown(raw[:60])}")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        raise ArchiveError(f"holds {_shown(raw[:200])}, a path that leads out of the folder it is unpacked to")
    if len(parts) > limits.depth:
        raise ArchiveError(f"holds folders nested deeper than {limits.depth}")
    return parts


def _require_kind(info: zipfile.ZipInfo) -> None:
    name = _shown(info.filename[:200])
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system in (3, 19) else 0
    if kind == stat.S_IFLNK:
        raise ArchiveError(f"holds {name}, a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"holds {name}, which is neither a file nor a folder")
    if info.flag_bits & 0x1:
        raise ArchiveError(f"holds {name}, which is protected by a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"holds {name}, compressed in an unusual way (method {info.compress_type})")


def _time(info: zipfile.ZipInfo) -> datetime | None:
    """Return the entry's time, which a zip keeps in the local time of whoever made it."""
    if info.date_time[:3] == (1980, 1, 1):
        return None  # what tools write when they do not know
    try:
        return datetime(*info.date_time).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _shown(name: str) -> str:
    return repr(name.encode("utf-8", "replace").decode("utf-8"))


def _words(error: BaseException) -> str:
    return str(error)[:100] or type(error).__name__
