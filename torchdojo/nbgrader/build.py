"""Build an nbgrader course from the references: nbgrader_config.py and source/<chapter>/<chapter>.ipynb."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torchdojo.authoring import stub_of
from torchdojo.authoring.place import ReleaseError
from torchdojo.authoring.release import require_no_leaks, write_checks
from torchdojo.authoring.secrets import Secrets, collect_secrets
from torchdojo.course import Chapter, Course, Exercise, read_course_file
from torchdojo.errors import UserError
from torchdojo.files import write_atomically
from torchdojo.nbgrader.cell import CHECKS
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.notebooks.percent import split_percent

SCHEMA = 3
Notify = Callable[[str], None]
DEFINED = re.compile(r"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", re.MULTILINE)
HOW = """\
**How this notebook works.** Put your code where `...` stands and run the cell (Shift + Enter). Then run the cell below
it: it checks your work, and shows what is not right yet. These are the public checks. When you have handed in, hidden
ones follow, with other numbers. Cells that you add are yours: try things out, they are not graded.
"""
CONFIG = '''\
"""Settings of nbgrader for this course, written by `dojo nbgrader build`. Yours may follow below."""

from torchdojo.nbgrader.config import configure

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = {course_id!r}

# The course with the references and the graders. Submissions are graded there, in a sandbox; no kernel runs them.
# sandbox="none" would run them with your rights, on your files: only for code that you trust.
configure(c, course={course!r}, sandbox="bubblewrap")
'''


class BuildError(UserError):
    """A folder that cannot take the course, in words."""


def build_course(course: Course, out: Path, course_id: str, notify: Notify = lambda words: None) -> list[Path]:
    """Write the nbgrader course; return the files written. What nbgrader made there stays.

    Beside each notebook lies what its grade cells need: the chapter's public checks, with recorded answers.
    CourseError if a reference cannot become a notebook; BuildError if `out` holds other settings or cannot be written,
    or if the public checks would give something hidden away.
    """
    notebooks = {chapter.name: notebook_text(source_notebook(course, chapter)) for chapter in course.chapters}
    config = out / "nbgrader_config.py"
    if config.is_file() and "torchdojo" not in config.read_text(encoding="utf-8", errors="replace"):
        raise BuildError(f"{config} is not of this course: move it away, or build into another folder")
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
    """Return the files of a release of one chapter that its notebook needs: its public checks and what they expect.

    ReleaseError if one of the secrets is in them.
    """
    alone = course.model_copy(update={"chapters": [chapter]})
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / CHECKS
        folder.mkdir()
        write_checks(alone, folder)
        require_no_leaks(folder, secrets)
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc")
        return {path.relative_to(scratch): path.read_bytes() for path in files}


def _write(path: Path, data: bytes) -> bool:
    """Write a file if it differs; return whether it did."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomically(path, data, create_folder=True)
    return True


def source_notebook(course: Course, chapter: Chapter) -> dict[str, Any]:
    """Return the teacher's notebook of a chapter, solutions between their markers."""
    stub_of(course, chapter)  # so that markers without a partner are refused here, with file and line
    return chapter_notebook(read_course_file(course.reference_file(chapter)).decode("utf-8"), chapter)


def chapter_notebook(text: str, chapter: Chapter) -> dict[str, Any]:
    """Return a chapter's text, of reference, stub or submission, as a notebook with nbgrader's cells.

    Every exercise has a solution cell (`grade_id` is its name) and below it a locked grade cell with its points.
    """
    cells: list[Cell] = []
    left = {exercise.name: exercise for exercise in chapter.exercises}
    for cell in split_percent(text):
        own = [left.pop(name) for name in defined_names(cell) if name in left]
        solution = own or (cell.kind == "code" and "BEGIN SOLUTION" in cell.text)
        names = "-".join(exercise.name for exercise in own) or f"given-{len(cells)}"
        cells.append(Cell(cell.kind, cell.text, _marks(names, solution=True)) if solution else cell)
        if len(cells) == 1:
            cells.append(Cell("markdown", HOW.strip(), _marks("how", locked=True)))
        cells += [grade_cell(chapter, exercise) for exercise in own]
    cells += [grade_cell(chapter, exercise) for exercise in left.values()]
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{index}") for index, cell in enumerate(cells)]
    return make_notebook(cells, ids)


def defined_names(cell: Cell) -> list[str]:
    """Return what a code cell defines at top level, read off its lines, so that a broken cell tells it too."""
    if cell.kind != "code":
        return []
    return [definition or value for definition, value in DEFINED.findall(cell.text)]


def grade_id(exercise: Exercise) -> str:
    """Return the id of an exercise's grade cell."""
    return f"{exercise.name}-grade"


def grade_cell(chapter: Chapter, exercise: Exercise) -> Cell:
    """Return the locked cell below an exercise: the learner runs it, and nbgrader keeps the score in it."""
    text = (
        f"# {exercise.name}, {exercise.points:g} points: run this cell to check your work.\n"
        "from torchdojo.nbgrader import check\n\n"
        f'check("{chapter.name}", "{exercise.name}")'
    )
    return Cell("code", text, _marks(grade_id(exercise), grade=True, locked=True, points=exercise.points))


def _marks(
    name: str, *, grade: bool = False, solution: bool = False, locked: bool = False, points: float | None = None
) -> dict[str, Any]:
    """Return nbgrader's metadata, version 3, of a cell."""
    marks: dict[str, Any] = {
        "schema_version": SCHEMA,
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        marks["points"] = points
    return {"nbgrader": marks}
