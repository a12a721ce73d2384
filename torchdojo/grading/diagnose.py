"""Name the mistake: which known wrong answer would have answered exactly as this submission did."""

from __future__ import annotations

from collections.abc import Iterable

from torchdojo.course import ExerciseId, Overlay
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus

Pair = tuple[CheckResult, CheckRun]
NAMEABLE = {CheckStatus.FAILED, CheckStatus.ERROR, CheckStatus.TIMEOUT}


def diagnose(oracle: Oracle, checks: Iterable[Pair]) -> None:
    """Fill in the mistake of every failing check that a known mistake explains.

    First a mistake that explains all failing checks of an exercise is looked for, then, check by check, one that
    explains the check alone. Where several explain the failing checks, those that also answer the passing ones
    alike go first. Checks that train are asked only where no other check failed. An exception is no evidence in an
    exercise that builds on one that fails: it may come from there.
    """
    checks = list(checks)
    failed = {result.exercise.name for result, _ in checks if result.status in NAMEABLE}
    by_exercise: dict[ExerciseId, list[Pair]] = {}
    for result, run in checks:
        by_exercise.setdefault(result.exercise, []).append((result, run))
    for exercise, pairs in by_exercise.items():
        failing = [pair for pair in pairs if pair[0].status in NAMEABLE and pair[1].exchanges]
        if not failing:
            continue
        declared = oracle.chapter.find(exercise.name)
        if declared and failed & set(declared.builds_on):
            failing = [pair for pair in failing if all(exchange.reply.is_ok for exchange in pair[1].exchanges)]
        mistakes = [mistake for mistake in oracle.mistakes if mistake.exercise == exercise.name]
        passing = [pair for pair in pairs if pair[0].status is CheckStatus.PASSED]
        if failing:
            _name_all(oracle, failing, passing, mistakes)


def _name_all(oracle: Oracle, failing: list[Pair], passing: list[Pair], mistakes: list[Overlay]) -> None:
    # The quick ones first: they rule out most mistakes before anything slow is asked of them.
    telling = sorted(_cheap(failing) or failing, key=_seconds)
    passing = sorted(_cheap(passing), key=_seconds)
    whole = [m for m in mistakes if all(_explains(oracle, m, run) for _, run in telling)]
    best = _best(oracle, whole, passing)
    for result, run in failing if best else telling:
        own = [best] if best else [m for m in mistakes if _explains(oracle, m, run)]
        chosen = _best(oracle, own, passing)
        if chosen:
            result.mistake = chosen.id
            result.mistake_title = chosen.title
            result.explanation = chosen.explanation


def _cheap(pairs: list[Pair]) -> list[Pair]:
    return [pair for pair in pairs if not any(exchange.costly for exchange in pair[1].exchanges)]


def _seconds(pair: Pair) -> float:
    """Return what the submission took to answer a check, about what a known mistake would take."""
    return sum(exchange.reply.seconds for exchange in pair[1].exchanges)


def _best(oracle: Oracle, mistakes: list[Overlay], passing: list[Pair]) -> Overlay | None:
    if len(mistakes) < 2:
        return mistakes[0] if mistakes else None
    alike = [m for m in mistakes if all(_explains(oracle, m, run) for _, run in passing)]
    return (alike or mistakes)[0]


def _explains(oracle: Oracle, mistake: Overlay, run: CheckRun) -> bool:
    """Whether a mistake gives the very answers that a check got."""
    return all(oracle.explains(mistake, exchange) for exchange in run.exchanges)
