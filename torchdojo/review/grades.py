"""Grades: what grading gave, corrected by what people decided, with lateness, each number with its explanation.

The order: a check that is switched off and overrides of checks and exercises correct what the work earned; lateness
takes its percentage of that; an override of the whole chapter is the final word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from torchdojo.batch.policy import Adjustment, Points, readjust
from torchdojo.batch.results import ResultKey, StoredResult
from torchdojo.batch.store import StoredRun
from torchdojo.course import Course
from torchdojo.course.model import Policy
from torchdojo.grading.status import CheckStatus
from torchdojo.review.corrections import SAME, CorrectedChapter, correct, points_by
from torchdojo.review.decision import CheckMode
from torchdojo.review.decisions import Decisions, Standing, override_of
from torchdojo.review.grade import ExerciseGrade, Grade, Line
from torchdojo.review.works import Work, works_of


@dataclass(frozen=True)
class StudentGrades:
    """A student's grades by chapter, with the results they come from, as graded."""

    student: str
    results: tuple[StoredResult, ...]
    grades: Mapping[str, Grade] = field(default_factory=dict)


def all_grades(run: StoredRun, decisions: Decisions) -> Iterator[StudentGrades]:
    """Yield every student's grades. Only one student's results are in memory at a time."""
    adjustments = run.adjustments() or {}
    policy = run.policy()
    others = set(run.students())
    grouped = ((name, list(own)) for name, own in groupby(run.results(), lambda stored: stored.student))
    for student, results in grouped:
        others.discard(student)
        yield _grades_of(run.course, policy, student, results, adjustments, decisions)
    for student in sorted(others):
        yield _grades_of(run.course, policy, student, [], adjustments, decisions)


def student_grades(run: StoredRun, student: str, decisions: Decisions) -> StudentGrades:
    """Return the grades of one student, as `all_grades` yields them."""
    keys = [key for key in run.keys() if key[0] == student]  # noqa: SIM118
    return _grades_of(run.course, run.policy(), student, list(run.results(keys)), run.adjustments() or {}, decisions)


def _grades_of(
    course: Course,
    policy: Policy,
    student: str,
    results: list[StoredResult],
    adjustments: Mapping[ResultKey, Adjustment],
    decisions: Decisions,
) -> StudentGrades:
    grades = grade_student(course, policy, student, works_of(results), adjustments, decisions)
    return StudentGrades(student, tuple(results), grades)


def grade_student(
    course: Course,
    policy: Policy,
    student: str,
    works: Mapping[str, Work],
    adjustments: Mapping[ResultKey, Adjustment],
    decisions: Decisions,
) -> dict[str, Grade]:
    """Return a student's grades by chapter: of all that they submitted, are exempt from, or got points for.

    works: by chapter; adjustments: of the last run, made for the points from checks
    """
    chapters = [
        chapter
        for chapter in course.chapters
        if chapter.name in works
        or (student, chapter.name) in adjustments
        or decisions.overrides.get((student, chapter.name))
    ]
    earned = {one.name: correct(one, student, works.get(one.name), decisions) for one in chapters}
    own = [adjustments[student, one.name] for one in chapters if (student, one.name) in adjustments]
    points = {name: one.points for name, one in earned.items() if one.work or one.exercises}
    if any(not one.exempt and one.chapter in points and _differ(one, points[one.chapter]) for one in own):
        own = readjust(policy, own, points)
    adjusted = {one.chapter: one for one in own}
    return {name: _grade(student, one, adjusted.get(name)) for name, one in earned.items()}


def _differ(adjustment: Adjustment, points: Points) -> bool:
    """Whether an adjustment was made for other points."""
    same = points.raw == adjustment.raw and abs(points.maximum - points.max_extra - adjustment.max_score) < SAME
    return not same


def _grade(student: str, corrected: CorrectedChapter, adjustment: Adjustment | None) -> Grade:
    """Return the grade. adjustment: for the corrected points"""
    chapter, work, override = corrected.chapter, corrected.work, corrected.override
    score, max_score = corrected.earned, corrected.points.maximum
    if work is None and not corrected.exercises:
        max_score = chapter.required_points + chapter.required_hand_points
    lines = list(_lines(corrected))
    exempt = False
    if adjustment is not None:
        score, exempt = adjustment.score, adjustment.exempt
        max_score = adjustment.max_score or (max_score if override else 0.0)
        lines += [Line(-adjustment.penalty, "late")] if adjustment.penalty else []
    if override:
        score, max_score, exempt = _final(override, max_score)
        lines += [Line(score, f"by review: {_reason(override)}", is_total=True)] if score is not None else []
    return Grade(
        student=student,
        chapter=chapter.name,
        work=work,
        raw=work.earned("") if work else None,
        earned=corrected.earned,
        score=score,
        max_score=max_score,
        exercises=corrected.exercises,
        adjustment=adjustment,
        exempt=exempt,
        override=override,
        lines=tuple(lines) if score is not None else (),
        doubts=corrected.doubts,
    )


def _lines(corrected: CorrectedChapter) -> Iterator[Line]:
    """Yield the summands of the points before lateness."""
    if corrected.earned is None:
        return
    exercises = corrected.exercises
    if corrected.work is not None and any(not exercise.by_hand for exercise in exercises):
        yield Line(sum(exercise.raw for exercise in exercises), "from checks")
    for exercise in exercises:
        if exercise.by_hand:
            if len(exercise.to_grade) < len(exercise.checks):
                yield Line(exercise.earned, f"graded by hand: {exercise.name}")
        elif reasons := list(_reasons(exercise)):
            change = round(exercise.earned - exercise.raw, 9)
            if change:
                yield Line(change, f"by review: {exercise.name}: {'; '.join(reasons)}")


def _reasons(exercise: ExerciseGrade) -> Iterator[str]:
    """Yield why people changed the points of an exercise."""
    if exercise.override:
        yield _reason(exercise.override)
        return
    for check in exercise.checks:
        if check.override:
            yield f"{check.name}: {_reason(check.override)}"
        elif check.switched:
            mode = "all get its points" if check.switched.mode is CheckMode.FULL_POINTS else "it is left out"
            yield f"{check.name}: {mode}: {check.switched.reason}".removesuffix(": ")


def _reason(standing: Standing) -> str:
    return override_of(standing).reason or "no reason given"


def _final(standing: Standing, max_score: float) -> tuple[float | None, float, bool]:
    """Return the score, the maximum and whether the student is exempt, by an override of a chapter."""
    override = override_of(standing)
    if override.status is CheckStatus.SKIPPED:
        return None, 0.0, True
    max_score, score = points_by(override, max_score)
    return score, max_score, False
