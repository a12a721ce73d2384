"""Stubs: solutions gone, everything else as it was."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchdojo.course.stub import BEGIN, END, StubError, make_stub

lines = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30).filter(
    lambda line: "SOLUTION" not in line
)


@given(
    st.lists(lines, max_size=5), st.lists(lines, min_size=1, max_size=5), st.lists(lines, max_size=5), st.integers(0, 8)
)
def test_only_the_solution_goes(before: list[str], secret: list[str], after: list[str], indent: int) -> None:
    pad = " " * indent
    whole = [*before, pad + BEGIN, *(f"{pad}secret{line}" for line in secret), pad + END, *after]
    assert make_stub("\n".join(whole) + "\n").splitlines() == [*before, pad + "...", *after]


@given(st.lists(lines, min_size=1, max_size=10))
def test_text_without_markers_stays(text: list[str]) -> None:
    whole = "\n".join(text) + "\n"
    assert make_stub(whole) == whole
    assert make_stub(make_stub(whole)) == make_stub(whole)


@pytest.mark.parametrize(
    ("line", "stub"),
    [
        ("    mean = total / count  # SOLUTION", "    mean = ..."),
        ("    return a + b  # SOLUTION", "    return ..."),
        ("    return  # SOLUTION", "    return ..."),
        ("    self.weight = f(x=1)  # SOLUTION", "    self.weight = ..."),
        ("    x: float = 2.0  # SOLUTION", "    x: float = ..."),
        ("    a, b = b, a  # SOLUTION", "    a, b = ..."),
        ("    check(a == b)  # SOLUTION", "    ..."),
        ("    p -= lr * g  # SOLUTION", "    ..."),
        ("    # the SOLUTION is near", "    # the SOLUTION is near"),
    ],
)
def test_marked_lines(line: str, stub: str) -> None:
    assert make_stub(f"def f():\n{line}\n").splitlines()[1] == stub


@pytest.mark.parametrize(
    ("text", "line"), [(f"a\n{BEGIN}\nb", 2), (f"a\n{END}\n", 2), (f"{BEGIN}\n{BEGIN}\n{END}\n", 2)]
)
def test_markers_must_pair(text: str, line: int) -> None:
    with pytest.raises(StubError) as caught:
        make_stub(text)
    assert caught.value.line == line


def test_a_stub_is_a_module() -> None:
    ast.parse(make_stub(f"def f(x):\n    '''Doc.'''\n    {BEGIN}\n    return x\n    {END}\n"))
