"""Reduce the stored results of a class to numbers and a few words in one pass, without keeping any result."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from torchdojo.batch import Kept
from torchdojo.course import Chapter, Course
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.feedback import checks_of
from torchdojo.report.flags import Flag, find_flags

ResultKey = tuple[str, str]  # student, chapter
CheckKey = tuple[str, str]  # exercise, check
MISSING = " "


def _doubles() -> array[float]:
    return array("d")


@dataclass(slots=True)
class SubmissionRow:
    """One submission. flags: the reasons for review; letters: one per check, in the positions of its chapter"""

    status: ResultStatus
    score: float | None
    max_points: float
    flags: tuple[str, ...]
    letters: str


@dataclass(slots=True)
class CheckTally:
    """One check over the class.

    passed, rest, seconds: per submission, whether it passed, its share of the other points, and its time
    attempted, solved: how many wrote something, and how many of those passed; memory: maximum in bytes, or None
    """

    title: str
    points: float
    passed: bytearray = field(default_factory=bytearray)
    rest: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    attempted: int = 0
    solved: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    memory: int | None = None

    def add(self, line: dict[str, Any], check: dict[str, Any]) -> None:
        """Count one submission."""
        passed = check["status"] == CheckStatus.PASSED
        max_rest = line["max_score"] - check["points"]
        self.passed.append(passed)
        self.rest.append(((line["score"] or 0.0) - check["earned"]) / max_rest if max_rest else 0.0)
        self.seconds.append(check["seconds"])
        if check["status"] != CheckStatus.TODO and line["status"] != ResultStatus.REJECTED:
            self.attempted += 1
            self.solved += passed
        if check["mistake"]:
            self.mistakes[check.get("mistake_title") or check["mistake"]] += 1
        self.memory = _maximum(self.memory, check.get("memory"))


@dataclass(slots=True)
class ChapterTally:
    """One chapter over the class.

    checks: those that were graded; positions: every check's index in SubmissionRow.letters, also of a skipped one
    scores, shares: of those who were scored; seconds: of all; slowest: the maximum, and whose; memory: maximum in bytes
    """

    chapter: Chapter
    checks: dict[CheckKey, CheckTally] = field(default_factory=dict)
    positions: dict[CheckKey, int] = field(default_factory=dict)
    scores: array[float] = field(default_factory=_doubles)
    shares: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    slowest: tuple[float, str] = (-1.0, "")
    memory: int | None = None

    def add(self, one: Kept, checks: list[dict[str, Any]]) -> str:
        """Count one submission; return its letters."""
        line = one.line
        if line["score"] is not None:
            self.scores.append(line["score"])
            if line["max_score"]:
                self.shares.append(line["score"] / line["max_score"])
        self.seconds.append(line["seconds"])
        if line["seconds"] > self.slowest[0]:
            self.slowest = (line["seconds"], one.student)
        letters: dict[int, str] = {}
        for check in checks:
            key = (check["exercise"], check["check"])
            letters[self.positions.setdefault(key, len(self.positions))] = CheckStatus(check["status"]).letter
            self.memory = _maximum(self.memory, check.get("memory"))
            if check["status"] not in (CheckStatus.SKIPPED, CheckStatus.GRADER_ERROR):
                if key not in self.checks:
                    title = check.get("title") or check["check"].replace("_", " ")
                    self.checks[key] = CheckTally(title, check["points"])
                self.checks[key].add(line, check)
        return intern("".join(letters.get(index, MISSING) for index in range(len(self.positions))))


@dataclass(slots=True)
class Tally:
    """A class. submissions: by student and chapter; mistakes: how many made it, by title, exercise and chapter"""

    chapters: dict[str, ChapterTally] = field(default_factory=dict)
    submissions: dict[ResultKey, SubmissionRow] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    mistakes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, chapter: Chapter, one: Kept) -> None:
        """Count one submission."""
        line, checks = one.line, checks_of(one)
        letters = self.chapters.setdefault(chapter.name, ChapterTally(chapter)).add(one, checks)
        flags = find_flags(one, checks, chapter.short)
        self.flags += flags
        reasons = tuple(flag.reason for flag in flags)
        row = SubmissionRow(ResultStatus(line["status"]), line["score"], line["max_score"], reasons, letters)
        self.submissions[one.student, chapter.name] = row
        self.mistakes.update(
            {
                (
                    check.get("mistake_title") or check["mistake"].replace("_", " "),
                    check["exercise"].partition("/")[2],
                    chapter.name,
                )
                for check in checks
                if check["mistake"]
            }
        )


def tally_results(course: Course, results: Iterable[Kept]) -> Tally:
    """Return the tally of a class, reading each result once."""
    chapters = {chapter.name: chapter for chapter in course.chapters}
    tally = Tally()
    for one in results:
        tally.add(chapters[one.chapter], one)
    return tally


def _maximum(one: int | None, other: int | None) -> int | None:
    """Return the maximum of two numbers of which either may be unknown."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
