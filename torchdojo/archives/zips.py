"""Read untrusted zip files: their directory, and the names that different tools store in it."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import IO, cast

from torchdojo.archives.archive import (
    CHUNK_BYTES,
    IS_LINK,
    MIB,
    Archive,
    ArchiveError,
    ArchiveLimits,
    Budget,
    ByteFile,
    Entry,
    Member,
)

END_RECORD = struct.Struct("<4s4H2LH")
ZIP64_LOCATOR = struct.Struct("<4sLQL")
ZIP64_END_RECORD = struct.Struct("<4sQ2H2L4Q")
LOCAL_HEADER = struct.Struct("<4s22x2H")
UNICODE_PATH = struct.Struct("<BL")  # of the extra field 0x7075: version, checksum of the name that it stands for
MODIFIED_UTC = struct.Struct("<Bl")  # of the extra field 0x5455: which times follow, the time of the last change
IS_UTF8, IS_ENCRYPTED, IS_DOS_FOLDER = 0x800, 0x1, 0x10
# zipfile unpacks the others in pieces without a bound, or not at all.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
METHOD_NAMES = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}


class ZipArchive(Archive):
    """An open zip file. size: that of the file"""

    def __init__(self, file: ByteFile, size: int, budget: Budget) -> None:
        disk = _require_size(file, size, budget.limits)
        self._file = file
        self._zip = zipfile.ZipFile(cast(IO[bytes], file))
        self._infos = self._zip.infolist()
        budget.count(len(self._infos))
        _require_ratio(sum(info.file_size for info in self._infos), size, budget.limits)
        super().__init__(budget, (_entry(info, place, disk) for place, info in enumerate(self._infos)))

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield a member's bytes.

        zipfile would refuse a member whose name in front of its data is spelled differently, as some tools do it.
        """
        info = self._infos[member.place]
        checksum = 0
        for chunk in self._unpack(info):
            checksum = zlib.crc32(chunk, checksum)
            yield chunk
        if checksum != info.CRC:
            raise zipfile.BadZipFile("wrong checksum")

    def _unpack(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        self._file.seek(info.header_offset)
        start, name_length, extra_length = LOCAL_HEADER.unpack(self._file.read(LOCAL_HEADER.size))
        if start != b"PK\3\4":
            raise zipfile.BadZipFile("no file where the directory says so")
        place = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
        end = place + info.compress_size
        stream = zlib.decompressobj(-zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
        while place < end and not (stream and stream.eof):
            self._file.seek(place)
            data = self._file.read(min(CHUNK_BYTES, end - place))
            if not data:
                raise EOFError("its end is missing")
            place += len(data)
            while data and stream:
                yield stream.decompress(data, CHUNK_BYTES)
                data = stream.unconsumed_tail
            if data:
                yield data
        if stream:
            yield stream.flush()
            if not stream.eof:
                raise EOFError("its end is missing")


def _require_size(file: ByteFile, size: int, limits: ArchiveLimits) -> int:
    """Refuse a zip whose list of members is too large before zipfile loads it into memory.

    Return which part of a split zip it is, 0 if it is not split.
    """
    start = max(0, size - 2**16 - END_RECORD.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END_RECORD.size:
        raise ArchiveError("is not a zip file, or its end is missing, as after an interrupted upload")
    _, disk, _, _, entries, directory, _, _ = END_RECORD.unpack_from(tail, at)
    if at >= ZIP64_LOCATOR.size and tail[at - ZIP64_LOCATOR.size :].startswith(b"PK\6\7"):
        offset = ZIP64_LOCATOR.unpack_from(tail, at - ZIP64_LOCATOR.size)[2]
        if offset + ZIP64_END_RECORD.size <= size:
            file.seek(offset)
            record = ZIP64_END_RECORD.unpack(file.read(ZIP64_END_RECORD.size))
            entries, directory = max(entries % 0xFFFF, record[7]), max(directory % 0xFFFFFFFF, record[8])
    if entries > limits.members:
        raise ArchiveError(f"has too many entries: {entries:,}, at most {limits.members:,} are read")
    if directory > limits.directory_bytes:
        raise ArchiveError(f"has a directory of {directory:,} bytes, at most {limits.directory_bytes:,} are read")
    return 0 if disk == 0xFFFF else int(disk)


def _require_ratio(declared: int, size: int, limits: ArchiveLimits) -> None:
    if limits.declared_bytes is not None and declared > limits.declared_bytes:
        raise ArchiveError(f"would unpack to {declared:,} bytes, at most {limits.declared_bytes:,}")
    if limits.ratio is not None and declared > max(10 * MIB, limits.ratio * size):
        raise ArchiveError(f"would unpack to {declared / size:,.0f} times its size: a zip bomb")


def _entry(info: zipfile.ZipInfo, place: int, disk: int) -> Entry:
    name = _name(info)
    problem = _problem(info)
    if disk and info.volume != disk:
        problem = "is in another part of a split zip file; ask for a zip that is not split"
    # Some tools leave out the slash; and a file is not lost for having one.
    is_folder = not info.file_size and (name.endswith(("/", "\\")) or _is_folder_by_mode(info))
    return Entry(name, info.file_size, _time(info), place, is_folder, problem, info.CRC)


def _name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name.

    macOS and others store UTF-8 without saying so, which zipfile reads as code page 437; Info-ZIP adds the UTF-8 name
    in an extra field. A name in another code page is read as 437: wrong letters, but no two names become one.
    """
    name = info.orig_filename
    if info.flag_bits & IS_UTF8:
        return name
    raw = name.encode("cp437")
    try:
        return (_unicode_path(info.extra, zlib.crc32(raw)) or raw).decode("utf-8")
    except UnicodeDecodeError:
        return name


def _unicode_path(extra: bytes, checksum: int) -> bytes:
    """Return the name in the extra fields that stands for a name with this checksum, or none."""
    for kind, data in _extra_fields(extra):
        if kind == 0x7075 and len(data) > UNICODE_PATH.size and UNICODE_PATH.unpack_from(data) == (1, checksum):
            return data[UNICODE_PATH.size :]
    return b""


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, start)
        yield kind, extra[start + 4 : start + 4 + length]
        start += 4 + length


def _unix_kind(info: zipfile.ZipInfo) -> int:
    """Return what an entry is on Unix, 0 if the zip was made elsewhere."""
    return stat.S_IFMT(info.external_attr >> 16) if info.create_system in (3, 19) else 0


def _is_folder_by_mode(info: zipfile.ZipInfo) -> bool:
    return _unix_kind(info) == stat.S_IFDIR or bool(info.external_attr & IS_DOS_FOLDER)


def _problem(info: zipfile.ZipInfo) -> str:
    """Return why an entry cannot be read, or ""."""
    kind = _unix_kind(info)
    if kind == stat.S_IFLNK:
        return IS_LINK
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if info.flag_bits & IS_ENCRYPTED:
        return "is protected with a password"
    if info.compress_type not in METHODS:
        method = METHOD_NAMES.get(info.compress_type, f"method {info.compress_type}")
        return f"is compressed with {method}, which cannot be read here; ask for a standard zip"
    return ""


def _time(info: zipfile.ZipInfo) -> datetime | None:
    """Return the entry's time: without a zone, by its creator's clocks, unless the zip also has the time in UTC."""
    try:
        for kind, data in _extra_fields(info.extra):
            if kind == 0x5455 and len(data) >= MODIFIED_UTC.size and data[0] & 1:
                return datetime.fromtimestamp(MODIFIED_UTC.unpack_from(data)[1]).astimezone()
        # The first day is what tools write when they do not know.
        return None if info.date_time[:3] == (1980, 1, 1) else datetime(*info.date_time)
    except (ValueError, OverflowError, OSError):
        return None
