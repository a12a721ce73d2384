"""Results of a class: as the store gives them, and as summaries that are small enough to hold all at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from sys import intern

from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus, ResultStatus

ResultKey = tuple[str, str]  # student, chapter


@dataclass(frozen=True)
class StoredResult:
    """A student's result."""

    student: str
    result: Result

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.result.chapter


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """What the end of a run needs of a result.

    statuses, mistakes: those that any of its checks has
    is_shared: whether it came from the same text of another student
    """

    student: str
    chapter: str
    status: ResultStatus
    score: float | None
    max_score: float
    statuses: frozenset[CheckStatus]
    mistakes: frozenset[str]
    is_shared: bool

    @classmethod
    def from_stored(cls, stored: StoredResult) -> ResultSummary:
        """Summarise a student's result."""
        result = stored.result
        return cls(
            student=stored.student,
            chapter=intern(result.chapter),
            status=result.status,
            score=result.score,
            max_score=result.max_score,
            statuses=frozenset(check.status for check in result.checks),
            mistakes=frozenset(intern(check.mistake) for check in result.checks if check.mistake),
            is_shared=bool(result.shared_from),
        )


def is_untouched(statuses: Collection[CheckStatus]) -> bool:
    """Whether nothing was written of what the checks with these statuses look at."""
    return bool(statuses) and set(statuses) == {CheckStatus.TODO}


def shared_words(count: int, untouched: int) -> str:
    """Return a line about shared results. untouched: how many of them are of an untouched stub"""
    own = f", {untouched} of them untouched" if untouched else ""
    return f"{count} submission{'s' if count > 1 else ''} with the same text as another, graded once{own}"
