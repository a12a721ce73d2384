"""Read what was handed in as a whole notebook, whatever is wrong with it: nbgrader's own reader stops at a flaw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter

from torchdojo.nbgrader.grade import DESK, GradeSubmission
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES, Cell, make_notebook, read_cells
from torchdojo.source.files import SourceError, read_source

UNREADABLE = """\
**This notebook could not be read.** The file that was handed in {words}. It is kept as it came. Nothing in it could be
graded; what follows is the empty notebook of the chapter.
"""


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter for autograde: every file becomes a valid notebook, and nobody's stops the others'."""

    def __init__(self, **options: Any) -> None:
        """Made once for all submissions, before any is touched: the time to see that the sandbox holds."""
        super().__init__(**options)
        step = GradeSubmission(parent=self, config=self.config)
        DESK.proven(step.tier, self.log)

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """Read a notebook leniently and run the preprocessors on it."""
        try:
            cells = read_cells(read_source(Path(filename), MAX_NOTEBOOK_BYTES))
        except SourceError as error:
            # MendNotebook, which comes first, puts the chapter's own cells in.
            cells = [Cell("markdown", UNREADABLE.format(words=error.message))]
        return self.from_notebook_node(valid_notebook(cells), resources=resources, **options)


def valid_notebook(cells: list[Cell]) -> Any:
    """Return nbformat's notebook of these cells, with nothing else of the file: outputs and widgets are not needed."""
    table = make_notebook([Cell(cell.kind, cell.text, _plain(cell.metadata)) for cell in cells])
    notebook = nbformat.from_dict(table)
    for cell in notebook.cells:
        cell.source = "".join(cell.source)
    return notebook


def _plain(metadata: dict[str, Any]) -> dict[str, Any]:
    """Keep of a cell's metadata what Jupyter and nbgrader use, where it has the right form."""
    kept: dict[str, Any] = {k: metadata[k] for k in ("deletable", "editable") if isinstance(metadata.get(k), bool)}
    if isinstance(metadata.get("nbgrader"), dict):
        kept["nbgrader"] = metadata["nbgrader"]
    return kept
