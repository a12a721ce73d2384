"""nbgrader: the course as notebooks, graded by the same engine. nbgrader itself is an extra, imported where it is used.

A learner's notebook calls `check`; everything else here is for the teacher's side.
"""

from torchdojo.nbgrader.cell import check

__all__ = ["check"]
