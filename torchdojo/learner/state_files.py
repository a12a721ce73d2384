"""Best-effort state files in .torchdojo/. A damaged one counts as empty and is written again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torchdojo.course.known import STATE_FOLDER as STATE_FOLDER
from torchdojo.files import WriteError, write_atomically


def read_state(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or {} if it is missing, damaged or unreadable."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(path: Path, state: dict[str, Any]) -> bool:
    """Write a JSON object atomically; return whether that succeeded. A failure must not stop the caller."""
    try:
        write_atomically(path, json.dumps(state, indent=1), create_folder=True)
    except WriteError:
        return False
    return True
