"""A learner may hand in either form: the same work as .py through `dojo grade` and as a notebook through nbgrader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import PROJECT, TESTS
from tests.test_nbgrader import dojo, grades, nbgrader
from torchdojo.course import Chapter, Course, load_course, load_overlays
from torchdojo.course.stub import make_stub
from torchdojo.nbgrader.build import chapter_notebook
from torchdojo.notebooks.cells import notebook_text

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")


def work_of(course: Course, chapter: Chapter, most: int) -> dict[str, str]:
    """Return so many submissions, or all there are, by the student's name: the reference, the stub, accepted answers
    and mistakes of all exercises."""
    reference = course.reference_file(chapter).read_text(encoding="utf-8")
    found = {"reference": reference, "stub": make_stub(reference)}
    for kind, share in (("accepted", most // 2), ("mistakes", most)):
        overlays = load_overlays(course, chapter, kind)
        wanted = min(len(overlays), share - len(found))
        chosen = [overlays[index * len(overlays) // wanted] for index in range(wanted)]
        found |= {f"{kind}-{o.exercise}-{o.id}".replace("_", "-"): o.source.decode() for o in chosen}
    return found


def same_in_both_forms(course: Course, chapter: Chapter, most: int, at: Path) -> int:
    """Grade the same work in both forms and compare exercise by exercise; return how many submissions that were."""
    work = work_of(course, chapter, most)
    dojo("nbgrader", "build", "--out", at / "class", course=course.root)
    nbgrader("generate_assignment", chapter.name, at=at / "class")
    for student, text in work.items():
        plain = at / "py" / student / f"{chapter.name}.py"
        notebook = at / "class" / "submitted" / student / chapter.name / f"{chapter.name}.ipynb"
        plain.parent.mkdir(parents=True)
        notebook.parent.mkdir(parents=True)
        plain.write_text(text, encoding="utf-8")
        notebook.write_text(notebook_text(chapter_notebook(text, chapter)), encoding="utf-8")
    dojo("grade", at / "py", "--out", at / "out", "--jobs", 1, course=course.root)
    nbgrader("autograde", chapter.name, at=at / "class")
    lines = map(json.loads, (at / "out/results.jsonl").read_text(encoding="utf-8").splitlines())
    expected = {
        line["student"]: {
            f"{exercise.name}-grade": sum(
                check["earned"] for check in line["checks"] if check["exercise"] == f"{chapter.name}/{exercise.name}"
            )
            for exercise in chapter.exercises
        }
        for line in lines
    }
    assert grades(at / "class", chapter.name) == expected
    assert sum(expected["reference"].values()) == chapter.points
    assert sum(expected["stub"].values()) == 0
    return len(expected)


def test_the_same_work_gets_the_same_score(tmp_path: Path, bubblewrap: object) -> None:
    course = load_course(TESTS / "tiny")
    assert same_in_both_forms(course, course.chapters[0], 10, tmp_path) == 6


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_forty_submissions_of_a_chapter_in_both_forms(tmp_path: Path, bubblewrap: object) -> None:
    course = load_course(PROJECT)
    chapter = course.find("ch6_optimizers")
    assert chapter is not None
    assert same_in_both_forms(course, chapter, 40, tmp_path) == 40
