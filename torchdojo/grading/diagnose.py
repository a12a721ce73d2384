"""Name the mistake: the known wrong answer that would have answered exactly as the submission did."""

from __future__ import annotations

from collections.abc import Iterable

from torchdojo.course import ExerciseId, Overlay
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus

Check = tuple[CheckResult, CheckRun]
NAMEABLE = {CheckStatus.FAILED, CheckStatus.ERROR, CheckStatus.TIMEOUT}


def diagnose(oracle: Oracle, checks: Iterable[Check]) -> None:
    """Fill in the mistake of every failing check that a known mistake explains.

    A mistake that explains all failing checks of an exercise goes first; if there is none, each check is explained by
    itself. Among several, those that also answer the passing checks alike go first. Checks that train are asked only if
    no other check failed. An exception proves nothing in an exercise that builds on one that fails: it may come from
    there, unless the reference's version of that one was used.
    """
    checks = list(checks)
    failed = {result.exercise.name for result, _ in checks if result.status in NAMEABLE}
    by_exercise: dict[ExerciseId, list[Check]] = {}
    for result, run in checks:
        by_exercise.setdefault(result.exercise, []).append((result, run))
    for exercise, own_checks in by_exercise.items():
        failing = [check for check in own_checks if check[0].status in NAMEABLE and check[1].exchanges]
        declared = oracle.chapter.find(exercise.name)
        if declared and failed & set(declared.builds_on):
            failing = [(r, run) for r, run in failing if run.given or all(e.reply.is_ok for e in run.exchanges)]
        mistakes = [mistake for mistake in oracle.mistakes if mistake.exercise == exercise.name]
        passing = [check for check in own_checks if check[0].status is CheckStatus.PASSED]
        if failing:
            _name_mistakes(oracle, failing, passing, mistakes)


def _name_mistakes(oracle: Oracle, failing: list[Check], passing: list[Check], mistakes: list[Overlay]) -> None:
    # The quick ones first: they rule out most mistakes before anything slow is asked of them.
    asked = sorted(_without_training(failing) or failing, key=_seconds)
    passing = sorted(_without_training(passing), key=_seconds)
    common = _choose(oracle, [m for m in mistakes if all(_explains(oracle, m, run) for _, run in asked)], passing)
    for result, run in failing if common else asked:
        mistake = common or _choose(oracle, [m for m in mistakes if _explains(oracle, m, run)], passing)
        if mistake:
            result.mistake = mistake.id
            result.mistake_title = mistake.title
            result.explanation = mistake.explanation


def _without_training(checks: list[Check]) -> list[Check]:
    return [check for check in checks if not any(exchange.costly for exchange in check[1].exchanges)]


def _seconds(check: Check) -> float:
    """Return the time that the submission's answers took, which is about that of a mistake's."""
    return sum(exchange.reply.seconds for exchange in check[1].exchanges)


def _choose(oracle: Oracle, mistakes: list[Overlay], passing: list[Check]) -> Overlay | None:
    if len(mistakes) < 2:
        return mistakes[0] if mistakes else None
    alike = [m for m in mistakes if all(_explains(oracle, m, run) for _, run in passing)]
    return (alike or mistakes)[0]


def _explains(oracle: Oracle, mistake: Overlay, run: CheckRun) -> bool:
    """Whether a mistake gives the very answers that a check got."""
    return all(oracle.explains(mistake, exchange) for exchange in run.exchanges)
