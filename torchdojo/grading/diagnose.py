"""Name the known mistake that fails where the submission fails, passes where it passes, and answers alike.

That the answers are the same numbers proves it. Where the submission only behaves as the mistake does (it draws its
random numbers in another way, or the same exception is raised), the mistake is likely. Of mistakes that fit equally
well, none is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from torchdojo.course import ExerciseId, Overlay, cases_of
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.compare import EXACT
from torchdojo.grading.evidence import is_telling
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.oracle import Oracle, Verdict
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus

Check = tuple[CheckResult, CheckRun]
Judge = Callable[[Overlay, str], Verdict | None]  # how the check of this name judges a mistake, None if it cannot
NAMEABLE = {CheckStatus.FAILED, CheckStatus.ERROR}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?%?")
SAMPLING = 0.1  # how far numbers measured on two samples may be from each other, relatively
SHARES = 4.0  # how far shares in percent may be from each other in any case: near 0 they vary more, relatively


class Agreement(IntEnum):
    """How far a mistake agrees with a submission in what a check got."""

    NONE = 0
    BEHAVIOUR = 1  # the check finds the same in both
    ANSWERS = 2  # the answers are the same, but prove little
    NUMBERS = 3  # the answers are the same, telling numbers among them


def diagnose(oracle: Oracle, judge: Judge, checks: Iterable[Check], failed: Collection[str]) -> None:
    """Fill in the mistake of the failing checks of every exercise that a known mistake explains.

    judge: runs a check on a mistake's answers; failed: the exercises of the chapter that are wrong
    An exception proves nothing in an exercise that builds on one that fails: it may come from there, unless the
    reference's version of that one was used.
    """
    by_exercise: dict[ExerciseId, list[Check]] = {}
    for result, run in checks:
        by_exercise.setdefault(result.exercise, []).append((result, run))
    for exercise, own_checks in by_exercise.items():
        declared = oracle.chapter.find(exercise.name)
        builds_on_failed = declared is not None and not set(failed).isdisjoint(declared.builds_on)
        case = _Case(oracle, judge, own_checks, builds_on_failed)
        if case.failing and not case.is_stopped:
            _name(case, [mistake for mistake in oracle.mistakes if mistake.exercise == exercise.name])


def _name(case: _Case, mistakes: list[Overlay]) -> None:
    ranked = [(rank, mistake) for mistake in filter(case.may_be, mistakes) if (rank := case.rank(mistake))]
    best = max((rank for rank, _ in ranked), default=None)
    chosen = [mistake for rank, mistake in ranked if rank == best]
    if len(chosen) != 1 or best is None:
        return
    also = [check for check in case.left_out if case.agreement(chosen[0], check)]
    for result, _ in case.failing + also:
        result.mistake = chosen[0].id
        result.mistake_title = chosen[0].title
        result.explanation = chosen[0].explanation
        result.is_likely = best[0] is not Agreement.NUMBERS


@dataclass
class _Case:
    """One exercise of a submission, with its checks.

    failing: those to explain: those on devices only if nothing fails on the CPU, which is another matter
    left_out: the failing checks on devices otherwise
    """

    oracle: Oracle
    judge: Judge
    checks: list[Check]
    builds_on_failed: bool
    failing: list[Check] = field(init=False)
    left_out: list[Check] = field(init=False)

    def __post_init__(self) -> None:
        failing = [check for check in self.checks if check[0].status in NAMEABLE and check[1].exchanges]
        on_cpu = [check for check in failing if not _is_on_device(check)]
        self.failing = on_cpu or failing
        self.left_out = [check for check in failing if on_cpu and _is_on_device(check)]

    def may_be(self, mistake: Overlay) -> bool:
        """Whether all checks fail that a mistake must fail. A release does not know which those are."""
        failed = [result.check for result, _ in self.checks if not result.status.is_done]
        return all(cases_of(name, failed) for name in mistake.fails)

    @property
    def is_stopped(self) -> bool:
        """Whether a check was stopped, so that it is not known what it would have found."""
        return any(result.status.is_wrong and result.status not in NAMEABLE for result, _ in self.checks)

    def rank(self, mistake: Overlay) -> tuple[Agreement, int] | None:
        """Return how well a mistake explains the exercise, None if it does not.

        Failing checks come first, and the quick ones among them: they rule out most mistakes before anything slow is
        asked. A check that trains is asked only if no other check fails.
        """
        failing = [check for check in self.failing if not (self.builds_on_failed and _may_come_from_below(check))]
        asked = sorted(_without_training(failing) or failing, key=_seconds)
        agreements = []
        for check in asked:
            agreements.append(self.agreement(mistake, check))
            if not agreements[-1]:
                return None
        passing = [c for c in _without_training(self.checks) if c[0].status is CheckStatus.PASSED]
        if not any(map(_is_on_device, self.failing)):
            passing = [check for check in passing if not _is_on_device(check)]
        if not asked or not all(self._passes(mistake, *check) for check in sorted(passing, key=_seconds)):
            return None
        alike = sum(self._answers_alike(mistake, run) for _, run in passing)
        return max(agreements), sum(agreements) + alike

    def agreement(self, mistake: Overlay, check: Check) -> Agreement:
        """Return how far a mistake's answers to a failing check agree with the submission's."""
        result, run = check
        # Sums of many draws are close to those of another mistake, too: what the check makes of them must be the same.
        different = [e for e in run.exchanges if e.closeness.is_loose or not self.oracle.gives(mistake, e)]
        if not different:
            return Agreement.NUMBERS if any(map(self._is_telling, run.exchanges)) else Agreement.ANSWERS
        if any(exchange.closeness is EXACT for exchange in different):
            return Agreement.NONE
        verdict = self.judge(mistake, result.check)
        return Agreement.BEHAVIOUR if verdict and _finds_the_same(verdict, result) else Agreement.NONE

    def _is_telling(self, exchange: Exchange) -> bool:
        if not exchange.reply.is_ok or exchange.costly:
            return exchange.reply.is_ok
        expected = self.oracle.reference_answer(exchange.calls, exchange.device)
        return is_telling(exchange.reply.outputs, expected.outputs)

    def _passes(self, mistake: Overlay, result: CheckResult, run: CheckRun) -> bool:
        """Whether a mistake passes a check that the submission passed."""
        if all(self.oracle.is_right(mistake, exchange) for exchange in run.exchanges):
            return True
        if is_decisive(self.oracle, mistake, result, run.exchanges):
            return False
        verdict = self.judge(mistake, result.check)
        return verdict is not None and verdict.status is CheckStatus.PASSED

    def _answers_alike(self, mistake: Overlay, run: CheckRun) -> bool:
        return all(self.oracle.gives(mistake, exchange) for exchange in run.exchanges)


def _may_come_from_below(check: Check) -> bool:
    """Whether a check ended with an exception that an exercise beneath this one may have caused."""
    _, run = check
    return not run.given and any(not exchange.reply.is_ok for exchange in run.exchanges)


def _is_on_device(check: Check) -> bool:
    return any(exchange.device != "cpu" for exchange in check[1].exchanges)


def is_decisive(oracle: Oracle, mistake: Overlay, result: CheckResult, exchanges: Iterable[Exchange]) -> bool:
    """Whether a wrong answer of a mistake fails a check for certain, so that nothing has to be judged."""
    if "raises" in result.kinds:
        return False
    compared = (e for e in exchanges if e.closeness is EXACT and not e.is_narrow)
    return any(not oracle.is_right(mistake, exchange) for exchange in compared)


def _finds_the_same(verdict: Verdict, result: CheckResult) -> bool:
    """Whether a check says the same of two answers, with about the same numbers."""
    pairs = ((verdict.expected, result.finding.expected), (verdict.got, result.finding.got))
    return not verdict.status.is_done and all(_reads_alike(a, b) for a, b in pairs)


def _reads_alike(a: str, b: str) -> bool:
    if NUMBER.split(a) != NUMBER.split(b):
        return False
    return all(map(_is_alike, NUMBER.findall(a), NUMBER.findall(b)))


def _is_alike(a: str, b: str) -> bool:
    """Whether two numbers may have been measured on two samples of the same kind; 9.6% is a share."""
    if a.endswith("%") != b.endswith("%"):
        return False
    x, y = float(a.rstrip("%")), float(b.rstrip("%"))
    return abs(x - y) <= max(SAMPLING * max(abs(x), abs(y)), SHARES if a.endswith("%") else 0.0)


def _without_training(checks: list[Check]) -> list[Check]:
    return [check for check in checks if not any(exchange.costly for exchange in check[1].exchanges)]


def _seconds(check: Check) -> float:
    """Return the time that the submission's answers took, which is about that of a mistake's."""
    return sum(exchange.reply.seconds for exchange in check[1].exchanges)
