"""Adjust scores for late days, extensions, exemptions and extra credit.

Grading knows nothing of this: results keep the raw score, and a new policy does not regrade anything. Every adjustment
has its reasons, in sentences for the student.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from torchdojo.batch.collect import SubmittedFile
from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.batch.roster import Arrangement, Extension, Roster
from torchdojo.course import Chapter, Course, Policy
from torchdojo.grading.result import Result

DAY = timedelta(days=1)
TIMES = ("submitted", "due")


@dataclass(frozen=True)
class Adjustment:
    """What counts of a student's chapter.

    raw, score: the points earned, and those that count (None: not graded, or exempt); max_score: those of a full score,
    without extra credit; submitted, due: times, the latter with the extension; days_late: started days after due;
    grace_days: how many of them are free; penalty: points deducted; extra: points of extra-credit exercises in raw
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

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as values for JSON, times as ISO text."""
        values = asdict(self)
        times = {name: values[name].isoformat() if values[name] else None for name in TIMES}
        return {**values, **times, "reasons": list(self.reasons)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Adjustment:
        """Undo `to_dict`."""
        times = {name: datetime.fromisoformat(values[name]) if values[name] else None for name in TIMES}
        return cls(**{**values, **times, "reasons": tuple(values["reasons"])})


Adjustments = dict[ResultKey, Adjustment]


def is_adjusted(course: Course, roster: Roster | None) -> bool:
    """Whether anything could change a score: a due date, an extra-credit exercise, or a roster."""
    return roster is not None or any(
        chapter.due or any(exercise.extra_credit for exercise in chapter.exercises) for chapter in course.chapters
    )


def adjust(
    course: Course,
    roster: Roster | None,
    students: Iterable[str],
    files: Sequence[SubmittedFile],
    results: Iterable[StoredResult],
) -> Adjustments:
    """Return the adjustment of every chapter that a student submitted or is exempt from.

    Free days are spent in the course's order of chapters, whole days only, as soon as they are needed. No result is
    held.
    """
    roster = roster or Roster()
    chapters = {chapter.name: chapter for chapter in course.chapters}
    points = {
        stored.key: _Points.from_result(chapters[stored.result.chapter], stored.result)
        for stored in results
        if stored.result.chapter in chapters
    }
    by_key = {(file.student, file.chapter.name): file for file in files}
    adjustments: Adjustments = {}
    for student in students:
        free_days = course.policy.grace_days
        for chapter in course.chapters:
            key = (student, chapter.name)
            arrangement = roster.arrangement(*key)
            if arrangement.exempt:
                adjustments[key] = _exempt(student, chapter, points.get(key))
            elif key in points:
                file = by_key.get(key)
                adjustments[key] = _adjust(course.policy, student, chapter, points[key], file, arrangement, free_days)
                free_days -= adjustments[key].grace_days
    return adjustments


@dataclass(frozen=True, slots=True)
class _Points:
    """The points of a result: those earned and the maximum, and how many of either are extra credit."""

    raw: float | None
    maximum: float
    extra: float
    max_extra: float

    @classmethod
    def from_result(cls, chapter: Chapter, result: Result) -> _Points:
        names = {exercise.name for exercise in chapter.exercises if exercise.extra_credit}
        checks = [check for check in result.checks if check.exercise.name in names]
        max_extra = sum(check.max_score for check in checks)
        return cls(result.score, result.max_score, sum(check.earned for check in checks), max_extra)


def _exempt(student: str, chapter: Chapter, points: _Points | None) -> Adjustment:
    return Adjustment(
        student=student,
        chapter=chapter.name,
        raw=points.raw if points else None,
        score=None,
        max_score=0.0,
        exempt=True,
        reasons=("You are exempt from this chapter: it does not count.",),
    )


def _adjust(
    policy: Policy,
    student: str,
    chapter: Chapter,
    points: _Points,
    file: SubmittedFile | None,
    arrangement: Arrangement,
    free_days: int,
) -> Adjustment:
    reasons = [f"{points.extra:g} points are extra credit."] if points.extra else []
    due = _due(chapter, arrangement.extension)
    if due != chapter.due and due:
        reasons.append(f"You had an extension, until {due:%Y-%m-%d %H:%M %Z}.")
    submitted = arrangement.submitted or ((file.hand_in.submitted or file.modified) if file else None)
    marked_late = None if arrangement.submitted or not file else file.hand_in.late
    if marked_late and arrangement.extension is not None:
        marked_late = False  # the platform does not know of it
        reasons.append("The platform marks this as late, but does not know of your extension.")
    days_late, reason = _days_late(policy, due, submitted, marked_late)
    reasons += [reason] if reason else []
    grace_days = min(free_days, days_late) if points.raw else 0
    if grace_days:
        reasons.append(f"{grace_days} of your free late days {'is' if grace_days == 1 else 'are'} used.")
    percent = min(policy.penalty_cap, (days_late - grace_days) * policy.penalty_per_day)
    penalty = round((points.raw or 0.0) * percent / 100, 2)
    if penalty:
        reasons.append(f"{percent:g} % of {points.raw:g} points are deducted for lateness: {penalty:g}.")
    return Adjustment(
        student=student,
        chapter=chapter.name,
        raw=points.raw,
        score=None if points.raw is None else round(points.raw - penalty, 2),
        max_score=points.maximum - points.max_extra,
        submitted=submitted,
        due=due,
        days_late=days_late,
        grace_days=grace_days,
        penalty=penalty,
        extra=points.extra,
        reasons=tuple(reasons),
    )


def _due(chapter: Chapter, extension: Extension | None) -> datetime | None:
    if isinstance(extension, datetime):
        return extension
    return chapter.due + extension if chapter.due and extension else chapter.due


def _days_late(
    policy: Policy, due: datetime | None, submitted: datetime | None, marked_late: bool | None
) -> tuple[int, str]:
    """Return the started days after due, and the reason.

    marked_late: what the platform says, which goes first: a file's time may be that of the download
    """
    if due is None or marked_late is False:
        return 0, ""
    if marked_late:
        return 1, "The platform marks this as late without saying by how much, so it counts as one day late."
    if submitted is None or submitted <= due + timedelta(minutes=policy.grace_minutes):
        return 0, ""
    days = math.ceil((submitted - due) / DAY)
    times = f"Submitted {submitted:%Y-%m-%d %H:%M %Z}, due {due:%Y-%m-%d %H:%M %Z}"
    return days, f"{times}: {days} day{'s' if days > 1 else ''} late."
