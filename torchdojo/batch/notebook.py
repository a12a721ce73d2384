"""Read a notebook, and take the Python text of the submission out of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from torchdojo.batch.scratch import Place, submission_of
from torchdojo.source.files import MAX_BYTES, SourceError

MAX_NOTEBOOK_BYTES = 64_000_000  # outputs count: a few pictures are megabytes, and they are not read
KINDS = ("code", "markdown", "raw")


@dataclass(frozen=True)
class Cell:
    """A cell. kind: "code", "markdown" or "raw"; text: its source; metadata: as it stands in the file"""

    kind: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """The submission in a notebook. source: a module's text; places: the cell that each of its lines comes from"""

    source: bytes
    places: tuple[Place | None, ...]

    def place(self, line: int | None) -> Place | None:
        """Return where in the notebook a line of the source stands, or None."""
        return self.places[line - 1] if line and 0 < line <= len(self.places) else None


def read_cells(notebook: bytes) -> list[Cell]:
    """Return the cells of a notebook (nbformat 4), whatever else is wrong with it; SourceError if it has none."""
    try:
        table = json.loads(notebook)
        found = [_cell(cell) for cell in table["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"is not a notebook: {type(error).__name__}: {error}") from None
    return found


def _cell(cell: dict[str, Any]) -> Cell:
    source, kind, metadata = cell.get("source", ""), cell.get("cell_type"), cell.get("metadata")
    text = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return Cell(kind if kind in KINDS else "raw", text, metadata if isinstance(metadata, dict) else {})


def take(notebook: bytes, names: Collection[str], given: str = "") -> Taken:
    """Return the submission in a notebook: the definitions of `names`, and everything that they use.

    A notebook is also a scratch pad. What its cells show, try and train is not run here; see `submission_of`.
    given: a chapter's own text, from which the notebook's missing imports and helpers are taken
    """
    texts = [cell.text if cell.kind == "code" else "" for cell in read_cells(notebook)]
    if not any(text.strip() for text in texts):
        raise SourceError("is a notebook without code")
    size = sum(len(text.encode()) for text in texts)
    if size > MAX_BYTES:
        raise SourceError(f"is too large: {size:,} bytes of code, at most {MAX_BYTES:,} are read")
    lines = submission_of(texts, names, given)
    source = "\n".join(text for text, _ in lines) + "\n"
    return Taken(source.encode(), tuple(place for _, place in lines))


def notebook_source(notebook: bytes, names: Collection[str], given: str = "") -> bytes:
    """Return the text of the submission in a notebook; see `take`."""
    return take(notebook, names, given).source
