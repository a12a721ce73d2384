"""Small files in .torchdojo/ that make life easier and that nothing depends on: damaged or gone, they start anew."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

FOLDER = ".torchdojo"


def recall(path: Path) -> dict[str, Any]:
    """Return the table that a file holds; an empty one if it is missing, damaged or cannot be read."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def remember(path: Path, table: dict[str, Any]) -> bool:
    """Write the table, whole or not at all; return whether that went well. What cannot be kept is no reason to fail."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(table, indent=1).encode("ascii"))
    except OSError:
        return False
    return True


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's bytes in one step, so that nobody ever sees half of it; OSError leaves the old file."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _as_before(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _as_before(path: Path, temporary: Path) -> None:
    """Give the new file the rights of the old one; those of an ordinary new file if there is none."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode)
