"""Exercises that only people grade: in course.toml, and wherever a course with some is used."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import click.testing
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import TESTS
from tests.results import make_check, make_result
from torchdojo.authoring.release import make_release
from torchdojo.authoring.site import make_site
from torchdojo.batch.store import Store, StoredRun
from torchdojo.cli.main import cli
from torchdojo.course import Chapter, Course, CourseError, Exercise, load_course
from torchdojo.grading.version import graders_hash
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import NEXT, Session
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.notebooks.hand_answer import hand_answer
from torchdojo.review.decision import Override
from torchdojo.review.decisions import Decisions, decide
from torchdojo.review.grade import Grade
from torchdojo.review.grades import all_grades
from torchdojo.review.log import ReviewLog
from torchdojo.review.works import target_of
from torchdojo.source.files import ParsedSource, SourceError

ESSAY = """
[[chapter.exercise]]
name = "essay"
points = 3
graded_by = "hand"

[[chapter.exercise.rubric]]
name = "tradeoff"
title = "Names the trade-off between speed and memory"
points = 2

[[chapter.exercise.rubric]]
name = "example"
title = "Gives an example"
points = 1
"""
STYLE = """
[[chapter.exercise]]
name = "style"
points = 1
graded_by = "hand"
extra_credit = true
hints = ["Read it aloud.", "Name what it means.", "Delete what is not used."]

[[chapter.exercise.rubric]]
name = "names"
title = "Names say what is meant"
points = 1
"""


def add_to_course(root: Path, text: str, code: str = "") -> Path:
    """Add tables to the end of course.toml, and code to the end of the reference."""
    path = root / "course.toml"
    path.write_text(path.read_text() + text)
    reference = root / "reference" / "ch1_tiny.py"
    reference.write_text(reference.read_text() + code)
    return root


@pytest.fixture
def hand_root(tiny_root: Path) -> Path:
    """The tiny course with a text and the style of the code as exercises that people grade."""
    add_to_course(tiny_root, ESSAY + STYLE, '\n\n# %%\nessay = """A model answer."""  # SOLUTION\n')
    assert dojo(tiny_root, "stubs").exit_code == 0
    return tiny_root


def dojo(root: Path, *arguments: object) -> click.testing.Result:
    return CliRunner().invoke(cli, ["--course", str(root), *map(str, arguments)])


def solved(root: Path) -> str:
    """Return the reference as a learner's text, with an essay."""
    text = (root / "reference/ch1_tiny.py").read_text()
    return text.replace('"""A model answer."""  # SOLUTION', '"""Speed costs memory.\n\nA cache shows it.\n"""')


