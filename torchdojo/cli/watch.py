"""`dojo watch`: check on every save what it changed. This is the wiring; what is decided is in `watching`."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import click

from torchdojo.cli.checking import Checker, start_worker
from torchdojo.cli.common import console, open_course, short
from torchdojo.cli.hint import deeper, depth
from torchdojo.cli.keyboard import keys_to
from torchdojo.cli.picture import wanted
from torchdojo.cli.progress import Progress
from torchdojo.cli.reset import reset_exercise
from torchdojo.cli.saves import Saves
from torchdojo.cli.screen import Screen
from torchdojo.cli.watching import Check, Deeper, Forget, Reset, Session, Simple, Todo, Warm
from torchdojo.course import Course
from torchdojo.errors import UserError

if TYPE_CHECKING:
    from torchdojo.course import Chapter

LOOK_SECONDS = 0.25  # so often the files are looked at even if no bell rings
# Imported before there are threads: two that import the same modules at the same time may wait for each other.
NEEDED = ("pytest", "torchdojo.grading.grade", "torchdojo.cli.watch_page", "watchfiles")
Event = Callable[[Session], list[Todo]]


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
        checks = Checks(Checker(course, folder, worker), events.put)
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


class Checks:
    """Makes checks one after the other in a thread of its own: those somebody waits for first."""

    def __init__(self, checker: Checker, tell: Callable[[Event], None]) -> None:
        self.checker = checker
        self.tell = tell
        self._jobs: list[Check | Warm] = []
        self._now: Check | Warm | None = None
        self._stop = False
        self._ended = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Make checks until the block ends; one that then still runs is given up."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._ended = self._stop = True
                self._jobs.clear()
                self._changed.notify()
            self.checker.worker.close()
            thread.join(timeout=2)

    def add(self, job: Check | Warm) -> None:
        """Make this check: at once if somebody waits for it, which stops one that nobody waits for."""
        with self._changed:
            front = isinstance(job, Check) and job.front
            place = sum(isinstance(j, Check) and j.front for j in self._jobs) if front else len(self._jobs)
            self._jobs.insert(place, job)
            if front and isinstance(self._now, Check) and not self._now.front and not self._stop:
                self._jobs.append(self._now)
                self._stop = True
            self._changed.notify()

    def forget(self, chapter: Chapter | None) -> None:
        """Drop what was to be checked of a chapter, or of all; stop what is being checked of it."""
        with self._changed:
            self._jobs = [job for job in self._jobs if chapter is not None and job.chapter.name != chapter.name]
            if self._now is not None and (chapter is None or self._now.chapter.name == chapter.name):
                self._stop = True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs) or self._ended)
                if self._ended:
                    return
                self._now, self._stop = self._jobs.pop(0), False
            event = self._make(self._now)
            with self._changed:
                self._now = None
            if event is not None and not self._ended:
                self.tell(event)

    def _make(self, job: Check | Warm) -> Event | None:
        """Make one check; return what to tell the session, None if there is nothing to tell."""
        from torchdojo.grading import GradingStopped

        try:
            if isinstance(job, Warm):
                self.checker.warm(job.chapter, job.exercise)
                return None
            found = self.checker.check(job.chapter, job.exercises, job.source, lambda: self._stop)
        except GradingStopped:
            return None
        except Exception as error:
            if isinstance(job, Warm):
                return None  # what is wrong shows, with all its words, when the exercise is checked
            # functools.partial, for the error's name ends with the block.
            return functools.partial(_tell_failure, job, f"{type(error).__name__}: {error}")
        return lambda session: session.checked(job, found)


def _tell_failure(job: Check, words: str, session: Session) -> list[Todo]:
    return session.failed(job, f"{job.chapter.short} could not be checked. {words}")


class Watch:
    """Feeds the session with what happens, and does what it says."""

    def __init__(
        self,
        course: Course,
        session: Session,
        saves: Saves,
        checks: Checks,
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
        words = f"Your file as it was is kept: {short(kept)}" if kept else "It is as it was at the start already."
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
