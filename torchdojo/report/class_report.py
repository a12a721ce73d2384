"""Compute what the class report shows from the stored results."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from torchdojo.batch.policy import Adjustment, doubts
from torchdojo.batch.results import ResultKey, shared_words
from torchdojo.collect.submissions import Submissions
from torchdojo.course import Chapter, Course
from torchdojo.report.class_stats import (
    MISSING,
    ChapterStats,
    CheckKey,
    CheckStats,
    ClassStats,
    SubmissionRow,
)
from torchdojo.report.file_rows import FileRow, file_rows
from torchdojo.report.flags import (
    ClassProblem,
    FileProblem,
    Flag,
    Reason,
    find_requests,
    find_ungraded,
    most_urgent_first,
)
from torchdojo.report.lms.gradebook import format_points
from torchdojo.report.paths import Folders
from torchdojo.report.similar import SimilarPair, find_near_duplicates
from torchdojo.review.decisions import Decisions

MIB = 2**20
BINS = 10
MIN_STUDENTS = 3  # for a correlation


@dataclass(frozen=True)
class ScoreDistribution:
    """A chapter's scores. bins: how many have 0–10 %, …; mean, median: in points; count: how many were scored"""

    chapter: Chapter
    bins: list[int]
    mean: float
    median: float
    max_points: float
    count: int


@dataclass(frozen=True)
class CheckRow:
    """One check over the class.

    passed: share of all who submitted; difficulty: share of those who wrote something and did not pass, None if nobody
    did; seconds: median; memory: maximum in MiB, or None; mistake: the most frequent, or ""
    """

    chapter: str
    exercise: str
    check: str
    title: str
    passed: float
    difficulty: float | None
    discrimination: float | None
    seconds: float
    memory: float | None
    mistake: str


@dataclass(frozen=True)
class MistakeRow:
    """A named mistake: how many students made it, and where."""

    title: str
    exercise: str
    chapter: str
    students: int


@dataclass(frozen=True)
class CostRow:
    """The resources that a chapter's submissions needed: seconds, and the maximum memory in MiB, or None.

    page: the name of the slowest student's page
    """

    chapter: str
    median: float
    percentile_95: float
    maximum: float
    slowest: str
    page: str
    memory: float | None


@dataclass(frozen=True)
class StudentRow:
    """One student. cells: per chapter the score and the page's address, None if nothing was submitted"""

    name: str
    href: str
    cells: list[tuple[float | None, str] | None]
    total: float
    share: float
    flags: list[str]


@dataclass(frozen=True)
class PublishedGrades:
    """What of the grades is published. words: a line; totals: points published and now, where they differ"""

    words: str
    totals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassReport:
    """Everything that the report shows.

    heatmap_rows: per student a letter for each of `heatmap_columns`; doubts: about the times of submission
    to_grade: how many items of rubrics nobody has graded yet, and in how many submissions
    published: None if nothing is
    alarms, notes: on how the submissions were read; ignored, unexpected_names: files
    names: of students of whom more than the id is known; readable: the submissions of which there is a page of the file
    """

    course: Course
    folders: Folders
    chapters: list[Chapter]
    students: list[StudentRow]
    flags: list[Flag]
    scores: list[ScoreDistribution]
    checks: list[CheckRow]
    mistakes: list[MistakeRow]
    costs: list[CostRow]
    pairs: list[SimilarPair]
    heatmap_columns: list[CheckRow]
    heatmap_rows: list[str]
    submissions: int
    to_grade: tuple[int, int] = (0, 0)
    published: PublishedGrades | None = None
    doubts: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ignored: list[FileRow] = field(default_factory=list)
    unexpected_names: list[FileRow] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)
    readable: frozenset[ResultKey] = frozenset()


