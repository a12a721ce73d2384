"""Read the cells of a notebook leniently, and make notebooks of cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torchdojo.source.files import SourceError

MAX_NOTEBOOK_BYTES = 64_000_000  # with its outputs: a few images take megabytes
KINDS = ("code", "markdown", "raw")
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py"},
}


@dataclass(frozen=True)
class Cell:
    """A cell. kind: "code", "markdown" or "raw"; text: its source; metadata: as in the file"""

    kind: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)


def read_cells(notebook: bytes) -> list[Cell]:
    """Return the cells of a notebook (nbformat 4), however flawed; SourceError if it has none."""
    try:
        return [_cell(cell) for cell in json.loads(notebook)["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"is not a notebook: {type(error).__name__}: {error}") from None


def _cell(cell: dict[str, Any]) -> Cell:
    source, kind, metadata = cell.get("source", ""), cell.get("cell_type"), cell.get("metadata")
    text = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return Cell(kind if kind in KINDS else "raw", text, metadata if isinstance(metadata, dict) else {})


def make_notebook(cells: Sequence[Cell], ids: Sequence[str] = ()) -> dict[str, Any]:
    """Return a notebook (nbformat 4.5) of cells, without outputs. ids: their ids; "cell-<index>" where missing"""
    entries: list[dict[str, Any]] = []
    for index, cell in enumerate(cells):
        entry: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": ids[index] if index < len(ids) else f"cell-{index}",
            "metadata": cell.metadata,
            "source": cell.text.splitlines(keepends=True),
        }
        if cell.kind == "code":
            entry |= {"execution_count": None, "outputs": []}
        entries.append(entry)
    return {"cells": entries, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}


def notebook_text(notebook: dict[str, Any]) -> str:
    """Return the text of a notebook's file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def is_locked(cell: Cell) -> bool:
    """Whether a cell is locked by nbgrader: the teacher's, not the learner's."""
    nbgrader = cell.metadata.get("nbgrader")
    return isinstance(nbgrader, dict) and nbgrader.get("locked") is True
