"""A submission's text as rows of code: nothing lost, nothing run by a browser, a difference that can be applied."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchdojo.course import Course
from torchdojo.desk.submission_code import (
    MAX_SHOWN_LINES,
    CodeRow,
    code_rows,
    comparable_reference,
    definition_line,
    diff_rows,
)
from torchdojo.report.highlight import decode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.lists(
    st.sampled_from(["def f(x):", "    return x", "", "    '''", "x = '<script>'", "@wrap", "# &amp;"]), max_size=20
).map("\n".join)


def words(rows: list[CodeRow]) -> list[str]:
    return [html.unescape(re.sub(r"</?span[^>]*>", "", row.html)) for row in rows]


@given(TEXTS)
def test_rows_are_the_lines_of_the_text(text: str) -> None:
    text = decode(text.encode())
    rows = code_rows(text)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    visible = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    assert words(rows) == visible.removesuffix("\n").split("\n")
    assert all("<" not in re.sub(r'<span class="[a-z]">|</span>', "", row.html) for row in rows)


@given(TEXTS, TEXTS)
def test_the_rows_of_a_difference_give_both_texts(other: str, text: str) -> None:
    other, text = decode(other.encode()), decode(text.encode())
    everything = range(1, text.count("\n") + 2)
    rows = diff_rows(other, text, keep=everything)
    plain = {row.number: row.html for row in code_rows(text)}
    assert not any(row.kind == "gap" for row in rows)
    assert {row.number: row.html for row in rows if row.number} == plain
    assert {row.other: row.html for row in rows if row.kind == "removed"}.items() <= {
        row.number: row.html for row in code_rows(other)
    }.items()
    assert [row.other for row in rows if row.other] == list(range(1, len(code_rows(other)) + 1))


def test_unchanged_lines_far_from_a_change_are_hidden() -> None:
    lines = [f"x{n} = {n}" for n in range(1, 41)]
    changed = [*lines[:19], "x20 = 0", *lines[20:]]
    rows = diff_rows("\n".join(lines), "\n".join(changed), keep=[3])
    shown = [("removed" if row.kind == "removed" else row.number or row.html) for row in rows]
    assert shown == [
        1,
        2,
        3,
        4,
        5,
        6,
        "10 unchanged lines",
        17,
        18,
        19,
        "removed",
        20,
        21,
        22,
        23,
        "17 unchanged lines",
    ]


def test_a_text_that_is_too_long_says_so_and_takes_no_time() -> None:
    start = time.monotonic()
    text = "x = 1\n" * 200_000
    assert code_rows(text)[-1].html == f"{200_000 - MAX_SHOWN_LINES:,} more lines are not shown"
    assert diff_rows("x = 1\ny = 2\n" * 500, text)[-1].kind == "gap"
    assert time.monotonic() - start < 30


def test_prose_of_the_stub_is_folded_and_what_a_student_wrote_is_not() -> None:
    stub = "# %% [markdown]\n# One\n#\n# Two\n\ndef f():\n    ...\n"
    text = stub.replace("...", "return 1") + "# mine\n# One\n"
    fold, *rows = code_rows(text, stub)
    assert (fold.kind, [row.number for row in fold.folded]) == ("fold", [1, 2, 3, 4, 5])
    assert [row.number for row in rows] == [6, 7, 8, 9]
    assert all(row.kind == "same" for row in code_rows(text) + code_rows(text, stub, keep=[2]))


def test_characters_that_hide_what_is_written_are_visible() -> None:
    (row,) = code_rows("access = 'user\u202e⁦# admin'")
    assert "\u202e" not in row.html
    assert row.html.count("\N{REPLACEMENT CHARACTER}") == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def double(x):\n    return x\n", 1),
        ("def double(x):\n    return x\n\ndef double(x):\n    return 2 * x\n", 4),
        ("@compile\nasync def double(x): ...", 2),
        ("def double(x:\n    return (\n", 1),
        ("import torch\ndouble: Callable[..., Tensor] = torch.add", 2),
        ("    def double(x): ...\ndoubled = 1\ndouble == 2", None),
    ],
)
def test_definitions_are_found_also_where_the_text_does_not_parse(text: str, line: int | None) -> None:
    assert definition_line(text, "double") == line


def test_a_reference_is_compared_without_marks_and_with_prose_only_where_there_is_some(tiny_course: Course) -> None:
    reference = tiny_course.reference_file(tiny_course.chapters[0]).read_text()
    with_prose = comparable_reference(reference, "# %%\nx = 1\n")
    assert "SOLUTION" not in with_prose
    assert "        result = self.weight * double(x) / 2\n" in with_prose
    assert "# # Tiny" in with_prose
    without = comparable_reference(reference, "x = 1\n")
    assert "Tiny" not in without
    assert "# %%" not in without
    assert "def double(x: Tensor) -> Tensor:" in without
