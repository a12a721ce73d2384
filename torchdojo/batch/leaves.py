"""The files of a submissions folder or archive, as one kind of thing: where each stands, and how to read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from torchdojo.batch.archive import Archive, Entry
from torchdojo.course import SourceError, check_text, read_source

MOST_FILES = 500_000
DEEPEST = 32
JUNK_NAMES = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Desktop.ini"}


class TooMuch(Exception):
    """A folder with more in it than is looked through, in words."""


@dataclass(frozen=True)
class Leaf:
    """One file, or a folder with nothing in it.

    parts: its folders and name, below what was handed in, the name "" for an empty folder; place: where it is, to show;
    modified: when it was last changed, or None; text: gives its bytes as source text, raw: as they are, both up to a
    number of them, with a SourceError if they cannot; path: where it is, if it is a regular file on disk
    """

    parts: tuple[str, ...]
    place: str
    modified: datetime | None
    text: Callable[[int], bytes]
    raw: Callable[[int], bytes]
    path: Path | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]

    def below(self, levels: int) -> Leaf:
        """Return the same file as seen from a folder that many levels down."""
        return replace(self, parts=self.parts[levels:])


def is_junk(parts: tuple[str, ...]) -> bool:
    """Whether systems leave such files behind, and no person hands them in."""
    return any(part.startswith(".") or part in JUNK_NAMES for part in parts)


def folder_leaves(folder: Path) -> list[Leaf]:
    """Return a folder's files, sorted, links not followed, what systems leave behind left out.

    OSError if the folder itself cannot be read; TooMuch for more files, or deeper folders, than anybody hands in.
    """
    os.listdir(folder)
    leaves: list[Leaf] = []
    for leaf in _walk(folder, ()):
        leaves.append(leaf)
        if len(leaves) > MOST_FILES:
            raise TooMuch(f"{folder} holds more than {MOST_FILES:,} files")
    return leaves


def _walk(folder: Path, parts: tuple[str, ...]) -> Iterator[Leaf]:
    if len(parts) > DEEPEST:
        raise TooMuch(f"{folder} is nested deeper than {DEEPEST} folders")
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(folder, parts, f"cannot be opened: {error.strerror}")
        return
    entries = [entry for entry in found if not is_junk((entry.name,))]
    if parts and not entries:
        yield _unreadable(folder, (*parts, ""), "is an empty folder")
    for entry in entries:
        below = (*parts, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, below)
        else:
            yield _on_disk(folder / entry.name, below)


def _on_disk(path: Path, parts: tuple[str, ...]) -> Leaf:
    try:
        info = path.lstat()
    except OSError as error:
        return _unreadable(path, parts, f"cannot be opened: {error.strerror}")
    regular = stat.S_ISREG(info.st_mode)
    modified = datetime.fromtimestamp(info.st_mtime).astimezone() if regular else None

    def raw(most: int) -> bytes:
        if not regular:
            raise SourceError("is not a regular file")
        try:
            with path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise SourceError(f"cannot be opened: {error.strerror}") from None
        if len(data) > most:
            raise SourceError(f"is too large: at most {most:,} bytes are read")
        return data

    return Leaf(parts, str(path), modified, lambda most: read_source(path, most), raw, path if regular else None)


def _unreadable(path: Path, parts: tuple[str, ...], why: str) -> Leaf:
    def refuse(most: int = 0) -> bytes:
        raise SourceError(why)

    return Leaf(parts, str(path), None, refuse, refuse)


def archive_leaves(archive: Archive, place: str) -> list[Leaf]:
    """Return an open archive's files, sorted, what systems leave behind left out."""
    entries = sorted(archive.entries, key=lambda entry: entry.parts)
    return [_in_archive(archive, entry, place) for entry in entries if not is_junk(entry.parts)]


def _in_archive(archive: Archive, entry: Entry, place: str) -> Leaf:
    def raw(most: int) -> bytes:
        return archive.read(entry, most)

    def text(most: int) -> bytes:
        source = archive.read(entry, most)
        check_text(source)
        return source

    return Leaf(entry.parts, f"{place}:{'/'.join(entry.parts)}", entry.modified, text, raw)
