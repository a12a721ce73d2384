"""Build an nbgrader course from the references: nbgrader_config.py and source/<chapter>/<chapter>.ipynb."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torchdojo.authoring.output_folder import ReleaseError
from torchdojo.authoring.release import require_no_leaks, write_checks
from torchdojo.authoring.secrets import Secrets, collect_secrets
from torchdojo.course import Chapter, Course, Exercise, read_course_file
from torchdojo.course.stub import make_chapter_stub
from torchdojo.errors import UserError
from torchdojo.files import write_atomically
from torchdojo.nbgrader.cell import CHECKS
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.notebooks.percent import split_percent

SCHEMA = 3
Notify = Callable[[str], None]
DEFINED = re.compile(r"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", re.MULTILINE)
HOW = """\
**How this notebook works.** Replace each `...` with your code and run the cell (Shift + Enter). Then run the cell below
it, which checks your work and shows what is not right yet. It runs the public checks; after you submit, hidden checks
with other numbers are run, too. Cells that you add are not graded: use them to try things out.
"""
CONFIG = '''\
"""Settings of nbgrader for this course, written by `dojo nbgrader build`. Add your own below."""

from torchdojo.nbgrader.config import configure

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = {course_id!r}

# The course with its references and graders. Submissions are graded in a sandbox; no kernel runs them.
# sandbox="none" runs them with your rights, on your files: use it only for code that you trust.
configure(c, course={course!r}, sandbox="bubblewrap")
'''


class BuildError(UserError):
    """A folder in which the course cannot be built; the message is user-facing."""


def build_course(course: Course, out: Path, course_id: str, notify: Notify = lambda words: None) -> list[Path]:
    """Write the nbgrader course; return the files written. Files that nbgrader created there stay.

    Each notebook gets the chapter's public checks with recorded answers beside it, for its grade cells.
    CourseError if a reference cannot be converted to a notebook; BuildError if `out` has other settings or cannot be
    written, or if the public checks would leak something hidden.
    """
    notebooks = {chapter.name: notebook_text(source_notebook(course, chapter)) for chapter in course.chapters}
    config = out / "nbgrader_config.py"
    if config.is_file() and "torchdojo" not in config.read_text(encoding="utf-8", errors="replace"):
        raise BuildError(f"{config} does not belong to this course; move it, or build into another folder")
    secrets = collect_secrets(course, numbers=False)
    written: list[Path] = []
    try:
        if not config.exists():
            text = CONFIG.format(course_id=course_id, course=str(course.root.resolve()))
            write_atomically(config, text, create_folder=True)
            written.append(config)
        for chapter in course.chapters:
            folder = out / "source" / chapter.name
            notebook = {Path(f"{chapter.name}.ipynb"): notebooks[chapter.name].encode()}
            files = {**notebook, **public_checks(course, chapter, secrets)}
            written += [folder / name for name, data in files.items() if _write(folder / name, data)]
            notify(chapter.name)
    except ReleaseError as error:
        raise BuildError(str(error)) from None
    return written


def public_checks(course: Course, chapter: Chapter, secrets: Secrets) -> dict[Path, bytes]:
    """Return the files that a chapter's notebook needs for its public checks.

    ReleaseError if one of the secrets is in them.
    """
    alone = replace(course, chapters=[chapter])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / CHECKS
        folder.mkdir()
        write_checks(alone, folder)
        require_no_leaks(folder, secrets)
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
        return {path.relative_to(scratch): path.read_bytes() for path in files}


def _write(path: Path, data: bytes) -> bool:
    """Write a file if its content differs; return whether it did."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomically(path, data, create_folder=True)
    return True


def source_notebook(course: Course, chapter: Chapter) -> dict[str, Any]:
    """Return the teacher's notebook of a chapter, solutions between their markers."""
    make_chapter_stub(course, chapter)  # raises for an unmatched marker, with its file and line
    return chapter_notebook(read_course_file(course.reference_file(chapter)).decode("utf-8"), chapter)


def chapter_notebook(text: str, chapter: Chapter) -> dict[str, Any]:
    """Return a chapter's reference, stub or submission as a notebook with nbgrader's cells.

    Every exercise has a solution cell (`grade_id` is its name). Below it is a locked grade cell with its points, or, if
    people grade it, the rubric is above it, and it has the points itself. What people grade and no cell defines is a
    task of nbgrader's.
    """
    cells: list[Cell] = []
    remaining = {exercise.name: exercise for exercise in chapter.exercises}
    for number, cell in enumerate(split_percent(text)):
        own = [remaining.pop(name) for name in defined_names(cell) if name in remaining]
        solution = own or (cell.kind == "code" and "BEGIN SOLUTION" in cell.text)
        by_hand = [exercise for exercise in own if exercise.by_hand]
        cells += [rubric_cell(exercise) for exercise in by_hand]
        cells.append(_solution_cell(cell, own, f"given-{len(cells)}") if solution else cell)
        if number == 0:
            cells.append(Cell("markdown", HOW.strip(), _metadata("how", locked=True)))
        cells += [grade_cell(chapter, exercise) for exercise in own if not exercise.by_hand]
    cells += [
        rubric_cell(exercise, is_task=True) if exercise.by_hand else grade_cell(chapter, exercise)
        for exercise in remaining.values()
    ]
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{index}") for index, cell in enumerate(cells)]
    return make_notebook(cells, ids)


def defined_names(cell: Cell) -> list[str]:
    """Return the names that a code cell defines at top level, by its lines, so that it need not parse."""
    if cell.kind != "code":
        return []
    return [definition or value for definition, value in DEFINED.findall(cell.text)]


def grade_cell_id(exercise: str) -> str:
    """Return the id of the grade cell of an exercise with this name."""
    return f"{exercise}-grade"


def grade_cell(chapter: Chapter, exercise: Exercise) -> Cell:
    """Return the locked cell below an exercise, which checks it in the notebook and holds its score in nbgrader."""
    text = (
        f"# {exercise.name}, {exercise.points:g} points: run this cell to check your work.\n"
        "from torchdojo.nbgrader import check\n\n"
        f'check("{chapter.name}", "{exercise.name}")'
    )
    return Cell("code", text, _metadata(grade_cell_id(exercise.name), grade=True, locked=True, points=exercise.points))


def _solution_cell(cell: Cell, own: list[Exercise], spare_id: str) -> Cell:
    """Return the cell in which a learner writes exercises, with the points of those that people grade.

    spare_id: its id if it holds none
    """
    names = "-".join(exercise.name for exercise in own) or spare_id
    points = [exercise.points for exercise in own if exercise.by_hand]
    metadata = _metadata(names, grade=bool(points), solution=True, points=sum(points) if points else None)
    return Cell(cell.kind, cell.text, metadata)


def rubric_cell(exercise: Exercise, *, is_task: bool = False) -> Cell:
    """Return the locked text with what people give points for. is_task: whether it holds the exercise's points"""
    lines = [f"**{exercise.name}** is graded by hand:", ""]
    lines += [f"- {item.title} ({item.points:g} point{'' if item.points == 1 else 's'})" for item in exercise.rubric]
    name = exercise.name if is_task else f"{exercise.name}-rubric"
    metadata = _metadata(name, locked=True, task=is_task, points=exercise.points if is_task else None)
    return Cell("markdown", "\n".join(lines), metadata)


def _metadata(
    name: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    task: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    """Return a cell's nbgrader metadata, in version 3."""
    metadata: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "solution": solution,
        "task": task,
    }
    if points is not None:
        metadata["points"] = points
    return {"nbgrader": metadata}
