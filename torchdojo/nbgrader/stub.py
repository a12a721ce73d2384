"""Replace solutions with `...` in the release, in the same way as in the .py stubs."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import is_solution

from torchdojo.course.stub import make_stub


class MakeStub(ClearSolutions):
    """nbgrader's ClearSolutions, for this course's markers: a block between BEGIN and END, or a marked line."""

    def _replace_solution_region(self, cell: Any, language: str) -> bool:
        """Replace the solutions in a cell; return whether it had any, or needs none of nbgrader's."""
        if cell.cell_type != "code":
            return False
        text = make_stub(cell.source).removesuffix("\n")
        changed: bool = text != cell.source
        cell.source = text
        return changed or is_solution(cell)