def test_points_of_people_are_apart_from_points_of_checks(hand_root: Path) -> None:
    course = load_course(hand_root)
    (chapter,) = course.chapters
    assert [exercise.name for exercise in chapter.exercises] == ["double", "Scale", "essay", "style"]
    assert [exercise.name for exercise in chapter.graded_exercises] == ["double", "Scale"]
    assert [exercise.name for exercise in chapter.hand_exercises] == ["essay", "style"]
    assert (chapter.points, chapter.required_points) == (3.5, 3.5)
    assert (chapter.hand_points, chapter.required_hand_points) == (4, 3)
    assert (course.points, course.hand_points) == (3.5, 4)
    essay = chapter.find("essay")
    assert essay
    assert [(item.name, item.points) for item in essay.rubric] == [("tradeoff", 2), ("example", 1)]
    assert essay.find_item("example") is essay.rubric[1]
    assert essay.find_item("style") is None


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("points = 3", "points = 4", "essay].points", "its rubric is worth 3 points, not 4: make both the same"),
        ('name = "example"', 'name = "tradeoff"', "essay].rubric[tradeoff].name", "duplicate rubric item tradeoff in"),
        ('name = "example"\n', "", "essay].rubric[2].name", "is missing: its name"),
        ('name = "example"', 'name = "an example"', "essay].rubric[2].name", "must be a Python name"),
        ('title = "Gives an example"', 'titel = "x"', "essay].rubric[example].titel", "did you mean title?"),
        ("points = 1", "points = 0", "essay].rubric[example].points", "must be a number greater than 0, is 0"),
        ('"hand"', '"hnad"', "essay].graded_by", 'must be "checks" or "hand", is "hnad"; did you mean hand?'),
        ('"hand"', '"hand"\nforbids = ["x"]', "essay].forbids", "of which nothing is run: remove it"),
        ('"hand"', '"hand"\nbuilds_on = ["double"]', "essay].builds_on", "of which nothing is run: remove it"),
        ('"hand"', '"hand"\nlearnt = "x"', "essay].learnt", "of which nothing is run: remove it"),
        ('"hand"', '"hand"\nhints = ["x"]', "essay].hints", "must be a list of three hints"),
        ('graded_by = "hand"\n', "", "essay].rubric", 'needs graded_by = "hand" in its exercise'),
        ('graded_by = "hand"\n', "", "essay].hints", "is missing: three hints"),
        (
            ESSAY[ESSAY.index("\n[[chapter.exercise.rubric") :],
            "",
            "essay].rubric",
            "begin one with the line [[chapter.e",
        ),
        ("[[chapter.exercise.rubric]]", "[[chapter.rubric]]", "ch1_tiny].rubric", "write [[chapter.exercise.rubric]]"),
        ('name = "essay"', 'name = "double"', "double].name", "duplicate exercise double in ch1_tiny"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tiny_root: Path, old: str, new: str, key: str, message: str) -> None:
    path = tiny_root / "course.toml"
    first = len(path.read_text().splitlines()) + 1
    assert old in ESSAY
    add_to_course(tiny_root, ESSAY.replace(old, new))
    with pytest.raises(CourseError) as caught:
        load_course(tiny_root)
    found = {error.key: error for error in (caught.value, *caught.value.others)}
    (error,) = (error for name, error in found.items() if name and name.endswith(key))
    assert message in error.message
    assert error.line
    assert error.line > first


@pytest.mark.parametrize("rubric", ["rubric = 3", "rubric = [3]", "rubric = []", f"rubric = [{{points = {10**500}}}]"])
def test_an_odd_rubric_is_an_error_of_the_course(tiny_root: Path, rubric: str) -> None:
    add_to_course(tiny_root, f'\n[[chapter.exercise]]\nname = "essay"\npoints = 3\ngraded_by = "hand"\n{rubric}\n')
    with pytest.raises(CourseError, match="rubric"):
        load_course(tiny_root)


