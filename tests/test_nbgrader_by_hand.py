"""Exercises that only people grade, in nbgrader: the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.conftest import TESTS
from tests.test_graded_by_hand import ESSAY, STYLE, add_to_course
from tests.test_nbgrader import CHAPTER, SOLVED, dojo, hand_in, nbgrader, without

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    pytest.mark.filterwarnings("ignore:Non-unique cell id"),
]
MODEL = "A model answer that nobody may see before the exercise is graded."
Score = tuple[float | None, bool, float]  # by the engine, whether a person must look, the maximum


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An nbgrader course in which people grade a text and the style of the code, its assignment generated."""
    root = tmp_path_factory.mktemp("course") / "tiny"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    text = f'\n\n# %% [markdown]\n# Why is it fast?\n\n# %%\nessay = """{MODEL}"""  # SOLUTION\n'
    add_to_course(root, ESSAY + STYLE, text)
    at = root.parent / "nbgrader"
    dojo("stubs", course=root)
    dojo("nbgrader", "build", "--out", at, "--course-id", "tiny101", course=root)
    nbgrader("generate_assignment", CHAPTER, at=at)
    return at


def released(built: Path) -> nbformat.NotebookNode:
    return nbformat.read(built / "release" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)


def scores(at: Path) -> dict[str, dict[str, Score]]:
    """Return the score of each cell that has points, by student, as gradebook.db has it."""
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        return {
            one.student.id: {g.name: (g.auto_score, g.needs_manual_grade, g.max_score) for g in one.grades}
            for one in gradebook.notebook_submissions(CHAPTER, CHAPTER)
        }


def test_a_text_is_a_manually_graded_answer_and_what_has_no_cell_is_a_task(built: Path) -> None:
    cells = {c.metadata.nbgrader.grade_id: c for c in released(built).cells if "nbgrader" in c.metadata}
    marks = {name: cell.metadata.nbgrader for name, cell in cells.items()}
    assert (marks["essay"].grade, marks["essay"].solution, marks["essay"].locked) == (True, True, False)
    assert marks["essay"].points == 3
    assert cells["essay"].source == "essay = ..."
    assert (marks["style"].task, marks["style"].grade, marks["style"].solution) == (True, False, False)
    assert marks["style"].points == 1
    assert marks["essay-rubric"].locked
    for name, words in {"essay-rubric": "- Gives an example (1 point)", "style": "- Names say what is meant"}.items():
        assert cells[name].cell_type == "markdown"
        assert words in cells[name].source
    assert {"essay-grade", "style-grade"}.isdisjoint(marks)


def test_the_model_answer_stays_here(built: Path) -> None:
    files = [path for path in (built / "release").rglob("*") if path.is_file()]
    assert files
    assert not any(MODEL.encode() in path.read_bytes() for path in files)


def test_a_person_is_asked_for_what_was_written(built: Path, tmp_path: Path, bubblewrap: object) -> None:
    course = Path(shutil.copytree(built, tmp_path / "course"))
    hand_in(course, "ada", {**SOLVED, "essay": 'essay = """Speed costs memory."""'})
    hand_in(course, "bob", SOLVED)
    hand_in(course, "cam", SOLVED, without("essay", "style", "essay-rubric"))
    hand_in(course, "dan", {**SOLVED, "essay": 'essay = """Speed'})  # does not parse
    nbgrader("autograde", CHAPTER, at=course)
    checks: dict[str, Score] = {"double-grade": (2.0, False, 2.0), "Scale-grade": (1.5, False, 1.5)}
    written, empty = {"essay": (None, True, 3.0)}, {"essay": (0.0, False, 3.0)}
    style: dict[str, Score] = {"style": (None, True, 1.0)}
    assert scores(course) == {
        "ada": {**checks, **written, **style},
        "bob": {**checks, **empty, **style},
        "cam": {**checks, **empty, **style},
        "dan": {**checks, **written, **style},
    }
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("essay", CHAPTER, CHAPTER, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    nbgrader("autograde", CHAPTER, "--force", at=course)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        assert gradebook.find_grade("essay", CHAPTER, CHAPTER, "ada").score == 2.5
        assert gradebook.find_submission(CHAPTER, "ada").score == 6
    nbgrader("generate_feedback", CHAPTER, at=course)
    page = (course / "feedback/ada" / CHAPTER / f"{CHAPTER}.html").read_text()
    assert "Speed costs memory." in page
