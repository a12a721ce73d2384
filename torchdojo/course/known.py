"""Remember a course.toml that was found valid: to validate it again takes longer than most commands.

What is remembered is never stale: it counts only for the same text, read by the same engine on the same packages.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torchdojo.files import WriteError, write_atomically

STATE_FOLDER = ".torchdojo"
FILE = "course.valid"  # a digest, and below it the table
PACKAGES = ("pydantic", "pydantic_core", "tzdata")  # which decide what is valid


def recall_table(root: Path, text: str) -> dict[str, Any] | None:
    """Return the valid table of a course.toml with this text, None if it is not remembered."""
    try:
        digest, _, content = (root / STATE_FOLDER / FILE).read_bytes().partition(b"\n")
    except OSError:
        return None
    if digest.decode("ascii", "replace") != _digest(text, content):
        return None
    table: dict[str, Any] = json.loads(content)
    return table


def remember_table(root: Path, text: str, table: dict[str, Any]) -> None:
    """Remember the valid table of a course.toml with this text, if the course's folder holds any state."""
    if (root / STATE_FOLDER).is_dir():
        content = json.dumps(table).encode()
        with contextlib.suppress(WriteError):
            write_atomically(root / STATE_FOLDER / FILE, _digest(text, content).encode() + b"\n" + content)


def _digest(text: str, content: bytes) -> str:
    """Return a digest of a text, of its table, and of what reads and validates it."""
    parts = [sys.version.encode(), *(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))]
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            info = Path(spec.origin).stat()  # to install another version changes its time
            parts.append(f"{spec.origin} {info.st_size} {info.st_mtime_ns}".encode())
    digest = hashlib.sha256()
    for part in (*parts, text.encode(), content):
        digest.update(b"%d " % len(part) + part)
    return digest.hexdigest()
