"""Statuses are members of their enums: a misspelt one is an error of mypy, and none is compared as a bare word."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import PROJECT
from torchdojo.grading.status import CheckStatus, ExerciseStatus, ResultStatus

ENGINE = PROJECT / "torchdojo"
HOME = ENGINE / "grading/status.py"
# The rooms below grading have words of their own for how a reply ends.
BELOW = ("worker", "sandbox", "wire", "probe", "data", "course", "stand_in")
PYTESTS_WORDS = ENGINE / "pytest_plugin/reports.py"  # which sets what pytest calls outcomes
WORDS = {status.value for kind in (CheckStatus, ResultStatus, ExerciseStatus) for status in kind}


def constants(node: ast.expr | None) -> Iterator[ast.Constant]:
    """Yield an expression if it is a constant, or its items if it is a display of constants."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for item in node.elts:
            yield from constants(item)
    elif isinstance(node, ast.Starred):
        yield from constants(node.value)
    elif isinstance(node, ast.IfExp):
        yield from (*constants(node.body), *constants(node.orelse))
    elif isinstance(node, ast.Constant):
        yield node


def suspects(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the constants of a node in the places of a status."""
    if isinstance(node, ast.Compare):
        for operand in (node.left, *node.comparators):
            yield from constants(operand)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        yield from constants(node)
    elif isinstance(node, ast.Dict):
        keys = [key for key in node.keys if isinstance(key, ast.Constant) and key.value in WORDS]
        yield from keys if len(keys) > 1 else ()  # one alone is a field: the key "memory" of a check
        named = (
            v for k, v in zip(node.keys, node.values, strict=True) if getattr(k, "value", "") in ("status", "state")
        )
        for value in named:
            yield from constants(value)
    elif isinstance(node, ast.Subscript):
        yield from constants(node.slice)
    elif (isinstance(node, ast.keyword) and node.arg in ("status", "state")) or isinstance(
        node, ast.Assign | ast.AnnAssign | ast.Return
    ):
        yield from constants(node.value)
    elif isinstance(node, ast.arguments):
        for default in (*node.defaults, *node.kw_defaults):
            yield from constants(default)


def bare_statuses(text: str) -> list[int]:
    """Return the lines of a module that hold a status as a bare word."""
    found = (word for node in ast.walk(ast.parse(text)) for word in suspects(node))
    return sorted({word.lineno for word in found if word.value in WORDS})


def test_the_engine_holds_no_bare_status() -> None:
    paths = [path for path in ENGINE.rglob("*.py") if path.relative_to(ENGINE).parts[0] not in BELOW]
    paths = [path for path in paths if path not in (HOME, PYTESTS_WORDS)]
    found = {str(path.relative_to(ENGINE)): bare_statuses(path.read_text(encoding="utf-8")) for path in paths}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "text",
    [
        "if check.status == 'passed': pass",
        "done = [c for c in checks if c['status'] in ('passed', 'skipped')]",
        "result.status, result.earned = 'failed', 0.0",
        "DONE = ('passed', 'skipped')",
        "SAID = {'passed': 'right', 'failed': 'wrong'}",
        "Result(chapter, status='graded')",
        "result.status = 'grader_error' if broken else 'graded'",
        "def end(status: str = 'failed'): pass",
        "def state(): return 'todo'",
        "print(counts['rejected'])",
        "values = {'status': 'passed'}",
    ],
)
def test_a_bare_status_is_found(text: str) -> None:
    assert bare_statuses(text) == [1]


@pytest.mark.parametrize("text", ["{'memory': 1, 'seconds': 2}", "run(limit='memory')", "print('passed')"])
def test_the_same_word_for_something_else_is_not(text: str) -> None:
    assert bare_statuses(text) == []


def test_a_status_is_stored_and_printed_as_its_word() -> None:
    assert f"{CheckStatus.GRADER_ERROR} {ResultStatus('graded')!s}" == "grader_error graded"
    assert [CheckStatus(status.value) for status in CheckStatus] == list(CheckStatus)


@pytest.mark.parametrize(
    ("checks", "exercise"),
    [
        ([], "unknown"),
        (["todo", "todo"], "todo"),
        (["passed", "todo"], "failed"),
        (["passed", "skipped"], "passed"),
        (["passed", "timeout"], "failed"),
        (["passed", "grader_error"], "unknown"),
    ],
)
def test_an_exercise_is_as_its_checks(checks: list[str], exercise: str) -> None:
    assert ExerciseStatus.of_checks(map(CheckStatus, checks)) == exercise
