"""Adjust scores for late days, extensions, exemptions and extra credit.

Grading knows nothing of this: results keep the raw score, and a new policy does not regrade anything. Every adjustment
has its reasons, in sentences for the student. Days are those of the clocks in the course's time zone, so a day on which
the clocks change counts as one day.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.batch.roster import Arrangement, Extension, Roster
from torchdojo.collect.submissions import SubmittedFile
from torchdojo.course import Chapter, Course, Policy
from torchdojo.course.zone import add_days, describe_time, in_zone
from torchdojo.grading.result import Result

DAY = timedelta(days=1)
TIMES = ("submitted", "due")
HandInTimes = Literal["platform", "files"]  # whose times count: the platform's alone, or else the files' own
MANY, MOST, LONG = 5, 0.8, 30  # so many submissions, so large a share of them late, or so many days: is that right?


@dataclass(frozen=True)
class Adjustment:
    """What counts of a student's chapter.

    raw, score: the points earned, and those that count (None: not graded, or exempt); max_score: those of a full score,
    without extra credit; submitted, due: times in the course's zone, the latter with the extension; days_late: started
    days after due; grace_days: how many of them are free; penalty: points deducted; extra: points of extra-credit
    exercises in raw; time_from: what says when it was submitted, "roster", "platform", "mark" (the platform says only
    whether it is late), "file", or "" if nothing does; reasons: sentences for the student; facts: those of them that
    do not depend on the points
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
    time_from: str = ""
    reasons: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as values for JSON, times as ISO text."""
        values = asdict(self)
        times = {name: values[name].isoformat() if values[name] else None for name in TIMES}
        return {**values, **times, "reasons": list(self.reasons), "facts": list(self.facts)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Adjustment:
        """Undo `to_dict`."""
        times = {name: datetime.fromisoformat(values[name]) if values[name] else None for name in TIMES}
        sentences = {name: tuple(values[name]) for name in ("reasons", "facts")}
        return cls(**{**values, **times, **sentences})


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
    hand_in_times: HandInTimes = "platform",
) -> Adjustments:
    """Return the adjustment of every chapter that a student submitted or is exempt from.

    Free days are spent in the course's order of chapters, whole days only, as soon as they are needed. No result is
    held. hand_in_times: whether a file's own time counts where neither the roster nor the platform gives one
    """
    roster = roster or Roster()
    points = {
        stored.key: Points.from_result(chapter, stored.result)
        for stored in results
        if (chapter := course.find(stored.result.chapter))
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
                hand_in = _HandIn.of(by_key.get(key), arrangement, hand_in_times)
                adjustments[key] = _adjust(course, student, chapter, points[key], hand_in, arrangement, free_days)
                free_days -= adjustments[key].grace_days
    return adjustments


@dataclass(frozen=True, slots=True)
class Points:
    """A chapter's points: those earned (None: not graded) and the maximum, and how many of either are extra credit."""

    raw: float | None
    maximum: float
    extra: float
    max_extra: float

    @classmethod
    def from_result(cls, chapter: Chapter, result: Result) -> Points:
        """Return the points that a result gives."""
        names = {exercise.name for exercise in chapter.exercises if exercise.extra_credit}
        checks = [check for check in result.checks if check.exercise.name in names]
        max_extra = sum(check.max_score for check in checks)
        return cls(result.score, result.max_score, sum(check.earned for check in checks), max_extra)


def _exempt(student: str, chapter: Chapter, points: Points | None) -> Adjustment:
    return Adjustment(
        student=student,
        chapter=chapter.name,
        raw=points.raw if points else None,
        score=None,
        max_score=0.0,
        exempt=True,
        reasons=("You are exempt from this chapter: it does not count.",),
    )


