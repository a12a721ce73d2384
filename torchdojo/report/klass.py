"""What the class report shows, worked out from the kept results."""

from __future__ import annotations

import statistics as stats
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from torchdojo.authoring import pristine
from torchdojo.batch import Kept
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Chapter, Course
from torchdojo.report.looks import Look, most_urgent_first
from torchdojo.report.places import href_of
from torchdojo.report.similar import Pair, near_duplicates
from torchdojo.report.statistics import discrimination, histogram, quantile
from torchdojo.report.tally import NOTHING, ChapterTally, CheckTally, Entry, Place, Tally, tally_of

MIB = 2**20


@dataclass(frozen=True)
class Scores:
    """A chapter's scores. bins: how many have 0–10 %, …; mean, median: of the points; counted: how many were scored"""

    chapter: Chapter
    bins: list[int]
    mean: float
    median: float
    most: float
    counted: int


@dataclass(frozen=True)
class CheckRow:
    """One check over the class.

    passed: share of all who handed in; hard: share of those who tried and did not pass, None if nobody tried
    tells: discrimination; seconds: median; memory: the most of anyone in MiB, or None
    """

    chapter: str
    exercise: str
    check: str
    title: str
    points: float
    passed: float
    hard: float | None
    tells: float | None
    seconds: float
    memory: float | None
    mistake: str
    counted: int


@dataclass(frozen=True)
class MistakeRow:
    """A named mistake: how many students made it, and where."""

    title: str
    exercise: str
    chapter: str
    students: int


@dataclass(frozen=True)
class Cost:
    """What a chapter's submissions took. seconds: median, 95 of 100, the most; memory: the most in MiB, or None"""

    chapter: str
    median: float
    high: float
    most: float
    slowest: str
    slowest_href: str
    memory: float | None


@dataclass(frozen=True)
class StudentRow:
    """One student. cells: a chapter's score, status and address each, None where nothing was handed in"""

    name: str
    href: str
    cells: list[tuple[float | None, str, str] | None]
    total: float
    share: float
    looks: list[str]


@dataclass(frozen=True)
class Klass:
    """Everything the report shows. rows: a letter a check for each student of `students`, as Heat reads them"""

    course: Course
    chapters: list[Chapter]
    students: list[StudentRow]
    looks: list[Look]
    scores: list[Scores]
    checks: list[CheckRow]
    mistakes: list[MistakeRow]
    costs: list[Cost]
    pairs: list[Pair]
    columns: list[CheckRow]
    rows: list[str]
    submissions: int


def class_of(
    course: Course,
    kept: Iterable[Kept],
    students: Sequence[str],
    adjusted: Mapping[Place, Adjustment],
    sources: Callable[[str], Iterable[tuple[str, bytes]]],
) -> Klass:
    """Work out the report of a class, reading each result once.

    students: all, also those without a graded file; sources: gives a chapter's submissions as (student, text)
    """
    tally = tally_of(course, kept)
    chapters = [tally.chapters[chapter.name] for chapter in course.chapters if chapter.name in tally.chapters]
    checks = [_check(one.chapter, *judged) for one in chapters for judged in one.judged.items()]
    rows = [_student(name, chapters, tally.entries, adjusted) for name in students]
    rows.sort(key=lambda row: (-row.share, row.name))
    order = {one.chapter.name: index for index, one in enumerate(chapters)}
    columns = sorted(checks, key=lambda row: (order[row.chapter], row.passed, row.exercise, row.check))
    return Klass(
        course=course,
        chapters=[one.chapter for one in chapters],
        students=rows,
        looks=most_urgent_first(tally.looks),
        scores=[_scores(one) for one in chapters],
        checks=checks,
        mistakes=_mistakes(tally),
        costs=[_cost(one) for one in chapters],
        pairs=_pairs(course, [one.chapter for one in chapters], sources),
        columns=columns,
        rows=_letters(rows, columns, chapters, tally.entries),
        submissions=len(tally.entries),
    )


def _student(
    name: str,
    chapters: Sequence[ChapterTally],
    entries: Mapping[Place, Entry],
    adjusted: Mapping[Place, Adjustment],
) -> StudentRow:
    cells: list[tuple[float | None, str, str] | None] = []
    total = most = 0.0
    looks: list[str] = []
    for chapter in (one.chapter for one in chapters):
        entry = entries.get((name, chapter.name))
        change = adjusted.get((name, chapter.name))
        if entry is None:
            cells.append(None)
            most += change.max_score if change else chapter.points
            continue
        found = entry.score if change is None else change.score
        score = None if found is None else float(found)
        cells.append((score, entry.status, href_of(name, chapter.name)))
        total += score or 0.0
        if score is not None:
            most += change.max_score if change else entry.most
        looks += [reason for reason in entry.reasons if reason not in looks]
    return StudentRow(name, href_of(name), cells, total, total / most if most else 0.0, looks)


def _scores(one: ChapterTally) -> Scores:
    values = one.scores or [0.0]
    bins = histogram(one.shares)
    return Scores(one.chapter, bins, stats.fmean(values), stats.median(values), one.chapter.points, len(one.scores))


def _check(chapter: Chapter, place: Place, tally: CheckTally) -> CheckRow:
    passed = [bool(one) for one in tally.passed]
    return CheckRow(
        chapter=chapter.name,
        exercise=place[0].partition("/")[2],
        check=place[1],
        title=tally.title,
        points=tally.points,
        passed=sum(passed) / len(passed),
        hard=1 - tally.managed / tally.tried if tally.tried else None,
        tells=discrimination(passed, tally.rest),
        seconds=stats.median(tally.seconds),
        memory=_mib(tally.memory),
        mistake=tally.mistakes.most_common(1)[0][0] if tally.mistakes else "",
        counted=len(passed),
    )


def _mib(memory: int | None) -> float | None:
    return None if memory is None else memory / MIB


def _mistakes(tally: Tally) -> list[MistakeRow]:
    rows = [MistakeRow(*key, students) for key, students in tally.mistakes.items()]
    return sorted(rows, key=lambda row: (-row.students, row.chapter, row.exercise, row.title))


def _cost(one: ChapterTally) -> Cost:
    most, slowest = one.slowest
    return Cost(
        chapter=one.chapter.short,
        median=quantile(one.seconds, 0.5),
        high=quantile(one.seconds, 0.95),
        most=most,
        slowest=slowest,
        slowest_href=href_of(slowest, one.chapter.name),
        memory=_mib(one.memory),
    )


def _pairs(
    course: Course, chapters: Sequence[Chapter], sources: Callable[[str], Iterable[tuple[str, bytes]]]
) -> list[Pair]:
    found: list[Pair] = []
    for chapter in chapters:
        found += near_duplicates(chapter.name, sources(chapter.name), pristine(course, chapter))
    return sorted(found, key=lambda pair: (-pair.similarity, -pair.common, pair.left))


def _letters(
    rows: Sequence[StudentRow],
    columns: Sequence[CheckRow],
    chapters: Sequence[ChapterTally],
    entries: Mapping[Place, Entry],
) -> list[str]:
    """Return a letter a column for each student; columns: chapter by chapter."""
    places = [
        (one, [one.order[f"{c.chapter}/{c.exercise}", c.check] for c in columns if c.chapter == one.chapter.name])
        for one in chapters
    ]
    found = []
    for row in rows:
        letters = []
        for one, order in places:
            entry = entries.get((row.name, one.chapter.name))
            known = (entry.letters if entry else "").ljust(len(one.order), NOTHING)
            letters += [known[at] for at in order]
        found.append("".join(letters))
    return found
