"""Exercises that only people grade: in course.toml, and wherever a course with some is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchdojo.course import CourseError, load_course
from torchdojo.grading.version import graders_hash

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
    return add_to_course(tiny_root, ESSAY + STYLE, "\n\nessay = ...\n")


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
