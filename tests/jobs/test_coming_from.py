"""The examples of docs/coming-from.md: the tests judge alike before and after, in their own framework and in a course."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import SECRET
from tests.jobs.documents import blocks
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import NONE

COURSE = """
title = "Texts"

[[chapter]]
name = "ch1_texts"
title = "Texts"
short = "texts"
check_seconds = 10
memory_mb = 2048

[[chapter.exercise]]
name = "run_lengths"
points = 2
hints = ["a nudge", "the idea", "almost the answer"]
"""
RIGHT = """
def run_lengths(text):
    runs = []
    for character in text:
        if runs and runs[-1][0] == character:
            runs[-1] = (character, runs[-1][1] + 1)
        else:
            runs.append((character, 1))
    return runs
"""
WRONG = """
def run_lengths(text):
    return [(character, text.count(character)) for character in dict.fromkeys(text)] or [("", 0)]
"""
NAMES = ("nbgrader", "otter-grader", "pytest", "gradescope-utils")
Function = Callable[[str], Any]


def example(start: str) -> str:
    """Return the one block of the page that begins so."""
    (text,) = (block.text for block in blocks() if block.page == "docs/coming-from.md" and block.text.startswith(start))
    return text


def names_of(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "before"}
    exec(text, names)
    return names


def judge_cell(text: str, run_lengths: Function) -> list[bool]:
    """Run a test cell as a notebook does: up to its first error."""
    try:
        exec(text, {"run_lengths": run_lengths})
    except AssertionError:
        return [False]
    return [True]


def judge_test_file(text: str, run_lengths: Function) -> list[bool]:
    """Call the test cases of a file of otter-grader with the learner's names."""
    names = names_of(text)
    assert (names["OK_FORMAT"], names["name"], names["points"]) == (False, "run_lengths", 2)
    return [passes(names[name], run_lengths) for name in names if name.startswith("test_") and name != "test_case"]


def judge_functions(text: str, run_lengths: Function) -> list[bool]:
    """Call the tests of a file of pytest, with each of their parameters."""
    found = []
    for name, test in names_of(text).items():
        if name.startswith("test_"):
            marks = getattr(test, "pytestmark", [])
            found += [passes(test, *case) for case in ([(value,) for value in marks[0].args[1]] if marks else [()])]
    return found


def judge_test_case(text: str, run_lengths: Function) -> list[bool]:
    """Run a unittest.TestCase."""
    (case,) = (v for v in names_of(text).values() if isinstance(v, type) and issubclass(v, unittest.TestCase))
    result = unittest.TestResult()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    suite.run(result)
    assert not result.errors
    return [False] * len(result.failures) + [True] * (result.testsRun - len(result.failures))


def passes(test: Callable[..., object], *arguments: object) -> bool:
    try:
        test(*arguments)
    except AssertionError:
        return False
    return True


JUDGES = dict(zip(NAMES, (judge_cell, judge_test_file, judge_functions, judge_test_case), strict=True))


def decorator(*args: object, **kwargs: object) -> Callable[[Any], Any]:
    """A decorator that notes something about a test, as those of the frameworks do, and leaves it as it is."""
    return lambda test: test


@pytest.fixture
def homework(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The learner's module, which the tests import; the frameworks' modules with their decorators are there, too."""
    modules = {name: ModuleType(name) for name in ("homework", "otter", "otter.test_files", "gradescope_utils")}
    modules |= {
        name: ModuleType(name)
        for name in ("gradescope_utils.autograder_utils", "gradescope_utils.autograder_utils.decorators")
    }
    for name, module in modules.items():
        vars(module).update(test_case=decorator, weight=decorator, visibility=decorator)
        monkeypatch.setitem(sys.modules, name, module)
    return modules["homework"]


def grade_after(root: Path, text: str, *sources: str) -> list[float | None]:
    """Grade submissions of a course with these checks; return their scores."""
    for folder in ("reference", "exercises", "graders/ch1_texts"):
        (root / folder).mkdir(parents=True)
    (root / "course.toml").write_text(COURSE, encoding="utf-8")
    (root / "reference/ch1_texts.py").write_text(RIGHT, encoding="utf-8")
    (root / "exercises/ch1_texts.py").write_text(RIGHT, encoding="utf-8")
    (root / "graders/ch1_texts/probes.py").write_text("# The checks need none.\n", encoding="utf-8")
    (root / "graders/ch1_texts/test_run_lengths.py").write_text(text, encoding="utf-8")
    course = load_course(root)
    grader = Grader(course, course.chapters[0], Settings(NONE, SECRET))
    try:
        return [grader.grade(source.encode()).score for source in sources]
    finally:
        grader.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_judges_alike_before_and_after(name: str, homework: ModuleType, tmp_path: Path) -> None:
    before = example(f"# {name}")
    after = example(
        {
            "nbgrader": "# torchdojo, from a cell",
            "otter-grader": "# torchdojo, from a test file of otter-grader",
            "pytest": "# torchdojo, from a test file of pytest",
            "gradescope-utils": "# torchdojo, from a test case of unittest",
        }[name]
    )
    verdicts = []
    for source in (RIGHT, WRONG):
        run_lengths = names_of(source)["run_lengths"]
        vars(homework)["run_lengths"] = run_lengths
        verdicts.append(JUDGES[name](before, run_lengths))
    assert all(verdicts[0])
    assert not all(verdicts[1])
    right, wrong = grade_after(tmp_path, after, RIGHT, WRONG)
    assert right == 2
    assert wrong is not None
    assert wrong < 2
