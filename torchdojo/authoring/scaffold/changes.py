"""Write several files, all of them or none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from torchdojo.errors import UserError
from torchdojo.files import display_path, write_atomically


class ScaffoldError(UserError):
    """Something that cannot be added to a course, and why."""


class Changes:
    """Files to write. new: those that must not exist yet; changed: those that are there"""

    def __init__(self) -> None:
        self.new: dict[Path, str] = {}
        self.changed: dict[Path, str] = {}

    def add(self, path: Path, text: str) -> None:
        """Plan a new file. ScaffoldError if there is one."""
        if path.exists() or path.is_symlink():
            raise ScaffoldError(f"{display_path(path)} exists already; this command overwrites nothing")
        self.new[path] = text

    def change(self, path: Path, text: str) -> None:
        """Plan a change of a file."""
        self.changed[path] = text

    def write(self, check: Callable[[], None]) -> None:
        """Write the files, and check what they make; if that raises, leave everything as it was."""
        before = {path: path.read_bytes() for path in self.changed}
        folders = [folder for path in self.new for folder in path.parents if not folder.exists()]
        try:
            for path, text in (*self.new.items(), *self.changed.items()):
                write_atomically(path, text, create_folder=True)
            check()
        except BaseException:
            for path, content in before.items():
                write_atomically(path, content)
            for path in self.new:
                path.unlink(missing_ok=True)
            for folder in sorted(set(folders), key=lambda folder: len(folder.parts), reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise
