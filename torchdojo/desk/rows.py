"""The queue's rows: what of a result is shown, filtered and sorted, small enough to hold a large class."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from sys import intern

from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.course import Chapter, ExerciseId
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.flags import Reason, find_flags
from torchdojo.report.sanitize import shorten


@dataclass(frozen=True, slots=True)
class MistakeId:
    """A known mistake, written "<chapter>/<exercise>/<mistake>". title: its name, for people"""

    exercise: ExerciseId
    name: str
    title: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.exercise}/{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class CheckOutcome:
    """What a check gave; one object for all that gave the same, so that a class is grouped quickly.

    got: shortened, "" if it passed; mistake: the title of the recognised one, or ""
    """

    status: CheckStatus
    got: str
    mistake: str

    @property
    def id(self) -> str:
        """What an address names it by."""
        text = "\0".join((self.status, self.got, self.mistake))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class CheckHead:
    """A check as the course has it. title: the sentence that learners read"""

    exercise: ExerciseId
    name: str
    title: str
    points: float

    @property
    def id(self) -> str:
        """How decisions and addresses name it: "<chapter>/<exercise>/<check>"."""
        return f"{self.exercise}/{self.name}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A student without any graded file. message: what became of the files that were handed in, "" if none was"""

    student: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class RowReview:
    """What counts of a submission, with what people decided.

    score: None if it was not graded, or the student is exempt; is_changed: whether people changed the points
    reviewed_by: who is done with it as it is, or ""; requests: those without an answer
    doubts: decisions to look at again; to_grade: items of rubrics without points
    """

    score: float | None
    max_score: float
    is_exempt: bool = False
    is_changed: bool = False
    reviewed_by: str = ""
    requests: int = 0
    doubts: int = 0
    to_grade: int = 0


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One submission.

    name: the student's, or "" if only the id is known; flags: why it needs attention; mistakes: the recognised ones
    outcomes: by the id of the check; words: all that a search looks at, in lower case
    """

    student: str
    name: str
    chapter: str
    status: ResultStatus
    flags: tuple[Reason, ...]
    mistakes: tuple[MistakeId, ...]
    outcomes: Mapping[str, CheckOutcome]
    words: str
    review: RowReview

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter

    @property
    def share(self) -> float | None:
        """The share of the points, or None."""
        review = self.review
        return None if review.score is None or not review.max_score else review.score / review.max_score


class RowMaker:
    """Makes rows that share what they have in common. heads: the checks that it has met, by id"""

    def __init__(self) -> None:
        self.heads: dict[str, CheckHead] = {}
        self._ids: dict[tuple[str, str, str], str] = {}
        self._outcomes: dict[tuple[CheckStatus, str, str], CheckOutcome] = {}
        self._mistakes: dict[MistakeId, MistakeId] = {}
        self._shorten = cache(shorten)  # many submissions give the same

    def row(self, stored: StoredResult, chapter: Chapter, name: str = "", *, is_unclear: bool = False) -> QueueRow:
        """Return the row of a result, before review. is_unclear: whether no file of several was chosen"""
        result = stored.result
        outcomes = {self._id(check): self._outcome(check) for check in result.checks}
        mistakes = tuple(dict.fromkeys(self._mistake(check) for check in result.checks if check.mistake))
        titles = " ".join(mistake.title for mistake in mistakes)
        return QueueRow(
            student=stored.student,
            name=name,
            chapter=intern(result.chapter),
            status=result.status,
            flags=tuple(flag.reason for flag in find_flags(stored, chapter.short, is_unclear=is_unclear)),
            mistakes=mistakes,
            outcomes=outcomes,
            words=f"{stored.student} {name} {titles}".casefold(),
            review=RowReview(result.score, result.max_score),
        )

    def _id(self, check: CheckResult) -> str:
        key = (check.exercise.chapter, check.exercise.name, check.check)
        if key not in self._ids:
            head = CheckHead(check.exercise, check.check, check.title, check.points)
            self._ids[key] = head.id
            self.heads[head.id] = head
        return self._ids[key]

    def _outcome(self, check: CheckResult) -> CheckOutcome:
        got = "" if check.status.is_done else self._shorten(check.finding.got or check.finding.expected)
        given = (check.status, got, check.mistake_title if check.mistake else "")
        if given not in self._outcomes:
            self._outcomes[given] = CheckOutcome(*given)
        return self._outcomes[given]

    def _mistake(self, check: CheckResult) -> MistakeId:
        mistake = MistakeId(check.exercise, check.mistake or "", check.mistake_title)
        return self._mistakes.setdefault(mistake, mistake)
