"""Read untrusted tar archives and single compressed files, with gzip, bzip2 or xz.

The headers are read here and not by tarfile, which loads a header of any size and, in some versions, never ends.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from torchdojo.archives.archive import (
    CHUNK_BYTES,
    IS_LINK,
    MIB,
    Archive,
    ArchiveError,
    Budget,
    ByteFile,
    Entry,
    Member,
    unix_time,
)

BLOCK = tarfile.BLOCKSIZE
XZ_MEMORY = 128 * MIB  # `xz -9` needs 65
IN_MEMORY_BYTES = 4 * MIB
PAX_TYPES = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
PAX_KEYS = (b"path", b"linkpath", b"size", b"mtime")
SPARSE = b"GNU.sparse."
IGNORED_TYPES = (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK, b"V")  # such as the commit in `git archive`


class TarArchive(Archive):
    """An open tar archive. file: its bytes, not compressed"""

    def __init__(self, file: ByteFile, budget: Budget) -> None:
        self._file = file
        super().__init__(budget, _entries(file, budget))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield a member's bytes."""
        self._file.seek(member.place)
        left = member.size
        while left:
            chunk = self._file.read(min(left, CHUNK_BYTES))
            if not chunk:
                raise EOFError("its end is missing")
            left -= len(chunk)
            yield chunk


class CompressedFile(Archive):
    """An open compressed file, as an archive with one member. kind: gzip, bzip2 or xz; name: the member's"""

    def __init__(self, file: ByteFile, kind: str, name: str, budget: Budget) -> None:
        self._file = file
        self._kind = kind
        budget.count(1)
        super().__init__(budget, [Entry(name, 0, None, 0)])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield the unpacked bytes."""
        return decompress(self._file, self._kind)


def decompress(file: ByteFile, kind: str) -> Iterator[bytes]:
    """Yield the bytes of a compressed file in chunks of bounded size. kind: gzip, bzip2 or xz"""
    file.seek(0)
    if kind == "xz":
        yield from _decompress_xz(file)
        return
    source = cast(IO[bytes], file)
    with gzip.GzipFile(fileobj=source) if kind == "gzip" else bz2.BZ2File(source) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _decompress_xz(file: ByteFile) -> Iterator[bytes]:
    """Yield the unpacked bytes; unlike LZMAFile, within a bound on memory."""
    data = file.read(CHUNK_BYTES)
    while data:
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
        while not stream.eof:
            if stream.needs_input and not data:
                data = file.read(CHUNK_BYTES)
                if not data:
                    raise EOFError("its end is missing")
            if chunk := stream.decompress(data, CHUNK_BYTES):
                yield chunk
            data = b""
        data = (stream.unused_data or file.read(CHUNK_BYTES)).lstrip(b"\0")


def unpack_stream(file: ByteFile, kind: str, size: int, budget: Budget) -> IO[bytes]:
    """Return the unpacked bytes of a compressed tar, which has to be read whole to be listed.

    ArchiveError if they are too many. size: that of the compressed file
    """
    ratio = budget.limits.ratio
    total = 0
    with ExitStack() as on_error:
        unpacked = on_error.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
        for chunk in decompress(file, kind):
            total += len(chunk)
            if ratio is not None and total > max(10 * MIB, ratio * size):
                raise ArchiveError(f"would unpack to more than {ratio:,.0f} times its size: a decompression bomb")
            budget.unpack(len(chunk))
            unpacked.write(chunk)
        on_error.pop_all()
    return cast(IO[bytes], unpacked)


def is_tar_header(block: bytes) -> bool:
    """Whether a file that begins with these bytes is a tar archive."""
    try:
        tarfile.TarInfo.frombuf(block[:BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return False
    return True


def _entries(file: ByteFile, budget: Budget) -> Iterator[Entry]:
    """Yield the entries; what the headers before an entry say of it is put into it."""
    end = file.seek(0, 2)
    place = header_bytes = 0
    values: dict[str, str] = {}
    files: dict[str, Entry] = {}
    while info := _read_header(file, place):
        budget.count(1)
        place = _skip_sparse_map(file, place, info) + BLOCK
        # Links, folders and devices have no content, whatever their headers say.
        is_empty = info.issym() or info.islnk() or info.isdir() or info.isdev()
        size = 0 if is_empty else _number(values.get("size"), info.size)
        if size < 0 or place + size > end:
            raise ArchiveError("is an incomplete tar archive: its end is missing, as after an interrupted upload")
        if info.type in PAX_TYPES or info.type == tarfile.GNUTYPE_LONGNAME:
            header_bytes += size
            if header_bytes > budget.limits.directory_bytes:
                raise ArchiveError(f"has names and headers of more than {budget.limits.directory_bytes:,} bytes")
            file.seek(place)
            values |= _read_values(info.type, file.read(size))
        elif info.type not in IGNORED_TYPES:
            yield _entry(info, values, place, size, files)
            values = {}
        place += -(-size // BLOCK) * BLOCK


def _read_header(file: ByteFile, place: int) -> tarfile.TarInfo | None:
    """Return the header at a place, None at the end of the archive."""
    file.seek(place)
    try:
        return tarfile.TarInfo.frombuf(file.read(BLOCK), "utf-8", "surrogateescape")
    except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]
        return None
    except tarfile.HeaderError as error:
        raise ArchiveError(f"is a damaged tar archive ({error})") from None


def _skip_sparse_map(file: ByteFile, place: int, info: tarfile.TarInfo) -> int:
    """Return the place of the last block of the header at a place: GNU's sparse files may have several."""
    if info.type == tarfile.GNUTYPE_SPARSE:
        file.seek(place + 482)
        while file.read(1) not in (b"", b"\0"):
            place += BLOCK
            file.seek(place + 504)
    return place


def _read_values(kind: bytes, data: bytes) -> dict[str, str]:
    """Return what a header says of the entry that follows it, by the names of pax: path, size, mtime and others."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    data = data.rstrip(b"\0")
    values = {}
    start = 0
    while start < len(data):
        length = _number(data[start : start + 8].partition(b" ")[0].decode("ascii", "replace"), 0)
        key, found, value = data[start : start + length].partition(b" ")[2].removesuffix(b"\n").partition(b"=")
        if length <= 0 or not found:
            raise ArchiveError("is a damaged tar archive (bad pax header)")
        if key in PAX_KEYS or key.startswith(SPARSE):
            values[key.decode("ascii", "replace")] = value.decode("utf-8", "surrogateescape")
        start += length
    return values


def _number(text: str | None, default: int) -> int:
    try:
        return default if text is None else int(text.partition(".")[0])
    except ValueError:
        return default


def _entry(info: tarfile.TarInfo, values: dict[str, str], place: int, size: int, files: dict[str, Entry]) -> Entry:
    """Return an entry. files: the archive's files so far by name, to follow a hard link; a file is added"""
    name = values.get("path", info.name)
    problem = ""
    if info.issym():
        problem = IS_LINK
    elif info.islnk():
        target = files.get(values.get("linkpath", info.linkname))
        if target:
            return Entry(name, target.size, target.modified, target.place)
        problem = "is a link to a file that is not in the archive"
    elif info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith(SPARSE.decode()) for key in values):
        name = values.get("GNU.sparse.name", name)
        problem = "is stored as a sparse file, which cannot be read here; ask for a zip"
    elif info.ischr() or info.isblk() or info.isfifo():
        problem = "is neither a file nor a folder"
    modified = unix_time(_number(values.get("mtime"), int(info.mtime)))
    entry = Entry(name, size, modified, place, info.isdir(), problem)
    if not problem and not entry.is_folder:
        files[name] = entry
    return entry
