"""Read untrusted zip files: list their members and read single ones into memory, without unpacking to disk.

Any bytes give either a list of members or an ArchiveError, in bounded time and memory.
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

from torchdojo.source.files import SourceError

MIB = 2**20
END_RECORD = struct.Struct("<4s4H2LH")
ZIP64_LOCATOR = struct.Struct("<4sLQL")
ZIP64_END_RECORD = struct.Struct("<4sQ2H2L4Q")
CHUNK_BYTES = 2**16
# What zipfile and zlib raise on damaged bytes, found by fuzzing.
DAMAGE_ERRORS = (
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
    """An archive that is refused; the message is user-facing."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold.

    archive_bytes, directory_bytes: size of the file and of its list of members
    read_bytes, declared_bytes: total size of what is read, and of what the members claim to hold
    depth: levels of folders
    ratio: claimed size to size of the file; not applied below 10 MiB
    skip_collisions: leave out names that differ only in case, instead of refusing the archive
    """

    archive_bytes: int
    directory_bytes: int
    members: int
    read_bytes: int
    depth: int
    declared_bytes: int | None = None
    ratio: float | None = None
    skip_collisions: bool = False


# A download comes from a learning platform, but its content from many students: a huge file must cost only its owner.
DOWNLOAD_LIMITS = ArchiveLimits(
    archive_bytes=8192 * MIB,
    directory_bytes=64 * MIB,
    members=500_000,
    read_bytes=4096 * MIB,
    depth=32,
    skip_collisions=True,
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


@dataclass(frozen=True)
class ZipMember:
    """A file in an archive. parts: its folders and name; size: bytes, as declared; modified: local time, or None"""

    parts: tuple[str, ...]
    size: int
    modified: datetime | None
    _info: zipfile.ZipInfo


class Archive:
    """An open archive with a valid list of members; opening raises ArchiveError if it is refused.

    source: the file, or its bytes; members: its files; colliding: names left out because they differ only in case
    """

    def __init__(self, source: Path | bytes, limits: ArchiveLimits) -> None:
        self.limits = limits
        self._bytes_read = 0
        try:
            self._file: IO[bytes] = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        except OSError as error:
            raise ArchiveError(f"cannot be opened: {error.strerror}") from None
        try:
            size = self._file.seek(0, io.SEEK_END)
            _require_size(self._file, size, limits)
            self._zip = zipfile.ZipFile(self._file)
            self.members, self.colliding = _list_members(self._zip.infolist(), size, limits)
        except ArchiveError:
            self._file.close()
            raise
        except DAMAGE_ERRORS as error:
            self._file.close()
            raise ArchiveError(f"is not a zip file, or is damaged ({_describe(error)})") from None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, member: ZipMember, max_bytes: int) -> bytes:
        """Return a member's bytes; SourceError if there are more than `max_bytes`, or they are damaged."""
        if member.size > max_bytes:
            raise SourceError(f"is too large: {member.size:,} bytes, at most {max_bytes:,} are read")
        data = bytearray()
        try:
            with self._zip.open(member._info) as file:
                while chunk := file.read(CHUNK_BYTES):
                    data += chunk
                    self._bytes_read += len(chunk)
                    if len(data) > max_bytes:  # it holds more than it declared
                        raise SourceError(f"is too large: at most {max_bytes:,} bytes are read")
                    if self._bytes_read > self.limits.read_bytes:
                        raise SourceError(f"is not read: the archive's files exceed {self.limits.read_bytes:,} bytes")
        except DAMAGE_ERRORS as error:
            raise SourceError(f"is damaged inside its archive ({_describe(error)})") from None
        return bytes(data)


