"""Open archives of any kind, by what they contain and not by their names.

Zip and tar archives are read, and what gzip, bzip2 or xz compressed: a tar or a single file. Any other file with the
name of an archive is refused, and the message says what it is.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from torchdojo.archives.archive import (
    DAMAGE_ERRORS,
    HEAD_BYTES,
    Archive,
    ArchiveError,
    ArchiveLimits,
    Budget,
    ByteFile,
    OnDemandFile,
    describe,
)
from torchdojo.archives.tar import CompressedFile, TarArchive, decompress, is_tar_header, unpack_stream
from torchdojo.archives.zips import ZipArchive

ARCHIVE_NAME = re.compile(
    r"\.(zipx?|z\d\d|tar|[gx]z|bz2?|t[gxb]z2?|tzst|zst|rar|7z|ace|arj|lz|lzma|lzh|lha|cab|dmg|iso|sitx?|z)\s*$",
    re.IGNORECASE,
)
TAR_NAME = re.compile(r"\.(tar(\.\w+)?|t[gxb]z2?)\s*$", re.IGNORECASE)
COMPRESSED = {"gzip": (".gz", ".gzip"), "bzip2": (".bz2", ".bz"), "xz": (".xz",)}
SIGNATURES = (
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"PK\7\x08", "a part of a split zip file"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"Rar!\x1a\7", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"MSCF\0\0\0\0", "a CAB archive"),
    (b"xar!\0", "a macOS package"),
    (b"LZIP\1", "an lzip archive"),
    (b"\x1f\x9d", "an archive made by compress"),
    (b"!<arch>\ndebian", "a Debian package"),
)
# Other files that people give the name of an archive.
DOCUMENTS = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3\0", "a database"),
)
HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)
NAMED = {
    "ace": "an ACE archive",
    "arj": "an ARJ archive",
    "lha": "an LHA archive",
    "lzh": "an LHA archive",
    "lzma": "an LZMA archive",
    "dmg": "a macOS disk image",
    "iso": "a disk image",
    "sit": "a StuffIt archive",
    "sitx": "a StuffIt archive",
}
OFFICE_FOLDERS = {"word": "a Word document", "xl": "an Excel table", "ppt": "a PowerPoint document"}


def is_archive_name(name: str) -> bool:
    """Whether a name is an archive's, of any kind, also of those that cannot be read."""
    return bool(ARCHIVE_NAME.search(name))


def archive_stem(name: str) -> str:
    """Return a name without the suffix of an archive, such as .zip or .tar.gz; a name without one as it is."""
    stem = ARCHIVE_NAME.sub("", name).rstrip() or name
    return stem[:-4].rstrip() if stem != name and stem.lower().endswith(".tar") else stem


def sniff(head: bytes) -> str:
    """Return the kind of archive that begins with these bytes, of which HEAD_BYTES are enough; "" if it is none.

    The kind is zip, tar, gzip, bzip2 or xz, or for what cannot be read words such as "a RAR archive".
    """
    for start, kind in SIGNATURES:
        if head.startswith(start):
            return kind
    if re.match(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)", head):
        return "bzip2"
    if head[7:14] == b"**ACE**":
        return "an ACE archive"
    return "tar" if is_tar_header(head) else ""


def open_archive(source: Path | bytes, name: str, limits: ArchiveLimits, budget: Budget | None = None) -> Archive:
    """Return an open archive; ArchiveError with the reason if it cannot be read, or is an attack.

    name: the file's, for what its content does not tell; budget: what is left of the limits, if it is in another one
    """
    file: ByteFile = OnDemandFile(source) if isinstance(source, Path) else io.BytesIO(source)
    budget = budget or Budget(limits)
    try:
        size = file.seek(0, io.SEEK_END)
        if size > limits.archive_bytes:
            raise ArchiveError(f"is too large: {size:,} bytes, at most {limits.archive_bytes:,}")
        file.seek(0)
        head = file.read(HEAD_BYTES)
        kind = sniff(head)
        if kind == "zip":
            return _open_zip(file, name, size, budget)
        if kind == "tar":
            return TarArchive(file, budget)
        if kind in COMPRESSED:
            return _open_compressed(file, kind, name, size, budget)
        if kind:
            raise ArchiveError(f"is {kind}, which cannot be read here; ask for a zip")
        return _open_by_name(file, head, name, size, budget)
    except DAMAGE_ERRORS as error:
        raise ArchiveError(_damage(error)) from None


def _damage(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    return f"is damaged ({describe(error)})"


def _open_zip(file: ByteFile, name: str, size: int, budget: Budget) -> Archive:
    archive = ZipArchive(file, size, budget)
    names = {"/".join(member.parts) for member in archive.members}
    if "[Content_Types].xml" in names:
        for member in archive.members:
            if len(member.parts) > 1 and (document := OFFICE_FOLDERS.get(member.parts[0])):
                raise ArchiveError(f"is {document} and not an archive")
    if "mimetype" in names and "META-INF/manifest.xml" in names:
        raise ArchiveError("is an OpenDocument file and not an archive")
    return archive


def _open_compressed(file: ByteFile, kind: str, name: str, size: int, budget: Budget) -> Archive:
    """Return the tar archive in a compressed file, or else the file as an archive with one member."""
    head = b""
    for chunk in decompress(file, kind):
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    is_empty_tar = not head.strip(b"\0") and TAR_NAME.search(name)
    if not is_tar_header(head) and not is_empty_tar:
        stem = next((name[: -len(end)] for end in COMPRESSED[kind] if name.lower().endswith(end)), name)
        return CompressedFile(file, kind, stem, budget)
    return TarArchive(unpack_stream(file, kind, size, budget), budget)


def _open_by_name(file: ByteFile, head: bytes, name: str, size: int, budget: Budget) -> Archive:
    """Return the zip in a file that begins with something else, such as a program; ArchiveError for what is none."""
    suffix = name.rpartition(".")[2].strip().lower()
    if suffix in NAMED:
        raise ArchiveError(f"is {NAMED[suffix]}, which cannot be read here; ask for a zip")
    if re.fullmatch(r"z\d\d", suffix):
        raise ArchiveError("is a part of a split zip file, which cannot be read here; ask for a zip")
    if not size:
        raise ArchiveError("is an empty file")
    if not head.strip(b"\0") and suffix == "tar":
        raise ArchiveError("is an empty archive")
    if HTML.match(head):
        raise ArchiveError("is a web page and not an archive, as when a download fails")
    document = next((what for start, what in DOCUMENTS if head.startswith(start)), "")
    if document and document != "a Windows program":
        raise ArchiveError(f"is {document} and not an archive")
    if not document and _is_text(head):
        raise ArchiveError("is a text file and not an archive")
    if suffix.startswith("z"):
        return _open_zip(file, name, size, budget)
    raise ArchiveError(f"is {document} and not an archive" if document else "is not an archive, or is damaged")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c.isspace() for c in text)
