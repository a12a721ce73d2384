"""Reduce the stored results of a class to numbers and a few words in one pass, without keeping any result."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from sys import intern

from torchdojo.batch.results import ResultKey, StoredResult, is_untouched
from torchdojo.course import Chapter, Course
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.flags import Flag, find_doubts, find_flags
from torchdojo.review.grade import Grade
from torchdojo.review.grades import StudentGrades

CheckKey = tuple[str, str]  # exercise, check
MISSING = " "


def _doubles() -> array[float]:
    return array("d")


@dataclass(slots=True)
class SubmissionRow:
    """What counts of a student's chapter.

    flags: the reasons for review; letters: one per check, in the positions of its chapter
    submitted: whether anything was, or people gave points without; to_grade: items that people have still to grade
    """

    score: float | None
    max_points: float
    flags: tuple[str, ...]
    letters: str = ""
    submitted: bool = True
    to_grade: int = 0


@dataclass(slots=True)
class CheckStats:
    """One check over the class.

    passed, rest, seconds: per submission, whether it passed, its share of the other points, and its time
    attempted, solved: how many wrote something, and how many of those passed; memory: maximum in bytes, or None
    """

    title: str
    passed: bytearray = field(default_factory=bytearray)
    rest: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    attempted: int = 0
    solved: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    memory: int | None = None

    def add(self, check: CheckResult, rest: float, *, rejected: bool) -> None:
        """Count one submission. rest: its share of the other points"""
        passed = check.status is CheckStatus.PASSED
        self.passed.append(passed)
        self.rest.append(rest)
        self.seconds.append(check.seconds)
        if check.status is not CheckStatus.TODO and not rejected:
            self.attempted += 1
            self.solved += passed
        if check.mistake:
            self.mistakes[check.mistake_title] += 1
        self.memory = _maximum(self.memory, check.memory)


@dataclass(slots=True)
class ChapterStats:
    """One chapter over the class.

    checks: those that were graded; positions: every check's index in SubmissionRow.letters, also of a skipped one
    scores, shares: of those who were scored, before lateness, and of what is graded so far
    seconds: of all; slowest: the maximum, and whose; memory: maximum in bytes
    """

    chapter: Chapter
    checks: dict[CheckKey, CheckStats] = field(default_factory=dict)
    positions: dict[CheckKey, int] = field(default_factory=dict)
    scores: array[float] = field(default_factory=_doubles)
    shares: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    slowest: tuple[float, str] = (-1.0, "")
    memory: int | None = None

    def add(self, stored: StoredResult, grade: Grade) -> str:
        """Count one submission, with its result as reviewed; return its letters."""
        result, score, max_score = stored.result, stored.result.score, stored.result.max_score
        if grade.earned is not None:
            self.scores.append(grade.earned)
            graded = sum(exercise.points for exercise in grade.exercises)
            if graded > 0:
                self.shares.append(grade.earned / graded)
        self.seconds.append(result.seconds)
        if result.seconds > self.slowest[0]:
            self.slowest = (result.seconds, stored.student)
        letters: dict[int, str] = {}
        rejected = result.status is ResultStatus.REJECTED
        for check in result.checks:
            key = (check.exercise.name, check.check)
            letters[self.positions.setdefault(key, len(self.positions))] = (
                result.status.letter if rejected else check.status.letter
            )
            self.memory = _maximum(self.memory, check.memory)
            if check.status not in (CheckStatus.SKIPPED, CheckStatus.GRADER_ERROR):
                if key not in self.checks:
                    self.checks[key] = CheckStats(check.title)
                max_rest = max_score - check.points
                rest = ((score or 0.0) - check.earned) / max_rest if max_rest else 0.0
                self.checks[key].add(check, rest, rejected=rejected)
        return intern("".join(letters.get(index, MISSING) for index in range(len(self.positions))))


@dataclass(slots=True)
class ClassStats:
    """A class. submissions: by student and chapter; mistakes: how many made it, by title, exercise and chapter

    unclear: the chapters of students of which it is unclear which file counts
    shared: for each result that came from the same text of another student, whether it is of an untouched stub
    """

    chapters: dict[str, ChapterStats] = field(default_factory=dict)
    submissions: dict[ResultKey, SubmissionRow] = field(default_factory=dict)
    unclear: frozenset[ResultKey] = frozenset()
    flags: list[Flag] = field(default_factory=list)
    mistakes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    shared: list[bool] = field(default_factory=list)

    def add_student(self, course: Course, one: StudentGrades) -> None:
        """Count a student."""
        chapters, grades = {chapter.name: chapter for chapter in course.chapters}, dict(one.grades)
        for stored in one.results:
            self.add(chapters[stored.result.chapter], stored, grades.pop(stored.result.chapter))
        for name, grade in grades.items():
            if not grade.is_missing or grade.doubts:
                self.add_missing(chapters[name], grade)

    def add(self, chapter: Chapter, stored: StoredResult, grade: Grade) -> None:
        """Count one submission. grade: what counts of it"""
        result = grade.reviewed_result(stored.result)
        reviewed = StoredResult(stored.student, result)
        letters = self.chapters.setdefault(chapter.name, ChapterStats(chapter)).add(reviewed, grade)
        flags = find_flags(reviewed, chapter.short, is_unclear=stored.key in self.unclear)
        flags += find_doubts(grade, chapter.short)
        self.flags += flags
        reasons = tuple(flag.reason for flag in flags)
        row = SubmissionRow(grade.score, grade.max_score, reasons, letters, to_grade=len(grade.to_grade))
        self.submissions[stored.key] = row
        if result.shared_from:
            self.shared.append(is_untouched([check.status for check in stored.result.checks]))
        made = {(check.mistake_title, check.exercise.name) for check in result.checks if check.mistake}
        self.mistakes.update((title, exercise, chapter.name) for title, exercise in made)

    def add_missing(self, chapter: Chapter, grade: Grade) -> None:
        """Count a chapter that was not submitted, which a student is exempt from or got points for."""
        flags = find_doubts(grade, chapter.short)
        self.flags += flags
        reasons = tuple(flag.reason for flag in flags)
        self.submissions[grade.key] = SubmissionRow(grade.score, grade.max_score, reasons, submitted=False)


def _maximum(*sizes: int | None) -> int | None:
    return max((size for size in sizes if size is not None), default=None)
