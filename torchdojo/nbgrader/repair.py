"""Restore nbgrader's cell metadata in a submitted notebook from the gradebook.

This never decides a score, since the submitted file itself is graded. It lets nbgrader fill its gradebook and show a
grade below each exercise.
"""

from __future__ import annotations

from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from torchdojo.nbgrader.build import SCHEMA, defined_names
from torchdojo.notebooks.cells import Cell

Notebook = Any


class RepairNotebook(NbGraderPreprocessor):
    """Makes every grade cell occur once, with its own text and points; solution cells keep the learner's text."""

    def preprocess(self, nb: Notebook, resources: Any) -> tuple[Notebook, Any]:
        """Repair the notebook from what the gradebook knows of its assignment."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            known = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            sources = {cell.name: cell for cell in known.source_cells}
            points = {cell.name: float(cell.max_score) for cell in (*known.grade_cells, *known.task_cells)}
            tasks = {cell.name for cell in known.task_cells}
            metadata = {name: _metadata(cell, points.get(name), name in tasks) for name, cell in sources.items()}
            texts = {name: (cell.cell_type, cell.source) for name, cell in sources.items()}
        known_ids = self._restore_metadata(nb, metadata, texts)
        self._add_missing(nb, known_ids, metadata, texts)
        return nb, resources

    def _restore_metadata(self, nb: Notebook, metadata: dict[str, Any], texts: dict[str, tuple[str, str]]) -> set[str]:
        """Identify each known cell once, by its id or else by what it defines; return the ids present."""
        claims: dict[str, Any] = {}
        for cell in nb.cells:
            name = _claimed_id(cell)
            cell.metadata.pop("nbgrader", None)
            if name in metadata and name not in claims and self._fits(cell, metadata[name], texts[name]):
                claims[name] = cell
        for cell in nb.cells:
            for name in defined_names(Cell(cell.cell_type, cell.source)):
                if name in metadata and name not in claims and not any(cell is other for other in claims.values()):
                    claims[name] = cell
        for name, cell in claims.items():
            cell.metadata["nbgrader"] = nbformat.from_dict(metadata[name])
            if metadata[name]["locked"]:
                if cell.source != texts[name][1]:
                    self.log.warning("The locked cell %s was changed; it has been restored", name)
                cell.source = texts[name][1]
        return set(claims)

    def _fits(self, cell: Any, metadata: dict[str, Any], text: tuple[str, str]) -> bool:
        """Whether a cell can have the id it claims: of the same kind, and not a locked cell with a definition in it."""
        if cell.cell_type != text[0]:
            return False
        return not (metadata["locked"] and defined_names(Cell("code", cell.source)))

    def _add_missing(
        self, nb: Notebook, present: set[str], metadata: dict[str, Any], texts: dict[str, tuple[str, str]]
    ) -> None:
        """Add missing grade and solution cells, each below its predecessor in the release."""
        predecessor: str | None = None
        for name in texts:  # in the notebook's order
            if name not in present and any(metadata[name][kind] for kind in ("grade", "solution", "task")):
                self.log.warning("The cell %s was missing; it has been added", name)
                kind, text = texts[name]
                cell = nbformat.v4.new_code_cell(text) if kind == "code" else nbformat.v4.new_markdown_cell(text)
                cell.metadata["nbgrader"] = nbformat.from_dict(metadata[name])
                nb.cells.insert(_index_below(nb, predecessor), cell)
            predecessor = name


def _claimed_id(cell: Any) -> str:
    """Return the grade_id in a cell's metadata, or ""."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else ""


def _index_below(nb: Notebook, name: str | None) -> int:
    """Return the index after the cell with this id, or after the last cell."""
    indices = [index for index, cell in enumerate(nb.cells) if _claimed_id(cell) == name]
    return indices[0] + 1 if name and indices else len(nb.cells)


def _metadata(cell: Any, points: float | None, is_task: bool) -> dict[str, Any]:
    """Return the nbgrader metadata of a source cell in the gradebook."""
    locked = bool(cell.locked)
    metadata: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade": points is not None and not is_task,
        "grade_id": cell.name,
        "locked": locked,
        "solution": not locked,
        "task": is_task,
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
    }
    if points is not None:
        metadata["points"] = points
    return metadata
