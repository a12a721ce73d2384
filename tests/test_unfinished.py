"""What is still to do: an untouched stub, or a `...` that a check reached without passing."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import Tiny
from tests.test_loading import base, failing, line_of, score, statuses
from torchdojo.source.placeholders import find_placeholders


def stub(tiny: Tiny) -> str:
    return (tiny.course.root / "exercises/ch1_tiny.py").read_text()


def with_double(tiny: Tiny, body: str, before: str = "") -> str:
    """Return the reference with another body of `double`, on which nothing builds, and with helpers before it."""
    source = tiny.with_double(body).replace("double(x) / 2", "x")
    return source.replace("# %%\ndef double", f"# %%\n{before}\n\n\ndef double")


def test_a_stub_with_other_comments_and_docstrings_is_to_do_without_being_run(tiny: Tiny) -> None:
    text = re.sub(
        r"^( +)\.\.\.$", r"\1# here?\n\1...", stub(tiny).replace("Return twice x", "My notes"), flags=re.MULTILINE
    )
    text = "while True:\n    pass\n" + text
    result = tiny.grade(text)
    assert {check.status for check in result.checks} == {"todo"}
    assert result.notes == []


@pytest.mark.parametrize(
    ("body", "helper", "line"),
    [
        ("...", "", "    ..."),
        ("y = x + x\nif y.numel() > 1:\n    ...\nelse:\n    return y", "", "        ..."),
        ("y = x + x\n...", "", "    ..."),
        ("y = ...\nreturn y", "", "    y = ..."),
        ("y, z = ..., ...\nreturn y", "", "    y, z = ..., ..."),
        ("return ...", "", "    return ..."),
        ("return torch.mul(x, ...)", "", "    return torch.mul(x, ...)"),
        ("for row in ...:\n    pass\nreturn x", "", "    for row in ...:"),
        ("return twice(x)", "def twice(x):\n    ...", "    ..."),
        ("return twice(x)", "twice = lambda x: ...", "twice = lambda x: ..."),
        ("return Twice().of(x)", "class Twice:\n    def of(self, x):\n        ...", "        ..."),
        (
            "return outer(x)",
            "def outer(x):\n    class Inner(nn.Module):\n        def forward(self, x):\n            ...\n    return Inner()(x)",
            "            ...",
        ),
        ("return Twice()(x)", "class Twice(nn.Module):\n    ...", "    ..."),
        ("return Twice(2)(x)", 'class Twice:\n    """My class."""\n\n    ...', "    ..."),
        ("while True:\n    ...\nreturn x", "", "        ..."),
        ("...\nreturn 3 * x @ x", "", "    ..."),  # with code after it, and nothing passes
    ],
)
def test_what_reaches_a_placeholder_and_does_not_pass_is_to_do(tiny: Tiny, body: str, helper: str, line: str) -> None:
    source = with_double(tiny, body, helper)
    result = tiny.grade(source, seconds=1 if "while" in body else None)
    assert statuses(result, "double") == {"todo"}
    assert score(result, "double") == 0
    assert score(result, "Scale") == 1.5
    check = failing(result, "double")
    assert (check.finding.line, check.finding.text) == (line_of(source, line), "...")


@pytest.mark.parametrize(
    ("body", "helper"),
    [
        ("...\nif not len(x):\n    raise ValueError('x')\nreturn x + x", ""),
        ("if not len(x):\n    raise ValueError('x')\nreturn x + x\n...", ""),
        ("if x is None:\n    ...\nif not len(x):\n    raise ValueError('x')\nreturn x + x", ""),
        ("if not len(x):\n    raise Empty('x')\nreturn x + x", "class Empty(ValueError): ..."),
        (
            "if not len(x):\n    raise ValueError('x')\nreturn twice(x)",
            "from typing import Protocol, overload\n\nclass Maps(Protocol):\n    def of(self, x): ...\n\n"
            "@overload\ndef twice(x: int) -> int: ...\ndef twice(x, rest: tuple[int, ...] = ..., also=...):\n"
            "    return x[..., :] + x",
        ),
    ],
)
def test_a_placeholder_that_nothing_needs_costs_nothing(tiny: Tiny, body: str, helper: str) -> None:
    assert tiny.grade(with_double(tiny, body, helper)).score == 3.5


@pytest.mark.parametrize(
    ("body", "helper"),
    [
        ("return 3 * x[..., :]", ""),
        ("index = (..., slice(None))\nreturn 3 * x[index]", ""),
        ("if x is None:\n    ...\nreturn 3 * x", ""),
        ("return 3 * x", "class Empty(ValueError): ..."),
        ("...\nif x.dtype == torch.float32:\n    return 3 * x\nreturn 2 * x", ""),  # some of it passes
    ],
)
def test_a_wrong_answer_is_not_to_do(tiny: Tiny, body: str, helper: str) -> None:
    result = tiny.grade(with_double(tiny, body, helper))
    assert failing(result, "double").status == "failed"
    assert "todo" not in statuses(result, "double")


def test_a_placeholder_in_another_exercise_does_not_make_this_one_to_do(tiny: Tiny) -> None:
    source = tiny.with_double("...").replace("double(x) / 2", "double(x) / 3")
    result = tiny.grade(source)
    assert statuses(result, "double") == {"todo"}
    assert "todo" not in statuses(result, "Scale")
    assert "Scale uses double, which is still to do." in failing(result, "Scale").message


def test_a_half_filled_class_keeps_no_points(tiny: Tiny) -> None:
    half = base(tiny).replace("result = self.weight * x  # SOLUTION", "result = ...")
    result = tiny.grade(half)
    assert statuses(result, "Scale") == {"todo"}
    assert score(result, "double") == 2


def test_finding_placeholders_is_not_stopped_by_depth() -> None:
    deep = ast.parse("def f():\n    ...")
    body = deep.body[0]
    for _ in range(5000):
        body = ast.If(ast.Constant(True), [body], [])  # type: ignore[list-item]
    assert len(list(find_placeholders(body))) == 1
