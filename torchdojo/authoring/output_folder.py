"""Replace a generated folder as a whole, and never one with anybody's own files in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from torchdojo import __version__
from torchdojo.course import Course
from torchdojo.errors import UserError


class ReleaseError(UserError):
    """A release or a site that cannot be made, or not in this folder."""


@contextlib.contextmanager
def replace_folder(course: Course, out: Path, manifest: str) -> Iterator[Path]:
    """Yield a new folder to fill, and put it in the place of `out` if the block succeeds.

    `out` must be missing, empty, or hold an unchanged earlier result, which its file `manifest` lists. Hidden files at
    its top, such as .git, are kept. ReleaseError if it must not be replaced, or cannot be written.
    """
    out = Path(os.path.abspath(out))
    root = Path(os.path.abspath(course.root))
    if out == root or out in root.parents:
        raise ReleaseError(f"{out} contains the course itself; choose a different folder")
    try:
        require_replaceable(out, manifest)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True) as folder:
            new = Path(folder) / "new"
            new.mkdir()
            yield new
            _write_manifest(course, new, manifest)
            _swap(new, out, Path(folder) / "old")
    except OSError as error:
        raise ReleaseError(f"{error.filename or out} cannot be written: {error.strerror}") from None


def require_replaceable(out: Path, manifest: str) -> None:
    """Raise ReleaseError if a folder holds anything but an unchanged earlier result."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise ReleaseError(f"{out} is not a folder")
    if all(path.name.startswith(".") for path in out.iterdir()):
        return
    try:
        known: dict[str, str] = json.loads((out / manifest).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ReleaseError(f"{out} is not empty, and this command did not make it") from None
    changed = [name for name, digest in known.items() if _digest(out / name) not in (digest, None)]
    added = sorted(set(list_files(out)) - set(known) - {manifest})
    for reason, names in (("was changed", changed), ("was not made by this command", added)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ReleaseError(f"{out} cannot be replaced: {names[0]}{more} {reason}. Move it away first")


def list_files(folder: Path) -> list[str]:
    """Return the files below a folder, except hidden ones at its top and Python's caches."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if "__pycache__" not in parts and not parts[0].startswith(".") and (path.is_symlink() or not path.is_dir()):
            found.append("/".join(parts))
    return found


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _write_manifest(course: Course, new: Path, manifest: str) -> None:
    for folder in list(new.rglob("__pycache__")):
        shutil.rmtree(folder)
    hidden = [path for path in new.glob(".*/**/*") if path.is_file()] + [p for p in new.glob(".*") if p.is_file()]
    names = [*list_files(new), *sorted(path.relative_to(new).as_posix() for path in hidden)]
    digests = {name: _digest(new / name) for name in names}
    document = {"course": course.title, "torchdojo": __version__, "files": digests}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (new / manifest).write_text(text, encoding="utf-8", newline="\n")


def _swap(new: Path, out: Path, old: Path) -> None:
    """Put `new` in the place of `out`, which becomes `old`. Hidden files are kept."""
    if not out.exists():
        new.rename(out)
        return
    out.rename(old)
    try:
        new.rename(out)
    except OSError:
        old.rename(out)
        raise
    for path in old.iterdir():
        if path.name.startswith(".") and not (out / path.name).exists():
            path.rename(out / path.name)
