"""What the class report shows, worked out from the kept results."""

from __future__ import annotations

import statistics as stats
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torchdojo.authoring import StubError, make_stub
from torchdojo.batch import Kept
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Chapter, Course
from torchdojo.report.feedback import checks_of
from torchdojo.report.places import address, folder_name
from torchdojo.report.similar import Pair, near_duplicates
from torchdojo.report.statistics import discrimination, histogram, quantile
from torchdojo.report.words import shortened

LOOK = ("crashed", "timeout", "memory", "forbidden", "grader_error")
Place = tuple[str, str]
MIB = 2**20


@dataclass(frozen=True)
class Look:
    """A submission that a person must look at: the reason (a status), where it showed, and what was said."""

    student: str
    href: str
    chapter: str
    reason: str
    where: str
    words: str


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


LETTERS = {
    "passed": "p",
    "failed": "f",
    "error": "e",
    "todo": "t",
    "skipped": "-",
    "grader_error": "g",
    "timeout": "s",
    "memory": "s",
    "crashed": "s",
    "forbidden": "s",
}
NOTHING = " "


def href_of(student: str, page: str = "index") -> str:
    """Return the address of a student's page, from where report.html is."""
    return address("feedback", folder_name(student), f"{page}.html")


def class_of(
    course: Course, kept: Sequence[Kept], students: Sequence[str], adjusted: Mapping[Place, Adjustment]
) -> Klass:
    """Work out the report of a class. students: all, also those without a graded file"""
    by_place = {(one.student, one.chapter): one for one in kept}
    chapters = [chapter for chapter in course.chapter if any(one.chapter == chapter.name for one in kept)]
    checks = [
        row for chapter in chapters for row in _check_rows(chapter, [k for k in kept if k.chapter == chapter.name])
    ]
    rows = [_student(name, chapters, by_place, adjusted) for name in students]
    rows.sort(key=lambda row: (-row.share, row.name))
    order = {chapter.name: index for index, chapter in enumerate(chapters)}
    columns = sorted(checks, key=lambda row: (order[row.chapter], row.passed, row.exercise, row.check))
    return Klass(
        course=course,
        chapters=chapters,
        students=rows,
        looks=_looks(course, kept),
        scores=[_scores(chapter, kept) for chapter in chapters],
        checks=checks,
        mistakes=_mistakes(kept),
        costs=[_cost(chapter, [k for k in kept if k.chapter == chapter.name]) for chapter in chapters],
        pairs=_pairs(course, chapters, kept),
        columns=columns,
        rows=[_letters(row.name, columns, by_place) for row in rows],
        submissions=len(kept),
    )


def _score(one: Kept, adjusted: Mapping[Place, Adjustment]) -> float | None:
    change = adjusted.get((one.student, one.chapter))
    score = one.line["score"] if change is None else change.score
    return None if score is None else float(score)


def _student(
    name: str, chapters: Sequence[Chapter], by_place: Mapping[Place, Kept], adjusted: Mapping[Place, Adjustment]
) -> StudentRow:
    cells: list[tuple[float | None, str, str] | None] = []
    total = most = 0.0
    looks: list[str] = []
    for chapter in chapters:
        one = by_place.get((name, chapter.name))
        change = adjusted.get((name, chapter.name))
        if one is None:
            cells.append(None)
            most += change.max_score if change else chapter.points
            continue
        score = _score(one, adjusted)
        cells.append((score, one.line["status"], href_of(name, chapter.name)))
        total += score or 0.0
        if score is not None:
            most += change.max_score if change else one.line["max_score"]
        looks += [reason for reason in _reasons(one) if reason not in looks]
    return StudentRow(name, href_of(name), cells, total, total / most if most else 0.0, looks)


def _reasons(one: Kept) -> dict[str, list[dict[str, Any]]]:
    """Return why a submission needs a person, each reason with the checks that showed it."""
    if one.line["status"] == "rejected":
        return {"rejected": []}
    found: dict[str, list[dict[str, Any]]] = {}
    for check in checks_of(one):
        if check["status"] in LOOK:
            found.setdefault(check["status"], []).append(check)
    if one.line["status"] == "grader_error":
        found.setdefault("grader_error", [])
    return found


def _looks(course: Course, kept: Sequence[Kept]) -> list[Look]:
    urgency = ("grader_error", "crashed", "forbidden", "memory", "timeout", "rejected")
    shorts = {chapter.name: chapter.short for chapter in course.chapter}
    found = []
    for one in kept:
        for reason, checks in _reasons(one).items():
            words = str(checks[0].get("got") or checks[0]["message"]) if checks else str(one.detail.get("message", ""))
            names = [check["exercise"].partition("/")[2] for check in checks]
            where = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in Counter(names).items())
            href = href_of(one.student, one.chapter)
            found.append(Look(one.student, href, shorts[one.chapter], reason, where, shortened(words)[:240]))
    return sorted(found, key=lambda look: (urgency.index(look.reason), look.student))


