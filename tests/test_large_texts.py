"""Texts that are too much: analysed in a second, or refused with a message, whatever they hold."""

from __future__ import annotations

import ast
import time
from typing import cast

import pytest

from tests.conftest import PROJECT, SECRET, Tiny
from tests.test_odd_answers import OddWorker
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.submission import Submission
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.notebooks.extraction import extract_submission
from torchdojo.report.code_lines import CodeLineReader
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import MAX_DEPTH, MAX_TOKENS, ParsedSource, SourceError, count_tokens
from torchdojo.source.placeholders import find_placeholders
from torchdojo.source.repair import parse_around_errors

COURSE = load_course(PROJECT)
MEGABYTE = 950_000
# A pattern that is repeated, with {} for the number of the repetition.
REPEATED = {
    "definitions": "def f{}(): pass\n",
    "definitions of one name": "def f(): pass\n",
    "classes to do": "class C{}: ...\n",
    "a chain of calls": "def f{0}(): return f{0}0()\n",
    "statements on one line": "x=1;",
    "assignments": "a{}=1\n",
    "changes": "g[0]=g\n",
    "decorators": "@a\n",
    "imports": "from torch import *\n",
    "broken definitions": "def f(:\n",
    "open brackets": "x = (\n",
    "open strings": "'''a\n",
    "backslashes": "\\\n",
    "blank lines": "\n",
    "carriage returns": "\r",
    "comments": "# a comment, with words\n",
    "code in a comment of a formatted string": "#{{1}}\n",
    "tries": "try: pass\nexcept: pass\n",
}
# Once before, many times, once after: on one line or in one statement.
NESTED = {
    "attributes": ("x = torch", ".a", "\n"),
    "subscripts": ("x = t", "[0]", "\n"),
    "calls": ("x = t", "()", "\n"),
    "sums": ("x = 1", "+1", "\n"),
    "powers": ("x = 1", "**1", "\n"),
    "negations": ("x = ", "not ", "1\n"),
    "signs": ("x = ", "-", "1\n"),
    "comparisons": ("x = 1", "<1", "\n"),
    "lambdas": ("x = ", "lambda a: ", "1\n"),
    "conditions": ("x = ", "1 if 1 else ", "1\n"),
    "branches": ("if 1: pass\n", "elif 1: pass\n", ""),
    "a list": ("x = [", "1,", "]\n"),
    "a formatted string": ("x = f'", "{1}", "'\n"),
    "brackets": ("x = ", "[", "\n"),
    "strings": ("x = ", "'a' ", "\n"),
    "names of a function": ("def f():\n", " global a\n", ""),
}


def analyse(source: bytes) -> str:
    """Everything that grading and the class report do with a text before it runs; how it ended."""
    CodeLineReader("").own_lines(source)
    try:
        parsed = parse_around_errors(source)
    except SourceError as error:
        return error.message
    submission = Submission(parsed)
    submission.plans(["sigmoid"])
    assert sum(1 for statement in parsed.statements for _ in find_placeholders(statement.node)) >= 0
    return "analysed"


def seconds(source: bytes) -> float:
    started = time.process_time()
    ended = analyse(source)
    took = time.process_time() - started
    assert ended == "analysed" or "at most" in ended or "does not parse" in ended, ended
    return took


def text_of(before: str, part: str, after: str, count: int) -> bytes:
    repeated = "".join(part.format(number) for number in range(count)) if "f{" in part or "C{" in part else part * count
    return f"{before}{repeated}{after}\ndef sigmoid(x):\n    return x\n".encode()


ALL = {name: ("", part, "") for name, part in REPEATED.items()} | NESTED


@pytest.mark.parametrize("name", ALL)
def test_a_megabyte_is_analysed_in_a_second_or_refused(name: str) -> None:
    before, part, after = ALL[name]
    assert (
        seconds(text_of(before, part, after, MEGABYTE // len(part))) < 2.5
    )  # on a busy machine; below one second on a quiet one


@pytest.mark.parametrize("name", ALL)
def test_the_longest_text_that_is_read_is_analysed_in_a_second(name: str) -> None:
    before, part, after = ALL[name]
    source = text_of(before, part, after, min(MEGABYTE // len(part), MAX_TOKENS // max(1, count_tokens(part)) - 20))
    assert count_tokens(source.decode()) <= MAX_TOKENS
    assert seconds(source) < 3.0  # on a busy machine; about a third of it on a quiet one


@pytest.mark.parametrize("count", [900, 100_000])
@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_is_left_out_or_refused(tiny: Tiny, name: str, count: int) -> None:
    """The rest of the text is graded where there is not too much of it."""
    before, part, after = NESTED[name]
    worker = cast(Worker, OddWorker(lambda _: {"status": "ok", "outputs": []}))
    grader = Grader(tiny.course, tiny.chapter, Settings(NONE, SECRET), worker)
    result = grader.grade(f"{before}{part * count}{after}\n{tiny.reference}".encode())
    assert result.status in ("graded", "rejected")
    assert result.score == 0


def test_the_refusal_gives_the_numbers(tiny: Tiny) -> None:
    result = tiny.grade("def f(): pass\n" * 20_000 + tiny.reference)
    assert (result.status, result.score) == ("rejected", 0)
    assert "is too long: 120," in result.message
    assert result.message.endswith("at most 50,000 are read")


def test_what_is_nested_too_deep_costs_its_own_block(tiny: Tiny) -> None:
    result = tiny.grade(f"x = torch{'.a' * 900}\n{tiny.reference}")
    assert (result.status, result.score) == ("graded", 3.5)
    assert result.notes == [
        "line 1 does not parse and was left out: nested more than 200 levels deep",
    ]


def test_a_notebook_is_held_to_the_same_length() -> None:
    cells = [Cell("code", "def f(): pass\n" * 5_000) for _ in range(3)]
    with pytest.raises(SourceError, match="is too long: 90,000 words and signs, at most 50,000 are read"):
        extract_submission(notebook_text(make_notebook(cells)).encode(), ["sigmoid"])


def test_every_reference_is_far_below_the_limits() -> None:
    for chapter in COURSE.chapters:
        text = COURSE.reference_file(chapter).read_text(encoding="utf-8")
        assert 10 * count_tokens(text) < MAX_TOKENS
        assert 10 * depth_of(ParsedSource(text.encode()).tree) < MAX_DEPTH


def depth_of(node: ast.AST) -> int:
    return 1 + max(map(depth_of, ast.iter_child_nodes(node)), default=0)