def test_no_exercise_builds_on_one_that_people_grade(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    path.write_text(path.read_text().replace('builds_on = ["double"]', 'builds_on = ["essay"]'))
    add_to_course(tiny_root, ESSAY)
    with pytest.raises(CourseError, match="'essay' is graded by hand: an exercise builds only on others"):
        load_course(tiny_root)


def test_what_people_grade_needs_no_definition(tiny_root: Path) -> None:
    assert load_course(add_to_course(tiny_root, STYLE)).hand_points == 1


def test_a_rubric_regrades_nothing(tiny_root: Path) -> None:
    course = load_course(tiny_root)
    before = graders_hash(course, course.chapters[0])
    course = load_course(add_to_course(tiny_root, ESSAY + STYLE))
    assert graders_hash(course, course.chapters[0]) == before


# What learners see


def test_the_stub_asks_for_the_text(hand_root: Path) -> None:
    assert (hand_root / "exercises/ch1_tiny.py").read_text().endswith("# %%\nessay = ...\n")


def test_only_checks_decide_whether_everything_is_done(hand_root: Path) -> None:
    done = dojo(hand_root, "check", "--files", hand_root / "reference", "--sandbox", "none")
    assert done.exit_code == 0
    for words in (
        "2 of 2 exercises",
        "3.5 of 3.5 points",
        "Graded by hand: 4 more points.",
        "You have compl",
    ):
        assert words in done.output
    done = dojo(hand_root, "check", "ch1_tiny", "--all", "--files", hand_root / "reference", "--sandbox", "none")
    assert done.exit_code == 0
    assert "★ Tiny: all 3.5 points." in done.output
    assert "Graded by hand, for 4 more points: essay, style." in done.output
    assert not re.search("to do|not right|not written", done.output)


def test_a_check_of_it_shows_what_is_asked_and_runs_nothing(hand_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchdojo.cli.check.StartingWorker", lambda *_: pytest.fail("a worker was started"))
    done = dojo(hand_root, "check", "essay", "style", "--sandbox", "none")
    assert done.exit_code == 0
    assert "✎ essay · graded by hand · 3 points" in done.output
    assert re.search(r"exercises/ch1_tiny.py:\d+$", done.output, re.MULTILINE)
    assert re.search(r"2 points +Names the trade-off between speed and memory", done.output)
    assert re.search(r"1 point +Gives an example", done.output)
    assert "✎ style · graded by hand · 1 point" in done.output
    done = dojo(hand_root, "check", "essay", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])


def test_beside_others_it_leaves_them_as_they_are(hand_root: Path) -> None:
    done = dojo(hand_root, "check", "double", "essay", "--files", hand_root / "reference", "--sandbox", "none")
    assert done.exit_code == 0
    assert "✓ double" in done.output
    assert "✎ essay" in done.output
    done = dojo(hand_root, "check", "double", "essay", "--sandbox", "none")
    assert done.exit_code == 1
    assert "double is still to do" in done.output


def test_the_list_names_it_with_its_points(hand_root: Path) -> None:
    done = dojo(hand_root, "list", "--sandbox", "none")
    assert done.exit_code == 0
    assert "1 tiny             ○○✎✎" in done.output
    assert re.search(r"✎ essay +3 points   graded by hand\n", done.output)
    assert re.search(r"✎ style +1 point   graded by hand\n", done.output)
    assert "0 of 2 exercises" in done.output


def test_a_hint_shows_what_is_asked_and_then_its_hints(hand_root: Path) -> None:
    done = dojo(hand_root, "hint", "essay")
    assert done.exit_code == 0
    assert "Gives an example" in done.output
    assert "hint 1" not in done.output
    for level, words in enumerate(("Read it aloud.", "Name what it means.", "Delete what is not used."), start=1):
        done = dojo(hand_root, "hint", "style")
        assert f"hint {level} of 3" in done.output
        assert words in done.output
        assert "Names say what is meant" in done.output


def test_it_is_reset_like_any_other(hand_root: Path) -> None:
    path = hand_root / "exercises/ch1_tiny.py"
    stub = path.read_text()
    path.write_text(stub.replace("essay = ...", 'essay = """Speed\n\ncosts memory."""'))
    assert "is back in its original state" in dojo(hand_root, "reset", "essay").output
    assert path.read_text() == stub
    path.write_text(stub.replace("essay = ...", "essay = 'Speed"))  # does not parse
    assert dojo(hand_root, "reset", "essay").exit_code == 0
    assert path.read_text() == stub
    path.write_text(stub.replace("essay = ...", ""))
    assert dojo(hand_root, "reset", "essay").exit_code == 0
    assert path.read_text().endswith("essay = ...\n")
    done = dojo(hand_root, "reset", "style")
    assert done.exit_code == 1
    assert "style has no code of its own; nothing was changed" in done.output


@pytest.mark.parametrize("command", [["try", "essay"], ["compare", "essay"], ["new", "mistake", "essay/short"]])
def test_what_needs_checks_says_that_it_has_none(hand_root: Path, command: list[str]) -> None:
    done = dojo(hand_root, *command)
    assert done.exit_code
    assert "essay is graded by hand: it has no checks." in done.output


def test_what_is_written_is_packed_and_what_is_empty_is_said(hand_root: Path) -> None:
    path = hand_root / "exercises/ch1_tiny.py"
    done = dojo(hand_root, "submit")
    assert "nothing filled in yet: not packed" in done.output
    path.write_text(solved(hand_root))
    done = dojo(hand_root, "submit")
    assert done.exit_code == 0
    assert "ch1_tiny.py  3 of 3 exercises filled in" in done.output
    assert "graded by hand" not in done.output
    path.write_text((hand_root / "reference/ch1_tiny.py").read_text().replace('"""A model answer."""', "..."))
    done = dojo(hand_root, "submit")
    assert "2 of 3 exercises filled in" in done.output
    assert "essay, which is graded by hand, is still empty" in done.output


# Grading


def test_it_is_neither_in_a_result_nor_in_its_maximum(hand_root: Path, tmp_path: Path) -> None:
    for student, text in {"ada": solved(hand_root), "bob": (hand_root / "exercises/ch1_tiny.py").read_text()}.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "ch1_tiny.py").write_text(text)
    done = dojo(hand_root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none")
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in (tmp_path / "out/results.jsonl").read_text().splitlines()]
    assert [(r["student"], r["status"], r["score"], r["max_score"]) for r in found] == [
        ("ada", "graded", 3.5, 3.5),
        ("bob", "graded", 0, 3.5),
    ]
    assert {check["exercise"] for r in found for check in r["checks"]} == {"ch1_tiny/double", "ch1_tiny/Scale"}


