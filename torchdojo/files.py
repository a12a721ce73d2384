"""Write files atomically, and CSV that spreadsheets do not execute; show paths."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from torchdojo.errors import UserError

# A guarded text is one too, so that to guard can be undone.
FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


class WriteError(UserError):
    """A file that cannot be written, and why."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{display_path(path)} cannot be written: {error.strerror}")


def display_path(path: Path) -> str:
    """Return a path as text, relative to the working folder if it is below."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def write_atomically(path: Path, content: str | bytes, *, create_folder: bool = False, durable: bool = True) -> None:
    """Write a file as `replacing` does. Text is UTF-8, with ? for half of a surrogate pair, and keeps its line ends.

    create_folder: create the folder it goes to, and those above
    """
    with replacing(path, create_folder=create_folder, durable=durable) as file:
        file.write(content.encode("utf-8", "replace") if isinstance(content, str) else content)


@contextlib.contextmanager
def replacing(path: Path, *, create_folder: bool = False, durable: bool = True) -> Iterator[BinaryIO]:
    """Yield a file to write to, which replaces the one at `path` when the block ends.

    WriteError if that fails; after any error the old file is as it was. The new file has the old one's permissions, or
    those of any new file.

    durable: put the bytes on the disk before the old file goes, so that a power cut leaves one of the two. Without it,
    thousands of pages that can be written again do not each wait for the disk.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.new")
    try:
        if create_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise WriteError(path, error) from None
        raise


def sync_folder(folder: Path) -> None:
    """Put on the disk which files a folder holds, and under which names. OSError if that fails."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def csv_text(rows: Iterable[Iterable[str | float | None]], line_end: str = "\n", *, guard: bool = True) -> str:
    """Return rows as a CSV file's text.

    guard: so that a spreadsheet shows every text and computes none as a formula; without it, texts are as they are, for
    a program that looks them up
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator=line_end)
    for row in rows:
        writer.writerow([_csv_cell(cell, guard) for cell in row])
    return table.getvalue()


def _csv_cell(cell: str | float | None, guard: bool) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return f"{cell:g}"
    return guarded(cell) if guard else cell


def guarded(text: str) -> str:
    """Return a text that no spreadsheet computes: with ' before it if it could be a formula."""
    return f"'{text}" if FORMULA.match(text) and text != "-" else text


def unguarded(text: str) -> str:
    """Undo `guarded`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
