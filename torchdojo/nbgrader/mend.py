"""Give a submitted notebook nbgrader's marks back as the gradebook knows them, whatever happened to them.

Nothing of this decides a score: the grade is taken from the file that was handed in. It lets nbgrader keep its books,
and shows a grade below each exercise.
"""

from __future__ import annotations

from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from torchdojo.nbgrader.build import SCHEMA, defined_names
from torchdojo.notebooks.cells import Cell

Notebook = Any


class MendNotebook(NbGraderPreprocessor):
    """Every grade cell is there once, with its own text and points; solution cells keep the learner's."""

    def preprocess(self, nb: Notebook, resources: Any) -> tuple[Notebook, Any]:
        """Mend the notebook's metadata from the gradebook."""
        place = resources["nbgrader"]
        with Gradebook(place["db_url"]) as gradebook:
            known = gradebook.find_notebook(place["notebook"], place["assignment"])
            sources = {cell.name: cell for cell in known.source_cells}
            points = {cell.name: float(cell.max_score) for cell in known.grade_cells}
            marks = {name: _marks(cell, points.get(name)) for name, cell in sources.items()}
            texts = {name: (cell.cell_type, cell.source) for name, cell in sources.items()}
        found = self._mark(nb, marks, texts)
        self._add_missing(nb, found, marks, texts)
        return nb, resources

    def _mark(self, nb: Notebook, marks: dict[str, Any], texts: dict[str, tuple[str, str]]) -> set[str]:
        """Mark each known cell once, first by its id, then by what it defines; return the ids that were found."""
        claims: dict[str, Any] = {}
        for cell in nb.cells:
            name = _claimed(cell)
            cell.metadata.pop("nbgrader", None)
            if name in marks and name not in claims and self._fits(cell, marks[name], texts[name]):
                claims[name] = cell
        for cell in nb.cells:
            for name in defined_names(Cell(cell.cell_type, cell.source)):
                if name in marks and name not in claims and not any(cell is other for other in claims.values()):
                    claims[name] = cell
        for name, cell in claims.items():
            cell.metadata["nbgrader"] = nbformat.from_dict(marks[name])
            if marks[name]["locked"]:
                if cell.source != texts[name][1]:
                    self.log.warning("The locked cell %s had been changed; it is as it was", name)
                cell.source = texts[name][1]
        return set(claims)

    def _fits(self, cell: Any, marks: dict[str, Any], text: tuple[str, str]) -> bool:
        """Whether a cell can be what it says: of that kind, and no locked cell that holds a learner's definition."""
        if cell.cell_type != text[0]:
            return False
        return not (marks["locked"] and defined_names(Cell("code", cell.source)))

    def _add_missing(
        self, nb: Notebook, found: set[str], marks: dict[str, Any], texts: dict[str, tuple[str, str]]
    ) -> None:
        """Put missing grade and solution cells back, each below the one it followed in the release."""
        before: str | None = None
        for name in texts:  # the gradebook keeps them in the notebook's order
            if name not in found and (marks[name]["grade"] or marks[name]["solution"]):
                self.log.warning("The cell %s was missing; it is back", name)
                kind, text = texts[name]
                cell = nbformat.v4.new_code_cell(text) if kind == "code" else nbformat.v4.new_markdown_cell(text)
                cell.metadata["nbgrader"] = nbformat.from_dict(marks[name])
                nb.cells.insert(_index_of(nb, before), cell)
            before = name


def _claimed(cell: Any) -> str:
    """Return the grade_id that a cell states, or nothing."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else ""


def _index_of(nb: Notebook, name: str | None) -> int:
    """Return the index below the cell of this id, or below the last cell."""
    places = [index for index, cell in enumerate(nb.cells) if _claimed(cell) == name]
    return places[0] + 1 if name and places else len(nb.cells)


def _marks(cell: Any, points: float | None) -> dict[str, Any]:
    """Return nbgrader's metadata of a source cell of the gradebook."""
    locked, grade = bool(cell.locked), points is not None
    marks: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade": grade,
        "grade_id": cell.name,
        "locked": locked,
        "solution": not locked,
        "task": False,
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
    }
    if grade:
        marks["points"] = points
    return marks
