"""The learner's screen: where they are, the first thing to look at, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from torchdojo.cli.common import spelled
from torchdojo.files import display_path
from torchdojo.grading.status import CheckStatus, ExerciseStatus, ResultStatus
from torchdojo.learner.progress import Progress, Standing
from torchdojo.report.check_view import CheckView, view_check

if TYPE_CHECKING:
    from torchdojo.course import Chapter, Exercise
    from torchdojo.learner.checker import Checked

STYLES = {ExerciseStatus.PASSED: "green", ExerciseStatus.FAILED: "bold red"}
CHECK_STYLES = {CheckStatus.PASSED: "green", CheckStatus.TODO: "dim", CheckStatus.SKIPPED: "yellow"}
NARROWEST, WIDEST, PROSE = 60, 120, 100
LABEL = 12
SHOWN_LINES = 12


class Screen:
    """Prints on a console. Every method prints one part of a screen."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self.console = console
        self.progress = progress
        self.course = progress.course
        self.width = max(NARROWEST, min(console.width, WIDEST))

    def checked(self, all_checked: list[Checked], news: Iterable[Chapter] = (), *, show_all: bool = False) -> None:
        """Show what was checked: the first thing to fix in it, or what comes next.

        news: chapters that were not complete before
        """
        self.head()
        if len(all_checked) == len(self.course.chapters):
            self.overview()
        else:
            for one in all_checked:
                self.row(one.chapter, {exercise.name for exercise in one.exercises})
            self.console.print()
        if show_all:
            for one in all_checked:
                self.every_check(one)
        for one in all_checked:
            if one.trouble:
                self.trouble(one)
        first = self._first_failing(all_checked)
        for chapter in news:
            self.celebrate(chapter)
        if first is not None:
            self.failing(*first)
        else:
            self._what_was_right(all_checked, news)
            self.what_is_next(all_checked)
        self.commands(first[1] if first else None)

    def _first_failing(self, all_checked: list[Checked]) -> tuple[Checked, Exercise | None] | None:
        """Return the first thing to fix: a file as a whole (no exercise), or an exercise.

        One that builds on an exercise still to do is no news, unless it was asked for.
        """
        for one in all_checked:
            if one.result.status is ResultStatus.REJECTED:
                return one, None
            for exercise in one.exercises:
                wrong = any(check.status.is_wrong for check in one.checks_of(exercise))
                if wrong and not (one.whole and self.progress.waits(one.chapter, exercise)):
                    return one, exercise
        return None

    def head(self) -> None:
        """Show the course's title and how much of it is done, in exercises and in points."""
        standings = list(self.progress)
        done = sum(standing.status is ExerciseStatus.PASSED for standing in standings)
        points, most = sum(s.earned for s in standings), sum(s.most for s in standings)
        right = f"{done} of {len(standings)} exercises"
        title = Text(f" torchdojo · {self.course.title}", "bold")
        title.truncate(self.width - len(right) - 2, overflow="ellipsis", pad=True)
        self._line(title.append("  " + right, "bold"))
        right = f"{points:g} of {most:g} points"
        room = self.width - len(right) - 3
        filled = round(room * points / most) if most else 0
        filled = min(max(filled, 1 if points else 0), room if points == most else room - 1)
        self._line(Text(" ").append("█" * filled, "green").append("░" * (room - filled), "dim").append(f"  {right}"))
        if self.course.hidden_points:
            words = f"Grading has more checks than these, worth {self.course.hidden_points:g} points."
            self._line(Text(f" {words}", "dim"))
        self.console.print()

    def overview(self) -> None:
        """Show all chapters, several a line, like the table of contents of a thin book."""
        longest = max(len(self.name(chapter)) for chapter in self.course.chapters) + 3
        cells = []
        for chapter in self.course.chapters:
            cells.append(Text(f" {self.name(chapter)}".ljust(longest)).append_text(self.dots(chapter)))
        wide = max(cell.cell_len for cell in cells) + 3
        columns = max(1, (self.width + 3) // wide)
        for left in range(0, len(cells), columns):
            line = Text()
            for cell in cells[left : left + columns]:
                line.append_text(cell).append(" " * (wide - cell.cell_len))
            line.rstrip()
            self._line(line)
        self.console.print()

    def listing(self, at: Standing | None = None) -> None:
        """List every exercise with its points. at: the one at hand; then only its chapter is listed in full."""
        words, here = ("at hand", at) if at is not None else ("next", self.progress.at_hand())
        for chapter in self.course.chapters:
            self.row(chapter)
            for standing in self.progress.chapter(chapter) if at is None or chapter is at.chapter else ():
                status = standing.status
                line = (
                    Text("   ").append(status.mark, STYLES.get(status, "dim")).append(f" {standing.exercise.name:<24}")
                )
                line.append(f"{standing.earned:g} of {standing.most:g}".rjust(9), "dim")
                line.append("   ").append(status.words, "red" if status is ExerciseStatus.FAILED else "dim")
                if standing is here:
                    line.append(f"  ← {words}, in {self.place(standing)}", "bold")
                self._line(line)
        self.console.print()

    def row(self, chapter: Chapter, named: set[str] | None = None) -> None:
        """Show one chapter with its points. named: the exercises it is about, or None for all."""
        standings = self.progress.chapter(chapter)
        points = f"{sum(s.earned for s in standings):g} of {sum(s.most for s in standings):g} points"
        line = Text(f" {self.name(chapter)}".ljust(20)).append_text(self.dots(chapter, named))
        self._line(line.append(points.rjust(max(len(points) + 2, self.width - line.cell_len))))

    def dots(self, chapter: Chapter, named: set[str] | None = None) -> Text:
        """Return a mark for each exercise of a chapter; the others are faint where only some are named."""
        dots = Text()
        for standing in self.progress.chapter(chapter):
            style = STYLES.get(standing.status, "dim")
            dots.append(standing.status.mark, style if named is None or standing.exercise.name in named else "dim")
        return dots

    def name(self, chapter: Chapter) -> str:
        """Return a chapter's number and short name."""
        return f"{self.course.chapters.index(chapter) + 1} {chapter.short}"

    def every_check(self, one: Checked) -> None:
        """List every check with its verdict."""
        for exercise in one.exercises:
            for check in one.checks_of(exercise):
                status = check.status
                note = "" if status in (CheckStatus.PASSED, CheckStatus.FAILED) else f"  ({status.label})"
                line = (
                    Text(f"   {exercise.name:<22} ")
                    .append(status.mark, CHECK_STYLES.get(status, "red"))
                    .append(f" {check.title}{note}")
                )
                if check.mistake:
                    line.append(f"  · {check.mistake_title}", "yellow")
                self._hanging(line, 27)
        self.console.print()

    def trouble(self, one: Checked) -> None:
        """Say that a chapter could not be checked, and that its code is not the reason."""
        self.paragraph(f"! {self.name(one.chapter)} was not checked: {one.trouble}.", "yellow", 1)
        self.paragraph(f"That is the installation, not your code. {spelled('doctor')} says more.", "", 3)
        self.console.print()

    def failing(self, one: Checked, exercise: Exercise | None) -> None:
        """Show the first thing to fix: a file that cannot be loaded, or an exercise's first failing check."""
        if exercise is None:
            self.rejected(one)
            return
        checks = [c for c in one.checks_of(exercise) if c.status.is_wrong]
        check = checks[0]
        finding = check.finding
        place = display_path(one.path) + (f":{finding.line}" if finding.line else "")
        self._heading(Text().append("✗ ", "bold red").append(exercise.name, "bold").append(f" · {check.title}"), place)
        stopped = "" if check.status in (CheckStatus.FAILED, CheckStatus.ERROR) else f" ({check.status.label})"
        view = view_check(check, one.path.name)
        for label, text in view.rows:
            self._block(label, text + stopped if label == "got" else text)
        self.console.print()
        self._explain(view, exercise)
        self._more(exercise, len(checks) - 1)
        self.console.print()

    def _explain(self, view: CheckView, exercise: Exercise) -> None:
        for text in view.advice:
            self.paragraph(text)
        if view.mistake:
            self.paragraph(view.diagnosis, "yellow")
        for text in view.explanation:
            self.paragraph(text)
        if exercise.read and not any(exercise.read in text for text in view.explanation):
            self.read(exercise.read)

    def _more(self, exercise: Exercise, more: int) -> None:
        if more > 0:
            plural = "check waits" if more == 1 else "checks wait"
            command = spelled(f"check {exercise.name} --all")
            self.paragraph(f"{more} more {plural} for this one: {command}", "dim")

    def rejected(self, one: Checked) -> None:
        """Show why a file could not be read or loaded."""
        check = one.result.checks[0] if one.result.checks else None
        line = check.finding.line if check else None
        place = display_path(one.path) + (f":{line}" if line else "")
        self._heading(Text().append(f"✗ {one.path.name} could not be read or loaded", "bold red"), place)
        self._block("got", one.result.message)
        if check and check.finding.text:
            self._block("at", f"{one.path.name}:{line}   {check.finding.text}")
        self.console.print()
        self.paragraph("None of its exercises can be checked until this is mended.", "dim")
        self.console.print()

    def hint(self, chapter: Chapter, exercise: Exercise, level: int, *, with_reading: bool = True) -> None:
        """Show one hint, and what to read. level: from 1 to the number of hints."""
        title = Text().append(" ? ", "bold cyan").append(exercise.name, "bold")
        self._line(title.append(f" · hint {level} of {len(exercise.hints)} · {self.name(chapter)}", "dim"))
        self.console.print()
        self.paragraph(exercise.hints[level - 1])
        if exercise.read and with_reading:
            self.read(exercise.read)
        self.console.print()

    def read(self, address: str) -> None:
        """Show what to read: the name it is about, and its address, whole on one line."""
        words = re.search(r"/generated/([\w.]+?)\.html", address)
        link = Text(address, f"link {address}")
        named = Text().append(f"   Read: {words[1]} · " if words else "   Read: ", "dim").append_text(link)
        bare = Text().append("   Read: ", "dim").append_text(link)
        for line in (named, bare):
            if line.cell_len <= self.width:
                self._line(line)
                return
        self._line(Text("   Read:", "dim"))
        self._line(Text("   ").append_text(link))

    def passed(self, one: Checked, exercise: Exercise) -> None:
        """Say that an exercise is right."""
        checks = one.checks_of(exercise)
        skipped = sum(check.status is CheckStatus.SKIPPED for check in checks)
        number = len(checks) - skipped
        words = "its check passes" if number == 1 else f"all {number} checks pass"
        words += f", {skipped} skipped" if skipped else ""
        points = self.progress.of(one.chapter, exercise).earned
        self._line(
            Text().append(" ✓ ", "bold green").append(exercise.name, "bold").append(f" · {words} · {points:g} points")
        )
        self.console.print()

    def todo(self, standing: Standing) -> None:
        """Say, calmly, that an exercise is still to do, and where."""
        name, place = standing.exercise.name, self.place(standing)
        self._hanging(Text().append(" ○ ", "dim").append(name, "bold").append(f" is still to do, in {place}."), 3)
        self.console.print()

    def place(self, standing: Standing, *, with_line: bool = True) -> str:
        """Return where an exercise is, as an editor understands it."""
        path = display_path(self.progress.folder / f"{standing.chapter.name}.py")
        return f"{path}:{standing.line}" if standing.line and with_line else path

    def celebrate(self, chapter: Chapter) -> None:
        """Say that a chapter is complete, and where the reference is to compare with, if the course shows it."""
        points = sum(standing.most for standing in self.progress.chapter(chapter))
        self._line(Text(f" ★ {chapter.title}: all {points:g} points.", "bold green"))
        if chapter.hidden_points:
            words = f"{chapter.hidden_points:g} more points are in checks that only your grader has."
            self.paragraph(f"That is all that can be checked here. {words}")
        reference = self.course.reference_file(chapter)
        own = self.progress.folder.resolve() != reference.parent.resolve()
        if self.course.show_reference and reference.is_file() and own:
            self.paragraph(f"Compare your way with the reference's: {display_path(reference)}")
        if (self.course.root / "runs" / f"{chapter.name}.py").is_file():
            self.paragraph(f"See it at work: {spelled(f'run {chapter.name}')} trains with your code and draws it.")
        self.console.print()

    def _what_was_right(self, all_checked: list[Checked], news: Iterable[Chapter]) -> None:
        """Say what was asked for and is right; a chapter's celebration says it already."""
        said = {chapter.name for chapter in news}
        if len(all_checked) == len(self.course.chapters):
            return
        for one in all_checked:
            if one.whole and one.all_passed and one.chapter.name not in said:
                self.celebrate(one.chapter)
            for exercise in () if one.whole else one.exercises:
                standing = self.progress.of(one.chapter, exercise)
                if standing.status is ExerciseStatus.PASSED:
                    self.passed(one, exercise)
                elif standing.status is ExerciseStatus.TODO:
                    self.todo(standing)

    def what_is_next(self, all_checked: list[Checked]) -> None:
        """Name what to do next, without its errors."""
        named = [self.progress.of(one.chapter, e) for one in all_checked if not one.whole for e in one.exercises]
        if any(standing.status is ExerciseStatus.TODO for standing in named):
            return
        standing = self.progress.at_hand()
        if standing is None:
            if any(one.trouble for one in all_checked):
                return
            words = f" That was the whole course: all {sum(s.most for s in self.progress):g} points. Well done."
            self._line(Text(words, "bold green"))
        elif all(s.status is ExerciseStatus.TODO for s in self.progress):
            place = self.place(standing, with_line=False)
            words = f"Nothing is done yet. Start with {standing.exercise.name} in {place}."
            self.paragraph(words, "bold", 1)
        elif standing.exercise is standing.chapter.exercises[0] and standing.status is ExerciseStatus.TODO:
            number, place = self.course.chapters.index(standing.chapter) + 1, self.place(standing, with_line=False)
            words = f"Next: chapter {number}, {standing.chapter.title}. Open {place}"
            self.paragraph(f"{words} and begin with {standing.exercise.name}.", "bold", 1)
        else:
            self.paragraph(f"Next: {standing.exercise.name}, in {self.place(standing)}", "bold", 1)
        self.console.print()

    def commands(self, exercise: Exercise | None) -> None:
        """Show the commands that help from here. exercise: the one to fix, if there is one."""
        if self.progress.at_hand() is None:
            return
        wanted = exercise.name if exercise else ""
        offers = [
            (spelled("check"), "again when you have changed something"),
            (spelled("watch"), "does it on every save"),
            (spelled(f"hint {wanted}".strip()), "helps"),
        ]
        one_line = "     ".join(f"{command}  {words}" for command, words in offers)
        longest = max(len(command) for command, _ in offers)
        lines = [one_line] if len(one_line) < self.width else [f"{c:<{longest}}  {words}" for c, words in offers]
        for line in lines:
            self._line(Text(" " + line, "dim"))
        self.console.print()

    def _heading(self, words: Text, place: str) -> None:
        """Print a title with its place at the right, or beneath it where both have no room on one line."""
        line = Text(" ").append_text(words)
        if line.cell_len + len(place) + 2 <= self.width:
            self._line(line.append(place.rjust(self.width - line.cell_len), "dim"))
        else:
            self._hanging(line, 3)
            self._line(Text(f"   {place}", "dim"))
        self.console.print()

    def _block(self, label: str, words: str) -> None:
        """Print a labelled message; its own lines stay lines, long ones are wrapped."""
        lines = [line for line in words.replace("\x1b", "␛").splitlines() if line.strip()]
        for index, line in enumerate(lines[:SHOWN_LINES]):
            name = label if index == 0 else ""
            self._hanging(Text().append(f"     {name:<{LABEL}}", "dim").append(line), 5 + LABEL)
        if len(lines) > SHOWN_LINES:
            self._line(Text(" " * (5 + LABEL) + f"… {len(lines) - SHOWN_LINES} more lines", "dim"))

    def paragraph(self, words: str, style: str = "", indent: int = 3) -> None:
        """Print a paragraph, wrapped to the screen and indented."""
        text = Text(words, style)
        for line in text.wrap(self.console, min(self.width, PROSE) - indent):
            line.rstrip()
            self._line(Text(" " * indent).append_text(line))

    def _hanging(self, text: Text, indent: int) -> None:
        """Print text whose later lines are indented."""
        head, rest = text[:indent], text[indent:]
        for index, line in enumerate(rest.wrap(self.console, self.width - indent)):
            line.rstrip()
            self._line((head if index == 0 else Text(" " * indent)).append_text(line))

    def _line(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
