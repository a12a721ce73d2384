"""List the files of a submissions folder or archive as `SubmittedPath`s, which are read in the same way."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from torchdojo.archives import HEAD_BYTES, Archive, Member
from torchdojo.errors import UserError
from torchdojo.source.files import SourceError, decode_source, read_bytes

MAX_FILES = 500_000
JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
MAX_DEPTH = 32  # folders
SYSTEM_NAMES = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", ".ds_store"}  # in lower case
SYSTEM_FILE, SYSTEM_FOLDER = "is a system file", "is a system folder"
HIDDEN_FILE, HIDDEN_FOLDER = "is a hidden file", "is a hidden folder"
EMPTY = "is an empty folder, or has only hidden files"
ROUTINE_REASONS = frozenset((SYSTEM_FILE, SYSTEM_FOLDER, HIDDEN_FILE, HIDDEN_FOLDER))


class SubmissionsError(UserError):
    """Submissions that cannot be graded; the message is user-facing."""


@dataclass(frozen=True)
class SubmittedPath:
    """One file, or an empty folder.

    parts: its folders and name, relative to what was submitted; the name is "" for an empty folder
    location: the path to show in messages
    modified: when it was last changed, without a zone if a zip has it by its creator's clocks only, or None
    read_bytes: returns its content, given the largest size to read; SourceError if it is larger or cannot be read
    disk_path: its path if it is a regular file on disk; read_head: returns its first bytes, none if it cannot be read
    in_archive: the student's archive that it comes from, such as "work.zip" or "all.zip:work.zip", or ""
    uploaded: then when the outermost archive was last changed, which is not in the student's hands, or None
    """

    parts: tuple[str, ...]
    location: str
    modified: datetime | None
    read_bytes: Callable[[int], bytes]
    disk_path: Path | None = None
    read_head: Callable[[], bytes] = bytes
    in_archive: str = ""
    uploaded: datetime | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    @property
    def shown(self) -> str:
        """The folders and name to show in messages."""
        return printable("/".join(self.parts))

    def read_text(self, max_bytes: int) -> bytes:
        """Return its content in UTF-8; SourceError as from `read_bytes`, or if it is not source text."""
        return decode_source(self.read_bytes(max_bytes)).source

    def below(self, levels: int) -> SubmittedPath:
        """Return the same file relative to a folder that many levels down."""
        return replace(self, parts=self.parts[levels:])


def printable(name: str) -> str:
    """Return a name with what cannot be shown replaced, such as control characters.

    A byte that is not text becomes an escape, `\\xfc`, so that two names stay two. Joiners stay: Persian, Hindi and
    other names are spelt with them.
    """
    return "".join(c if c.isprintable() or c in JOINERS else _escape(c) for c in name)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\N{REPLACEMENT CHARACTER}"


class Listing(NamedTuple):
    """What a folder or an archive contains, in sorted order.

    paths: its files and empty folders
    skipped: what was left out, each with the reason; a hidden or system folder is one of them, without what is in it
    """

    paths: list[SubmittedPath]
    skipped: list[tuple[SubmittedPath, str]]


def list_folder(folder: Path) -> Listing:
    """Return what a folder contains; hidden folders are not searched, and symbolic links are not followed.

    OSError if the folder itself cannot be read; SubmissionsError if it has too many files.
    """
    os.listdir(folder)
    found = Listing([], [])
    _walk(folder, (), found)
    return found


def _walk(folder: Path, parts: tuple[str, ...], found: Listing) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        found.paths.append(_unreadable(str(folder), parts, f"cannot be opened: {error.strerror}"))
        return
    is_empty = True
    for entry in entries:
        below = (*parts, entry.name)
        is_folder = entry.is_dir(follow_symlinks=False)
        if reason := routine_reason(entry.name, is_folder):
            found.skipped.append((_unreadable(str(folder / entry.name), below, reason), reason))
            continue
        is_empty = False
        if is_folder and len(below) > MAX_DEPTH:
            reason = f"is nested deeper than {MAX_DEPTH} folders, and was not searched"
            found.paths.append(_unreadable(str(folder / entry.name), (*below, ""), reason))
        elif entry.is_symlink() and entry.is_dir():
            reason = "is a link to a folder, which is not followed"
            found.paths.append(_unreadable(str(folder / entry.name), (*below, ""), reason))
        elif is_folder:
            _walk(folder / entry.name, below, found)
        else:
            found.paths.append(_on_disk(folder / entry.name, below))
        if len(found.paths) + len(found.skipped) > MAX_FILES:
            raise SubmissionsError(f"{folder} contains more than {MAX_FILES:,} files")
    if parts and is_empty:
        found.paths.append(_unreadable(str(folder), (*parts, ""), EMPTY))


def routine_reason(name: str, is_folder: bool) -> str:
    """Return one of ROUTINE_REASONS for a file or folder that an operating system or a tool creates, or ""."""
    if name.casefold() in SYSTEM_NAMES or name.startswith("._"):  # ._x is what macOS stores of x beside its content
        return SYSTEM_FOLDER if is_folder else SYSTEM_FILE
    if name.startswith("."):
        return HIDDEN_FOLDER if is_folder else HIDDEN_FILE
    return ""


def _on_disk(path: Path, parts: tuple[str, ...]) -> SubmittedPath:
    try:
        info = path.lstat()
    except OSError as error:
        return _unreadable(str(path), parts, f"cannot be opened: {error.strerror}")
    regular = stat.S_ISREG(info.st_mode)
    return SubmittedPath(
        parts,
        printable(str(path)),
        modified=datetime.fromtimestamp(info.st_mtime).astimezone() if regular else None,
        read_bytes=partial(read_bytes, path),
        disk_path=path if regular else None,
        read_head=partial(_read_head, path) if regular else bytes,
    )


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _unreadable(location: str, parts: tuple[str, ...], reason: str) -> SubmittedPath:
    def refuse(max_bytes: int) -> bytes:
        raise SourceError(reason)

    return SubmittedPath(parts, printable(location), modified=None, read_bytes=refuse)


def list_archive(archive: Archive, location: str) -> Listing:
    """Return what an open archive contains. location: the archive's own, to show"""
    found = Listing([], [])
    left_out: dict[tuple[str, ...], str] = {}
    folders: set[tuple[str, ...]] = set()
    for member in archive.members:
        if not _leave_out(member.parts, "", left_out):
            found.paths.append(_in_archive(archive, member, location))
        folders.add(member.parts[:-1])
    for name, reason in archive.skipped:
        parts = tuple(name.split("/"))
        _leave_out(parts, reason, left_out)
        folders.add(parts[:-1])
    folders.update(archive.folders)
    for folder in archive.folders:
        _leave_out((*folder, ""), "", left_out)
    found.paths.extend(_empty_folders(found.paths, folders, location))
    found.paths.sort(key=lambda path: path.parts)
    for parts, reason in sorted(left_out.items()):
        found.skipped.append((_unreadable(f"{location}:{'/'.join(parts)}", parts, reason), reason))
    return found


