"""The learner's screen: how far they are, what to fix first, what comes next."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from torchdojo.cli.common import INSTALLATION_ADVICE, spelled
from torchdojo.cli.hyperlinks import shows_links
from torchdojo.files import display_path
from torchdojo.grading.fix_order import wrong_checks
from torchdojo.grading.status import CheckStatus, ExerciseStatus
from torchdojo.learner.next_step import NextStep, first_failure, next_step
from torchdojo.learner.progress import ExerciseProgress, Progress
from torchdojo.report.check_view import PRINTED, view_check

if TYPE_CHECKING:
    from torchdojo.course import Chapter, Exercise
    from torchdojo.grading.result import CheckResult
    from torchdojo.learner.checker import ChapterCheck

STYLES = {ExerciseStatus.PASSED: "green", ExerciseStatus.FAILED: "bold red"}
CHECK_STYLES = {CheckStatus.PASSED: "green", CheckStatus.TODO: "dim", CheckStatus.SKIPPED: "yellow"}
MIN_WIDTH, MAX_WIDTH, MAX_PROSE_WIDTH = 60, 120, 100
LABEL_WIDTH = 12
READING = re.compile(r"Read: (?:(?P<name>.*) · )?(?P<url>https?://\S+)")
MAX_LEARNT = 2  # paragraphs on what was learnt
MAX_LINES, MAX_PRINTED_LINES = 12, 20  # of a message, and of what was printed


class Screen:
    """Prints on a console. Every method prints one part of a screen."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self.console = console
        self.progress = progress
        self.course = progress.course
        self.width = max(MIN_WIDTH, min(console.width, MAX_WIDTH))

    def checked(
        self,
        checks: list[ChapterCheck],
        completed: Collection[Chapter] = (),
        by_hand: Collection[ExerciseProgress] = (),
        *,
        show_all: bool = False,
    ) -> None:
        """Show what was checked: the first thing to fix in it, or what comes next.

        completed: chapters that these checks have completed; by_hand: exercises that were named, and that people grade
        show_all: list every check
        """
        self.header(self.progress.last_time)
        if len(checks) == len(self.course.chapters):
            self.overview()
        elif checks:
            for check in checks:
                self.row(check.chapter, {exercise.name for exercise in check.exercises})
            self.console.print()
        if show_all:
            for check in checks:
                self.every_check(check)
        for check in checks:
            if check.installation_problem:
                self.installation_problem(check)
            self.notes(check)
        for chapter in completed:
            self.celebrate(chapter)
        for entry in by_hand:
            self.rubric(entry)
        failure = first_failure(checks, self.progress)
        if failure:
            self.learnt()
            self.failure(*failure)
        else:
            self._successes(checks, completed)
            self.learnt()
            self.show_next_step(checks)
        self.commands(failure[1] if failure else None)

    def header(self, note: str = "") -> None:
        """Show the course's title and how much of it is done, in exercises and in points. note: a line below"""
        entries = list(self.progress)
        passed = sum(entry.status is ExerciseStatus.PASSED for entry in entries)
        points, max_points = _points(entries)
        right = f"{passed} of {len(entries)} exercises"
        title = Text(f" torchdojo · {self.course.title}", "bold")
        title.truncate(self.width - len(right) - 2, overflow="ellipsis", pad=True)
        self._line(title.append("  " + right, "bold"))
        right = f"{points:g} of {max_points:g} points"
        room = self.width - len(right) - 3
        filled = round(room * points / max_points) if max_points else 0
        filled = min(max(filled, 1 if points else 0), room if points == max_points else room - 1)
        self._line(Text(" ").append("█" * filled, "green").append("░" * (room - filled), "dim").append(f"  {right}"))
        if self.course.hidden_points:
            self._line(Text(f" Grading runs further checks, worth {self.course.hidden_points:g} points.", "dim"))
        if self.course.hand_points:
            self._line(Text(f" Graded by hand: {_in_points(self.course.hand_points, 'more ')}.", "dim"))
        if note:
            self._line(Text(f" {note}", "dim"))
        self.console.print()

    def overview(self) -> None:
        """Show all chapters, several per line."""
        longest = max(len(self.name(chapter)) for chapter in self.course.chapters) + 3
        cells = [Text(f" {self.name(c)}".ljust(longest)).append_text(self.marks(c)) for c in self.course.chapters]
        cell_width = max(cell.cell_len for cell in cells) + 3
        columns = max(1, (self.width + 3) // cell_width)
        for left in range(0, len(cells), columns):
            line = Text()
            for cell in cells[left : left + columns]:
                line.append_text(cell).append(" " * (cell_width - cell.cell_len))
            line.rstrip()
            self._line(line)
        self.console.print()

    def exercises(self, full: Collection[Chapter], marked: ExerciseProgress | None, label: str) -> None:
        """List the chapters. full: those whose exercises are listed too; marked: the exercise that gets the label"""
        for chapter in self.course.chapters:
            self.row(chapter)
            entries = self.progress.chapter(chapter) if chapter in full else []
            longest = max((len(entry.exercise.name) for entry in entries), default=0)
            for entry in entries:
                line = Text("   ").append(entry.status.mark, STYLES.get(entry.status, "dim"))
                line.append(f" {entry.exercise.name:<{longest}}")
                points = f"{entry.earned:g} of {entry.max_points:g}"
                line.append((_in_points(entry.exercise.points) if entry.exercise.by_hand else points).rjust(11), "dim")
                failed = entry.status is ExerciseStatus.FAILED
                line.append("   ").append(entry.status.words, "red" if failed else "dim")
                if entry is marked:
                    line.append(self._marker(entry, label, self.width - line.cell_len), "bold")
                self._line(line)
        self.console.print()

    def _marker(self, entry: ExerciseProgress, label: str, room: int) -> str:
        """Return an arrow with where an exercise is, in the fullest form for which there is room."""
        place = self.location(entry)
        name = place.replace("\\", "/").rsplit("/", 1)[-1]
        forms = [f"  ← {label}: {place}", f"  ← {place}", f"  ← {label}: {name}"]
        return next((form for form in forms if len(form) <= room), f"  ← {label}")

    def row(self, chapter: Chapter, selected: set[str] | None = None) -> None:
        """Show one chapter with its points. selected: the exercises it is about, None for all"""
        earned, max_points = _points(self.progress.chapter(chapter))
        points = f"{earned:g} of {max_points:g} points"
        line = Text(f" {self.name(chapter)}".ljust(20)).append_text(self.marks(chapter, selected))
        self._line(line.append(points.rjust(max(len(points) + 2, self.width - line.cell_len))))

    def marks(self, chapter: Chapter, selected: set[str] | None = None) -> Text:
        """Return a mark for each exercise of a chapter, faint for those that are not selected."""
        marks = Text()
        for entry in self.progress.chapter(chapter):
            bright = selected is None or entry.exercise.name in selected
            marks.append(entry.status.mark, STYLES.get(entry.status, "dim") if bright else "dim")
        return marks

    def name(self, chapter: Chapter) -> str:
        """Return a chapter's number and short name."""
        return f"{self.course.chapters.index(chapter) + 1} {chapter.short}"

    def every_check(self, checked: ChapterCheck) -> None:
        """List every check with its status."""
        for exercise in checked.exercises:
            for check in checked.checks(exercise):
                note = "" if check.status in (CheckStatus.PASSED, CheckStatus.FAILED) else f"  ({check.status.label})"
                style = CHECK_STYLES.get(check.status, "red")
                line = Text(f"   {exercise.name:<22} ").append(check.status.mark, style)
                line.append(f" {check.title}{note}")
                if check.mistake:
                    line.append(f"  · {check.mistake_title}", "yellow")
                self._hanging(line, 27)
        self.console.print()

    def notes(self, checked: ChapterCheck) -> None:
        """Show what there is to say about how a file was loaded."""
        notes = [*checked.result.notes, *checked.warnings]
        for note in notes:
            self._hanging(Text(f" ! {checked.path.name}: {note}", "yellow"), 3)
        if notes:
            self.console.print()

    def installation_problem(self, checked: ChapterCheck) -> None:
        """Say that a chapter could not be checked, and that its code is not the reason."""
        self.paragraph(f"! {self.name(checked.chapter)} was not checked: {checked.installation_problem}.", "yellow", 1)
        self.paragraph(INSTALLATION_ADVICE.format(spelled("doctor")), "", 3)
        self.console.print()

    def failure(self, checked: ChapterCheck, exercise: Exercise | None) -> None:
        """Show the first thing to fix: a file that cannot be loaded, or an exercise's first failing check."""
        if exercise is None:
            self.rejected(checked)
            return
        failed = wrong_checks(checked.checks(exercise))
        view, line = view_check(failed[0], checked.path.name, is_own=True), failed[0].finding.line
        location = display_path(checked.path) + (f":{line}" if line else "")
        title = Text().append("✗ ", "bold red").append(exercise.name, "bold").append(f" · {view.title}")
        self.heading(title, location)
        stopped = "" if view.status in (CheckStatus.FAILED, CheckStatus.ERROR) else f" ({view.status.label})"
        for label, text in view.rows:
            if label == PRINTED:
                self.printed(text)
            else:
                self.block(label, text + stopped if label == "got" else text)
        self.console.print()
        if view.mistake:
            self.paragraph(view.diagnosis, "yellow")
        readings = [match for text in view.explanation if (match := READING.fullmatch(text))]
        for text in view.explanation:
            if not READING.fullmatch(text):
                self.paragraph(text)
        for text in view.advice:
            self.paragraph(text, "yellow" if view.status is CheckStatus.GRADER_ERROR else "")
        if readings:  # of the mistake, which is closer to the fault than the exercise's
            self.read(readings[0]["url"], readings[0]["name"] or "")
        elif exercise.read and view.status is CheckStatus.FAILED:  # an exception is about Python, mostly
            self.read(exercise.read)
        if len(failed) > 1:
            more = "1 more check fails" if len(failed) == 2 else f"{len(failed) - 1} more checks fail"
            self.paragraph(f"{more} for this exercise: {spelled(f'check {exercise.name} --all')}", "dim")
        self.console.print()

    def rejected(self, checked: ChapterCheck) -> None:
        """Show why a file could not be read or loaded."""
        check = checked.result.checks[0] if checked.result.checks else None
        line = check.finding.line if check else None
        location = display_path(checked.path) + (f":{line}" if line else "")
        self.heading(Text().append(f"✗ {checked.path.name} could not be read or loaded", "bold red"), location)
        self.block("got", checked.result.message)
        if check and check.finding.text:
            self.block("at", f"{checked.path.name}:{line}   {check.finding.text}")
        self.console.print()
        self.paragraph("None of its exercises can be checked until this is fixed.", "dim")
        self.console.print()

    def hint(self, entry: ExerciseProgress, level: int | None, *, with_reading: bool = True) -> None:
        """Show one hint, and what to read. level: from 1, or None for that of the failing check"""
        exercise = entry.exercise
        which = f"hint {level} of {len(exercise.hints)}" if level else "hint for the check that fails"
        title = Text().append(" ? ", "bold cyan").append(exercise.name, "bold")
        self._line(title.append(f" · {which} · {self.name(entry.chapter)}", "dim"))
        self.console.print()
        self.paragraph(exercise.hints[level - 1] if level else entry.hint)
        if exercise.read and with_reading:
            self.read(exercise.read)
        self.console.print()

    def rubric(self, entry: ExerciseProgress) -> None:
        """Show what people give points for in an exercise that only they grade."""
        exercise = entry.exercise
        title = Text().append("✎ ", "bold cyan").append(exercise.name, "bold")
        title.append(f" · graded by hand · {_in_points(exercise.points)}", "dim")
        self.heading(title, self.location(entry))
        for item in exercise.rubric:
            self.block(_in_points(item.points), item.title)
        self.console.print()

    def learnt(self) -> None:
        """Show what to take from the exercises that have just become right for the first time."""
        entries = [self.progress[identity] for identity in self.progress.newly_passed]
        entries = [entry for entry in entries if entry.exercise.learnt and entry.status is ExerciseStatus.PASSED]
        for entry in entries[-MAX_LEARNT:]:
            self._line(Text().append(" ✓ ", "bold green").append(f"{entry.exercise.name} is done.", "bold"))
            self.paragraph(entry.exercise.learnt or "")
            self.console.print()

    def read(self, url: str, name: str = "") -> None:
        """Show what to read: its name and URL, whole on one line, or the name as a link where that is too long."""
        generated = re.search(r"/generated/([\w.]+?)\.html", url)
        name = name or (generated[1] if generated else "")
        link = Text(url, f"link {url}")
        label = Text("   Read: ", "dim")
        named = Text().append_text(label).append(f"{name} · " if name else "", "dim").append_text(link)
        bare = Text().append_text(label).append_text(link)
        for line in (named, bare):
            if line.cell_len <= self.width:
                self._line(line)
                return
        if shows_links(self.console, os.environ):
            self._line(label.append(name or url.rsplit("/", 1)[-1], f"underline link {url}"))
            return
        self._line(label.append(name))
        self._line(Text("   ").append_text(link))

    def passed(self, checked: ChapterCheck, exercise: Exercise) -> None:
        """Say that an exercise is right."""
        checks = checked.checks(exercise)
        skipped = sum(check.status is CheckStatus.SKIPPED for check in checks)
        number = len(checks) - skipped
        passed = "its check passes" if number == 1 else f"all {number} checks pass"
        passed += f", {skipped} skipped" if skipped else ""
        points = self.progress[checked.chapter.id_of(exercise)].earned
        line = Text().append(" ✓ ", "bold green").append(exercise.name, "bold")
        self._line(line.append(f" · {passed} · {points:g} points"))
        self.console.print()
        self.printed_first(checks)

    def printed(self, text: str) -> None:
        """Show the last lines that were printed."""
        self.block(PRINTED, text, most=MAX_PRINTED_LINES)

    def printed_first(self, checks: list[CheckResult]) -> None:
        """Show what was printed during the first of some checks that printed anything."""
        text = next((check.finding.printed for check in checks if check.finding.printed), "")
        if text:
            self.printed(text)
            self.console.print()

    def todo(self, entry: ExerciseProgress) -> None:
        """Say that an exercise is still to do, and where."""
        line = Text().append(" ○ ", "dim").append(entry.exercise.name, "bold")
        self._hanging(line.append(f" is still to do: {self.location(entry)}"), 3)
        self.console.print()

    def location(self, entry: ExerciseProgress, *, with_line: bool = True) -> str:
        """Return where an exercise is, in the form that editors open."""
        path = display_path(self.progress.folder / f"{entry.chapter.name}.py")
        return f"{path}:{entry.line}" if entry.line and with_line else path

    def celebrate(self, chapter: Chapter) -> None:
        """Say that a chapter is complete, and where the reference is, if the course shows it."""
        _, max_points = _points(self.progress.chapter(chapter))
        self._line(Text(f" ★ {chapter.title}: all {max_points:g} points.", "bold green"))
        if chapter.hidden_points:
            self.paragraph(f"You pass every check that you have. Grading adds {chapter.hidden_points:g} more points.")
        if chapter.hand_exercises:
            names = ", ".join(exercise.name for exercise in chapter.hand_exercises)
            self.paragraph(f"Graded by hand, for {_in_points(chapter.hand_points, 'more ')}: {names}.")
        reference = self.course.reference_file(chapter)
        own = self.progress.folder.resolve() != reference.parent.resolve()
        if self.course.show_reference and reference.is_file() and own:
            self.paragraph(f"Compare your solution with the reference: {display_path(reference)}")
        if (self.course.root / "runs" / f"{chapter.name}.py").is_file():
            self.paragraph(f"See it in action: {spelled(f'run {chapter.name}')} trains using your code and plots it.")
        self.console.print()

    def _successes(self, checks: list[ChapterCheck], completed: Collection[Chapter]) -> None:
        """Say what is right of what was selected, except for chapters that were celebrated already."""
        if len(checks) == len(self.course.chapters) and all(check.is_whole for check in checks):
            return
        for check in checks:
            if check.is_whole and check.all_passed and check.chapter not in completed:
                self.celebrate(check.chapter)
            for exercise in () if check.is_whole else check.exercises:
                entry = self.progress[check.chapter.id_of(exercise)]
                if entry.status is ExerciseStatus.PASSED:
                    self.passed(check, exercise)
                elif entry.status is ExerciseStatus.TODO:
                    self.todo(entry)
                    self.printed_first(check.checks(exercise))

    def show_next_step(self, checks: list[ChapterCheck]) -> None:
        """Name what to do next."""
        step = next_step(checks, self.progress)
        if step is None:
            return
        kind, entry = step
        if entry is None:
            _, max_points = _points(self.progress)
            self._line(Text(f" You have completed the course: all {max_points:g} points. Well done!", "bold green"))
            self.console.print()
            return
        start = f"{entry.exercise.name} in {self.location(entry, with_line=kind is NextStep.CONTINUE)}"
        number = self.course.chapters.index(entry.chapter) + 1
        text = {
            NextStep.START_COURSE: f"Nothing is done yet. Start with {start}.",
            NextStep.START_CHAPTER: f"Next: chapter {number}, {entry.chapter.title}. Start with {start}.",
        }.get(kind, f"Next: {start}")
        self.paragraph(text, "bold", 1)
        self.console.print()

    def commands(self, exercise: Exercise | None) -> None:
        """Show the commands to use next. exercise: the one to fix, if there is one"""
        if self.progress.current_exercise() is None:
            return
        offers = [
            (spelled("check"), "check again"),
            (spelled("watch"), "check on every save"),
            (spelled(f"hint {exercise.name if exercise else ''}".strip()), "get a hint"),
        ]
        if exercise is not None:
            offers.append((spelled(f"try {exercise.name}"), "run the failing call yourself"))
        one_line = "     ".join(f"{command}  {purpose}" for command, purpose in offers)
        longest = max(len(command) for command, _ in offers)
        lines = [one_line] if len(one_line) < self.width else [f"{c:<{longest}}  {purpose}" for c, purpose in offers]
        for line in lines:
            self._line(Text(" " + line, "dim"))
        self.console.print()

    def heading(self, title: Text, location: str) -> None:
        """Print a title with its location at the right, or beneath it where one line is too short for both."""
        line = Text(" ").append_text(title)
        if line.cell_len + len(location) + 2 <= self.width:
            self._line(line.append(location.rjust(self.width - line.cell_len), "dim"))
        else:
            self._hanging(line, 3)
            self._line(Text(f"   {location}", "dim"))
        self.console.print()

    def block(self, label: str, message: str, most: int = MAX_LINES) -> None:
        """Print a labelled message. Its line breaks stay, and long lines are wrapped."""
        lines = [line for line in message.replace("\x1b", "␛").splitlines() if line.strip()]
        for index, line in enumerate(lines[:most]):
            name = label if index == 0 else ""
            name = name if len(name) < LABEL_WIDTH else f"{name}  "
            self._hanging(Text().append(f"     {name:<{LABEL_WIDTH}}", "dim").append(line), 5 + LABEL_WIDTH)
        if len(lines) > most:
            self._line(Text(" " * (5 + LABEL_WIDTH) + f"… {len(lines) - most} more lines", "dim"))

    def paragraph(self, words: str, style: str = "", indent: int = 3) -> None:
        """Print a paragraph, wrapped and indented."""
        for line in Text(words, style).wrap(self.console, min(self.width, MAX_PROSE_WIDTH) - indent):
            line.rstrip()
            self._line(Text(" " * indent).append_text(line))

    def _hanging(self, text: Text, indent: int) -> None:
        """Print text whose second and later lines are indented."""
        head, rest = text[:indent], text[indent:]
        for index, line in enumerate(rest.wrap(self.console, self.width - indent)):
            line.rstrip()
            self._line((head if index == 0 else Text(" " * indent)).append_text(line))

    def _line(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)


def _in_points(points: float, kind: str = "") -> str:
    return f"{points:g} {kind}point" + ("" if points == 1 else "s")


def _points(entries: Collection[ExerciseProgress] | Progress) -> tuple[float, float]:
    """Return the points earned in some exercises, and those that can be earned."""
    return sum(entry.earned for entry in entries), sum(entry.max_points for entry in entries)
