"""The tables of docs/authoring.md: the parts of a chapter, and the values that a probe may return."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.conftest import PROJECT, SECRET
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import NONE
from torchdojo.wire import Opaque, WireError, decode, encode

PAGE = (PROJECT / "docs/authoring.md").read_text(encoding="utf-8")
NAMES = {"torch": torch, "np": np, "collections": collections}
FILES = {
    "course.toml": """
title = "Smallest"

[[chapter]]
name = "ch1_smallest"
title = "Smallest"
short = "smallest"
check_seconds = 10
memory_mb = 2048

[[chapter.exercise]]
name = "double"
points = 1
hints = ["a nudge", "the idea", "almost the answer"]
""",
    "reference/CHAPTER.py": "def double(x):\n    return 2 * x  # SOLUTION\n",
    "exercises/CHAPTER.py": "def double(x):\n    return ...\n",
    "graders/CHAPTER/test_*.py": "def test_double(submission):\n    assert submission.double(3) == 6\n",
}


def rows(header: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the table with this header."""
    table = PAGE.partition(f"\n{header}\n")[2].partition("\n\n")[0]
    assert table
    for line in table.splitlines()[1:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def parts(need: str) -> list[str]:
    """Return the files that are needed, or optional."""
    return [name.strip("` ") for name, _, how, _ in rows("| part | what it is for | | made by |") if how == need]


def examples(header: str, column: int) -> list[str]:
    return [code for row in rows(header) for code in re.findall(r"`([^`]+)`", row[column])]


def test_every_part_is_in_the_course_here() -> None:
    missing = []
    for part in parts("needed") + parts("optional"):
        pattern = part.replace("CHAPTER", "ch*").replace("EXERCISE", "*").replace("ID", "*")
        missing += [] if list(PROJECT.glob(pattern)) else [part]
    assert missing == []


def test_the_needed_parts_are_a_course(tmp_path: Path) -> None:
    assert set(FILES) == set(parts("needed"))
    for name, text in FILES.items():
        path = tmp_path / name.replace("CHAPTER", "ch1_smallest").replace("*", "double")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    course = load_course(tmp_path)
    grader = Grader(course, course.chapters[0], Settings(NONE, SECRET))
    try:
        scores = [grader.grade(f"def double(x):\n    return {answer}\n".encode()).score for answer in ("x + x", "x")]
    finally:
        grader.close()
    assert scores == [1, 0]


def is_sent(value: Any) -> bool:
    """Whether a probe may return a value."""
    try:
        sent = decode(encode({"value": value}))["value"]
    except WireError:
        return False
    return not isinstance(sent, Opaque)


@pytest.mark.parametrize("code", examples("| value | examples |", 1))
def test_what_the_page_lists_may_be_returned(code: str) -> None:
    assert is_sent(eval(code, dict(NAMES)))


@pytest.mark.parametrize("code", examples("| not sent | return instead |", 0))
def test_what_the_page_excludes_may_not(code: str) -> None:
    assert not is_sent(eval(code, dict(NAMES)))