@dataclass(frozen=True, slots=True)
class _HandIn:
    """When a file was submitted, what says so, and whether the platform marks it as late (None: it does not say)."""

    time: datetime | None
    time_from: str
    late: bool | None

    @classmethod
    def of(cls, file: SubmittedFile | None, arrangement: Arrangement, hand_in_times: HandInTimes) -> _HandIn:
        """Return it for a file: the roster counts before the platform, and the file's own time only where asked for."""
        if arrangement.submitted:
            return cls(arrangement.submitted, "roster", None)
        if file is None:
            return cls(None, "", None)
        late = file.hand_in.late
        if file.hand_in.submitted:
            return cls(file.hand_in.submitted, "platform", late)
        if hand_in_times == "files" and file.modified:
            return cls(file.modified, "file", late)
        return cls(None, "" if late is None else "mark", late)

    def time_in(self, zone: tzinfo) -> datetime | None:
        """Return the time in a zone. Of a time that occurs twice there, the first counts, which favours the student."""
        time = self.time
        return in_zone(time if time.tzinfo else time.replace(tzinfo=zone), zone) if time else None


def _adjust(
    course: Course,
    student: str,
    chapter: Chapter,
    points: Points,
    hand_in: _HandIn,
    arrangement: Arrangement,
    free_days: int,
) -> Adjustment:
    facts = []
    zone = _zone(course, chapter)
    due = _due(chapter, arrangement.extension, zone)
    if due and due != chapter.due:
        facts.append(f"You had an extension, until {describe_time(due)}.")
    submitted = hand_in.time_in(zone)
    days_late, lateness = _lateness(course.policy.grace_minutes, zone, due, submitted, hand_in, arrangement)
    one = Adjustment(
        student=student,
        chapter=chapter.name,
        raw=None,
        score=None,
        max_score=0.0,
        submitted=submitted,
        due=due,
        days_late=days_late,
        time_from=hand_in.time_from,
        facts=(*facts, *lateness),
    )
    return _deduct(course.policy, one, points, free_days)


def _deduct(policy: Policy, late: Adjustment, points: Points, free_days: int) -> Adjustment:
    """Return an adjustment with what counts of these points. late: when it was submitted"""
    days_late = late.days_late
    reasons = [f"{points.extra:g} points are extra credit."] if points.extra else []
    reasons += late.facts
    grace_days = min(free_days, days_late) if points.raw else 0
    if _percent(policy, days_late - grace_days) == _percent(policy, days_late):
        grace_days = 0  # beyond the cap they would change nothing
    if grace_days:
        reasons.append(f"{grace_days} of your free late days {'is' if grace_days == 1 else 'are'} used.")
    percent = _percent(policy, days_late - grace_days)
    penalty = round((points.raw or 0.0) * percent / 100, 2)
    if penalty:
        reasons.append(f"{percent:g} % of {points.raw:g} points are deducted for lateness: {penalty:g}.")
    return replace(
        late,
        raw=points.raw,
        score=None if points.raw is None else round(points.raw - penalty, 2),
        max_score=points.maximum - points.max_extra,
        grace_days=grace_days,
        penalty=penalty,
        extra=points.extra,
        reasons=tuple(reasons),
    )


def readjust(policy: Policy, adjustments: Iterable[Adjustment], points: Mapping[str, Points]) -> list[Adjustment]:
    """Return a student's adjustments for other points, by chapter, than those that they were made for.

    adjustments: of one student, in the course's order of chapters, so that free days are spent as `adjust` does
    """
    free_days = policy.grace_days
    changed = []
    for one in adjustments:
        if not one.exempt and one.chapter in points:
            one = _deduct(policy, one, points[one.chapter], free_days)
            free_days -= one.grace_days
        changed.append(one)
    return changed


def _percent(policy: Policy, days: int) -> float:
    """Return the share of the points that so many late days cost."""
    return min(policy.penalty_cap, days * policy.penalty_per_day)


def _zone(course: Course, chapter: Chapter) -> tzinfo:
    """Return the zone by whose clocks days are counted: the course's, or the offset that due is written with."""
    return chapter.due.tzinfo or UTC if chapter.due and not course.zone else course.tzinfo


def _due(chapter: Chapter, extension: Extension | None, zone: tzinfo) -> datetime | None:
    """Return when a student's chapter is due. Days of an extension are days on the zone's clocks."""
    if isinstance(extension, datetime):
        return in_zone(extension, zone)
    return add_days(chapter.due, (extension or timedelta()) / DAY, zone) if chapter.due else None


