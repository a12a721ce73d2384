"""Correct what a chapter's work earned by what people decided of its checks and exercises.

An override of an exercise comes before those of its checks. One that was made for another submission does not count
until somebody confirms it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torchdojo.batch.policy import Points
from torchdojo.course import Chapter, Exercise
from torchdojo.grading.scoring import Mark, earned_points
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.review.decision import CheckMode, Override, SwitchCheck
from torchdojo.review.decisions import Decisions, Standing, override_of
from torchdojo.review.grade import CheckGrade, Doubt, ExerciseGrade
from torchdojo.review.works import CheckWork, Work

SAME = 1e-9  # points that differ by less are equal


@dataclass(frozen=True)
class CorrectedChapter:
    """A chapter before lateness: its exercises as corrected, the override of all of it, and the overrides in doubt."""

    chapter: Chapter
    work: Work | None
    exercises: tuple[ExerciseGrade, ...]
    override: Standing | None
    doubts: tuple[Doubt, ...]

    @property
    def earned(self) -> float | None:
        """The points with corrections: none if grading failed, unless people decided about all that it failed on."""
        if self.work is None:
            decided = any(one.override or _is_decided(one.checks) for one in self.exercises)
            return sum(one.earned for one in self.exercises) if decided else None
        if self.work.status is ResultStatus.GRADER_ERROR and (not self._failed_checks() or self._has_grader_error()):
            return None
        return sum(exercise.earned for exercise in self.exercises)

    def _failed_checks(self) -> list[CheckWork]:
        """Return the checks on which grading failed; none if it failed as a whole."""
        return [check for check in self.work.checks if check.status is CheckStatus.GRADER_ERROR] if self.work else []

    def _has_grader_error(self) -> bool:
        return any(
            check.status is CheckStatus.GRADER_ERROR
            for exercise in self.exercises
            if not exercise.override
            for check in exercise.checks
        )

    @property
    def points(self) -> Points:
        """The points on which lateness depends."""
        extra = [exercise for exercise in self.exercises if exercise.extra_credit]
        return Points(
            raw=self.earned,
            maximum=sum(exercise.points for exercise in self.exercises),
            extra=sum(exercise.earned for exercise in extra),
            max_extra=sum(exercise.points for exercise in extra),
        )


def correct(chapter: Chapter, student: str, work: Work | None, decisions: Decisions) -> CorrectedChapter:
    """Return a chapter's exercises with what people decided of them."""
    key = (student, chapter.name)
    standing: dict[str, Standing] = {}
    doubts = []
    for item, one in decisions.overrides.get(key, {}).items():
        suspended = one.target.submission != (work.submission if work else "")
        was, now = one.target.earned, work.earned(item) if work else None
        if not suspended:
            standing[item] = one
        if suspended or (was is not None and (now is None or abs(was - now) > SAME)):
            doubts.append(Doubt(item, one, was, now, suspended))
    checks = dict(work.by_exercise()) if work else {}
    exercises = []
    for exercise in chapter.exercises:
        own = checks.pop(exercise.name, ())
        grades = _items(exercise, standing) if exercise.by_hand else _checks(chapter, own, standing, decisions)
        if work is not None or exercise.name in standing or _is_decided(grades):
            grade = _exercise(exercise.name, exercise.points, grades, standing.get(exercise.name))
            exercises.append(replace(grade, by_hand=exercise.by_hand, extra_credit=exercise.extra_credit))
    for name, own in checks.items():  # course.toml changed since: they count until the next run
        exercises.append(_exercise(name, 0.0, _checks(chapter, own, standing, decisions), standing.get(name)))
    return CorrectedChapter(chapter, work, tuple(exercises), standing.get(""), tuple(doubts))


