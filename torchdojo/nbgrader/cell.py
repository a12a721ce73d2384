"""Run the public checks from a learner's grade cell: `check("ch3_modules", "Linear")`.

They check what was *run* in this notebook so far, in that order, as its other cells see it; the saved file may be
older. nbgrader is not imported, and the notebook is not changed: the checks run in a separate process, as in
`dojo check`.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from torchdojo.errors import UserError

CHECKS = "checks"  # the folder of the public checks, beside a released notebook
COURSE_VARIABLE = "TORCHDOJO_COURSE"


@dataclass(frozen=True)
class CellOutput:
    """The output of a grade cell: HTML in a notebook, text elsewhere.

    points: of the exercise's points, the share that the public checks give; `nbgrader validate` reads it
    """

    text: str
    html: str
    points: float = 0.0

    def __repr__(self) -> str:
        return repr(self.points) if "NBGRADER_EXECUTION" in os.environ else self.text

    def _repr_html_(self) -> str:
        return self.html


def check(chapter: str, exercise: str) -> CellOutput:
    """Run the public checks of an exercise on this notebook.

    The course is the one that the environment variable TORCHDOJO_COURSE points to, or else the first with this chapter
    of the folder `checks` beside the notebook, the working folder and those above it.
    """
    try:
        return _check(chapter, exercise)
    except UserError as error:
        return CellOutput(str(error), f"<div class='torchdojo' style='white-space:pre-wrap'>{escape(str(error))}</div>")


def _check(chapter_name: str, exercise_name: str) -> CellOutput:
    from torchdojo.course import CourseError
    from torchdojo.nbgrader.feedback import exercise_html, exercise_text, use_notebook_locations
    from torchdojo.notebooks.extraction import extract_from_cells
    from torchdojo.sandbox.errors import WorkerError
    from torchdojo.source.files import SourceError

    cells = _cells_run()
    try:
        course, chapter = _find_chapter(chapter_name)
        exercise = chapter.find(exercise_name)
        if exercise is None:
            raise UserError(f"{chapter_name} has no exercise {exercise_name}.")
        if exercise.by_hand:
            raise UserError(f"{exercise_name} is graded by hand: it has no checks.")
        text = course.exercise_file(chapter).read_text(encoding="utf-8")
        extracted = extract_from_cells(cells, [e.name for e in chapter.exercises], text, newest=True)
        if not re.search(rf"\b{exercise_name}\b", extracted.source.decode()):
            raise UserError(f"Run the cell of {exercise_name} first, then this one again.")
        result = _grade(course, chapter, extracted.source, exercise_name)
    except CourseError as error:
        raise UserError(f"The course cannot be used: {error}") from None
    except SourceError as error:
        raise UserError(f"What was run in this notebook {error}.") from None
    except WorkerError as error:
        raise UserError(f"The checks cannot be run here: {error}") from None
    use_notebook_locations(result, f"{chapter.name}.py", extracted)
    points, note = exercise.points + exercise.hidden_points, "public checks"
    return CellOutput(
        exercise_text(exercise, result.checks, note),
        exercise_html(exercise, result.checks, note),
        points if result.score == result.max_score else points * result.score / result.max_score,
    )


def _cells_run() -> list[str]:
    """Return the cells that were run in this kernel, oldest first."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        raise UserError("This works in a notebook. Elsewhere, `dojo check` checks the chapter's .py file.")
    return [str(cell) for cell in shell.history_manager.input_hist_raw]


def _find_chapter(name: str) -> tuple[Any, Any]:
    """Return the course and the chapter; UserError if there is none."""
    from torchdojo.course import load_course

    here, given = Path.cwd(), os.environ.get(COURSE_VARIABLE)
    for folder in [Path(given)] if given else [here / CHECKS, here, *here.parents]:
        if (folder / "course.toml").is_file():
            course = load_course(folder)
            chapter = course.find(name)
            if chapter is not None:
                return course, chapter
    searched = given or f"{here / CHECKS}, {here} and the folders above it"
    raise UserError(
        f"The public checks of {name} are not here (searched {searched}). They come with the notebook, in the folder "
        f"“{CHECKS}” beside it: fetch the assignment again. Your submission will be graded in any case."
    )


_GRADERS: dict[tuple[Path, str], Any] = {}


def _grade(course: Any, chapter: Any, source: bytes, exercise: str) -> Any:
    """Grade one exercise, with a grader that stays warm, and leave torch's threads in this process as they were."""
    import torch

    from torchdojo.grading.accelerators import available_accelerators
    from torchdojo.grading.grader import Grader, Settings
    from torchdojo.sandbox.choose import backend_named

    key = (course.root, chapter.name)
    threads = torch.get_num_threads()
    try:
        if key not in _GRADERS:
            devices = available_accelerators(course)
            settings = Settings(
                backend_named("auto"), b"the seed of public checks", devices, public=not course.released
            )
            _GRADERS[key] = Grader(course, chapter, settings)
        return _GRADERS[key].grade(source, [exercise])
    finally:
        torch.set_num_threads(threads)
