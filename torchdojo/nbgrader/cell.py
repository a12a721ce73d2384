"""What a learner's grade cell runs: `check("ch3_modules", "Linear")` shows what the public checks say of their work.

It looks at what the learner has *run* in this notebook, in the order in which they ran it, since that is what the
notebook's other cells see as well. A file may be older: Jupyter saves it now and then. Nothing of nbgrader is imported
here, and nothing of the notebook is changed: submissions are run in a process of their own, as `dojo check` does it.
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

CHECKS = "checks"  # where a released notebook keeps its public checks, beside it
COURSE_VARIABLE = "TORCHDOJO_COURSE"


@dataclass(frozen=True)
class CellOutput:
    """What a grade cell shows: HTML in a notebook, text elsewhere.

    points: the share of the cell's points that the public checks give; nbgrader's validate reads it
    """

    text: str
    html: str
    points: float = 0.0

    def __repr__(self) -> str:
        return repr(self.points) if "NBGRADER_EXECUTION" in os.environ else self.text

    def _repr_html_(self) -> str:
        return self.html


def check(chapter: str, exercise: str) -> CellOutput:
    """Check an exercise of the chapter in this notebook, with the public checks.

    The course is looked for in the folder `checks` beside the notebook, then in the working folder and above it, or
    where the environment variable TORCHDOJO_COURSE points to.
    """
    try:
        return _check(chapter, exercise)
    except UserError as error:
        return CellOutput(str(error), f"<div class='torchdojo'>{escape(str(error))}</div>")


def _check(chapter_name: str, exercise_name: str) -> CellOutput:
    from torchdojo.nbgrader.feedback import use_notebook_locations
    from torchdojo.notebooks.extraction import extract_from_cells
    from torchdojo.sandbox.errors import WorkerError
    from torchdojo.source.files import SourceError

    cells = _run_so_far()
    course, chapter = _find(chapter_name)
    exercise = chapter.find(exercise_name)
    if exercise is None:
        raise UserError(f"{chapter_name} has no exercise {exercise_name}.")
    text = course.exercise_file(chapter).read_text(encoding="utf-8")
    try:
        extracted = extract_from_cells(cells, [e.name for e in chapter.exercises], text, newest=True)
        if not re.search(rf"\b{exercise_name}\b", extracted.source.decode()):
            raise UserError(f"Run the cell of {exercise_name} first, then this one again.")
        result = _grade(course, chapter, extracted.source, exercise_name)
    except SourceError as error:
        raise UserError(f"What was run in this notebook {error}.") from None
    except WorkerError as error:
        raise UserError(f"The checks cannot be run here: {error}") from None
    use_notebook_locations(result, f"{chapter.name}.py", extracted)
    return _feedback(exercise, result)


def _run_so_far() -> list[str]:
    """Return the cells that were run in this kernel, oldest first."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        raise UserError("This works in a notebook. Elsewhere, `dojo check` checks the chapter's .py file.")
    return [str(cell) for cell in shell.history_manager.input_hist_raw]


def _find(name: str) -> tuple[Any, Any]:
    """Return the course and the chapter; UserError if there is none."""
    from torchdojo.course import CourseError, load_course

    here = Path.cwd()
    named = os.environ.get(COURSE_VARIABLE)
    places = [Path(named)] if named else [here / CHECKS, here, *here.parents]
    for place in places:
        if not (place / "course.toml").is_file():
            continue
        try:
            course = load_course(place)
        except CourseError as error:
            raise UserError(f"The course cannot be used: {error}") from None
        chapter = course.find(name)
        if chapter is not None:
            return course, chapter
    looked = named or f"{here / CHECKS}, {here} and the folders above it"
    raise UserError(
        f"The public checks of {name} are not here (looked in {looked}). They come with the notebook, in the folder "
        f"“{CHECKS}” beside it: fetch the assignment again. Your work is graded all the same when you hand it in."
    )


_GRADERS: dict[tuple[Path, str], Any] = {}


def _grade(course: Any, chapter: Any, source: bytes, exercise: str) -> Any:
    """Grade one exercise; the grader stays warm, and torch is left in this process as it was."""
    import torch

    from torchdojo.course import CourseError
    from torchdojo.grading.grader import Grader, Settings, accelerators_of
    from torchdojo.sandbox.choose import backend_named

    key = (course.root, chapter.name)
    threads = torch.get_num_threads()
    try:
        if key not in _GRADERS:
            places = accelerators_of(course)
            settings = Settings(backend_named("auto"), b"the seed of public checks", places, public=not course.released)
            _GRADERS[key] = Grader(course, chapter, settings)
        return _GRADERS[key].grade(source, f"{chapter.name}.py", [exercise])
    except CourseError as error:
        raise UserError(f"The course cannot be used: {error}") from None
    finally:
        torch.set_num_threads(threads)


def _feedback(exercise: Any, result: Any) -> CellOutput:
    from torchdojo.nbgrader.feedback import exercise_html, exercise_text

    earned = sum(check.earned for check in result.checks)
    most = result.max_score
    whole = exercise.points + exercise.hidden_points
    note = "public checks"
    return CellOutput(
        exercise_text(exercise, result.checks, note),
        exercise_html(exercise, result.checks, note),
        whole if earned == most else whole * earned / most,
    )
