"""What a check that passes is worth beside the other checks of its exercise: points are for work."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
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


def score_exercises(results: Iterable[CheckResult]) -> None:
    """Take back, in each exercise, the points that its checks earn without the work that they are meant for.

    An exercise earns nothing where only guessable checks pass, and at most a quarter where a core check does not.
    """
    for _, own in groupby(results, lambda result: result.exercise):
        checks = list(own)
        passed = [check for check in checks if check.status is CheckStatus.PASSED]
        if not all(map(_is_guessable, passed)):
            _cap_without_core(checks, passed)
            continue
        for check in passed:
            _revoke(check)


def is_revoked(check: CheckResult) -> bool:
    """Whether a check passed, and its points were taken back because only guessable checks of its exercise pass."""
    return check.status is CheckStatus.FAILED and check.finding.advice == WITHOUT_VALUES


def _is_guessable(check: CheckResult) -> bool:
    return check.guessable or check.kinds == {"raises"}


def _revoke(check: CheckResult) -> None:
    check.status, check.earned = CheckStatus.FAILED, 0.0
    seen = "the exception" if check.kinds == {"raises"} else "what this check asks for"
    got = f"{seen}, but no check of this exercise's values passes yet"
    check.finding = Finding(check.called, f"{seen}, and right values", got, advice=WITHOUT_VALUES)


def _cap_without_core(checks: list[CheckResult], passed: list[CheckResult]) -> None:
    missing = [check for check in checks if check.core and not check.status.is_done]
    most = WITHOUT_CORE * sum(check.max_score for check in checks)
    earned = sum(check.earned for check in passed)
    if not missing or earned <= most:
        return
    so_far, given = 0.0, 0
    for check in passed:  # whole hundredths, rounded so that they add up to the quarter
        so_far += check.earned
        hundredths = math.floor(100 * so_far * most / earned + 1e-9)
        check.earned, given = (hundredths - given) / 100, hundredths
    finding = missing[0].finding
    missing[0].finding = replace(finding, advice=f"{finding.advice}\n{ADVICE}".strip())
