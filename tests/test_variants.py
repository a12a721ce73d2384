"""Variants of known mistakes: they mean the same, and a false name for one is found."""

from __future__ import annotations

import ast
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from click.testing import CliRunner

from tests.conftest import PROJECT
from torchdojo.cli.main import cli
from torchdojo.course import ExerciseId, load_course, load_overlays, parse_course_file
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.verify.problems import find_problems
from torchdojo.verify.rewrites import Rewrite, Rewriter, Splitter, draws, orders, spellings
from torchdojo.verify.subjects import Expectation
from torchdojo.verify.variants import VariantMaker

X = torch.linspace(-2, 3, 12, dtype=torch.float64).reshape(3, 4)
SAME_VALUES = [
    "1 / (1 + torch.exp(-x))",
    "torch.exp(x) / (1 + torch.exp(x))",
    "-(x.sigmoid() * x + (1 - x) * torch.sigmoid(-x)).mean()",
    "(x - 0.5) ** 2 + 3 * x - 1.0",
    "torch.softmax(x, dim=1).sum(dim=0) @ x.double().mean(0)",
    "F.relu(x).float().argmax(dim=1)",
    "(x.size(0) - 1, 2 < len(x), torch.sqrt(x.abs()).mean(dim=0))",
    "[*x, x][1 - 2] + x.exp().mean()",
    "[len(x) - 1] * (len(x) + 1)",
    "[1, 2] + [3]",
]


def function(expression: str) -> ast.FunctionDef:
    text = f"def f(x):\n    kept = {expression}\n    return kept\n"
    definition = ast.parse(text).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition


def run(definition: ast.AST) -> Any:
    space: dict[str, Any] = {"torch": torch, "F": F}
    exec(compile(ast.unparse(ast.fix_missing_locations(definition)), "<variant>", "exec"), space)
    return space["f"](X.clone())


@pytest.mark.parametrize("expression", SAME_VALUES)
@pytest.mark.parametrize("rewrite", [orders, spellings, None])
def test_a_rewritten_function_gives_the_same_values(expression: str, rewrite: Rewrite | None) -> None:
    expected = run(function(expression))
    for seed in range(5):
        generator = random.Random(seed)
        rewriter = Rewriter(rewrite, generator, 0.7) if rewrite else Splitter(generator, 0.7, frozenset({"torch"}))
        rewritten = rewriter.visit(function(expression))
        torch.testing.assert_close(run(rewritten), expected, msg=ast.unparse(rewritten))


@pytest.mark.parametrize("draw", ["torch.rand(x) < 0.3", "torch.rand(x) >= 0.7", "0 == torch.randint(0, 4, (x,))"])
def test_a_rewritten_draw_is_as_frequent(draw: str) -> None:
    count, seen = 40_000, set()
    torch.manual_seed(0)
    expected = 0.25 if "randint" in draw else 0.3
    for seed in range(20):
        rewritten = Rewriter(draws, random.Random(seed), 1.0).visit(ast.parse(draw, mode="eval"))
        text = ast.unparse(rewritten)
        seen.add(text)
        found = eval(text, {"torch": torch, "x": count})
        assert found.dtype == torch.bool
        assert abs(found.double().mean().item() - expected) < 0.015, text
    assert draw not in seen


@pytest.mark.parametrize("name", ["ch1_fundamentals", "ch3_modules"])
def test_variants_are_distinct_and_the_same_every_time(name: str) -> None:
    course = load_course(PROJECT)
    chapter = course.find(name)
    assert chapter is not None
    reference = parse_course_file(course.reference_file(chapter))
    exercise = chapter.exercises[0].name
    mistakes = [mistake for mistake in load_overlays(course, chapter, "mistakes") if mistake.exercise == exercise]
    made = [VariantMaker(reference, mistakes).make(mistake, 5) for mistake in mistakes]
    assert made == [VariantMaker(reference, mistakes).make(mistake, 5) for mistake in reversed(mistakes)][::-1]
    for mistake, variants in zip(mistakes, made, strict=True):
        texts = {ast.unparse(ast.parse(variant.source)) for variant in variants}
        assert len(texts) == len(variants) <= 5
        assert ast.unparse(ast.parse(mistake.source)) not in texts
    assert sum(map(len, made)) >= 3 * len(mistakes)


@pytest.mark.parametrize(
    ("named", "beside", "words"),
    [
        (["own", None], "", []),
        ([None, None], "", []),
        (["own", "other"], "other", []),
        (["own", "other"], "", ["second is diagnosed as other, not as itself or nothing"]),
        (["third", None], "other", ["first is diagnosed as third, not as itself or nothing"]),
    ],
)
def test_a_false_name_of_a_variant_is_a_problem(named: list[str | None], beside: str, words: list[str]) -> None:
    checks = [
        CheckResult(ExerciseId("ch1_tiny", "double"), check, "It works", 1.0, CheckStatus.FAILED, mistake=name)
        for check, name in zip(("first", "second"), named, strict=True)
    ]
    result = Result("ch1_tiny", ResultStatus.GRADED, checks, "none", "cpu", 0.0, "", "")
    expectation = Expectation("variant", "double", "own", fails=("first",), beside=beside)
    places = {"double/first": "test_double.py:7", "double/second": "test_double.py:9"}
    found = [problem.partition(".")[0] for problem in find_problems(result, expectation)]
    assert found == [f"double/{name}" for name in words]
    assert all(p.startswith("test_double.py:") for p in find_problems(result, expectation, places))
    checks[0] = replace(checks[0], status=CheckStatus.PASSED, mistake=None)
    assert find_problems(result, expectation)[0].startswith("first passes, but fails with the mistake itself")


def test_verify_counts_the_names_of_variants(tiny_root: Path) -> None:
    arguments = ["--course", str(tiny_root), "verify", "--no-mutants", "--seeds", "1", "--jobs", "1"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    counted = re.search(r"(\d+) variants, (\d+) true names, (\d+) no name, 0 false names", done.output)
    assert counted
    assert int(counted[1]) == int(counted[2]) + int(counted[3]) >= 4
    done = CliRunner().invoke(cli, [*arguments, "--variants", "0"])
    assert "variants" not in done.output
