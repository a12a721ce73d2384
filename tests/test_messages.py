"""The page of what the known mistakes are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import PROJECT
from torchdojo.cli.main import cli


def test_the_page_shows_what_each_mistake_of_a_selection_is_told(tiny_root: Path, tmp_path: Path) -> None:
    page = tmp_path / "messages.md"
    arguments = ["--course", str(tiny_root), "verify", "--mistakes-only", "--jobs", "1", "--messages", str(page)]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    first = page.read_text(encoding="utf-8")
    assert "**Squared** · It returns twice x\n\n    called   double(x), x of shape (2, 3)\n    expected y[" in first
    assert first.count("**") == 2 * 3
    page.unlink()
    done = CliRunner().invoke(cli, [*arguments, "double"])
    assert "2 cached outcomes" in done.output
    assert page.read_text(encoding="utf-8") == first.partition("\n### Scale")[0]


PAGE = PROJECT / "docs" / "messages.md"
# What a learner never wrote, and cannot look up: containers, indices, private names, and keys of a probe.
FOREIGN = re.compile(
    r"\ba (list|dict|tuple) of\b|^(?!\w+Error: ).*NoneType|something the check cannot work with"
    r"|\w\[\d+\](?! = )|\][.[]"  # passes[0][0], standing[0].is_leaf; `labels[2] = 1` is a value of a tensor
    r"|(?<![\w_])_[a-z]\w*"
)
PRIVATE = re.compile(r"(?<![\w_])_[a-z]\w*")  # a call is code: its lists and indices are a learner's own
ROW = re.compile(r" {4}(called|expected|got) +(.*)")


def foreign_words(page: str) -> list[str]:
    """Return the rows of a page that show more of the checks' insides than a learner can know."""
    rows = filter(None, map(ROW.fullmatch, page.splitlines()))
    return [row[0] for row in rows if (PRIVATE if row[1] == "called" else FOREIGN).search(row[2])]


@pytest.mark.parametrize(
    "row",
    [
        "got      shapes[0]: a list of 2",
        "expected standing[0].is_leaf: True",
        "got      passes[0][0][0]: 2.5",
        "got      something the check cannot work with: TypeError: …",
        "got      loss: a NoneType",
        "called   Optimizer._step()",
    ],
)
def test_a_row_in_a_probes_words_is_seen(row: str) -> None:
    assert foreign_words(f"    {row}") == [f"    {row}"]


@pytest.mark.parametrize(
    "row",
    [
        "got      y[0, 1] = 0.8; all 6 values differ, this one most",
        "expected labels[2] = 1",
        "called   add_gradient_noise_(params, std=0.5)",
        "at       line 3   return x[0]",
        "got      TypeError: 'NoneType' object is not iterable",
    ],
)
def test_a_row_in_a_learners_words_is_left_alone(row: str) -> None:
    assert foreign_words(f"    {row}") == []


@pytest.mark.skipif(not PAGE.exists(), reason="no page yet")
def test_the_page_is_in_a_learners_words() -> None:
    assert foreign_words(PAGE.read_text(encoding="utf-8")) == []
