"""What a student is told of one chapter: no hidden input, no solution, nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torchdojo.batch import Kept
from torchdojo.batch.policy import Adjustment
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.report.words import shortened, without_inputs

DONE = ("passed", "skipped")
OURS = "The grader itself failed here. That costs you nothing: your course staff sees it in their report."
SAID = {
    "passed": "passed",
    "failed": "not right yet",
    "todo": "not written yet",
    "error": "raised an exception",
    "timeout": "too slow: stopped",
    "memory": "too much memory: stopped",
    "crashed": "ended without an answer",
    "forbidden": "uses what is not allowed here",
    "skipped": "skipped: not counted",
    "grader_error": "the grader failed: not charged",
}


@dataclass(frozen=True)
class CheckView:
    """One check as the page shows it. rows: labels and words; mark: a sign for its status"""

    title: str
    status: str
    points: float
    earned: float
    rows: list[tuple[str, str]]
    advice: list[str]
    mistake: str
    explanation: list[str]

    @property
    def passed(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in DONE

    @property
    def mark(self) -> str:
        """A sign that shows the status without colour."""
        return {"passed": "✓", "skipped": "–", "todo": "○"}.get(self.status, "✗")

    @property
    def said(self) -> str:
        """The status in words."""
        return SAID.get(self.status, self.status)


@dataclass(frozen=True)
class ExerciseView:
    """One exercise with its checks. hint: its level and words, or None; read: where to read on"""

    name: str
    points: float
    earned: float
    checks: list[CheckView]
    hint: tuple[int, str] | None
    read: str

    @property
    def passed(self) -> bool:
        """Whether every check is."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Feedback:
    """One student's chapter.

    score: what counts, None if grading failed or the student is exempt; raw: before adjustments, whose reasons follow
    """

    course: str
    number: int
    chapter: str
    title: str
    student: str
    score: float | None
    raw: float | None
    most: float
    status: str
    message: str
    exercises: list[ExerciseView]
    reasons: list[str] = field(default_factory=list)
    exempt: bool = False

    @property
    def share(self) -> float:
        """The share of the points, in [0, 1]."""
        return min(1.0, max(0.0, (self.score or 0.0) / self.most)) if self.most else 0.0


def feedback_of(course: Course, chapter: Chapter, kept: Kept, adjusted: Adjustment | None = None) -> Feedback:
    """Return what to tell a student about one graded chapter."""
    line = kept.line
    rejected = line["status"] == "rejected"
    checks = checks_of(kept)
    views = []
    for exercise in chapter.exercises:
        own = [check for check in checks if check["exercise"] == f"{chapter.name}/{exercise.name}"]
        if own:
            views.append(_exercise(exercise, own, rejected))
    words = str(kept.detail.get("message", "")) or "The file could not be read or loaded."
    return Feedback(
        course=course.title,
        number=course.chapters.index(chapter) + 1,
        chapter=chapter.name,
        title=chapter.title,
        student=kept.student,
        score=line["score"] if adjusted is None else adjusted.score,
        raw=line["score"],
        most=line["max_score"] if adjusted is None or adjusted.exempt else adjusted.max_score,
        exempt=adjusted is not None and adjusted.exempt,
        status=line["status"],
        message=_theirs(words) if rejected else "",
        exercises=views,
        reasons=list(adjusted.reasons) if adjusted is not None else [],
    )


def checks_of(kept: Kept) -> list[dict[str, Any]]:
    """Return each check's entry of results.jsonl together with what is known beyond it."""
    more = {(check["exercise"], check["check"]): check for check in kept.detail.get("checks", [])}
    return [{**more.get((check["exercise"], check["check"]), {}), **check} for check in kept.line["checks"]]


def _exercise(exercise: Exercise, checks: list[dict[str, Any]], rejected: bool) -> ExerciseView:
    views: list[CheckView] = []
    for check in checks:
        view = _check(check, rejected)
        if view.mistake and any(view.mistake == other.mistake for other in views):
            view = replace(view, explanation=[])  # said once is enough
        views.append(view)
    return ExerciseView(
        name=exercise.name,
        points=sum(check["points"] for check in checks if check["status"] != "skipped"),
        earned=sum(check["earned"] for check in checks),
        checks=views,
        hint=None if rejected else hint_for(exercise, checks),
        read=exercise.read or "",
    )


def hint_for(exercise: Exercise, checks: Sequence[dict[str, Any]]) -> tuple[int, str] | None:
    """Return the level and words of the hint that fits, or None.

    An exercise not yet written gets the first hint, a nudge. One that was tried gets the second, the idea: whoever
    tried has the nudge behind them. Nobody gets the third, which is almost the answer. None where all is well, where
    only the grader failed, and where what fails is put down to another exercise that this one builds on.
    """
    open_checks = [check for check in checks if check["status"] not in (*DONE, "grader_error")]
    if not open_checks:
        return None
    if exercise.builds_on and all("It builds on " in check.get("advice", "") for check in open_checks):
        return None
    untouched = all(check["status"] == "todo" for check in checks)
    return (1, exercise.hints[0]) if untouched else (2, exercise.hints[1])


def _check(check: dict[str, Any], rejected: bool) -> CheckView:
    status = check["status"]
    rows: list[tuple[str, str]] = []
    advice: list[str] = []
    explanation: list[str] = []
    if status == "grader_error":
        advice = [OURS]
    elif status not in DONE and not rejected:
        rows = _rows(check)
        advice = [shortened(line) for line in check.get("advice", "").splitlines() if line]
        explanation = _paragraphs(check.get("explanation", ""))
    return CheckView(
        title=check.get("title") or check["check"].replace("_", " "),
        status=status,
        points=check["points"],
        earned=check["earned"],
        rows=rows,
        advice=advice,
        mistake=(check.get("mistake_title") or str(check["mistake"]).replace("_", " ")) if check["mistake"] else "",
        explanation=explanation,
    )


def _rows(check: dict[str, Any]) -> list[tuple[str, str]]:
    if "got" not in check:  # kept by an older version: all that there is
        return [("message", _theirs(check["message"]))] if check["message"] else []
    said = str(check["got"])
    quoted = '"' in said or "'" in said
    got = _theirs(said) if check.get("theirs") or quoted else shortened(said)
    rows = [("called", shortened(check["called"])), ("expected", shortened(check["expected"])), ("got", got)]
    if check.get("line") and check["status"] != "todo":
        rows.append(("at", f"line {check['line']}   {shortened(check['text'])}".rstrip()))
    return [(label, words) for label, words in rows if words]


def _theirs(words: str) -> str:
    return shortened(without_inputs(words))


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
