"""Arrange a submission's checks beside the lines of code that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from torchdojo.course import Chapter, Exercise
from torchdojo.desk.submission_code import CodeRow, definition_line
from torchdojo.grading.result import CheckResult, Result
from torchdojo.report.check_view import CheckView, view_exercise


@dataclass(frozen=True)
class CheckPanel:
    """A check as it is shown. line: that it is about, None to show it with its exercise"""

    check: CheckResult
    view: CheckView
    line: int | None = None

    @property
    def target(self) -> str:
        """What decisions call it: "<chapter>/<exercise>/<check>"."""
        return f"{self.check.exercise}/{self.check.check}"

    @property
    def anchor(self) -> str:
        """The id of its element on the page."""
        return f"check-{self.check.exercise.name}-{self.check.check}"


@dataclass(frozen=True)
class ExercisePanel:
    """An exercise with its checks. line: of its definition, None if the submission has none"""

    exercise: Exercise
    checks: list[CheckPanel]
    line: int | None

    @property
    def earned(self) -> float:
        """The points that its checks gave."""
        return sum(panel.check.earned for panel in self.checks)

    @property
    def max_points(self) -> float:
        """The points that its checks could give."""
        return sum(panel.check.max_score for panel in self.checks)

    @property
    def elsewhere(self) -> list[CheckPanel]:
        """The checks that are shown beside another line."""
        return [check for check in self.checks if check.line is not None]

    def shown_here(self, *, done: bool) -> list[CheckPanel]:
        """Return the checks that are shown with it. done: those that passed or were skipped, or the others"""
        return [check for check in self.checks if check.line is None and check.view.status.is_done is done]


@dataclass
class LineNotes:
    """What is shown beside a line: the exercises defined there, and the checks that are about it."""

    exercises: list[ExercisePanel] = field(default_factory=list)
    checks: list[CheckPanel] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """Some rows of code: one with notes, and those after it. The first block's row is None, and so may its notes be."""

    row: CodeRow | None
    notes: LineNotes | None
    rest: list[CodeRow] = field(default_factory=list)


def exercise_panels(chapter: Chapter, result: Result, text: str) -> list[ExercisePanel]:
    """Return the exercises of a chapter with their checks, in its order."""
    panels = []
    last = text.count("\n") + 1
    for exercise in chapter.exercises:
        checks = [check for check in result.checks if check.exercise.name == exercise.name]
        shown = [
            CheckPanel(check, view, _line(check, last))
            for check, view in zip(checks, view_exercise(checks, is_own=True), strict=True)
        ]
        panels.append(ExercisePanel(exercise, shown, definition_line(text, exercise.name)))
    return panels


def _line(check: CheckResult, last: int) -> int | None:
    """Return the line that a check is about. last: of the submission, whose messages may name any"""
    line = check.finding.line
    return line if line is not None and 0 < line <= last and check.status.is_wrong else None


def notes_by_line(panels: Iterable[ExercisePanel]) -> dict[int | None, LineNotes]:
    """Return what to show beside each line; None is for exercises that the submission does not define."""
    notes: dict[int | None, LineNotes] = {}
    for panel in panels:
        notes.setdefault(panel.line, LineNotes()).exercises.append(panel)
        for check in panel.elsewhere:
            notes.setdefault(check.line, LineNotes()).checks.append(check)
    return notes


def arrange(rows: Sequence[CodeRow], notes: Mapping[int | None, LineNotes]) -> list[Block]:
    """Return the rows with their notes, as blocks. What belongs to a line that is not shown is in the first block."""
    shown = {row.number for row in rows if row.number is not None}
    top = LineNotes()
    for line, note in notes.items():
        if line not in shown:
            top.exercises += note.exercises
            top.checks += note.checks
    blocks = [Block(None, top if top.exercises or top.checks else None)]
    for row in rows:
        if row.number is not None and row.number in notes:
            blocks.append(Block(row, notes[row.number]))
        else:
            blocks[-1].rest.append(row)
    return blocks
