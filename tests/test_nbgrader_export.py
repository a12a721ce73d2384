"""`dojo export nbgrader`: decisions in a real gradebook of nbgrader."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.conftest import TESTS
from tests.results import make_check, make_result
from tests.test_graded_by_hand import ESSAY, STYLE, add_to_course
from tests.test_nbgrader import CHAPTER, SOLVED, dojo, hand_in, nbgrader
from torchdojo.batch.store import Store
from torchdojo.course import load_course

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    pytest.mark.filterwarnings("ignore:Non-unique cell id"),
]


@pytest.fixture
def courses(tmp_path: Path, bubblewrap: object) -> tuple[Path, Path, Path]:
    """A course with an essay and style graded by hand, its nbgrader course with ada graded, and results."""
    root = tmp_path / "tiny"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    add_to_course(root, ESSAY + STYLE, '\n\n# %%\nessay = """A model answer."""  # SOLUTION\n')
    at, out = tmp_path / "nbgrader", tmp_path / "out"
    dojo("stubs", course=root)
    dojo("nbgrader", "build", "--out", at, course=root)
    nbgrader("generate_assignment", CHAPTER, at=at)
    hand_in(at, "ada", {**SOLVED, "essay": 'essay = """Speed costs memory."""'})
    nbgrader("autograde", CHAPTER, at=at)
    result = make_result(
        make_check("double.values", "failed", 1.0, title="It doubles."),
        make_check("double.shape", "passed", 1.0, 1.0),
        make_check("Scale.values", "passed", 1.5, 1.5),
    )
    with Store(out, load_course(root)) as store:
        for student in ("ada", "bob"):
            store.save(student, result, "v", b"x = 1\n")
        store.finish(["ada", "bob"], {(student, CHAPTER) for student in ("ada", "bob")})
    return root, at, out


def cells(at: Path) -> dict[str, tuple[float | None, bool]]:
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada")
        return {grade.name: (grade.manual_score, grade.needs_manual_grade) for grade in found.grades}


def comments(at: Path) -> dict[str, str]:
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission_notebook(CHAPTER, CHAPTER, "ada")
        return {comment.name: comment.manual_comment for comment in found.comments if comment.manual_comment}


def test_points_and_comments_are_written_once(courses: tuple[Path, Path, Path]) -> None:
    root, at, out = courses

    def review(*arguments: object) -> None:
        dojo("review", out, *arguments, course=root)

    def export() -> str:
        return dojo("export", "nbgrader", out, "--course", at, course=root)

    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        gradebook.find_comment("double", CHAPTER, CHAPTER, "ada").manual_comment = "From the formgrader."
        gradebook.find_grade("Scale-grade", CHAPTER, CHAPTER, "ada").manual_score = 1.25
        gradebook.db.commit()
    review("ada", "double/values", "--points", 0.5, "--reason", "Half right.", "--comment", "See `dim`.", "--line", 3)
    review("ada", "tiny", "--comment", "Copied?", "--staff-only")
    review("ada", "tiny", "--comment", "Well done.")
    review("ada", "essay/tradeoff", "--points", 1.5, "--reason", "Only speed.")
    review("ada", "style", "--points", 1)
    review("ada", "tiny", "--points", 5, "--reason", "as agreed")
    review("bob", "double", "--points", 2, "--reason", "x")
    done = export()
    assert "scores changed: 3, comments changed: 2" in done
    assert "ada ch1_tiny: nbgrader has no points for a whole notebook" in done
    assert "bob ch1_tiny: nbgrader has no submission of it" in done
    assert cells(at) == {
        "double-grade": (1.5, False),
        "Scale-grade": (1.25, False),
        "essay": (1.5, True),
        "style": (1.0, False),
    }
    written = comments(at)
    assert written["double"].startswith("From the formgrader.\n\nFrom the review of your submission:")
    for words in ("About all of it: Well done.", "to 0.5 of 1 point: Half right.", "line 3: See `dim`."):
        assert words in written["double"]
    assert "tradeoff: 1.5 of 2 points: Only speed." in written["essay"]
    assert not any("Copied" in text for text in written.values())
    assert "scores changed: 0, comments changed: 0" in export()
    assert comments(at) == written
    dojo("review", out, "--undo", course=root)  # bob's
    review("ada", "essay/example", "--points", 1, "--reason", "Yes.")
    assert "scores changed: 1, comments changed: 1" in export()
    assert cells(at)["essay"] == (2.5, False)
    assert comments(at)["double"] == written["double"]
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission(CHAPTER, "ada").score == 1.5 + 1.25 + 2.5 + 1


def test_a_gradebook_is_never_made(tmp_path: Path, tiny_course: object) -> None:
    from click.testing import CliRunner

    from torchdojo.cli.main import cli

    out, at = tmp_path / "out", tmp_path / "nbgrader"
    with Store(out, load_course(TESTS / "tiny")) as store:
        store.save("ada", make_result(make_check("double.values", "passed", 2.0, 2.0)), "v")
        store.finish(["ada"], {("ada", CHAPTER)})
    arguments = ["--course", str(TESTS / "tiny"), "export", "nbgrader", str(out), "--course", str(at)]
    done = CliRunner().invoke(cli, arguments)
    assert (done.exit_code, "has no nbgrader_config.py" in done.output) == (2, True)
    dojo("nbgrader", "build", "--out", at)
    done = CliRunner().invoke(cli, arguments)
    assert (done.exit_code, "does not exist yet; run `nbgrader autograde` first" in done.output) == (2, True)
    assert not (at / "gradebook.db").exists()
