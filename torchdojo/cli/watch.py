"""`dojo watch`: check on every save what it changed. This is the wiring; the decisions are in `learner.session`."""

from __future__ import annotations

import contextlib
import queue
import time
from importlib import import_module

import click

from torchdojo.cli.common import console, open_course
from torchdojo.cli.keyboard import keys_to
from torchdojo.cli.picture import wanted
from torchdojo.cli.screen import Screen
from torchdojo.course import Course
from torchdojo.errors import UserError
from torchdojo.files import display_path
from torchdojo.learner.check_queue import CheckQueue, Event
from torchdojo.learner.checker import Checker, start_worker
from torchdojo.learner.file_watcher import Saves
from torchdojo.learner.hints import deeper, depth
from torchdojo.learner.progress import Progress
from torchdojo.learner.reset import reset_exercise
from torchdojo.learner.session import Check, Deeper, Forget, Reset, Session, Simple, Todo, Warm

LOOK_SECONDS = 0.25  # so often the files are looked at even if no bell rings
# Imported before there are threads: two that import the same modules at the same time may wait for each other.
NEEDED = ("pytest", "torchdojo.grading.grader", "torchdojo.cli.watch_page", "watchfiles")


@click.command()
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "bubblewrap", "none"]))
@click.pass_context
def watch(context: click.Context, sandbox: str) -> None:
    """Check on every save what it changed, and show the verdict on the exercise at hand.

    torch stays loaded, so this takes a moment only. It never turns to another exercise by itself.
    """
    course = open_course(context)
    folder = course.root / "exercises"
    saves = Saves(course, folder)
    session = Session(Progress(course, folder), _hints_shown(course))
    events: queue.Queue[Event] = queue.Queue()
    click.echo(" Starting…")
    with start_worker(course, sandbox) as worker:
        for module in NEEDED:
            import_module(module)
        checks = CheckQueue(Checker(course, folder, worker), events.put)
        with (
            checks.running(),
            saves.bell(lambda: events.put(lambda _: [])),
            keys_to(lambda key: events.put(lambda session: session.key(key))) as keyboard,
            contextlib.suppress(KeyboardInterrupt),
        ):
            Watch(course, session, saves, checks, events, keyboard).run()
    click.echo()


def _hints_shown(course: Course) -> dict[str, int]:
    return {f"{c.name}/{e.name}": depth(course, c, e) for c in course.chapters for e in c.exercises}


class Watch:
    """Feeds the session with what happens, and does what it says."""

    def __init__(
        self,
        course: Course,
        session: Session,
        saves: Saves,
        checks: CheckQueue,
        events: queue.Queue[Event],
        keyboard: bool,
    ) -> None:
        self.course = course
        self.session = session
        self.saves = saves
        self.checks = checks
        self.events = events
        self.keyboard = keyboard
        self.out = console()
        self._width = 0

    def run(self) -> None:
        """Go on until the learner wants to quit."""
        if not self._do(self.session.start(self.saves.texts)):
            return
        while True:
            try:
                happened = self.events.get(timeout=LOOK_SECONDS)(self.session)
            except queue.Empty:
                happened = []
            if self.out.width != self._width:
                happened = [*happened, Simple.DRAW]
            if not self._do([*happened, *self._look()]):
                return

    def _look(self) -> list[Todo]:
        """Look at the files and at the clock."""
        now = time.monotonic()
        todo: list[Todo] = []
        for chapter, text in self.saves.changed():
            todo += self.session.saved(chapter, text, now)
        return [*todo, *self.session.tick(now)]

    def _do(self, todo: list[Todo]) -> bool:
        """Do what the session wants, and draw once at the end; return whether to go on."""
        for item in todo:
            if item is Simple.QUIT:
                return False
            if item is Simple.SAVE:
                self.session.progress.save()
            elif isinstance(item, Check | Warm):
                self.checks.add(item)
            elif isinstance(item, Forget):
                self.checks.forget(item.chapter)
            elif isinstance(item, Deeper):
                deeper(self.course, item.chapter, item.exercise)
            elif isinstance(item, Reset):
                return self._do([*self._reset(item), Simple.DRAW])
        if Simple.DRAW in todo:
            self._draw()
        return True

    def _reset(self, item: Reset) -> list[Todo]:
        try:
            kept = reset_exercise(self.course, item.chapter, item.exercise)
        except UserError as error:
            return self.session.say(str(error))
        todo = self._look()
        words = "It is already in its original state."
        if kept:
            words = f"Your previous file is saved in {display_path(kept)}."
        return [*todo, *self.session.say(words)]

    def _draw(self) -> None:
        from torchdojo.cli.watch_page import draw

        self._width = self.out.width
        picture = wanted(click.get_current_context(silent=True))
        if picture is not None:
            picture.turn_page()
        if self.out.is_terminal:
            self.out.clear()
        else:
            self.out.print()
        draw(Screen(self.out, self.session.progress), self.session, keyboard=self.keyboard)
        if picture is not None:
            picture.save()
