"""nbgrader, the real one: from build to feedback, through a real exchange folder and a real gradebook."""

from __future__ import annotations

import contextlib
import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from jupyter_core.application import NoStart
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderApp

from tests.conftest import TESTS
from torchdojo.cli.main import cli

CHAPTER = "ch1_tiny"
SOLVED = {
    "double": "def double(x):\n    if x.numel() == 0:\n        raise ValueError('x is empty')\n    return 2 * x",
    "Scale": (
        "class Scale(nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n"
        "        self.weight = nn.Parameter(torch.tensor(float(factor)))\n\n"
        "    def forward(self, x):\n        return self.weight * double(x) / 2"
    ),
}
WRONG = {**SOLVED, "double": "def double(x):\n    return x ** 2"}
Edit = Callable[[nbformat.NotebookNode], None]


def nbgrader(*arguments: str, at: Path) -> None:
    """Run nbgrader's own command in a folder, in this process; AssertionError if it does not succeed."""
    status: object = 0
    NbGraderApp.clear_instance()
    try:
        with contextlib.chdir(at), contextlib.suppress(NoStart):
            app = NbGraderApp.instance()
            app.initialize(list(arguments))
            app.start()
    except SystemExit as error:
        status = error.code
    finally:
        NbGraderApp.clear_instance()
    assert not status, f"nbgrader {' '.join(arguments)} ended with {status}"


def dojo(*arguments: object, course: Path = TESTS / "tiny") -> str:
    done = CliRunner().invoke(cli, ["--course", str(course), *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def fill(path: Path, answers: dict[str, str], edit: Edit | None = None) -> None:
    """Write a learner's answers into the released notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    if edit is not None:
        edit(notebook)
    path.chmod(0o644)
    nbformat.write(notebook, path)


def grades(at: Path, chapter: str = CHAPTER) -> dict[str, dict[str, float | None]]:
    """Return the automatic score of every grade cell, by student, as gradebook.db has it."""
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        found: dict[str, dict[str, float | None]] = {}
        for one in gradebook.notebook_submissions(chapter, chapter):
            found[one.student.id] = {grade.name: grade.auto_score for grade in one.grades}
        return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An nbgrader course of the tiny course, its assignment generated."""
    at = tmp_path_factory.mktemp("nbgrader") / "course"
    dojo("nbgrader", "build", "--out", at, "--course-id", "tiny101")
    nbgrader("generate_assignment", CHAPTER, at=at)
    return at


@pytest.fixture
def course(built: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may use up."""
    return Path(shutil.copytree(built, tmp_path / "course"))


def hand_in(course: Path, student: str, answers: dict[str, str], edit: Edit | None = None) -> Path:
    """Put a notebook where nbgrader's collect would."""
    path = course / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copy(course / "release" / CHAPTER / f"{CHAPTER}.ipynb", path)
    fill(path, answers, edit)
    return path


def test_end_to_end(course: Path, tmp_path: Path, bubblewrap: object) -> None:
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    place = [f"--Exchange.root={exchange}", "--course=tiny101"]
    nbgrader("release_assignment", CHAPTER, *place, at=course)
    for student, answers in (("ada", SOLVED), ("bob", WRONG)):
        home = tmp_path / student
        home.mkdir()
        own = [*place, f"--Exchange.cache={home / '.cache'}", f"--CourseDirectory.student_id={student}"]
        nbgrader("fetch_assignment", CHAPTER, *own, at=home)
        assert (home / CHAPTER / "checks" / "course.toml").is_file()
        fill(home / CHAPTER / f"{CHAPTER}.ipynb", answers)
        nbgrader("submit", CHAPTER, *own, at=home)
    nbgrader("collect", CHAPTER, *place, at=course)
    nbgrader("autograde", CHAPTER, at=course)
    assert grades(course) == {
        "ada": {"double-grade": 2.0, "Scale-grade": 1.5},
        "bob": {"double-grade": 0.0, "Scale-grade": 0.5},
    }
    nbgrader("generate_feedback", CHAPTER, at=course)
    page = (course / "feedback/bob" / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")
    for words in ("It returns twice x", "double(x), x of shape (2, 3)", "Squared", "0 of 2 points"):
        assert words in page
    assert "BEGIN SOLUTION" not in page
    nbgrader("release_feedback", CHAPTER, *place, at=course)
    assert list((exchange / "tiny101/feedback").glob("*.html"))
    nbgrader("export", at=course)
    rows = {row["student_id"]: row for row in csv.DictReader((course / "grades.csv").open())}
    assert (rows["ada"]["score"], rows["bob"]["score"], rows["bob"]["max_score"]) == ("3.5", "0.5", "3.5")