@pytest.fixture
def essay_root(hand_root: Path) -> Path:
    """The course with one more chapter, in which only people grade: it has no folder of graders."""
    path = hand_root / "course.toml"
    head = '[[chapter]]\nname = "ch2_essay"\ntitle = "Essay"\nshort = "text"\ncheck_seconds = 5\nmemory_mb = 512\n'
    path.write_text(f"{path.read_text()}\n{head}{ESSAY}")
    (hand_root / "reference/ch2_essay.py").write_text("# %% [markdown]\n# # Essay\n\n# %%\nessay = ...\n")
    assert dojo(hand_root, "stubs").exit_code == 0
    return hand_root


@pytest.mark.parametrize("essay", ["...", '"""Speed costs memory."""', '"""Speed\n\ndef f(:\n"""\n\ndef g(:\n    pass'])
def test_a_chapter_that_only_people_grade_is_graded(essay_root: Path, tmp_path: Path, essay: str) -> None:
    (tmp_path / "in/ada").mkdir(parents=True)
    (tmp_path / "in/ada/ch2_essay.py").write_text(f"essay = {essay}\n")
    done = dojo(essay_root, "grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none")
    assert done.exit_code == 0, done.output
    (line,) = map(json.loads, (tmp_path / "out/results.jsonl").read_text().splitlines())
    assert (line["status"], line["score"], line["max_score"], line["checks"]) == ("graded", 0, 0, [])
    head, ada = csv.reader((tmp_path / "out/grades.csv").read_text().splitlines())
    assert float(dict(zip(head, ada, strict=True))["ch2_essay"]) == 0


def test_a_chapter_that_only_people_grade_is_never_to_do(essay_root: Path) -> None:
    done = dojo(essay_root, "check", "ch2_essay")
    assert done.exit_code == 0
    assert "✎ essay · graded by hand · 3 points" in done.output
    assert "★" not in done.output
    done = dojo(essay_root, "check", "--files", essay_root / "reference", "--sandbox", "none")
    assert done.exit_code == 0
    assert "You have completed the course: all 3.5 points." in done.output


def test_watching_never_makes_it_the_current_exercise(essay_root: Path) -> None:
    course = load_course(essay_root)
    session = Session(Progress(course, essay_root / "exercises"))
    texts = {c.name: ParsedSource(course.exercise_file(c).read_bytes()) for c in course.chapters}
    session.start(dict(texts))
    assert session.current.exercise.name == "double"
    essay = course.chapters[1]
    session.saved(essay, ParsedSource(b"essay = 'Speed'\n"), 1.0)
    session.saved(essay, SourceError("does not parse"), 2.0)
    session.tick(10.0)
    assert session.unreadable
    seen = {session.current.exercise.name}
    for _ in range(3):
        session.press(NEXT)
        seen.add(session.current.exercise.name)
    assert seen == {"double", "Scale"}


