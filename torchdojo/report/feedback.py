"""Build a student's feedback on one chapter, without hidden inputs, solutions, or anything of other students."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from torchdojo.batch.results import StoredResult
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading.result import CheckResult, rests_on_unfinished
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.check_view import GRADER_ERROR_ADVICE, PRINTED, CheckView, view_exercise
from torchdojo.report.remarks import Remarks
from torchdojo.report.sanitize import redact_inputs, shorten
from torchdojo.review.decision import CheckMode, SwitchCheck
from torchdojo.review.decisions import Decisions, override_of
from torchdojo.review.grade import CheckGrade, ExerciseGrade, Grade
from torchdojo.review.grades import grade_student
from torchdojo.review.works import works_of


@dataclass(frozen=True)
class ItemView:
    """An item of a rubric. earned: None if nobody has graded it yet; reason: why it got these points, or "" """

    title: str
    points: float
    earned: float | None
    reason: str = ""


@dataclass(frozen=True)
class ExerciseView:
    """One exercise with its checks, or with the items of its rubric if people grade it.

    hint: the one to show, or None; read: a link for further reading, if any; changed: what people decided of all of it
    to_grade: the points that people have still to give
    """

    name: str
    points: float
    earned: float
    checks: list[CheckView]
    hint: str | None
    read: str
    items: list[ItemView] = field(default_factory=list)
    changed: str = ""
    to_grade: float = 0.0
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def passed(self) -> bool:
        """Whether every check is, or every point was given by people."""
        if self.items:
            return not self.to_grade and self.earned >= self.points
        return all(check.status.is_done for check in self.checks)


@dataclass(frozen=True)
class Feedback:
    """One student's feedback on one chapter.

    score: that counts, None if grading failed or the student is exempt; raw: before lateness; reasons: for that
    explanation: how the score came about, "" if people changed nothing
    notes: about how the file was loaded; name: the student's, "" if only the id is known
    submitted: whether anything was; remarks: what people wrote about it, that of exercises with these
    has_source: whether there is a page of the text that was graded
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
    explanation: str = ""
    submitted: bool = True
    remarks: Remarks = field(default_factory=Remarks)
    has_source: bool = False

    @property
    def is_adjusted(self) -> bool:
        """Whether the score differs from the one before lateness."""
        return self.raw is not None and not self.exempt and self.raw != self.score

    @property
    def to_grade(self) -> float:
        """The points that people have still to give."""
        return sum(exercise.to_grade for exercise in self.exercises)

    @property
    def share(self) -> float:
        """The share of the points, in [0, 1]."""
        return min(1.0, max(0.0, (self.score or 0.0) / self.max_points)) if self.max_points else 0.0


def build_feedback(
    course: Course,
    chapter: Chapter,
    stored: StoredResult,
    grade: Grade | None = None,
    remarks: Remarks | None = None,
    name: str = "",
) -> Feedback:
    """Return the feedback on a chapter that was submitted.

    grade: by default, what the checks alone give; name: the student's, if more than the id is known
    """
    grade = (
        grade or grade_student(course, course.policy, stored.student, works_of([stored]), {}, Decisions())[chapter.name]
    )
    remarks = remarks or Remarks()
    result = grade.reviewed_result(stored.result)
    rejected = result.status is ResultStatus.REJECTED
    views = []
    for exercise in chapter.exercises:
        own = [check for check in result.checks if check.exercise.name == exercise.name]
        one = grade.exercise(exercise.name)
        if one and (own or exercise.by_hand):
            views.append(_exercise(exercise, own, one, remarks.about(exercise.name), rejected))
    return replace(
        missing_feedback(course, chapter, grade, remarks, name),
        message=shorten(redact_inputs(result.message)) if rejected else "",
        exercises=views,
        notes=[shorten(redact_inputs(note)) for note in result.notes],
        submitted=True,
    )


def missing_feedback(course: Course, chapter: Chapter, grade: Grade, remarks: Remarks, name: str = "") -> Feedback:
    """Return the feedback on a chapter that was not submitted, which people gave points for or wrote about."""
    return Feedback(
        course=course.title,
        number=course.chapters.index(chapter) + 1,
        chapter=chapter.name,
        title=chapter.title,
        student=grade.student,
        name=name,
        score=grade.score,
        raw=grade.earned,
        max_points=grade.max_score,
        exempt=grade.exempt,
        message="",
        exercises=[],
        reasons=list(grade.adjustment.reasons) if grade.adjustment else [],
        explanation=grade.explanation if grade.is_changed else "",
        submitted=False,
        remarks=remarks.about(""),
    )


def _exercise(
    exercise: Exercise, checks: list[CheckResult], grade: ExerciseGrade, remarks: Remarks, rejected: bool
) -> ExerciseView:
    views = zip(checks, view_exercise(checks), strict=True)
    changed = {check.name: _changed(check) for check in grade.checks}
    return ExerciseView(
        name=exercise.name,
        points=grade.points,
        earned=grade.earned,
        checks=[replace(_redact(view, check, rejected), changed=changed.get(check.check, "")) for check, view in views],
        hint=None if rejected or exercise.by_hand else choose_hint(exercise, checks),
        read=exercise.read or "",
        items=_items(exercise, grade) if exercise.by_hand else [],
        changed=_decided(grade),
        to_grade=sum(item.points for item in grade.to_grade),
        remarks=remarks,
    )


def _items(exercise: Exercise, grade: ExerciseGrade) -> list[ItemView]:
    titles = {item.name: item.title for item in exercise.rubric}
    return [
        ItemView(
            title=titles[check.name],
            points=check.points,
            earned=check.earned,
            reason=override_of(check.override).reason if check.override else "",
        )
        for check in grade.checks
    ]


def _changed(check: CheckGrade) -> str:
    """Return what people decided of a check in a sentence, "" if they decided nothing."""
    if check.override:
        points = f"{check.points:g} point{'' if check.points == 1 else 's'}"
        given = f" to {check.earned or 0:g} of {points}" if check.points else ""
        return _sentence(f"Changed by your course staff{given}", override_of(check.override).reason)
    return _switched(check.switched) if check.switched else ""


def exercise_changes(exercise: ExerciseGrade) -> Iterator[str]:
    """Yield what people decided of an exercise and of its checks or items, in sentences for the student."""
    if exercise.override and (override_of(exercise.override).reason or not exercise.by_hand):
        yield _decided(exercise)
    for check in exercise.checks:
        if exercise.by_hand and check.override:
            given = f"{check.earned or 0:g} of {check.points:g} points"
            yield _sentence(f"{check.name}: {given}", override_of(check.override).reason)
        elif changed := _changed(check):
            yield f"{check.name}: {changed}"


def _switched(switch: SwitchCheck) -> str:
    everybody = switch.mode is CheckMode.FULL_POINTS
    words = "Everybody gets the points of this check" if everybody else "This check does not count for anybody"
    return _sentence(words, switch.reason)


def _decided(exercise: ExerciseGrade) -> str:
    """Return what people decided of all of an exercise in a sentence, "" if they decided nothing."""
    if exercise.override is None:
        return ""
    words = "Graded by your course staff" if exercise.by_hand else "Changed by your course staff"
    return _sentence(words, override_of(exercise.override).reason)


def _sentence(words: str, reason: str) -> str:
    return f"{words}: {reason}" if reason else f"{words}."


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
