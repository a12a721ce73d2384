"""Take the Python text out of a notebook."""

from __future__ import annotations

import json
from typing import Any

from torchdojo.course import SourceError


def notebook_source(notebook: bytes) -> bytes:
    """Return the code cells of a notebook (nbformat 4) as one module's text; SourceError if it is damaged.

    Lines of `%magic` and `!shell` become comments, a cell of `%%magic` likewise: they are Jupyter's, not Python's.
    """
    try:
        table = json.loads(notebook)
        cells = table["cells"]
        texts = [_cell(cell) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"is not a notebook: {type(error).__name__}: {error}") from None
    source = "\n\n".join(text for text in texts if text.strip())
    if not source.strip():
        raise SourceError("is a notebook without code")
    return (source + "\n").encode("utf-8", "replace")


def _cell(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    text = "".join(source) if isinstance(source, list) else str(source)
    lines = text.splitlines()
    whole = next((line.lstrip() for line in lines if line.strip()), "").startswith("%%")
    return "\n".join(f"# {line}" if whole or line.lstrip().startswith(("%", "!")) else line for line in lines)
