"""Build a student's feedback on one chapter, without hidden inputs, solutions, or anything of other students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torchdojo.batch.policy import Adjustment
from torchdojo.batch.results import StoredResult
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading.result import CheckResult, rests_on_unfinished
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.check_view import GRADER_ERROR_ADVICE, PRINTED, CheckView, view_exercise
from torchdojo.report.sanitize import redact_inputs, shorten


@dataclass(frozen=True)
class ExerciseView:
    """One exercise with its checks. hint: the one to show, or None; read: a link for further reading, if any"""

    name: str
    points: float
    earned: float
    checks: list[CheckView]
    hint: str | None
    read: str

    @property
    def passed(self) -> bool:
        """Whether every check is."""
        return all(check.status.is_done for check in self.checks)


@dataclass(frozen=True)
class Feedback:
    """One student's feedback on one chapter.

    score: after adjustments, None if grading failed or the student is exempt; raw: before them; reasons: for them
    notes: about how the file was loaded; name: the student's, "" if only the id is known
    """

    course: str
    number: int
    chapter: str
    title: str
    student: str
    score: float | None
    raw: float | None
    max_points: float
    message: str
    exercises: list[ExerciseView]
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exempt: bool = False
    name: str = ""

    @property
    def is_adjusted(self) -> bool:
        """Whether the score differs from the raw one."""
        return self.raw is not None and not self.exempt and self.raw != self.score

    @property
    def share(self) -> float:
        """The share of the points, in [0, 1]."""
        return min(1.0, max(0.0, (self.score or 0.0) / self.max_points)) if self.max_points else 0.0


def build_feedback(
    course: Course, chapter: Chapter, stored: StoredResult, adjusted: Adjustment | None = None, name: str = ""
) -> Feedback:
    """Return the feedback on one graded chapter. name: the student's, if more than the id is known"""
    result = stored.result
    rejected = result.status is ResultStatus.REJECTED
    views = []
    for exercise in chapter.exercises:
        own = [check for check in result.checks if check.exercise.name == exercise.name]
        if own:
            views.append(_exercise(exercise, own, rejected))
    return Feedback(
        course=course.title,
        number=course.chapters.index(chapter) + 1,
        chapter=chapter.name,
        title=chapter.title,
        student=stored.student,
        name=name,
        score=result.score if adjusted is None else adjusted.score,
        raw=result.score,
        max_points=result.max_score if adjusted is None or adjusted.exempt else adjusted.max_score,
        exempt=adjusted is not None and adjusted.exempt,
        message=shorten(redact_inputs(result.message)) if rejected else "",
        exercises=views,
        notes=[shorten(redact_inputs(note)) for note in result.notes],
        reasons=list(adjusted.reasons) if adjusted is not None else [],
    )


def _exercise(exercise: Exercise, checks: list[CheckResult], rejected: bool) -> ExerciseView:
    views = zip(checks, view_exercise(checks), strict=True)
    return ExerciseView(
        name=exercise.name,
        points=sum(check.max_score for check in checks),
        earned=sum(check.earned for check in checks),
        checks=[_redact(view, check, rejected) for check, view in views],
        hint=None if rejected else choose_hint(exercise, checks),
        read=exercise.read or "",
    )


def choose_hint(exercise: Exercise, checks: Sequence[CheckResult]) -> str | None:
    """Return the hint that fits, or None if everything passed or only the grader failed.

    An exercise not yet written gets the first hint, a nudge; one that was tried gets the second, the idea. The third,
    which is almost the answer, is never shown. An exercise that fails only because it builds on another gets none.
    """
    unsolved = [c for c in checks if not c.status.is_done and c.status is not CheckStatus.GRADER_ERROR]
    if not unsolved:
        return None
    if exercise.builds_on and all(map(_is_due_to_others, unsolved)):
        return None
    return exercise.hints[0 if all(check.status is CheckStatus.TODO for check in checks) else 1]


def _is_due_to_others(check: CheckResult) -> bool:
    return "It builds on " in check.finding.advice or rests_on_unfinished(check)


def _redact(view: CheckView, check: CheckResult, rejected: bool) -> CheckView:
    """Return a view without hidden inputs, and without what is shown once at the top or concerns only the grader."""
    if rejected or view.status.is_done:
        return replace(view, rows=[], advice=[])
    if view.status is CheckStatus.GRADER_ERROR:
        return replace(view, rows=[], advice=[GRADER_ERROR_ADVICE])
    got = check.finding.got
    has_message = check.finding.words or check.finding.has_text or '"' in got or "'" in got
    rows = [
        (label, shorten(redact_inputs(text) if label == "got" and has_message else text))
        for label, text in view.rows
        if label != PRINTED
    ]
    rows += [row for row in view.rows if row[0] == PRINTED]  # bounded where it is kept
    return replace(view, rows=rows, advice=[shorten(text) for text in view.advice])
