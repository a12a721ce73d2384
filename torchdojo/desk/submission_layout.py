"""Arrange a submission's checks beside the lines of code that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from torchdojo.course import Chapter, Exercise
from torchdojo.desk.submission_code import CodeRow, definition_line
from torchdojo.grading.result import CheckResult, Result
from torchdojo.report.check_view import AT, CheckView, view_exercise
from torchdojo.review.decisions import CommentNow
from torchdojo.review.grade import CheckGrade, ExerciseGrade, Grade


@dataclass(frozen=True)
class CheckPanel:
    """A check as it is shown.

    line: that it is about, None to show it with its exercise; grade: what counts of it
    """

    check: CheckResult
    view: CheckView
    line: int | None
    grade: CheckGrade

    @property
    def anchor(self) -> str:
        """The id of its element on the page."""
        return f"check-{self.check.exercise.name}-{self.check.check}"


@dataclass
class ExercisePanel:
    """An exercise with its checks, or with its rubric.

    line: of its definition, None if the submission has none; grade: what counts of it; comments: on all of it
    answer: what the student wrote for an exercise that people grade
    """

    exercise: Exercise
    checks: list[CheckPanel]
    line: int | None
    grade: ExerciseGrade
    comments: list[CommentNow] = field(default_factory=list)
    answer: str = ""

    @property
    def anchor(self) -> str:
        """The id of its element on the page."""
        return f"exercise-{self.exercise.name}"

    @property
    def swapped(self) -> str:
        """The ids of the elements that show its points."""
        return " ".join([self.anchor, *(check.anchor for check in self.elsewhere)])

    @property
    def elsewhere(self) -> list[CheckPanel]:
        """The checks that are shown beside another line."""
        return [check for check in self.checks if check.line is not None]

    def shown_here(self, *, done: bool) -> list[CheckPanel]:
        """Return the checks that are shown with it. done: those that passed or were skipped, or the others"""
        return [check for check in self.checks if check.line is None and check.view.status.is_done is done]


@dataclass
class LineNotes:
    """What is shown beside a line: the exercises defined there, the checks that are about it, and comments on it."""

    exercises: list[ExercisePanel] = field(default_factory=list)
    checks: list[CheckPanel] = field(default_factory=list)
    comments: list[CommentNow] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """Some rows of code: one with notes, and those after it. The first block's row is None, and so may its notes be."""

    row: CodeRow | None
    notes: LineNotes | None
    rest: list[CodeRow] = field(default_factory=list)


def exercise_panels(chapter: Chapter, result: Result, text: str, grade: Grade) -> list[ExercisePanel]:
    """Return the exercises of a chapter with their checks, in its order. grade: what counts of the result"""
    panels = []
    last = text.count("\n") + 1
    for exercise in chapter.exercises:
        counts = grade.exercise(exercise.name)
        if counts is None:  # an exercise that course.toml has only had since the run
            continue
        grades = {check.name: check for check in counts.checks}
        checks = [check for check in result.checks if check.exercise.name == exercise.name]
        definition = definition_line(text, exercise.name)
        shown = [
            _check_panel(check, view, last, definition, grades.get(check.check) or _as_graded(check))
            for check, view in zip(checks, view_exercise(checks, is_own=True), strict=True)
        ]
        panels.append(ExercisePanel(exercise, shown, definition, counts))
    return panels


def _check_panel(
    check: CheckResult, view: CheckView, last: int, definition: int | None, grade: CheckGrade
) -> CheckPanel:
    """Return a check's panel. last: line of the submission, whose messages may name any; definition: the exercise's"""
    line = check.finding.line
    if line is None or not 0 < line <= last or not check.status.is_wrong:
        return CheckPanel(check, view, None, grade)
    beside = replace(view, rows=[row for row in view.rows if row[0] != AT])
    return CheckPanel(check, beside, line if line != definition else None, grade)


def _as_graded(check: CheckResult) -> CheckGrade:
    """Return the grade of a check that was only stored after its submission's grade was made."""
    name, earned = check.exercise.name, check.earned
    return CheckGrade(name, check.check, check.max_score, earned, earned, check.status)


def notes_by_line(panels: Iterable[ExercisePanel], comments: Iterable[CommentNow]) -> dict[int | None, LineNotes]:
    """Return what to show beside each line; None is for exercises that the submission does not define.

    comments: those that are on a line of this submission
    """
    notes: dict[int | None, LineNotes] = defaultdict(LineNotes)
    for panel in panels:
        notes[panel.line].exercises.append(panel)
        for check in panel.elsewhere:
            notes[check.line].checks.append(check)
    for one in comments:
        notes[one.comment.line].comments.append(one)
    return notes


def arrange(rows: Sequence[CodeRow], notes: Mapping[int | None, LineNotes]) -> list[Block]:
    """Return the rows with their notes, as blocks. What belongs to a line that is not shown is in the first block."""
    shown = {row.number for row in rows if row.number is not None}
    top = LineNotes()
    for line, note in notes.items():
        if line not in shown:
            top.exercises += note.exercises
            top.checks += note.checks
            top.comments += note.comments
    blocks = [Block(None, top if top.exercises or top.checks or top.comments else None)]
    for row in rows:
        if row.number is not None and row.number in notes:
            blocks.append(Block(row, notes[row.number]))
        else:
            blocks[-1].rest.append(row)
    return blocks
