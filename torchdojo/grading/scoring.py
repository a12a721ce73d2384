"""What a check that passes is worth beside the other checks of its exercise: points are for work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus

ADVICE = "This check is the point of the exercise: until it passes, you earn at most a quarter of its points."
WITHOUT_VALUES = (
    "A guess may pass this check, too. So its points count only once a check of the exercise's values passes: "
    "fix one of those first."
)
WITHOUT_CORE = 0.25  # the share of an exercise's points that can be earned while a core check does not pass


@dataclass(frozen=True, slots=True)
class Mark:
    """What the points of a check's exercise depend on.

    points: those that it can earn; passed: whether it does on its own; guessable: whether a guess may pass it
    core: whether it is the point of the exercise; done: whether it passed, also in part by a person, or is skipped
    """

    points: float
    passed: bool
    guessable: bool
    core: bool
    done: bool

    @classmethod
    def of(cls, check: CheckResult) -> Mark:
        """Return a check's mark, as it was before `score_exercises`."""
        passed = check.status is CheckStatus.PASSED or is_revoked(check)
        guessable = check.guessable or check.kinds == {"raises"}
        return cls(check.max_score, passed, guessable, check.core, passed or check.status.is_done)

    @property
    def lacks_core(self) -> bool:
        """Whether it is the point of the exercise, and is not done."""
        return self.core and not self.done


def earned_points(marks: Sequence[Mark]) -> list[float]:
    """Return what each check of an exercise earns.

    An exercise earns nothing where only guessable checks pass, and at most a quarter where a core check does not.
    """
    if all(mark.guessable for mark in marks if mark.passed):
        return [0.0] * len(marks)
    points = [mark.points if mark.passed else 0.0 for mark in marks]
    most, earned = WITHOUT_CORE * sum(mark.points for mark in marks), sum(points)
    if earned <= most or not any(mark.lacks_core for mark in marks):
        return points
    so_far, given, shares = 0.0, 0, []
    for own in points:  # whole hundredths, rounded so that they add up to the quarter
        so_far += own
        hundredths = math.floor(100 * so_far * most / earned + 1e-9)
        shares.append((hundredths - given) / 100)
        given = hundredths
    return shares


def score_exercises(results: Iterable[CheckResult]) -> None:
    """Take back, in each exercise, the points that its checks earn without the work that they are meant for."""
    for _, own in groupby(results, lambda result: result.exercise):
        checks = list(own)
        marks = [Mark.of(check) for check in checks]
        points = earned_points(marks)
        if all(mark.guessable for mark in marks if mark.passed):
            for check, mark in zip(checks, marks, strict=True):
                if mark.passed:
                    _revoke(check)
        elif points != [check.earned for check in checks]:
            for check, earned in zip(checks, points, strict=True):
                check.earned = earned
            missing = next(check for check, mark in zip(checks, marks, strict=True) if mark.lacks_core)
            missing.finding = replace(missing.finding, advice=f"{missing.finding.advice}\n{ADVICE}".strip())


def is_revoked(check: CheckResult) -> bool:
    """Whether a check passed, and its points were taken back because only guessable checks of its exercise pass."""
    return check.status is CheckStatus.FAILED and check.finding.advice == WITHOUT_VALUES


def _revoke(check: CheckResult) -> None:
    check.status, check.earned = CheckStatus.FAILED, 0.0
    seen = "the exception" if check.kinds == {"raises"} else "what this check asks for"
    got = f"{seen}, but no check of this exercise's values passes yet"
    check.finding = Finding(check.called, f"{seen}, and right values", got, advice=WITHOUT_VALUES)
