"""Verifying: holes in the graders are seen, whether a check is taken away, loosened, or never was there."""

from __future__ import annotations

import ast
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import PROJECT
from torchdojo.cli.main import cli
from torchdojo.course import Chapter, ExerciseId, load_course, parse_course_file
from torchdojo.grading.compare import FLOAT64_RELATIVE, ROUNDING_STEPS
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult
from torchdojo.grading.result import Result as GradingResult
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.verify.counts import ChapterCounts
from torchdojo.verify.mutants import generate_mutants
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.problems import find_problems
from torchdojo.verify.subjects import Expectation, Subject

COURSE = load_course(PROJECT)
CHEAP = {"ch3_modules": ["survival_probabilities"], "ch7_gradient_noise": ["noise_std"]}


def verify(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), "verify", *arguments])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the whole course that a test may change."""
    for name in ("course.toml", "reference", "graders", "exercises"):
        source = PROJECT / name
        target = tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def checks_of(folder: Path, exercise: str) -> list[tuple[Path, ast.FunctionDef]]:
    """Return the checks of an exercise, each with its file."""
    found = []
    for path in sorted(folder.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if f'mark.exercise("{exercise}")' in text:
            functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
            found += [(path, n) for n in functions if n.name.startswith("test_")]
    return found


def delete_check(path: Path, check: ast.FunctionDef, heir: ast.FunctionDef) -> None:
    """Take a check out of its file, and give its points to another."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    points = 0.0
    for node in list(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == check.name:
            points = marked_points(node).value
            tree.body.remove(node)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == heir.name:
            marked_points(node).value += points
    path.write_text(ast.unparse(tree), encoding="utf-8")


def marked_points(check: ast.FunctionDef) -> ast.Constant:
    call = next(d for d in check.decorator_list if "mark.points" in ast.unparse(d))
    assert isinstance(call, ast.Call)
    assert isinstance(call.args[0], ast.Constant)
    return call.args[0]


def deletions(seed: int, count: int, names: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """Draw so many checks of these exercises."""
    every = [
        (chapter, exercise, check.name)
        for chapter, exercises in names.items()
        for exercise in exercises
        for _, check in checks_of(PROJECT / "graders" / chapter, exercise)
    ]
    return random.Random(seed).sample(every, count)


@pytest.mark.slow  # tests/jobs/test_verify_job.py takes the demand out of one check
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("chapter", "exercise", "name"), deletions(20261125, 2, CHEAP))
def test_a_deleted_check_is_missed(copy: Path, chapter: str, exercise: str, name: str) -> None:
    found = checks_of(copy / "graders" / chapter, exercise)
    path, check = next(pair for pair in found if pair[1].name == name)
    heir = next(other for where, other in found if where == path and other.name != name)
    delete_check(path, check, heir)
    done = verify(copy, f"{chapter}/{exercise}", "--seeds", "1", "--jobs", "1")
    assert done.exit_code == 1, done.output


EVERY = {chapter.name: [exercise.name for exercise in chapter.exercises] for chapter in COURSE.chapters}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("chapter", "exercise", "name"), deletions(7, 12, EVERY))
def test_any_deleted_check_is_missed(copy: Path, chapter: str, exercise: str, name: str) -> None:
    test_a_deleted_check_is_missed(copy, chapter, exercise, name)


@pytest.mark.slow
def test_a_tolerance_loosened_a_thousandfold_is_seen(monkeypatch: pytest.MonkeyPatch, copy: Path) -> None:
    monkeypatch.setattr("torchdojo.grading.compare.FLOAT64_RELATIVE", 1000 * FLOAT64_RELATIVE)
    monkeypatch.setattr("torchdojo.grading.compare.ROUNDING_STEPS", 1000 * ROUNDING_STEPS)
    done = verify(copy, "ch7_gradient_noise/noise_std", "--seeds", "1", "--jobs", "1")
    print(done.output)
    assert done.exit_code == 1
    assert "numbers nudged" in done.output


