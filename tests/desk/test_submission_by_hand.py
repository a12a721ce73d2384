"""What only people grade is graded on a submission's page, and what a release or a notebook lacks is not offered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import TESTS, Tiny
from tests.desk.conftest import ORIGIN, PORT, OpenDesk
from tests.desk.test_submission_decisions import CHAPTER, Reviewer
from tests.test_graded_by_hand import ESSAY, STYLE, add_to_course
from torchdojo.batch.store import Store
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.course import load_course
from torchdojo.desk.server import make_app
from torchdojo.review.decisions import Decisions

ANSWER = '\nessay = """Small batches need less <memory>."""\n'


@pytest.fixture
def hand_course(tmp_path: Path) -> Path:
    root = tmp_path / "tiny"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    add_to_course(root, ESSAY + STYLE, "\n# %%\nessay = ...  # SOLUTION\n")
    return root


def open_desk(root: Path, out: Path, tiny: Tiny, text: str, submissions: Submissions | None = None) -> OpenDesk:
    """Return a desk over one submission, of bela."""
    course = load_course(root)
    with Store(out, course) as store:
        store.save("bela", tiny.grade(text), "version", text.encode())
        store.finish(["bela"], {("bela", CHAPTER)})
        if submissions:
            store.write_lists(submissions)
    links: list[tuple[str, str]] = []
    app = make_app(course, out, ["ann"], port=PORT, announce=lambda user, address: links.append((user, address)))
    return OpenDesk(out, lambda: TestClient(app, base_url=ORIGIN, follow_redirects=False), links)


def test_the_items_of_a_rubric_get_points(hand_course: Path, tmp_path: Path, tiny: Tiny) -> None:
    desk = open_desk(hand_course, tmp_path / "out", tiny, tiny.reference + ANSWER)
    ann = Reviewer(desk.enter(), "bela")
    assert "Still to grade by hand: essay/tradeoff , essay/example , style/names" in ann.text
    assert "Small batches need less <memory>." in ann.text
    assert "Names the trade-off between speed and memory" in ann.text
    assert ann.send("points", item="essay/tradeoff", points="2.5").status_code == 400
    ann.send("points", item="essay/tradeoff", points="1.5")
    assert "Saved: 1.5 points for essay/tradeoff" in ann.text
    ann.send("points", item="essay/example", points="1", reason="a good one")
    ann.send("points", item="style/names", points="0")
    assert "Still to grade" not in ann.text
    assert "2.5 graded by hand: essay" in ann.text
    assert set(Decisions.read(desk.out).overrides["bela", CHAPTER]) == {
        "essay/tradeoff",
        "essay/example",
        "style/names",
    }


def test_an_answer_that_was_not_handed_in_is_missed(hand_course: Path, tmp_path: Path, tiny: Tiny) -> None:
    desk = open_desk(hand_course, tmp_path / "out", tiny, tiny.reference)
    assert "nothing of this name was handed in" in Reviewer(desk.enter(), "bela").text


def test_a_course_without_its_reference_has_no_comparison_with_it(tmp_path: Path, tiny: Tiny, tiny_root: Path) -> None:
    (tiny_root / "graders" / CHAPTER / "stub.py").write_bytes((tiny_root / "exercises" / f"{CHAPTER}.py").read_bytes())
    desk = open_desk(tiny_root, tmp_path / "out", tiny, tiny.reference)
    (tiny_root / "reference" / f"{CHAPTER}.py").unlink()
    ann = Reviewer(desk.enter(), "bela")
    assert "Compare with the stub" in ann.page
    assert "Compare with the reference" not in ann.page
    answer = ann.client.get(f"/submission/bela/{CHAPTER}?against=reference")
    assert answer.status_code == 404


def test_a_notebook_says_that_its_code_was_extracted(tmp_path: Path, tiny: Tiny) -> None:
    note = FileNote("bela/<b>tiny.ipynb", "bela", CHAPTER, "read as ch1_tiny")
    submissions = Submissions(students=["bela"], file_notes=[note])
    desk = open_desk(TESTS / "tiny", tmp_path / "out", tiny, tiny.reference, submissions)
    ann = Reviewer(desk.enter(), "bela")
    assert "extracted from bela/<b>tiny.ipynb" in ann.text
    assert "<b>tiny" not in ann.page
