"""Build a student's feedback on one chapter, without hidden inputs, solutions, or anything of other students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torchdojo.batch import StoredResult
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.sanitize import redact_inputs, shorten

GRADER_ERROR_ADVICE = "The grader failed here. You lose no points, and your course staff sees it in the class report."


@dataclass(frozen=True)
class CheckView:
    """One check as the page shows it. rows: labels and words"""

    title: str
    status: CheckStatus
    points: float
    earned: float
    rows: list[tuple[str, str]]
    advice: list[str]
    mistake: str
    explanation: list[str]


@dataclass(frozen=True)
class ExerciseView:
    """One exercise with its checks. hint: the one to show, or None; read: a link for further reading, or """ ""

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
    """

    course: str
    number: int
    chapter: str
    title: str
    student: str
    score: float | None
    raw: float | None
    max_points: float
    status: ResultStatus
    message: str
    exercises: list[ExerciseView]
    reasons: list[str] = field(default_factory=list)
    exempt: bool = False

    @property
    def is_adjusted(self) -> bool:
        """Whether the score differs from the raw one."""
        return self.raw is not None and not self.exempt and self.raw != self.score

    @property
    def share(self) -> float:
        """The share of the points, in [0, 1]."""
        return min(1.0, max(0.0, (self.score or 0.0) / self.max_points)) if self.max_points else 0.0


def build_feedback(
    course: Course, chapter: Chapter, stored: StoredResult, adjusted: Adjustment | None = None
) -> Feedback:
    """Return the feedback on one graded chapter."""
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
        score=result.score if adjusted is None else adjusted.score,
        raw=result.score,
        max_points=result.max_score if adjusted is None or adjusted.exempt else adjusted.max_score,
        exempt=adjusted is not None and adjusted.exempt,
        status=result.status,
        message=_theirs(result.message) if rejected else "",
        exercises=views,
        reasons=list(adjusted.reasons) if adjusted is not None else [],
    )


def _exercise(exercise: Exercise, checks: list[CheckResult], rejected: bool) -> ExerciseView:
    views: list[CheckView] = []
    for check in checks:
        view = _check(check, rejected)
        if view.mistake and any(view.mistake == other.mistake for other in views):
            view = replace(view, explanation=[])  # explained once is enough
        views.append(view)
    return ExerciseView(
        name=exercise.name,
        points=sum(check.max_score for check in checks),
        earned=sum(check.earned for check in checks),
        checks=views,
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
    if exercise.builds_on and all("It builds on " in check.finding.advice for check in unsolved):
        return None
    return exercise.hints[0 if all(check.status is CheckStatus.TODO for check in checks) else 1]


def _check(check: CheckResult, rejected: bool) -> CheckView:
    status = check.status
    rows: list[tuple[str, str]] = []
    advice: list[str] = []
    explanation: list[str] = []
    if status is CheckStatus.GRADER_ERROR:
        advice = [GRADER_ERROR_ADVICE]
    elif not status.is_done and not rejected:
        rows = _rows(check)
        advice = [shorten(line) for line in check.finding.advice.splitlines() if line]
        explanation = _paragraphs(check.explanation)
    return CheckView(
        title=check.title,
        status=status,
        points=check.points,
        earned=check.earned,
        rows=rows,
        advice=advice,
        mistake=check.mistake_title,
        explanation=explanation,
    )


def _rows(check: CheckResult) -> list[tuple[str, str]]:
    finding = check.finding
    quoted = '"' in finding.got or "'" in finding.got
    got = _theirs(finding.got) if finding.theirs or quoted else shorten(finding.got)
    rows = [("called", shorten(finding.called)), ("expected", shorten(finding.expected)), ("got", got)]
    if finding.line and check.status is not CheckStatus.TODO:
        rows.append(("at", f"line {finding.line}   {shorten(finding.text)}".rstrip()))
    return [(label, words) for label, words in rows if words]


def _theirs(words: str) -> str:
    return shorten(redact_inputs(words))


def _paragraphs(words: str) -> list[str]:
    """Return an explanation's paragraphs; a line that says what to read is one of its own."""
    found: list[str] = []
    for line in words.splitlines():
        text = line.strip()
        if not text or not found or text.startswith("Read:"):
            found.append(text)
        else:
            found[-1] = f"{found[-1]} {text}".strip()
    return [text for text in found if text]