def build_class_report(
    course: Course,
    stats: ClassStats,
    students: Sequence[str],
    collected: Submissions,
    adjustments: Mapping[ResultKey, Adjustment],
    sources: Callable[[str], Iterable[tuple[str, bytes]]],
    stub_text: Callable[[Chapter], str],
    decisions: Decisions,
) -> ClassReport:
    """Return the report of a class.

    stats: of all its students; students: all, also those without a graded file
    collected: what was noted when they were read
    sources: gives a chapter's submissions as (student, text)
    """
    chapters = [stats.chapters[chapter.name] for chapter in course.chapters if chapter.name in stats.chapters]
    checks = [_check_row(chapter.chapter, *check) for chapter in chapters for check in chapter.checks.items()]
    folders = Folders(students)
    ungraded = {flag.student: flag for flag in find_ungraded(collected) if flag.student in folders}
    rows = [_student_row(name, folders, chapters, stats.submissions) for name in students]
    rows = [replace(row, flags=[ungraded[row.name].reason]) if row.name in ungraded else row for row in rows]
    rows.sort(key=lambda row: (-row.share, row.name))
    requests = [flag for flag in find_requests(course, decisions) if flag.student in folders]
    behind = find_behind(row for row in rows if not _is_exempt(row.name, chapters, adjustments))
    rows = _with_flags(rows, [*requests, *behind])
    order = {chapter.chapter.name: index for index, chapter in enumerate(chapters)}
    columns = sorted(checks, key=lambda row: (order[row.chapter], row.passed, row.exercise, row.check))
    mistakes = [MistakeRow(*key, count) for key, count in stats.mistakes.items()]
    readable: set[ResultKey] = set()

    def noted_sources(chapter: str) -> Iterator[tuple[str, bytes]]:
        for student, text in sources(chapter):
            readable.add((student, chapter))
            yield student, text

    pairs = [
        pair
        for name in order
        for pair in find_near_duplicates(name, noted_sources(name), stub_text(stats.chapters[name].chapter))
    ]
    return ClassReport(
        course=course,
        folders=folders,
        chapters=[chapter.chapter for chapter in chapters],
        students=rows,
        flags=most_urgent_first([*stats.flags, *ungraded.values(), *requests, *behind]),
        scores=[_score_distribution(chapter) for chapter in chapters],
        checks=checks,
        mistakes=sorted(mistakes, key=lambda row: (-row.students, row.chapter, row.exercise, row.title)),
        costs=[_cost_row(chapter) for chapter in chapters],
        pairs=sorted(pairs, key=lambda pair: (-pair.similarity, -pair.common, pair.left)),
        heatmap_columns=columns,
        heatmap_rows=_heatmap_rows(rows, columns, chapters, stats.submissions),
        submissions=sum(row.submitted for row in stats.submissions.values()),
        to_grade=_to_grade(stats.submissions.values()),
        doubts=doubts(course, adjustments),
        alarms=collected.alarms,
        notes=[*collected.notes, *_shared_notes(stats)],
        ignored=file_rows(collected.ignored),
        unexpected_names=file_rows(collected.unexpected_names),
        names=people_names(collected),
        readable=frozenset(readable),
    )


def people_names(collected: Submissions) -> dict[str, str]:
    """Return the names of students, by id, where they say more than the id."""
    return {student: person.name for student, person in collected.people.items() if person.name not in ("", student)}


def _shared_notes(stats: ClassStats) -> list[str]:
    if not stats.shared:
        return []
    return [f"{shared_words(len(stats.shared), sum(stats.shared))}: shared_from in results.jsonl says with whom"]


def _student_row(
    name: str,
    folders: Folders,
    chapters: Sequence[ChapterStats],
    submissions: Mapping[ResultKey, SubmissionRow],
) -> StudentRow:
    cells: list[tuple[float | None, str] | None] = []
    total = max_points = 0.0
    flags: list[str] = []
    for chapter in (stats.chapter for stats in chapters):
        submission = submissions.get((name, chapter.name))
        if submission is None:
            cells.append(None)
            max_points += chapter.required_points + chapter.required_hand_points
            continue
        is_page = submission.submitted or submission.score is not None
        cells.append((submission.score, folders.href(name, chapter.name)) if is_page else None)
        total += submission.score or 0.0
        if submission.score is not None:
            max_points += submission.max_points
        flags += [reason for reason in submission.flags if reason not in flags]
    return StudentRow(name, folders.href(name), cells, total, total / max_points if max_points else 0.0, flags)


def _with_flags(rows: Iterable[StudentRow], flags: Iterable[Flag]) -> list[StudentRow]:
    """Return the rows with what is flagged of these students, each reason once."""
    reasons: dict[str, dict[Reason, None]] = defaultdict(dict)
    for flag in flags:
        reasons[flag.student][flag.reason] = None
    return [replace(row, flags=[*row.flags, *reasons.get(row.name, ())]) for row in rows]