def _lateness(
    grace_minutes: int,
    zone: tzinfo,
    due: datetime | None,
    submitted: datetime | None,
    hand_in: _HandIn,
    arrangement: Arrangement,
) -> tuple[int, list[str]]:
    """Return the started days after due, and the reasons.

    A platform's "not late" goes first, because it may know of another due date; its "late" counts where it says no
    time.
    """
    if due is None or hand_in.late is False:
        return 0, []
    days = count_days_late(due, submitted, zone, grace_minutes) if submitted else 0
    if submitted and days:
        times = f"{describe_time(submitted)}, due {describe_time(due)}"
        verb = "Your file was last changed" if hand_in.time_from == "file" else "Submitted"
        return days, [f"{verb} {times}: {days} day{'s' * (days > 1)} late."]
    if not hand_in.late or hand_in.time_from == "platform":
        return 0, []
    if arrangement.extension is not None:
        return 0, ["The platform marks this as late, but does not know of your extension."]
    return 1, ["The platform marks this as late without saying by how much, so it counts as one day late."]


def count_days_late(due: datetime, submitted: datetime, zone: tzinfo, grace_minutes: int = 0) -> int:
    """Return how many days after due have started on the zone's clocks. The minutes of grace hold on each of them."""
    late = submitted.replace(microsecond=0) - due - timedelta(minutes=grace_minutes)
    days = max(0, late // DAY - 2)  # no change of a zone's clocks is longer than a day
    while late > add_days(due, days, zone) - due:
        days += 1
    return days


def doubts(course: Course, adjustments: Mapping[ResultKey, Adjustment], now: datetime | None = None) -> list[str]:
    """Return what is doubtful about the times of a class, in sentences for the teacher. now: by default, the time"""
    due = [one for one in adjustments.values() if one.due and not one.exempt]
    unknown = sum(not one.time_from for one in due)
    found = []
    if unknown:
        have, them = ("have", "them") if unknown > 1 else ("has", "it")
        by_files = any(one.time_from == "file" for one in due)
        advice = "If you know them," if by_files else "Use --hand-in-times files to use the files' own times, or"
        some, to_them = (f"{unknown} of {len(due)}", f" to {them}") if unknown < len(due) else (f"{unknown}", "")
        found.append(
            f"NO HAND-IN TIME: {some} submission{'s' * (len(due) > 1)} {have} no hand-in time, so no lateness was "
            f"applied{to_them}. {advice} give times in the roster."
        )
    found += _doubt_future(due, (now or datetime.now(UTC)) + DAY)  # clocks differ
    for chapter in course.chapters:
        found += _doubt_lateness(chapter, [one for one in due if one.chapter == chapter.name and one.time_from])
    return found


def _doubt_future(due: Sequence[Adjustment], end: datetime) -> list[str]:
    """Return the doubt about hand-in times after an end; none if there are none."""
    future = [one for one in due if one.submitted and one.submitted > end]
    listed = ", ".join(
        f"{one.student} {one.chapter} on {describe_time(one.submitted)} (from the {one.time_from})"
        for one in future[:MANY]
        if one.submitted
    )
    more = f" and {len(future) - MANY} more" if len(future) > MANY else ""
    return [f"HAND-IN TIME IN THE FUTURE: {listed}{more}: is this time right?"] if future else []


def _doubt_lateness(chapter: Chapter, timed: Sequence[Adjustment]) -> list[str]:
    """Return the doubt about a chapter that most submitted late, or very late; none if there is no reason for it."""
    late = [one for one in timed if one.days_late]
    is_most = len(timed) >= MANY and len(late) >= MOST * len(timed)
    if not late or not (is_most or statistics.median(one.days_late for one in timed) > LONG):
        return []
    days = round(statistics.median(one.days_late for one in late))
    sources = {one.time_from for one in late}
    if "file" in sources:
        question = "are these the times of a copy? If so, grade again without --hand-in-times files."
    elif sources == {"mark"}:
        question = "is the due date on the platform right?"
    else:
        question = "are these times right, and the due date in course.toml?"
    are = "are" if len(timed) > 1 else "is"
    count = f"{len(late)} of {len(timed)} submission{'s' * (len(timed) > 1)} of {chapter.name} {are} late"
    return [f"{count}, typically by {days} day{'s' * (days != 1)}: {question}"]