def test_there_is_nothing_to_watch_where_people_grade_all(essay_root: Path) -> None:
    path = essay_root / "course.toml"
    head, *chapters = path.read_text().split("[[chapter]]")
    path.write_text(f"{head}[[chapter]]{chapters[1]}")
    done = dojo(essay_root, "watch")
    assert done.exit_code == 2
    assert "every exercise of this course is graded by hand: there is nothing to check." in done.output
    done = dojo(essay_root, "check", "--sandbox", "none")
    assert (done.exit_code, "0 of 0 exercises" in done.output) == (0, True)
    assert "completed" not in done.output
    assert "exercises/ch2_essay.py:5\n" in dojo(essay_root, "hint", "essay").output
    assert dojo(essay_root, "list", "--sandbox", "none").exit_code == 0
    assert "nothing to verify" in dojo(essay_root, "verify").output


def test_a_check_of_it_is_refused(hand_root: Path) -> None:
    path = hand_root / "graders/ch1_tiny/test_essay.py"
    path.write_text(
        "import pytest\n\n\n@pytest.mark.exercise('essay')\ndef test_it(submission):\n    assert submission\n"
    )
    done = dojo(hand_root, "check", "--all", "--sandbox", "none")
    assert "its exercise mark names essay, which is graded by hand and has no checks" in done.output
    path.unlink()
    path = hand_root / "graders/ch1_tiny/mistakes/essay/short.py"
    path.parent.mkdir()
    path.write_text('"""Short"""\nFAILS = ("it",)\nessay = ""\n')
    done = dojo(hand_root, "verify", "--mistakes-only")
    assert "essay is graded by hand: it has neither mistakes nor accepted answers" in done.output


def test_nothing_of_it_is_verified(hand_root: Path) -> None:
    done = dojo(hand_root, "verify", "ch1_tiny/essay")
    assert done.exit_code == 0
    assert done.output == " graded by hand, without checks: ch1_tiny/essay\n nothing to verify\n"
    done = dojo(hand_root, "verify", "ch1_tiny", "--seeds", "1", "--no-mutants", "--variants", "0")
    assert done.exit_code == 0, done.output
    assert "graded by hand, without checks: ch1_tiny/essay, ch1_tiny/style" in done.output
    assert "all verdicts are as expected" in done.output


# The points that people give


def grades_after(root: Path, out: Path, **points: dict[str, float]) -> dict[str, Grade]:
    """Return everybody's grade of the chapter. points: by student and item; ada has 3 of 3.5 by checks, bob nothing"""
    course = load_course(root)
    checks = make_check("double.values", "passed", 2.0, 2.0), make_check("Scale.values", "passed", 1.5, 1.0)
    with Store(out, course) as store:
        store.save("ada", make_result(*checks), "v", b"text")
        store.finish(["ada", "bob"], {("ada", "ch1_tiny")})
    with StoredRun(out, course) as run:
        for student, given in points.items():
            for item, value in given.items():
                target = target_of(run, student, "ch1_tiny", item)
                decide(ReviewLog(out), "tina", Override(targets=(target,), item=item, points=value, reason="read"))
        return {one.student: one.grades["ch1_tiny"] for one in all_grades(run, Decisions.read(out)) if one.grades}


def test_what_nobody_has_graded_is_counted_and_is_not_zero(hand_root: Path, tmp_path: Path) -> None:
    ada = grades_after(hand_root, tmp_path)["ada"]
    assert [item.item for item in ada.to_grade] == ["essay/tradeoff", "essay/example", "style/names"]
    assert (ada.score, ada.max_score) == (3, 3.5)


def test_items_of_a_rubric_add_to_what_checks_give(hand_root: Path, tmp_path: Path) -> None:
    ada = grades_after(hand_root, tmp_path, ada={"essay/tradeoff": 1.5, "essay/example": 0})["ada"]
    assert [item.item for item in ada.to_grade] == ["style/names"]
    assert (ada.score, ada.max_score) == (4.5, 6.5)
    assert ada.explanation == "3 from checks, +1.5 graded by hand: essay"


def test_without_a_submission_the_maximum_is_that_of_a_full_score(hand_root: Path, tmp_path: Path) -> None:
    """Style is extra credit: its point adds to no maximum."""
    bob = grades_after(hand_root, tmp_path, bob={"": 2})["bob"]
    assert (bob.score, bob.max_score) == (2, 6.5)