def _require_size(file: IO[bytes], size: int, limits: ArchiveLimits) -> None:
    """Refuse an archive that is too large before zipfile loads its list of members into memory."""
    if size > limits.archive_bytes:
        raise ArchiveError(f"is too large: {size:,} bytes, at most {limits.archive_bytes:,}")
    start = max(0, size - 2**16 - END_RECORD.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END_RECORD.size:
        raise ArchiveError("is not a zip file")
    entries, directory = (END_RECORD.unpack_from(tail, at)[i] for i in (4, 5))
    if at >= ZIP64_LOCATOR.size and tail[at - ZIP64_LOCATOR.size :].startswith(b"PK\6\7"):
        offset = ZIP64_LOCATOR.unpack_from(tail, at - ZIP64_LOCATOR.size)[2]
        if offset + ZIP64_END_RECORD.size <= size:
            file.seek(offset)
            record = ZIP64_END_RECORD.unpack(file.read(ZIP64_END_RECORD.size))
            entries, directory = max(entries % 0xFFFF, record[7]), max(directory % 0xFFFFFFFF, record[8])
    if entries > limits.members:
        raise ArchiveError(f"contains {entries:,} entries, at most {limits.members:,} are read")
    if directory > limits.directory_bytes:
        raise ArchiveError(f"has a directory of {directory:,} bytes, at most {limits.directory_bytes:,} are read")


def _list_members(infos: list[zipfile.ZipInfo], size: int, limits: ArchiveLimits) -> tuple[list[ZipMember], list[str]]:
    if len(infos) > limits.members:
        raise ArchiveError(f"contains {len(infos):,} entries, at most {limits.members:,} are read")
    declared = sum(info.file_size for info in infos)
    if limits.declared_bytes is not None and declared > limits.declared_bytes:
        raise ArchiveError(f"would unpack to {declared:,} bytes, at most {limits.declared_bytes:,}")
    if limits.ratio is not None and declared > max(10 * MIB, limits.ratio * size):
        raise ArchiveError(f"would unpack to {declared / size:,.0f} times its size: a zip bomb")
    by_name: dict[str, list[ZipMember]] = {}
    for info in infos:
        parts = _parts(info, limits)
        _require_kind(info)
        if info.is_dir() or not parts:
            continue
        same = by_name.setdefault("/".join(parts).casefold(), [])
        same.append(ZipMember(parts, info.file_size, _time(info), info))
        if any(other.parts == parts for other in same[:-1]):
            raise ArchiveError(f"contains {_shown('/'.join(parts))} twice")
        if len(same) > 1 and not limits.skip_collisions:
            one, other = ("/".join(member.parts) for member in same)
            raise ArchiveError(f"contains both {_shown(one)} and {_shown(other)}, which some systems cannot tell apart")
    members = [same[0] for same in by_name.values() if len(same) == 1]
    return members, ["/".join(m.parts) for same in by_name.values() if len(same) > 1 for m in same]


def _parts(info: zipfile.ZipInfo, limits: ArchiveLimits) -> tuple[str, ...]:
    """Return folders and name; refuse a name that would be unpacked outside its folder."""
    raw = info.orig_filename
    name = raw.replace("\\", "/")  # as Windows' old tools write it
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if "\0" in raw or len(raw) > 4096:
        raise ArchiveError(f"contains an entry with an invalid name, {_shown(raw[:60])}")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        raise ArchiveError(f"contains {_shown(raw[:200])}, which would be unpacked outside its folder")
    if len(parts) > limits.depth:
        raise ArchiveError(f"contains folders nested deeper than {limits.depth}")
    return parts


def _require_kind(info: zipfile.ZipInfo) -> None:
    name = _shown(info.filename[:200])
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system in (3, 19) else 0
    if kind == stat.S_IFLNK:
        raise ArchiveError(f"contains {name}, a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"contains {name}, which is neither a file nor a folder")
    if info.flag_bits & 0x1:
        raise ArchiveError(f"contains {name}, which is protected with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"contains {name}, compressed with an unsupported method ({info.compress_type})")


def _time(info: zipfile.ZipInfo) -> datetime | None:
    """Return the entry's time, which a zip stores in the local time of its creator."""
    if info.date_time[:3] == (1980, 1, 1):
        return None  # what tools write when they do not know
    try:
        return datetime(*info.date_time).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _shown(name: str) -> str:
    return repr(name.encode("utf-8", "replace").decode("utf-8"))


def _describe(error: BaseException) -> str:
    return str(error)[:100] or type(error).__name__