def _scores(chapter: Chapter, kept: Sequence[Kept]) -> Scores:
    lines = [one.line for one in kept if one.chapter == chapter.name and one.line["score"] is not None]
    values = [float(line["score"]) for line in lines] or [0.0]
    shares = [line["score"] / line["max_score"] for line in lines if line["max_score"]]
    return Scores(chapter, histogram(shares), stats.fmean(values), stats.median(values), chapter.points, len(lines))


def _check_rows(chapter: Chapter, kept: Sequence[Kept]) -> list[CheckRow]:
    results: dict[Place, list[tuple[Kept, dict[str, Any]]]] = defaultdict(list)
    for one in kept:
        for check in checks_of(one):
            if check["status"] not in ("skipped", "grader_error"):
                results[check["exercise"], check["check"]].append((one, check))
    return [_check_row(chapter, found) for found in results.values()]


def _check_row(chapter: Chapter, found: Sequence[tuple[Kept, dict[str, Any]]]) -> CheckRow:
    first = found[0][1]
    passed = [check["status"] == "passed" for _, check in found]
    tried = [ok for ok, (one, check) in zip(passed, found, strict=True) if check["status"] != "todo" and not _lost(one)]
    rest = []
    for one, check in found:
        most = one.line["max_score"] - check["points"]
        rest.append(((one.line["score"] or 0.0) - check["earned"]) / most if most else 0.0)
    named = Counter(check.get("mistake_title") or check["mistake"] for _, check in found if check["mistake"])
    memory = [check["memory"] for _, check in found if check.get("memory") is not None]
    return CheckRow(
        chapter=chapter.name,
        exercise=first["exercise"].partition("/")[2],
        check=first["check"],
        title=first.get("title") or first["check"].replace("_", " "),
        points=first["points"],
        passed=sum(passed) / len(passed),
        hard=1 - sum(tried) / len(tried) if tried else None,
        tells=discrimination(passed, rest),
        seconds=stats.median(check["seconds"] for _, check in found),
        memory=max(memory) / MIB if memory else None,
        mistake=named.most_common(1)[0][0] if named else "",
        counted=len(found),
    )


def _lost(one: Kept) -> bool:
    return bool(one.line["status"] == "rejected")


def _mistakes(kept: Sequence[Kept]) -> list[MistakeRow]:
    seen: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in kept:
        for check in checks_of(one):
            if check["mistake"]:
                title = check.get("mistake_title") or check["mistake"].replace("_", " ")
                seen[title, check["exercise"].partition("/")[2], one.chapter].add(one.student)
    rows = [MistakeRow(*key, len(students)) for key, students in seen.items()]
    return sorted(rows, key=lambda row: (-row.students, row.chapter, row.exercise, row.title))


def _cost(chapter: Chapter, kept: Sequence[Kept]) -> Cost:
    seconds = [float(one.line["seconds"]) for one in kept]
    slowest = max(kept, key=lambda one: float(one.line["seconds"]))
    memory = [check["memory"] for one in kept for check in checks_of(one) if check.get("memory") is not None]
    return Cost(
        chapter=chapter.short,
        median=quantile(seconds, 0.5),
        high=quantile(seconds, 0.95),
        most=max(seconds),
        slowest=slowest.student,
        slowest_href=href_of(slowest.student, chapter.name),
        memory=max(memory) / MIB if memory else None,
    )


def _pairs(course: Course, chapters: Sequence[Chapter], kept: Sequence[Kept]) -> list[Pair]:
    found: list[Pair] = []
    for chapter in chapters:
        sources = {one.student: one.source for one in kept if one.chapter == chapter.name and one.source is not None}
        found += near_duplicates(chapter.name, sources, _stub(course, chapter))
    return sorted(found, key=lambda pair: (-pair.similarity, -pair.common, pair.left))


def _stub(course: Course, chapter: Chapter) -> str:
    """Return the chapter as it was handed out; empty if neither it nor its reference is there."""
    for path, made in ((course.reference(chapter), make_stub), (course.exercises(chapter), str)):
        try:
            return made(path.read_text(encoding="utf-8"))
        except (OSError, StubError, UnicodeDecodeError):
            continue
    return ""


def _letters(student: str, columns: Sequence[CheckRow], by_place: Mapping[Place, Kept]) -> str:
    known: dict[Place, str] = {}
    for chapter in {column.chapter for column in columns}:
        one = by_place.get((student, chapter))
        for check in one.line["checks"] if one else []:
            known[check["exercise"], check["check"]] = LETTERS[check["status"]]
    return "".join(known.get((f"{c.chapter}/{c.exercise}", c.check), NOTHING) for c in columns)