# What authors make


def test_a_release_says_what_is_asked_and_keeps_the_model_answer(essay_root: Path, tmp_path: Path) -> None:
    course = load_course(essay_root)
    released = load_course(make_release(course, tmp_path / "release", wheel=False))
    assert released.hand_points == course.hand_points
    for ours, theirs in zip(course.chapters, released.chapters, strict=True):
        assert [(e.name, e.hints, e.rubric) for e in theirs.hand_exercises] == [
            (e.name, e.hints, e.rubric) for e in ours.hand_exercises
        ]
    assert "essay = ...\n" in (released.root / "exercises/ch1_tiny.py").read_text()
    files = [path for path in released.root.rglob("*") if path.is_file()]
    assert not any(b"A model answer" in path.read_bytes() for path in files)
    done = dojo(released.root, "check", "--sandbox", "none")
    assert done.exit_code == 1, done.output
    assert "Start with double" in done.output
    assert "Gives an example" in dojo(released.root, "hint", "ch1_tiny/essay").output


def test_the_site_shows_the_rubric(hand_root: Path, tmp_path: Path) -> None:
    page = (make_site(load_course(hand_root), tmp_path / "site", None) / "ch1_tiny.html").read_text()
    assert "3 points, graded by hand" in page
    assert "Gives an example (1 point)" in page
    assert 'id="exercise-style"' in page
    assert page.index("Gives an example") < page.index("Names say what is meant") < page.index("Read it aloud.")


def test_exercises_are_added_below_it(hand_root: Path) -> None:
    done = dojo(hand_root, "new", "exercise", "ch1_tiny/halve")
    assert done.exit_code == 0, done.output
    chapter = load_course(hand_root).chapters[0]
    assert [e.name for e in chapter.exercises] == ["double", "Scale", "essay", "style", "halve"]
    assert [len(e.rubric) for e in chapter.hand_exercises] == [2, 1]


@pytest.mark.parametrize("worked_in", [False, True])
def test_a_new_one_works_at_once(tiny_root: Path, worked_in: bool) -> None:
    stub = tiny_root / "exercises/ch1_tiny.py"
    before = {path: path.read_bytes() for path in tiny_root.rglob("*") if path.is_file()}
    if worked_in:
        stub.write_text(stub.read_text().replace("    ...\n", "    return x + x\n", 1))
    done = dojo(tiny_root, "new", "exercise", "ch1_tiny/why_fast", "--by-hand", "--points", "4")
    assert done.exit_code == 0, done.output
    assert "dojo hint ch1_tiny/why_fast" in done.output
    chapter = load_course(tiny_root).chapters[0]
    assert [e.name for e in chapter.exercises] == ["double", "Scale", "why_fast"]
    assert [(i.name, i.points) for i in chapter.exercises[2].rubric] == [("main_point", 3), ("example", 1)]
    changed = {path.name for path in tiny_root.rglob("*") if path.is_file() and before.get(path) != path.read_bytes()}
    assert changed == {"course.toml", "ch1_tiny.py"}
    assert stub.read_text().endswith("# %%\nwhy_fast = ...\n")
    assert ("return x + x" in stub.read_text()) == worked_in
    assert "Gives an example" in dojo(tiny_root, "hint", "why_fast").output


# What was written for it

Essay = tuple[Course, Chapter, Exercise]


