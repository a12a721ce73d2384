"""Convert .py to .ipynb and back, without nbgrader."""

from __future__ import annotations

from pathlib import Path

from torchdojo.course import Chapter
from torchdojo.files import write_atomically
from torchdojo.nbgrader.build import chapter_notebook
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES, make_notebook, notebook_text
from torchdojo.notebooks.percent import notebook_to_percent, split_percent
from torchdojo.source.files import read_source


def to_notebook(source: Path, target: Path, chapter: Chapter | None = None) -> None:
    """Write a .py file as a notebook, with nbgrader's cells if its chapter is given; SourceError if unreadable."""
    text = read_source(source).decode("utf-8-sig")
    notebook = chapter_notebook(text, chapter) if chapter else make_notebook(split_percent(text))
    write_atomically(target, notebook_text(notebook))


def to_percent(source: Path, target: Path) -> None:
    """Write a notebook as a .py file in percent format; SourceError if it is unreadable."""
    write_atomically(target, notebook_to_percent(read_source(source, MAX_NOTEBOOK_BYTES)))
