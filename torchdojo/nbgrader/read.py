"""Read submitted notebooks leniently: nbgrader's own reader fails on any flaw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter

from torchdojo.nbgrader.grade import SESSION, GradeSubmission
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES, Cell, make_notebook, read_cells
from torchdojo.source.files import SourceError, read_source

UNREADABLE = """\
**This notebook could not be read.** The submitted file {problem}. It is kept unchanged, but nothing in it could be
graded; below is the empty notebook of the chapter.
"""


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter for autograde: every file becomes a valid notebook, so that none stops the others."""

    def __init__(self, **options: Any) -> None:
        """Test the sandbox: nbgrader creates one exporter per run, before it touches any submission."""
        super().__init__(**options)
        step = GradeSubmission(parent=self, config=self.config)
        SESSION.require_sandbox(step.backend, self.log)

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """Return a notebook, read leniently, after the preprocessors have run on it."""
        try:
            cells = read_cells(read_source(Path(filename), MAX_NOTEBOOK_BYTES))
        except SourceError as error:
            # RepairNotebook, the first preprocessor, adds the chapter's own cells.
            cells = [Cell("markdown", UNREADABLE.format(problem=error.message))]
        return self.from_notebook_node(valid_notebook(cells), resources=resources, **options)


def valid_notebook(cells: list[Cell]) -> Any:
    """Return an nbformat notebook of these cells, without the outputs and widgets of the file."""
    contents = make_notebook([Cell(cell.kind, cell.text, _clean_metadata(cell.metadata)) for cell in cells])
    notebook = nbformat.from_dict(contents)
    for cell in notebook.cells:
        cell.source = "".join(cell.source)
    return notebook


def _clean_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the well-formed parts of a cell's metadata that Jupyter and nbgrader use."""
    kept: dict[str, Any] = {k: metadata[k] for k in ("deletable", "editable") if isinstance(metadata.get(k), bool)}
    if isinstance(metadata.get("nbgrader"), dict):
        kept["nbgrader"] = metadata["nbgrader"]
    return kept