@pytest.fixture(scope="module")
def essay(tmp_path_factory: pytest.TempPathFactory) -> Essay:
    root = tmp_path_factory.mktemp("essay")
    (root / "reference").mkdir()
    (root / "reference/ch1_tiny.py").write_text('essay = ...\n\n\ndef plot(x):\n    """Draw x."""\n    ...\n')
    text = (TESTS / "tiny/course.toml").read_text()
    head = text[: text.index("[[chapter.exercise]]")]
    (root / "course.toml").write_text(head + ESSAY + ESSAY.replace("essay", "plot"))
    (chapter,) = (course := load_course(root)).chapters
    return course, chapter, chapter.exercises[0]


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("essay = ...\n", ""),
        ("essay   =   ...   # TODO\n", ""),
        ("", ""),
        ("x = 1\n", ""),
        ("essay = 'Speed'\nx = 1\n", "essay = 'Speed'"),
        ('x = 1\nessay: str = """Speed\n\ncosts."""\n', 'essay: str = """Speed\n\ncosts."""'),
        ("essay = ...\nessay = 'Speed'\n", "essay = 'Speed'"),
        ("essay = 'Speed'\nessay += ' costs'\n", "essay = 'Speed'\n\nessay += ' costs'"),
        ("x = 'essay = 1'\n", ""),
        ("essay = 'Speed\nx = 1\n", "essay = 'Speed"),
        ("def essay():\n    return 1\n", "def essay():\n    return 1"),
        ("\0", ""),
    ],
)
def test_the_answer_is_what_binds_the_name(essay: Essay, source: str, answer: str) -> None:
    assert hand_answer(*essay, source.encode()) == answer


def test_the_answer_may_be_a_definition(essay: Essay) -> None:
    course, chapter, _ = essay
    plot = chapter.exercises[1]
    assert hand_answer(course, chapter, plot, b'def plot(x):\n    """Draw x."""\n    ...\n') == ""
    code = "@cache\ndef plot(x):\n    # Why: it is slow.\n    draw(x)"
    assert hand_answer(course, chapter, plot, f"import cache\n{code}\n\n\nplot(1)\n".encode()) == code
    words = 'def plot(x):\n    """Draw x, from left to right."""\n    ...'
    assert hand_answer(course, chapter, plot, words.encode()) == words


@given(st.text(), st.sampled_from(["'''", '"""']))
def test_a_text_is_found_whatever_it_says(essay: Essay, text: str, quotes: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\r", "\n")
    for sign in ("\0", "\\", quotes[0]):
        text = text.replace(sign, "")
    written = f"essay = {quotes}{text}.{quotes}"
    assert hand_answer(*essay, f"import os\n{written}\nx = 1\n".encode()) == written


@given(st.text(st.sampled_from("essay = '\"def():\n\t#\\")) | st.text(), st.booleans())
def test_no_text_stops_the_search(essay: Essay, text: str, is_bound: bool) -> None:
    source = f"essay = 1\n{text}" if is_bound else text
    assert isinstance(hand_answer(*essay, source.encode("utf-8", "replace")), str)


def test_a_text_in_a_notebook_is_in_the_submission(hand_root: Path) -> None:
    course = load_course(hand_root)
    (chapter,) = course.chapters
    texts = ["double = lambda x: 2 * x", "essay = ...", "essay = '''Speed\ncosts.'''", "style = 'new'", "print(1)"]
    notebook = notebook_text(make_notebook([Cell("code", text) for text in texts])).encode()
    source = extract_chapter(notebook, course, chapter).source
    assert b"print" not in source
    assert hand_answer(course, chapter, chapter.exercises[2], source) == texts[2]


def test_of_two_files_the_one_with_a_text_counts(hand_root: Path, tmp_path: Path) -> None:
    stub = (hand_root / "exercises/ch1_tiny.py").read_text()
    for index, names in enumerate((("ch1_tiny.py", "ch1_tiny (1).py"), ("ch1_tiny (1).py", "ch1_tiny.py"))):
        folder = tmp_path / f"in{index}" / "ada"
        folder.mkdir(parents=True)
        for name, text in zip(names, (stub, stub.replace("essay = ...", "essay = 'Speed'")), strict=True):
            (folder / name).write_text(text)
            os.utime(folder / name, (1_700_000_000, 1_700_000_000))
        out = tmp_path / f"out{index}"
        assert dojo(hand_root, "grade", folder.parent, "--out", out, "--sandbox", "none").exit_code == 0
        rows = {row["file"]: row for row in csv.DictReader((out / "files.csv").read_text().splitlines())}
        (counted,) = [file for file, row in rows.items() if row["chapter"] == "ch1_tiny"]
        assert counted.endswith(f"/ada/{names[1]}")
