"""The statuses of checks, submissions and exercises. Files hold their values, so those never change."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class _Status(StrEnum):
    """A status with its texts.

    words: what it means; mark: a sign that needs no colour; letter: its group in the heat map
    """

    words: str
    mark: str
    letter: str

    # The defaults are for mypy, which takes the lookup CheckStatus("passed") for a call of this.
    def __new__(cls, value: str, words: str = "", mark: str = "", letter: str = "") -> _Status:
        member = str.__new__(cls, value)
        member._value_ = value
        member.words, member.mark, member.letter = words, mark, letter
        return member


class CheckStatus(_Status):
    """How one check ended."""

    PASSED = "passed", "passed", "✓", "p"
    FAILED = "failed", "not right yet", "✗", "f"
    TODO = "todo", "not written yet", "○", "t"
    ERROR = "error", "raised an exception", "✗", "e"
    TIMEOUT = "timeout", "too slow: stopped", "✗", "s"
    MEMORY = "memory", "too much memory: stopped", "✗", "s"
    CRASHED = "crashed", "ended without an answer", "✗", "s"
    FORBIDDEN = "forbidden", "uses what is not allowed here", "✗", "s"
    SKIPPED = "skipped", "skipped: not counted", "–", "-"
    GRADER_ERROR = "grader_error", "grader error: no points lost", "✗", "g"

    @property
    def is_done(self) -> bool:
        """Whether it passed or was skipped."""
        return self in (CheckStatus.PASSED, CheckStatus.SKIPPED)

    @property
    def is_wrong(self) -> bool:
        """Whether there is something to fix."""
        return not self.is_done and self is not CheckStatus.TODO

    @property
    def stopped(self) -> bool:
        """Whether the submission was cut short: by a limit, a crash or a ban."""
        return self.letter == "s"

    @property
    def needs_review(self) -> bool:
        """Whether a person should look at the submission."""
        return self.stopped or self is CheckStatus.GRADER_ERROR

    @property
    def label(self) -> str:
        """The value, for people to read."""
        return self.value.replace("_", " ")


class ResultStatus(_Status):
    """How a submission of a chapter ended."""

    GRADED = "graded", "graded"
    REJECTED = "rejected", "could not be loaded", "✗", "r"
    GRADER_ERROR = "grader_error", "grader errors (no points lost)"


class ExerciseStatus(_Status):
    """A learner's progress on an exercise. "unknown": not checked since it, its checks or the engine changed.

    "by_hand": it has no checks, whatever is written for it
    """

    PASSED = "passed", "right", "●"
    FAILED = "failed", "not yet right", "✗"
    TODO = "todo", "to do", "○"
    UNKNOWN = "unknown", "not checked", "◌"
    BY_HAND = "by_hand", "graded by hand", "✎"

    @classmethod
    def of_checks(cls, statuses: Iterable[CheckStatus]) -> ExerciseStatus:
        """Return the status of an exercise whose checks ended like this."""
        different = set(statuses)
        if not different or CheckStatus.GRADER_ERROR in different:
            return cls.UNKNOWN
        if different == {CheckStatus.TODO}:
            return cls.TODO
        return cls.PASSED if all(status.is_done for status in different) else cls.FAILED


# The letters of the heat map, which groups some statuses.
LETTERS = {
    "p": "passed",
    "f": "failed",
    "e": "raised an exception",
    "s": "stopped or forbidden",
    "r": "could not be loaded",
    "t": "not written",
    "g": "grader error",
    "-": "skipped",
}
