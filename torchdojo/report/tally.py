"""One pass over the kept results of a class, into numbers and a few words: of what was read nothing is held."""

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

Place = tuple[str, str]
NOTHING = " "


def _doubles() -> array[float]:
    return array("d")


@dataclass(slots=True)
class Entry:
    """One submission. letters: one a check, in the order of its chapter's; reasons: why a person must look at it"""

    status: ResultStatus
    score: float | None
    most: float
    reasons: tuple[str, ...]
    letters: str


@dataclass(slots=True)
class CheckTally:
    """One check over the class.

    passed, rest, seconds: a number a submission, whether it passed, its share of the other points, what it took
    tried, managed: how many wrote something, and how many of those passed; memory: the most in bytes, or None
    """

    title: str
    points: float
    passed: bytearray = field(default_factory=bytearray)
    rest: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    tried: int = 0
    managed: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    memory: int | None = None

    def add(self, line: dict[str, Any], check: dict[str, Any]) -> None:
        """Take in what one submission did."""
        passed = check["status"] == CheckStatus.PASSED
        most = line["max_score"] - check["points"]
        self.passed.append(passed)
        self.rest.append(((line["score"] or 0.0) - check["earned"]) / most if most else 0.0)
        self.seconds.append(check["seconds"])
        if check["status"] != CheckStatus.TODO and line["status"] != ResultStatus.REJECTED:
            self.tried += 1
            self.managed += passed
        if check["mistake"]:
            self.mistakes[check.get("mistake_title") or check["mistake"]] += 1
        self.memory = larger(self.memory, check.get("memory"))


@dataclass(slots=True)
class ChapterTally:
    """One chapter over the class.

    judged: its checks by exercise and name; order: every check's place in Entry.letters, also of one that was skipped;
    scores, shares: of those who were scored; seconds: of all; slowest: the most of them, and whose; memory: the most in
    bytes, or None
    """

    chapter: Chapter
    judged: dict[Place, CheckTally] = field(default_factory=dict)
    order: dict[Place, int] = field(default_factory=dict)
    scores: array[float] = field(default_factory=_doubles)
    shares: array[float] = field(default_factory=_doubles)
    seconds: array[float] = field(default_factory=_doubles)
    slowest: tuple[float, str] = (-1.0, "")
    memory: int | None = None

    def add(self, one: Kept, checks: list[dict[str, Any]]) -> str:
        """Take in one submission; return its letters."""
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
            letters[self.order.setdefault(key, len(self.order))] = CheckStatus(check["status"]).letter
            self.memory = larger(self.memory, check.get("memory"))
            if check["status"] not in (CheckStatus.SKIPPED, CheckStatus.GRADER_ERROR):
                if key not in self.judged:
                    title = check.get("title") or check["check"].replace("_", " ")
                    self.judged[key] = CheckTally(title, check["points"])
                self.judged[key].add(line, check)
        return intern("".join(letters.get(at, NOTHING) for at in range(len(self.order))))


@dataclass(slots=True)
class Tally:
    """A class. entries: by student and chapter; mistakes: how many made it, by title, exercise and chapter"""

    chapters: dict[str, ChapterTally] = field(default_factory=dict)
    entries: dict[Place, Entry] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    mistakes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, chapter: Chapter, one: Kept) -> None:
        """Take in one submission."""
        line, checks = one.line, checks_of(one)
        letters = self.chapters.setdefault(chapter.name, ChapterTally(chapter)).add(one, checks)
        flags = find_flags(one, checks, chapter.short)
        self.flags += flags
        reasons = tuple(flag.reason for flag in flags)
        entry = Entry(ResultStatus(line["status"]), line["score"], line["max_score"], reasons, letters)
        self.entries[one.student, chapter.name] = entry
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


def tally_of(course: Course, kept: Iterable[Kept]) -> Tally:
    """Take in the results of a class, each once."""
    chapters = {chapter.name: chapter for chapter in course.chapters}
    tally = Tally()
    for one in kept:
        tally.add(chapters[one.chapter], one)
    return tally


def larger(one: int | None, other: int | None) -> int | None:
    """Return the larger of two numbers that may be unknown."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
