"""Show a grade with all that people decided about it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from torchdojo.report.lms.gradebook import format_points
from torchdojo.review.decisions import Decisions, override_of
from torchdojo.review.grade import CheckGrade, ExerciseGrade, Grade
from torchdojo.review.history import describe_override


def show_grade(terminal: Console, grade: Grade, decisions: Decisions) -> None:
    """Print a student's chapter: the score with its explanation, what people decided, and what is still to decide."""
    for line in grade_lines(grade, decisions):
        terminal.print(line, markup=False, soft_wrap=True)


def grade_lines(grade: Grade, decisions: Decisions) -> Iterator[str]:
    """Yield the lines that `show_grade` prints."""
    yield f" {grade.student} · {grade.chapter}   {score_words(grade)}"
    if grade.explanation:
        yield f"   {grade.explanation}"
    for exercise in grade.exercises:
        yield from _exercise_lines(exercise)
    for doubt in grade.doubts:
        yield f"   IN DOUBT  {doubt.words}: {describe_override(override_of(doubt.standing))}"
    for comment in decisions.comments.get(grade.key, ()):
        kind = "staff note" if comment.comment.staff_only else "comment"
        line = "" if comment.comment.line is None else f"line {comment.comment.line}"
        where = ", ".join(filter(None, (comment.comment.item, line)))
        yield f"   {kind}{f' ({where})' if where else ''} by {comment.entry.by}: {_flat(comment.comment.text)}"
    for request in decisions.requests.get(grade.key, ()):
        where = f" ({request.request.item})" if request.request.item else ""
        answer = f"answered: {_flat(request.answer_text)}" if request.answer else "OPEN, answer it with --answer"
        yield f"   regrade request{where}: {_flat(request.request.text)} · {answer}"
    if mark := decisions.reviewed.get(grade.key):
        same = grade.work is not None and mark.target.submission == grade.work.submission
        yield f"   reviewed by {mark.entry.by}{'' if same else ', but another submission'}"


def score_words(grade: Grade) -> str:
    """Return the score of a grade: "3.25 of 3.5 points"."""
    if grade.exempt:
        return "exempt"
    if grade.score is None:
        return "nothing was submitted" if grade.work is None else "no score: the grader failed"
    return f"{format_points(grade.score)} of {format_points(grade.max_score)} points"


def _exercise_lines(exercise: ExerciseGrade) -> Iterator[str]:
    waiting = {item.name for item in exercise.to_grade}
    graded = f"{format_points(exercise.earned)} of {format_points(exercise.points)}"
    missing = sum(item.points for item in exercise.to_grade)
    yield f"   {exercise.name}   {graded}{f', {format_points(missing)} to be graded by hand' if waiting else ''}"
    if exercise.override:
        yield f"      {describe_override(override_of(exercise.override))} · by {exercise.override.entry.by}"
    for check in exercise.checks:
        if words := _check_words(check, is_waiting=check.name in waiting):
            yield f"      {words}"


def _check_words(check: CheckGrade, *, is_waiting: bool) -> str:
    """Return what was decided of a check, or that an item of a rubric is to be graded; "" if neither."""
    if check.override:
        return f"{describe_override(override_of(check.override))} · by {check.override.entry.by}"
    if check.switched:
        reason = f": {check.switched.reason}" if check.switched.reason else ""
        return f"{check.item} is switched off ({check.switched.mode.replace('_', ' ')}){reason}"
    return f"{check.item}: {format_points(check.points)} points to be graded by hand" if is_waiting else ""


def _flat(text: str) -> str:
    return " ".join(text.split())
