"""The text is the contract: checks rest on words that learners read, and promises have checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchdojo.course import CourseError, load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import NONE
from torchdojo.verify.demands import find_text_problems, read_learners_texts, render_demands

CHECKS = "graders/ch1_tiny/test_double.py"
REFERENCE = "reference/ch1_tiny.py"
EXCUSED = "graders/ch1_tiny/not_checked.toml"


def problems(root: Path) -> list[str]:
    course = load_course(root)
    chapter = course.chapters[0]
    checks = Grader(course, chapter, Settings(NONE, b"")).checks().values()
    return find_text_problems(course, chapter, checks, [exercise.name for exercise in chapter.exercises])


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_course_whose_checks_rest_on_its_text_has_no_problems(tiny_root: Path) -> None:
    assert problems(tiny_root) == []


def test_a_check_without_words_is_reported(tiny_root: Path) -> None:
    change(tiny_root / CHECKS, '@pytest.mark.rests_on("x: Tensor")\n', "")
    assert problems(tiny_root) == [
        'double/float32 does not name the words of the text that it rests on. Write\n  @pytest.mark.rests_on("its words")'
    ]


def test_words_that_are_not_in_the_text_are_reported(tiny_root: Path) -> None:
    change(tiny_root / CHECKS, '"x: Tensor"', '"works in float32"')
    assert problems(tiny_root) == [
        "double/float32 rests on “works in float32”, which is not in the text: quote it word for word, from its docstring, "
        "signature or prose"
    ]
    change(tiny_root / CHECKS, '"works in float32"', '"twice the x"')
    assert problems(tiny_root)[0].endswith("which is not in the text; did you mean “Return twice x;”?")


@pytest.mark.parametrize("place", ["# Two exercises, for the engine's own tests.", "# # Tiny"])
def test_the_head_of_the_chapter_speaks_for_every_exercise(tiny_root: Path, place: str) -> None:
    """Also where a sentence is broken into two lines."""
    change(tiny_root / REFERENCE, place, f"{place}\n# Everything works\n# in float32.")
    change(tiny_root / CHECKS, '"x: Tensor"', '"works in float32"')
    assert problems(tiny_root) == []


def test_the_prose_of_another_exercise_does_not_count(tiny_root: Path) -> None:
    prose = "# %% [markdown]\n# All in float32.\n\n# %%\nclass Scale"
    change(tiny_root / REFERENCE, "# %%\nclass Scale", prose)
    change(tiny_root / CHECKS, '"x: Tensor"', '"All in float32"')
    (problem,) = problems(tiny_root)
    assert problem.startswith("double/float32 rests on “All in float32”, which is not in the text")


def test_a_promise_that_no_check_rests_on_is_reported(tiny_root: Path) -> None:
    change(tiny_root / REFERENCE, "Return twice x;", "Return twice x, on its device. Never print;")
    (problem,) = problems(tiny_root)
    place, _, words = problem.partition(": ")
    path, _, line = place.partition(":")
    assert "Never print;" in (tiny_root / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert words.splitlines() == [
        "double: no check rests on “Never print;”. Write above the check that asks for it",
        '  @pytest.mark.rests_on("Never print;")',
        f"or why none does, in {EXCUSED}",
        "  [double]",
        '  "Never print;" = "why nothing checks it"',
    ]
    (tiny_root / EXCUSED).write_text("\n".join(words.splitlines()[3:]))
    assert problems(tiny_root) == []


def test_an_excuse_for_words_that_are_gone_is_reported(tiny_root: Path) -> None:
    (tiny_root / EXCUSED).write_text('[double]\n"Never print" = "nothing looks at what is printed"\n')
    (problem,) = problems(tiny_root)
    assert problem.startswith(f"{EXCUSED}: double: “Never print” is not in its text")


@pytest.mark.parametrize("text", ["[nosuch]\n", '[double]\n"x" = 1\n', "[double\n", 'double = "x"\n'])
def test_a_wrong_list_of_excuses_is_refused(tiny_root: Path, text: str) -> None:
    (tiny_root / EXCUSED).write_text(text)
    with pytest.raises(CourseError, match=r"not_checked\.toml"):
        problems(tiny_root)


def test_the_page_has_a_row_for_each_check(tiny_root: Path) -> None:
    course = load_course(tiny_root)
    checks = Grader(course, course.chapters[0], Settings(NONE, b"")).checks().values()
    page = render_demands(checks)
    assert page.count("\n| ch1_tiny/") == len(checks)
    assert "| ch1_tiny/double | It returns twice x | Return twice x |" in page


def test_every_exercise_of_the_course_has_a_text() -> None:
    course = load_course(Path(__file__).parents[1])
    for chapter in course.chapters:
        texts = read_learners_texts(course, chapter)
        assert list(texts) == [exercise.name for exercise in chapter.exercises]
        assert all(any(text.docstrings) and text.prose for text in texts.values())
