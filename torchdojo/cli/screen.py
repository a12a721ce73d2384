"""The learner's screen: where they are, the first thing to look at, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading import CheckResult, Result

DONE = ("passed", "skipped")
MARKS = {"passed": ("●", "green"), "failed": ("✗", "red"), "todo": ("○", "dim")}
CHECK_MARKS = {"passed": ("✓", "green"), "todo": ("○", "dim"), "skipped": ("–", "yellow")}
LABEL = 12
MIN_WIDTH = 60


@dataclass(frozen=True)
class ChapterState:
    """A chapter as it was found: its file and its result; exercise: the only one checked, or None for all."""

    chapter: Chapter
    path: Path
    result: Result
    exercise: Exercise | None = None

    @property
    def all_passed(self) -> bool:
        """Whether nothing is left to do in what was checked."""
        return self.result.status == "graded" and all(check.status in DONE for check in self.result.checks)

    def checks_of(self, exercise: Exercise) -> list[CheckResult]:
        """The checks of one exercise."""
        return [check for check in self.result.checks if check.exercise == f"{self.chapter.name}/{exercise.name}"]

    def state_of(self, exercise: Exercise) -> str:
        """Return "passed", "failed" or "todo"; an exercise that was not checked is todo."""
        statuses = {check.status for check in self.checks_of(exercise)}
        if not statuses or statuses == {"todo"}:
            return "todo"
        return "passed" if statuses <= set(DONE) else "failed"


class Screen:
    """Prints states on a console."""

    def __init__(self, console: Console, course: Course, folder: Path) -> None:
        self.console = console
        self.course = course
        self.folder = folder
        self.width = max(MIN_WIDTH, min(console.width, 100))

    def show(self, states: list[ChapterState], *, show_all: bool = False) -> None:
        """Show everything that was checked."""
        self._head(states)
        if len(states) == 1 or any(state.exercise for state in states):
            for state in states:
                self._row(state)
        else:
            self._overview(states)
        self.console.print()
        if show_all:
            for state in states:
                self._every_check(state)
        self._first_thing(states)
        self._foot(states)

    def _head(self, states: list[ChapterState]) -> None:
        exercises = [(state, e) for state in states for e in self._exercises(state)]
        done = sum(state.state_of(e) == "passed" for state, e in exercises)
        points = sum(state.result.score or 0.0 for state in states)
        most = sum(state.result.max_score for state in states)
        title = f" torchdojo · {self.course.title}"
        right = f"{done} of {len(exercises)} exercises"
        self.console.print(Text(title.ljust(self.width - len(right)) + right, style="bold"), soft_wrap=True)
        right = f"{points:g} of {most:g} points"
        room = self.width - len(right) - 3
        filled = round(room * points / most) if most else 0
        if points and not filled:
            filled = 1
        bar = Text(" ").append("█" * filled, "green").append("░" * (room - filled), "dim").append(f"  {right}")
        self.console.print(bar, soft_wrap=True)
        self.console.print()

    def _exercises(self, state: ChapterState) -> list[Exercise]:
        return [state.exercise] if state.exercise else list(state.chapter.exercise)

    def _dots(self, state: ChapterState) -> Text:
        dots = Text()
        for exercise in state.chapter.exercise:
            if state.exercise and exercise.name != state.exercise.name:
                dots.append("·", "dim")
            else:
                mark, style = MARKS[state.state_of(exercise)]
                dots.append(mark, style)
        return dots

    def _name(self, chapter: Chapter) -> str:
        return f"{self.course.chapter.index(chapter) + 1} {chapter.short}"

    def _row(self, state: ChapterState) -> None:
        points = f"{state.result.score or 0:g} of {state.result.max_score:g} points"
        line = Text(f" {self._name(state.chapter)}".ljust(20)).append_text(self._dots(state))
        line.append(points.rjust(max(2, self.width - line.cell_len)))
        self.console.print(line, soft_wrap=True)

    def _overview(self, states: list[ChapterState]) -> None:
        """Show two chapters a line, like the table of contents of a thin book."""
        cells = []
        for state in states:
            cell = Text(f" {self._name(state.chapter)}".ljust(20)).append_text(self._dots(state))
            cells.append(cell.append(" " * max(1, self.width // 2 - cell.cell_len)))
        for left in range(0, len(cells), 2):
            line = Text()
            for cell in cells[left : left + 2]:
                line.append_text(cell)
            line.rstrip()
            self.console.print(line, soft_wrap=True)

    def _every_check(self, state: ChapterState) -> None:
        for exercise in self._exercises(state):
            for check in state.checks_of(exercise):
                mark, style = CHECK_MARKS.get(check.status, ("✗", "red"))
                note = "" if check.status in ("passed", "failed") else f"  ({check.status})"
                line = Text(f"   {exercise.name:<24} ").append(mark, style).append(f" {check.title}{note}")
                if check.mistake:
                    line.append(f"  · {check.mistake_title}", "yellow")
                self.console.print(line, soft_wrap=True)
        self.console.print()

    def _first_thing(self, states: list[ChapterState]) -> None:
        for state in states:
            if state.result.status == "rejected":
                self._say_rejected(state)
                return
            for exercise in self._exercises(state):
                failing = [c for c in state.checks_of(exercise) if c.status not in (*DONE, "todo")]
                if failing:
                    self._say_failure(state, exercise, failing)
                    return
        self._say_next(states)

    def _say_rejected(self, state: ChapterState) -> None:
        self.console.print(Text(f" ✗ {state.path.name} could not be read or loaded", "bold red"), soft_wrap=True)
        self.console.print()
        self._block("got", state.result.message)
        check = state.result.checks[0] if state.result.checks else None
        if check and check.finding.text:
            self._block("at", f"{state.path.name}:{check.finding.line}   {check.finding.text}")
        self.console.print()

    def _say_failure(self, state: ChapterState, exercise: Exercise, failing: list[CheckResult]) -> None:
        check = failing[0]
        finding = check.finding
        place = f"{state.path.name}:{finding.line}" if finding.line else state.path.name
        head = Text(" ✗ ", "bold red").append(exercise.name, "bold").append(f" · {check.title}")
        head.append(place.rjust(max(len(place) + 2, self.width - head.cell_len)), "dim")
        self.console.print(head, soft_wrap=True)
        self.console.print()
        self._block("called", finding.called)
        self._block("expected", finding.expected)
        self._block("got", finding.got if check.status in ("failed", "error") else f"{finding.got} ({check.status})")
        if finding.text:
            self._block("at", f"{place}   {finding.text}")
        self.console.print()
        if finding.advice:
            self._paragraph(finding.advice)
        if check.mistake:
            self._paragraph(f"The answers are exactly those of the mistake “{check.mistake_title}”.", "yellow")
            for paragraph in check.explanation.splitlines():
                self._paragraph(paragraph)
        if exercise.read and exercise.read not in check.explanation:
            self._paragraph(f"Read: {exercise.read}", "dim")
        more = len(failing) - 1
        if more:
            plural = "check waits" if more == 1 else "checks wait"
            self._paragraph(f"{more} more {plural} for this one: dojo check {exercise.name} --all", "dim")
        self.console.print()

    def _block(self, label: str, words: str) -> None:
        for index, line in enumerate(words.splitlines()[:12]):
            name = label if index == 0 else ""
            self.console.print(Text(f"     {name:<{LABEL}}", "dim").append(line, "default"), soft_wrap=True)

    def _paragraph(self, words: str, style: str = "") -> None:
        """Print a paragraph, wrapped to the screen and indented."""
        text = Text(words, style)
        for line in text.wrap(self.console, self.width - 3):
            self.console.print(Text("   ").append_text(line), soft_wrap=True)

    def _say_next(self, states: list[ChapterState]) -> None:
        started = any(s.state_of(e) != "todo" for s in states for e in self._exercises(s))
        for state in states:
            for exercise in self._exercises(state):
                if state.state_of(exercise) != "todo":
                    continue
                checks = state.checks_of(exercise)
                line = checks[0].finding.line if checks else None
                path = _short(state.path)
                if not started and len(states) == len(self.course.chapter):
                    words = f" You are at the start, as you should be. Open {path} and begin with {exercise.name}."
                elif state.state_of(state.chapter.exercise[0]) == "todo" and exercise is state.chapter.exercise[0]:
                    words = f" Next: chapter {self._name(state.chapter)}. Open {path} and begin with {exercise.name}."
                else:
                    words = f" Next: {exercise.name}, in {path}{f':{line}' if line else ''}."
                self._celebrate(states)
                self.console.print(Text(words, "bold"), soft_wrap=True)
                self.console.print()
                return
        self._celebrate(states)

    def _celebrate(self, states: list[ChapterState]) -> None:
        """Say which chapters are complete, and where the reference is to compare with."""
        done = [state for state in states if state.all_passed and state.exercise is None]
        for state in done[-1:]:
            words = f" ★ {state.chapter.title}: all {state.result.max_score:g} points."
            reference = self.course.reference(state.chapter)
            if reference.is_file() and reference.resolve() != state.path.resolve():
                words += f" Compare with {_short(reference)}."
            self.console.print(Text(words, "bold green"), soft_wrap=True)
            self.console.print()

    def _foot(self, states: list[ChapterState]) -> None:
        if all(state.all_passed for state in states):
            return
        command = "make check" if len(states) > 1 else "dojo check"
        line = f" {command}  again when you have changed something      dojo hint  helps      dojo check --all  lists"
        self.console.print(Text(line, "dim"), soft_wrap=True)


def _short(path: Path) -> str:
    """Return a path relative to where the learner stands, if it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