def _exercise(name: str, max_points: float, checks: tuple[CheckGrade, ...], standing: Standing | None) -> ExerciseGrade:
    points = sum(check.points for check in checks if check.earned is not None)
    earned = sum(check.earned or 0.0 for check in checks)
    if standing:
        most = sum(check.points for check in checks) or max_points
        points, earned = points_by(override_of(standing), most)
    raw = sum(check.raw or 0.0 for check in checks)
    return ExerciseGrade(
        name=name,
        points=points,
        raw=raw,
        earned=earned,
        checks=checks,
        override=standing,
    )


def _items(exercise: Exercise, standing: Mapping[str, Standing]) -> tuple[CheckGrade, ...]:
    """Return the items of a rubric with the points that people gave."""
    grades = []
    for item in exercise.rubric:
        one = standing.get(f"{exercise.name}/{item.name}")
        points, earned = points_by(override_of(one), item.points) if one else (item.points, None)
        grades.append(CheckGrade(exercise.name, item.name, points, None, earned, override=one))
    return tuple(grades)


def points_by(override: Override, most: float) -> tuple[float, float]:
    """Return the points that can be earned, and those that an override gives. most: those without it"""
    match override.status:
        case CheckStatus.SKIPPED:
            return 0.0, 0.0
        case CheckStatus.PASSED:
            return most, most
        case CheckStatus.FAILED:
            return most, 0.0
    return most, override.points or 0.0


def _checks(
    chapter: Chapter, works: tuple[CheckWork, ...], standing: Mapping[str, Standing], decisions: Decisions
) -> tuple[CheckGrade, ...]:
    """Return the checks of an exercise. Where people decided about one, the others' points follow from its verdict."""
    grades = [_check(chapter, work, standing, decisions) for work in works]
    if any(grade.override or grade.switched for grade in grades):
        marks = [_mark(work, grade) for work, grade in zip(works, grades, strict=True)]
        for place, earned in enumerate(earned_points(marks)):
            grade = grades[place]
            if not (grade.override or grade.switched):
                revoked = marks[place].passed and not earned
                status = CheckStatus.FAILED if revoked else CheckStatus.PASSED if marks[place].passed else grade.status
                grades[place] = replace(grade, earned=earned, status=status)
    return tuple(grades)


def _check(chapter: Chapter, work: CheckWork, standing: Mapping[str, Standing], decisions: Decisions) -> CheckGrade:
    grade = CheckGrade(work.exercise, work.check, work.points, work.earned, work.earned, work.status)
    if one := standing.get(work.item):
        override = override_of(one)
        points, earned = points_by(override, work.points)
        status = override.status or _status_for(earned, points, work.status)
        return replace(grade, points=points, earned=earned, status=status, override=one)
    if entry := decisions.switched_off.get(f"{chapter.name}/{work.item}"):
        switch = entry.decision
        assert isinstance(switch, SwitchCheck)
        if switch.mode is CheckMode.LEFT_OUT:
            return replace(grade, points=0.0, earned=0.0, status=CheckStatus.SKIPPED, switched=switch)
        return replace(grade, earned=work.points, status=CheckStatus.PASSED, switched=switch)
    return grade


def _status_for(earned: float, points: float, status: CheckStatus) -> CheckStatus:
    """Return how a check ended that people gave points."""
    if earned >= points:
        return CheckStatus.PASSED
    return CheckStatus.FAILED if status.is_done or status is CheckStatus.GRADER_ERROR else status


def _mark(work: CheckWork, grade: CheckGrade) -> Mark:
    """Return what the points of the other checks depend on.

    Points that a person gives for the core of an exercise are enough; a check that is switched off shows nothing.
    """
    if not (grade.override or grade.switched):
        return work.mark
    done = bool(grade.earned) or (grade.status is not None and grade.status.is_done)
    passed = grade.status is CheckStatus.PASSED and not grade.switched
    return replace(work.mark, points=grade.points, passed=passed, done=done)


def _is_decided(checks: Sequence[CheckGrade]) -> bool:
    return any(check.override for check in checks)