def test_a_course_without_its_checks_is_no_course(copy: Path) -> None:
    path = next(iter((copy / "graders" / "ch3_modules").glob("test_survival*.py")))
    path.unlink()
    done = verify(copy, "ch3_modules/survival_probabilities", "--seeds", "1")
    assert done.exit_code == 2
    assert "the checks of survival_probabilities are worth 0 points" in done.stderr


@pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)
def test_every_chapter_has_at_least_25_mutants_that_compile(chapter: Chapter) -> None:
    mutants = generate_mutants(chapter, parse_course_file(COURSE.reference_file(chapter)))
    assert len(mutants) >= 25
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        compile(mutant.source, mutant.id, "exec")


@pytest.mark.skipif(not (PROJECT / "docs" / "certificate.json").exists(), reason="no certificate yet")
def test_certificate_is_of_this_course() -> None:
    from torchdojo.verify.certificate import course_hash

    table = json.loads((PROJECT / "docs" / "certificate.json").read_text(encoding="utf-8"))
    assert table["course"] == course_hash(COURSE), "the course has changed since the certificate: run make verify"


def check(exercise: str, kept: str = "") -> CheckResult:
    return CheckResult(ExerciseId(COURSE.chapters[0].name, exercise), "check", "It works", 1.0, kept=kept)


def mistake_outcome(failed: list[str], share: float) -> Outcome:
    return Outcome(problems=[], failed=failed, named=True, seconds=0.0, share=share)


@pytest.mark.parametrize(
    ("core", "failed", "share", "credit"),
    [
        ("point", ["check"], 0.75, [0.75]),
        ("point", ["check"], 0.5, [0.5]),
        ("point", ["check", "other"], 0.5, []),
        ("check", ["check"], 0.25, []),
        ("", ["check"], 0.25, []),
    ],
)
def test_a_mistake_beside_the_point_keeps_more_than_half(
    core: str, failed: list[str], share: float, credit: list[float]
) -> None:
    chapter = COURSE.chapters[0]
    name = chapter.exercises[0].name
    checks = [replace(check(name), check=title, core=title == core) for title in ("check", "point")]
    counts = ChapterCounts(chapter, checks, {}, True)
    mistake = Subject("mistake", b"", Expectation("mistake", name, "slip"))
    problems = counts.add(mistake, mistake_outcome(failed, share), first=True)
    assert counts.exercises[name].credit == credit
    assert [f"keeps only {share:.0%}" in problem for problem in problems] == [True] * (credit == [0.5])


def test_a_check_that_catches_nothing_alone_must_say_why_and_be_named_by_a_mistake() -> None:
    chapter = COURSE.chapters[0]
    name = chapter.exercises[0].name
    for reason, required, words in (("", set(), "gives no reason"), ("clearer", set(), "nothing would miss it")):
        counts = ChapterCounts(chapter, [check(name, reason)], {}, True)
        counts.exercises[name].required = required
        assert [words in problem for problem in counts.finish()] == [True]
    counts = ChapterCounts(chapter, [check(name, "clearer")], {}, True)
    counts.exercises[name].required = {"check"}
    assert counts.finish() == []


@pytest.mark.parametrize(("by_steps", "mistake", "problems"), [(True, None, 0), (False, None, 1), (False, "slip", 0)])
def test_a_check_that_asks_step_by_step_names_no_mistake(by_steps: bool, mistake: str | None, problems: int) -> None:
    found = CheckResult(
        exercise=ExerciseId("ch1_tiny", "double"),
        check="values",
        title="It doubles",
        points=1.0,
        status=CheckStatus.FAILED,
        finding=Finding(called="double(3)", expected="6", got="9"),
        mistake=mistake,
        by_steps=by_steps,
    )
    right = replace(found, check="other", status=CheckStatus.PASSED, earned=1.0)
    verdict = GradingResult("ch1_tiny", ResultStatus.GRADED, [found, right], "none", "cpu", 0.1, "", "")
    expected = Expectation("mistake", "double", "slip", fails=("values",))
    assert len(find_problems(verdict, expected, {})) == problems
