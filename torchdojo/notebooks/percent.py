"""Read and write percent format, the cells of a notebook as a Python file.

A line `# %%` opens a code cell; `# %% [markdown]` opens a cell of prose, of which every line is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from torchdojo.notebooks.cells import Cell, is_locked, read_cells

CELL_MARK = re.compile(r"^# %%(?:\s+(?P<rest>.*\S))?\s*$")
KINDS = {"[markdown]": "markdown", "[md]": "markdown", "[raw]": "raw"}
DEFINES = re.compile(r"(?:@|(?:async )?def |class )")


def split_percent(text: str) -> list[Cell]:
    """Return the cells of a percent-format file; text before the first mark is a code cell."""
    cells: list[Cell] = []
    kind, lines = "code", list[str]()
    for line in text.replace("\r\n", "\n").split("\n"):
        mark = CELL_MARK.match(line)
        if mark is None:
            lines.append(line)
            continue
        _add_cell(cells, kind, lines)
        kind, lines = KINDS.get((mark["rest"] or "").split(" ")[0], "code"), []
    _add_cell(cells, kind, lines)
    return cells


def _add_cell(cells: list[Cell], kind: str, lines: list[str]) -> None:
    text = "\n".join(lines if kind == "code" else map(_uncomment, lines)).strip("\n")
    if text.strip():
        cells.append(Cell(kind, text))


def _uncomment(line: str) -> str:
    return line[2:] if line.startswith("# ") else line[1:] if line.startswith("#") else line


def join_percent(cells: Sequence[Cell]) -> str:
    """Return the percent-format file of cells, with blank lines as a formatter sets them."""
    blocks: list[str] = []
    for index, cell in enumerate(cells):
        mark = {"code": "# %%", "markdown": "# %% [markdown]", "raw": "# %% [raw]"}[cell.kind]
        lines = cell.text.split("\n")
        if cell.kind != "code":
            lines = [f"# {line}".rstrip() for line in lines]
        gap = 0 if not blocks else 2 if _has_definition_beside(cells[index - 1], cell) else 1
        blocks.append("\n" * gap + "\n".join([mark, *lines]) + "\n")
    return "".join(blocks)


def _has_definition_beside(above: Cell, below: Cell) -> bool:
    """Whether a definition ends one cell or begins the next."""
    ends = above.kind == "code" and above.text.rpartition("\n")[2][:1] in (" ", "\t")
    return ends or (below.kind == "code" and DEFINES.match(below.text) is not None)


def notebook_to_percent(notebook: bytes) -> str:
    """Return a notebook in percent format, without nbgrader's locked cells; SourceError if it cannot be read."""
    cells = [cell for cell in read_cells(notebook) if cell.text.strip()]
    return join_percent([cell for cell in cells if not is_locked(cell)])
