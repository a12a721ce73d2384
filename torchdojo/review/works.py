"""What grading gave, reduced to what points depend on, so that a whole class fits in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from sys import intern

from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter
from torchdojo.grading.result import Result
from torchdojo.grading.scoring import Mark
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.review.decision import ReviewTarget


@dataclass(frozen=True, slots=True)
class CheckWork:
    """A check as it was graded. points: those that it can earn; mistake: the id of the recognised mistake, or None"""

    exercise: str
    check: str
    points: float
    earned: float
    status: CheckStatus
    mistake: str | None
    mark: Mark

    @property
    def item(self) -> str:
        """What an override of it names."""
        return f"{self.exercise}/{self.check}"


@dataclass(frozen=True, slots=True)
class Work:
    """A submission as it was graded. submission, graders: hashes"""

    student: str
    chapter: str
    status: ResultStatus
    submission: str
    graders: str
    checks: tuple[CheckWork, ...]

    @classmethod
    def of(cls, student: str, result: Result) -> Work:
        """Return what points depend on of a student's result."""
        checks = (
            CheckWork(
                exercise=intern(check.exercise.name),
                check=intern(check.check),
                points=check.max_score,
                earned=check.earned,
                status=check.status,
                mistake=intern(check.mistake) if check.mistake else None,
                mark=Mark.of(check),
            )
            for check in result.checks
        )
        chapter = intern(result.chapter)
        return cls(student, chapter, result.status, result.submission, result.graders, tuple(checks))

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter

    def by_exercise(self) -> Iterator[tuple[str, tuple[CheckWork, ...]]]:
        """Yield each exercise with its checks."""
        for exercise, checks in groupby(self.checks, lambda check: check.exercise):
            yield exercise, tuple(checks)

    def earned(self, item: str) -> float | None:
        """Return the points that grading gave for a check, an exercise, or the chapter (""); None if it gives none."""
        if item == "":
            return None if self.status is ResultStatus.GRADER_ERROR else sum(check.earned for check in self.checks)
        found = [check.earned for check in self.checks if item in (check.exercise, check.item)]
        return sum(found) if found else None


def works_of(results: list[StoredResult]) -> dict[str, Work]:
    """Return a student's works by chapter."""
    return {stored.result.chapter: Work.of(stored.student, stored.result) for stored in results}


def target_of(run: StoredRun, student: str, chapter: str, item: str = "") -> ReviewTarget:
    """Return what a decision about a submission, or about an item of it, records of it as it is now."""
    result = run.result(student, chapter)
    if result is None:
        return ReviewTarget(student=student, chapter=chapter)
    earned = Work.of(student, result).earned(item)
    return ReviewTarget(student=student, chapter=chapter, submission=result.submission, earned=earned)


def limit_of(item: str, chapter: Chapter, result: Result | None) -> float | None:
    """Return the most points that an item can give; None for the chapter, and for what it does not have."""
    name, _, part = item.partition("/")
    exercise = chapter.find(name)
    checks = [check for check in (result.checks if result else []) if check.exercise.name == name]
    if part:
        rubric = exercise.find_item(part) if exercise else None
        points = [rubric.points] if rubric else [check.points for check in checks if check.check == part]
        return points[0] if points else None
    if not item or (exercise is None and not checks):
        return None
    return sum(check.points for check in checks) or (exercise.points if exercise else None)
