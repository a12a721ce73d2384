"""List the files of a submissions folder or archive as `SubmittedPath`s, which are read in the same way."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from torchdojo.batch.archive import Archive
from torchdojo.errors import UserError
from torchdojo.source.files import SourceError, decode_source, read_bytes

MAX_FILES = 500_000
MAX_DEPTH = 32  # folders
JUNK_NAMES = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Desktop.ini"}


class SubmissionsError(UserError):
    """Submissions that cannot be graded; the message is user-facing."""


@dataclass(frozen=True)
class SubmittedPath:
    """One file, or an empty folder.

    parts: its folders and name, relative to what was submitted; the name is "" for an empty folder
    location: the path to show in messages; modified: when it was last changed, or None
    read_bytes: returns its content, given the largest size to read; SourceError if it is larger or cannot be read
    disk_path: its path if it is a regular file on disk
    """

    parts: tuple[str, ...]
    location: str
    modified: datetime | None
    read_bytes: Callable[[int], bytes]
    disk_path: Path | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    @property
    def shown(self) -> str:
        """The folders and name to show in messages."""
        return printable("/".join(self.parts))

    @property
    def is_zip(self) -> bool:
        """Whether its name is a zip file's."""
        return self.name.lower().endswith(".zip")

    def read_text(self, max_bytes: int) -> bytes:
        """Return its content in UTF-8; SourceError as from `read_bytes`, or if it is not source text."""
        return decode_source(self.read_bytes(max_bytes)).source

    def below(self, levels: int) -> SubmittedPath:
        """Return the same file relative to a folder that many levels down."""
        return replace(self, parts=self.parts[levels:])


def printable(name: str) -> str:
    """Return a name with control characters and surrogates, as undecodable bytes are read, replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def list_folder(folder: Path) -> list[SubmittedPath]:
    """Return a folder's files in sorted order, without system files; symbolic links are not followed.

    OSError if the folder itself cannot be read; SubmissionsError if it has too many files or levels.
    """
    os.listdir(folder)
    paths: list[SubmittedPath] = []
    for path in _walk(folder, ()):
        paths.append(path)
        if len(paths) > MAX_FILES:
            raise SubmissionsError(f"{folder} contains more than {MAX_FILES:,} files")
    return paths


def _walk(folder: Path, parts: tuple[str, ...]) -> Iterator[SubmittedPath]:
    if len(parts) > MAX_DEPTH:
        raise SubmissionsError(f"{folder} is nested deeper than {MAX_DEPTH} folders")
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(folder, parts, f"cannot be opened: {error.strerror}")
        return
    entries = [entry for entry in entries if not _is_junk((entry.name,))]
    if parts and not entries:
        yield _unreadable(folder, (*parts, ""), "is an empty folder")
    for entry in entries:
        below = (*parts, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, below)
        else:
            yield _on_disk(folder / entry.name, below)


def _is_junk(parts: tuple[str, ...]) -> bool:
    """Whether the operating system creates such files."""
    return any(part.startswith(".") or part in JUNK_NAMES for part in parts)


def _on_disk(path: Path, parts: tuple[str, ...]) -> SubmittedPath:
    try:
        info = path.lstat()
    except OSError as error:
        return _unreadable(path, parts, f"cannot be opened: {error.strerror}")
    regular = stat.S_ISREG(info.st_mode)
    return SubmittedPath(
        parts,
        printable(str(path)),
        modified=datetime.fromtimestamp(info.st_mtime).astimezone() if regular else None,
        read_bytes=partial(read_bytes, path),
        disk_path=path if regular else None,
    )


def _unreadable(path: Path, parts: tuple[str, ...], reason: str) -> SubmittedPath:
    def refuse(max_bytes: int) -> bytes:
        raise SourceError(reason)

    return SubmittedPath(parts, printable(str(path)), modified=None, read_bytes=refuse)


def list_archive(archive: Archive, location: str) -> list[SubmittedPath]:
    """Return an open archive's files in sorted order, without system files. location: the archive's own, to show"""
    return [
        SubmittedPath(
            member.parts,
            printable(f"{location}:{'/'.join(member.parts)}"),
            modified=member.modified,
            read_bytes=partial(archive.read, member),
        )
        for member in sorted(archive.members, key=lambda member: member.parts)
        if not _is_junk(member.parts)
    ]
