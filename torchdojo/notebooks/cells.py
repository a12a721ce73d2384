"""Read the cells of a notebook leniently, and make notebooks of cells."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torchdojo.source.files import SourceError

MAX_NOTEBOOK_BYTES = 64_000_000  # with its outputs: a few images take megabytes
KINDS = {"code": "code", "markdown": "markdown", "heading": "markdown", "html": "markdown", "raw": "raw"}
CONFLICT = re.compile(rb"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)  # a line that git writes into a file it cannot merge
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
    """Return the cells of a notebook (nbformat 2 to 4), however flawed; SourceError if it has none."""
    try:
        table = json.loads(notebook)
        sheets = [table] if "cells" in table else table["worksheets"]
        return [_cell(cell) for sheet in sheets for cell in sheet["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"is not a notebook: {_why_unreadable(notebook, error)}") from None


def _why_unreadable(notebook: bytes, error: Exception) -> str:
    """Return why a text is not a notebook, and what to do."""
    start = notebook.removeprefix(codecs.BOM_UTF8).lstrip()
    conflict = CONFLICT.search(notebook)
    if conflict:
        line = notebook[: conflict.start()].count(b"\n") + 1
        return f"git left conflict markers in it (line {line}); resolve the conflict and save the notebook again"
    if start.startswith(b"<"):
        return "it is a web page; download the .ipynb file itself"
    if not start.startswith((b"{", b"[")):
        first = start.split(b"\n")[0][:60].decode("utf-8", "replace").strip()
        return f"a notebook begins with “{{”, and it begins with “{first}”; if it is Python code, name it .py"
    if isinstance(error, json.JSONDecodeError):
        return f"its JSON is damaged or incomplete: {error.msg} (line {error.lineno}); save the notebook again"
    if isinstance(error, RecursionError):
        return "its JSON is nested too deeply"
    return "it is JSON without a list of cells"


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))  # "input" before nbformat 4
    metadata = cell.get("metadata")
    text = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return Cell(_kind(cell), text, metadata if isinstance(metadata, dict) else {})


def _kind(cell: dict[str, Any]) -> str:
    """Return a cell's kind: code if none is given, raw if it is in another language."""
    metadata = cell.get("metadata")
    editor = metadata.get("vscode") if isinstance(metadata, dict) else None
    language = editor.get("languageId") if isinstance(editor, dict) else cell.get("language")
    kind = str(cell.get("cell_type") or "code").lower()
    if kind == "code" and isinstance(language, str) and not language.lower().startswith(("python", "ipython")):
        return "raw"
    return KINDS.get(kind, "raw")


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