def _in_archive(archive: Archive, member: Member, location: str) -> SubmittedPath:
    return SubmittedPath(
        member.parts,
        printable(f"{location}:{'/'.join(member.parts)}"),
        modified=member.modified,
        read_bytes=partial(archive.read, member),
        read_head=partial(archive.head, member),
    )


def _leave_out(parts: tuple[str, ...], reason: str, left_out: dict[tuple[str, ...], str]) -> bool:
    """Add an entry with a reason, or the first hidden or system folder around it; return whether one was added."""
    for count, name in enumerate(parts, start=1):
        if routine := routine_reason(name, is_folder=count < len(parts)):
            left_out.setdefault(parts[:count], routine)
            return True
    if reason:
        left_out[parts] = reason
    return bool(reason)


def _empty_folders(paths: list[SubmittedPath], folders: set[tuple[str, ...]], location: str) -> Iterator[SubmittedPath]:
    """Yield an entry for each visible folder in which no file and no folder is listed."""
    visible = {
        folder[:count]
        for folder in folders
        for count in range(1, len(folder) + 1)
        if not any(routine_reason(name, is_folder=True) for name in folder[:count])
    }
    filled = {path.parts[:-1] for path in paths} | {folder[:-1] for folder in visible}
    for folder in visible - filled:
        yield _unreadable(f"{location}:{'/'.join(folder)}", (*folder, ""), EMPTY)
