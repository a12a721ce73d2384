"""Put a folder of made files in its place: whole or not at all, and over nothing that is anybody's own."""

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
    """What cannot be made, or not there, in words."""


@contextlib.contextmanager
def replace_folder(course: Course, out: Path, manifest: str) -> Iterator[Path]:
    """Give a new folder to fill, and put it in the place of `out` once that went well.

    `out` must be missing, empty, or hold what was made here before, unchanged: the file `manifest` says what. What
    begins with a dot there, such as .git, is kept. ReleaseError otherwise.
    """
    out = Path(os.path.abspath(out))
    root = Path(os.path.abspath(course.root))
    if out == root or out in root.parents:
        raise ReleaseError(f"{out} holds the course itself; take a folder of its own")
    try:
        require_replaceable(out, manifest)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True) as place:
            new = Path(place) / "new"
            new.mkdir()
            yield new
            _write_manifest(course, new, manifest)
            _exchange(new, out, Path(place) / "old")
    except OSError as error:
        raise ReleaseError(f"{error.filename or out} cannot be written: {error.strerror}") from None


def require_replaceable(out: Path, manifest: str) -> None:
    """Refuse a folder that holds anything but what was made there before and is unchanged."""
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise ReleaseError(f"{out} is not a folder")
    there = [path.name for path in out.iterdir() if not path.name.startswith(".")]
    if not there:
        return
    try:
        known: dict[str, str] = json.loads((out / manifest).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ReleaseError(f"{out} is not empty, and was not made by this command") from None
    changed = [name for name, digest in known.items() if _digest_of(out / name) not in (digest, None)]
    added = sorted(set(list_files(out)) - set(known) - {manifest})
    for words, names in (("was changed", changed), ("was not made by this command", added)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ReleaseError(f"{out} cannot be replaced: {names[0]}{more} {words}. Move it away first")


def list_files(folder: Path) -> list[str]:
    """Return the files below a folder, without what begins with a dot at its top and what Python keeps for itself."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if "__pycache__" not in parts and not parts[0].startswith(".") and (path.is_symlink() or not path.is_dir()):
            found.append("/".join(parts))
    return found


def _digest_of(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _write_manifest(course: Course, new: Path, manifest: str) -> None:
    for folder in list(new.rglob("__pycache__")):
        shutil.rmtree(folder)
    names = [*list_files(new), *sorted(path.name for path in new.iterdir() if path.name.startswith("."))]
    table = {name: _digest_of(new / name) for name in names}
    document = {"course": course.title, "torchdojo": __version__, "files": table}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (new / manifest).write_text(text, encoding="utf-8", newline="\n")


def _exchange(new: Path, out: Path, old: Path) -> None:
    """Exchange the folders; what begins with a dot in the old one, and is not in the new one, moves along."""
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