def _is_exempt(student: str, chapters: Iterable[ChapterStats], adjustments: Mapping[ResultKey, Adjustment]) -> bool:
    """Whether a student need not hand in any of the chapters."""
    keys = [(student, stats.chapter.name) for stats in chapters]
    return bool(keys) and all(key in adjustments and adjustments[key].exempt for key in keys)


def find_behind(rows: Iterable[StudentRow]) -> list[Flag]:
    """Return a flag for each student with no submission, and for the lowest third of the others by share of points.

    Those are students with a smaller share than two thirds of them: where all are alike, there are none.
    """
    rows = list(rows)
    without = [row for row in rows if not any(row.cells) and FileProblem.NO_FILE_GRADED not in row.flags]
    others = [row for row in rows if any(row.cells)]
    border = sorted(row.share for row in others)[len(others) // 3] if others else 0.0
    told = [(row, ClassProblem.NOTHING_HANDED_IN, "") for row in without]
    told += [
        (row, ClassProblem.LOWEST_THIRD, f"{format_points(row.total)} points, {100 * row.share:.0f} %")
        for row in others
        if row.share < border - 1e-9
    ]
    return [Flag(row.name, "index", "", reason, "", message) for row, reason, message in told]


def _to_grade(submissions: Iterable[SubmissionRow]) -> tuple[int, int]:
    counts = [submission.to_grade for submission in submissions if submission.to_grade]
    return sum(counts), len(counts)


def _score_distribution(stats: ChapterStats) -> ScoreDistribution:
    scores = stats.scores or [0.0]
    return ScoreDistribution(
        chapter=stats.chapter,
        bins=histogram(stats.shares),
        mean=statistics.fmean(scores),
        median=statistics.median(scores),
        max_points=stats.chapter.points + stats.chapter.hand_points,
        count=len(stats.scores),
    )


def histogram(shares: Iterable[float]) -> list[int]:
    """Return how many shares, each in [0, 1], fall into each of `BINS` equally wide bins; 1 is in the last."""
    counts = Counter(min(BINS - 1, int(share * BINS)) for share in shares)
    return [counts[index] for index in range(BINS)]


def _check_row(chapter: Chapter, key: CheckKey, stats: CheckStats) -> CheckRow:
    passed = [bool(flag) for flag in stats.passed]
    return CheckRow(
        chapter=chapter.name,
        exercise=key[0],
        check=key[1],
        title=stats.title,
        passed=sum(passed) / len(passed),
        difficulty=1 - stats.solved / stats.attempted if stats.attempted else None,
        discrimination=discrimination(passed, stats.rest),
        seconds=statistics.median(stats.seconds),
        memory=_mib(stats.memory),
        mistake=stats.mistakes.most_common(1)[0][0] if stats.mistakes else "",
    )


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Return the correlation between passing a check and the rest of the score, in [−1, 1].

    passed: whether each student passed; rest: the same student's share of the other points, so that the check is not
    correlated with itself (corrected item-total correlation). None for fewer than three students, and where all
    passed, none did, or all have the same rest.
    """
    if len(passed) < MIN_STUDENTS or min(passed) == max(passed) or max(rest) - min(rest) < 1e-12:
        return None
    return statistics.correlation(passed, rest)


def _mib(size: int | None) -> float | None:
    return None if size is None else size / MIB


def _cost_row(stats: ChapterStats) -> CostRow:
    maximum, slowest = stats.slowest
    return CostRow(
        chapter=stats.chapter.short,
        median=statistics.median(stats.seconds),
        percentile_95=float(np.quantile(stats.seconds, 0.95)),
        maximum=maximum,
        slowest=slowest,
        page=stats.chapter.name,
        memory=_mib(stats.memory),
    )


def _heatmap_rows(
    students: Sequence[StudentRow],
    columns: Sequence[CheckRow],
    chapters: Sequence[ChapterStats],
    submissions: Mapping[ResultKey, SubmissionRow],
) -> list[str]:
    """Return each student's letters. columns: chapter by chapter"""
    positions = [
        (
            stats,
            [
                stats.positions[column.exercise, column.check]
                for column in columns
                if column.chapter == stats.chapter.name
            ],
        )
        for stats in chapters
    ]
    rows = []
    for student in students:
        letters = []
        for stats, indices in positions:
            submission = submissions.get((student.name, stats.chapter.name))
            all_letters = (submission.letters if submission else "").ljust(len(stats.positions), MISSING)
            letters += [all_letters[index] for index in indices]
        rows.append("".join(letters))
    return rows
