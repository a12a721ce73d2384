"""Percent format and notebooks: the same cells in two files.

In percent format a line `# %%` opens a code cell and `# %% [markdown]` a cell of prose, every line of it a comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from torchdojo.notebooks.cells import Cell, is_locked, read_cells

OPENING = re.compile(r"^# %%(?:\s+(?P<rest>.*\S))?\s*$")
KINDS = {"[markdown]": "markdown", "[md]": "markdown", "[raw]": "raw"}
DEFINES = re.compile(r"(?:@|(?:async )?def |class )")


def split_percent(text: str) -> list[Cell]:
    """Return the cells of a percent-format file; what stands before the first opening line is a code cell."""
    cells: list[Cell] = []
    kind, lines = "code", list[str]()
    for line in text.replace("\r\n", "\n").split("\n"):
        opening = OPENING.match(line)
        if opening is None:
            lines.append(line)
            continue
        _close(cells, kind, lines)
        kind, lines = KINDS.get((opening["rest"] or "").split(" ")[0], "code"), []
    _close(cells, kind, lines)
    return cells


def _close(cells: list[Cell], kind: str, lines: list[str]) -> None:
    text = "\n".join(lines if kind == "code" else map(_uncommented, lines)).strip("\n")
    if text.strip():
        cells.append(Cell(kind, text))


def _uncommented(line: str) -> str:
    return line[2:] if line.startswith("# ") else line[1:] if line.startswith("#") else line


def join_percent(cells: Sequence[Cell]) -> str:
    """Return a percent-format file of cells, with the blank lines that a formatter would leave."""
    blocks: list[str] = []
    for index, cell in enumerate(cells):
        mark = {"code": "# %%", "markdown": "# %% [markdown]", "raw": "# %% [raw]"}[cell.kind]
        lines = cell.text.split("\n")
        if cell.kind != "code":
            lines = [f"# {line}".rstrip() for line in lines]
        gap = 0 if not blocks else 2 if _stands_apart(cells[index - 1], cell) else 1
        blocks.append("\n" * gap + "\n".join([mark, *lines]) + "\n")
    return "".join(blocks)


def _stands_apart(above: Cell, below: Cell) -> bool:
    """Whether a definition ends above or begins below."""
    ends = above.kind == "code" and above.text.rpartition("\n")[2][:1] in (" ", "\t")
    return ends or (below.kind == "code" and DEFINES.match(below.text) is not None)


def notebook_to_percent(notebook: bytes) -> str:
    """Return a notebook's cells in percent format, nbgrader's locked cells left out; SourceError if it is none."""
    cells = [cell for cell in read_cells(notebook) if cell.text.strip()]
    return join_percent([cell for cell in cells if not is_locked(cell)])
