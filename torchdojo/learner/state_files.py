"""Small files in .torchdojo/ that make life easier and that nothing depends on: damaged or gone, they start anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torchdojo.files import WriteError, write_atomically

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
        write_atomically(path, json.dumps(table, indent=1), create_folder=True)
    except WriteError:
        return False
    return True
