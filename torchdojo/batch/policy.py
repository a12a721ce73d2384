"""What late days, extensions, exemptions and extra credit make of the points that were earned.

Grading knows nothing of this: results keep the raw score, and another policy regrades nobody. Every number here
comes with its reason, in words for the student.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from torchdojo.batch.collect import SubmittedFile
from torchdojo.batch.roster import Roster
from torchdojo.course import Chapter, Course
from torchdojo.grading.status import CheckStatus

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Adjustment:
    """One student's chapter.

    raw, score: the points earned, and those that count (None: not graded, or exempt); max_score: the points that count
    as all, without extra credit; submitted, due: times, due with the extension; days_late: begun days after due;
    grace_days: how many of them are free; penalty: points taken; extra: points of extra-credit exercises in raw;
    exempt: whether the chapter does not count; reasons: a sentence each, for the student
    """

    student: str
    chapter: str
    raw: float | None
    score: float | None
    max_score: float
    submitted: datetime | None = None
    due: datetime | None = None
    days_late: int = 0
    grace_days: int = 0
    penalty: float = 0.0
    extra: float = 0.0
    exempt: bool = False
    reasons: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, times as ISO text."""
        values = asdict(self)
        for name in ("submitted", "due"):
            values[name] = values[name].isoformat() if values[name] else None
        return {**values, "reasons": list(self.reasons)}


Adjustments = dict[tuple[str, str], Adjustment]


def adjustment_of(values: dict[str, Any]) -> Adjustment:
    """Return what `Adjustment.plain` was made from."""
    times = {name: datetime.fromisoformat(values[name]) if values[name] else None for name in ("submitted", "due")}
    return Adjustment(**{**values, **times, "reasons": tuple(values["reasons"])})


def is_adjusted(course: Course, roster: Roster | None) -> bool:
    """Whether anything could change a score: a due date, an extra-credit exercise, or a roster."""
    return roster is not None or any(
        chapter.due or any(exercise.extra_credit for exercise in chapter.exercises) for chapter in course.chapters
    )


def adjust(
    course: Course,
    roster: Roster | None,
    students: Iterable[str],
    handed: Sequence[SubmittedFile],
    lines: Iterable[dict[str, Any]],
) -> Adjustments:
    """Return the adjustment of every chapter that a student handed in or is exempt from.

    lines: those of results.jsonl; none is held.
    Free days are spent in the course's order of chapters, whole days only, as soon as they are needed.
    """
    roster = roster or Roster()
    chapters = {chapter.name: chapter for chapter in course.chapters}
    by_place = {
        (line["student"], line["chapter"]): _earned(chapters[line["chapter"]], line)
        for line in lines
        if line["chapter"] in chapters
    }
    files = {(one.student, one.chapter.name): one for one in handed}
    found: Adjustments = {}
    for student in students:
        free = course.policy.grace_days
        for chapter in course.chapters:
            place = (student, chapter.name)
            earned = by_place.get(place)
            if roster.arrangement(*place).exempt:
                found[place] = _exempt(student, chapter, earned)
            elif earned:
                found[place] = _adjusted(course, student, chapter, earned, files.get(place), roster, free)
                free -= found[place].grace_days
    return found


@dataclass(frozen=True, slots=True)
class _Earned:
    """The points of a line: those earned and the most, and how many of either are extra credit."""

    raw: float | None
    most: float
    extra: float
    extra_most: float


def _earned(chapter: Chapter, line: dict[str, Any]) -> _Earned:
    names = {f"{chapter.name}/{exercise.name}" for exercise in chapter.exercises if exercise.extra_credit}
    checks = [
        check for check in line["checks"] if check["exercise"] in names and check["status"] != CheckStatus.SKIPPED
    ]
    extra = sum(check["earned"] for check in checks)
    return _Earned(line["score"], line["max_score"], extra, sum(check["points"] for check in checks))


def _exempt(student: str, chapter: Chapter, earned: _Earned | None) -> Adjustment:
    words = "You are exempt from this chapter: it does not count."
    return Adjustment(student, chapter.name, earned.raw if earned else None, None, 0.0, exempt=True, reasons=(words,))


def _adjusted(
    course: Course,
    student: str,
    chapter: Chapter,
    earned: _Earned,
    file: SubmittedFile | None,
    roster: Roster,
    free: int,
) -> Adjustment:
    raw, extra = earned.raw, earned.extra
    agreement = roster.arrangement(student, chapter.name)
    reasons = [f"{extra:g} points are extra credit."] if extra else []
    due = _due(chapter, agreement.extension)
    if due != chapter.due and due:
        reasons.append(f"You had an extension, until {due:%Y-%m-%d %H:%M %Z}.")
    submitted = agreement.submitted or (file.submitted if file else None)
    marked = None if agreement.submitted or not file else file.late
    if marked and agreement.extension is not None:
        marked = False  # the platform does not know of it
        reasons.append("The platform marks this as late, without the extension.")
    days, words = _days_late(course, due, submitted, marked)
    reasons += words
    spent = min(free, days) if raw else 0
    if spent:
        reasons.append(f"{spent} of your free late days {'is' if spent == 1 else 'are'} used.")
    share = min(course.policy.penalty_cap, (days - spent) * course.policy.penalty_per_day)
    penalty = round((raw or 0.0) * share / 100, 2)
    if penalty:
        reasons.append(f"{share:g} % of {raw:g} points are taken for lateness: {penalty:g}.")
    return Adjustment(
        student,
        chapter.name,
        raw,
        None if raw is None else round(raw - penalty, 2),
        earned.most - earned.extra_most,
        submitted,
        due,
        days,
        spent,
        penalty,
        extra,
        reasons=tuple(reasons),
    )


def _due(chapter: Chapter, extension: timedelta | datetime | None) -> datetime | None:
    if isinstance(extension, datetime):
        return extension
    return chapter.due + extension if chapter.due and extension else chapter.due


def _days_late(
    course: Course, due: datetime | None, submitted: datetime | None, marked: bool | None
) -> tuple[int, list[str]]:
    """Return the begun days after due, and why. marked: what the platform says: a file's time may be the download's."""
    if due is None or marked is False:
        return 0, []
    if marked:
        words = "The platform marks this as late, and does not tell by how much: one day is counted."
        return 1, [words]
    if submitted is None or submitted <= due + timedelta(minutes=course.policy.grace_minutes):
        return 0, []
    days = math.ceil((submitted - due) / DAY)
    told = f"Handed in {submitted:%Y-%m-%d %H:%M %Z}, due {due:%Y-%m-%d %H:%M %Z}"
    return days, [f"{told}: {days} day{'s' if days > 1 else ''} late."]
