"""`dojo watch`: check on every save. This is the wiring; the decisions are in `learner.session`."""

from __future__ import annotations

import contextlib
import queue
import time
from importlib import import_module

import click

from torchdojo.cli.common import SANDBOX, console, open_course
from torchdojo.cli.keyboard import listen_for_keys
from torchdojo.cli.picture import current_picture
from torchdojo.cli.screen import Screen
from torchdojo.course import Course
from torchdojo.errors import UserError
from torchdojo.files import display_path
from torchdojo.learner.check_queue import CheckQueue, Event
from torchdojo.learner.checker import Checker, start_worker
from torchdojo.learner.file_watcher import FileWatcher
from torchdojo.learner.hints import load_hints, save_hints
from torchdojo.learner.progress import Progress
from torchdojo.learner.reset import reset_exercise
from torchdojo.learner.session import (
    Action,
    CheckExercises,
    DropChecks,
    PrepareExercise,
    RecordHint,
    ResetExercise,
    Session,
    Signal,
)

POLL_SECONDS = 0.25  # how often to look at the files, for systems that do not report changes
# Imported before the threads start: two threads that import the same modules can block each other.
PRELOADED = ("pytest", "watchfiles", "torchdojo.grading.grader", "torchdojo.cli.watch_page")


@click.command()
@SANDBOX
@click.pass_context
def watch(context: click.Context, sandbox: str) -> None:
    """Check on every save what it affects, and show the current exercise.

    PyTorch stays loaded, so a check takes only a moment. The current exercise changes when you edit another one, or
    press a key.
    """
    course = open_course(context)
    if not any(chapter.graded_exercises for chapter in course.chapters):
        raise UserError("every exercise of this course is graded by hand: there is nothing to check.")
    folder = course.root / "exercises"
    watcher = FileWatcher(course, folder)
    progress = Progress(course, folder)
    session = Session(progress, {entry.id: load_hints(course, entry) for entry in progress}, note=progress.last_time)
    events: queue.Queue[Event] = queue.Queue()
    click.echo(" Starting…")
    with start_worker(course, sandbox) as worker:
        for module in PRELOADED:
            import_module(module)
        checks = CheckQueue(Checker(course, folder, worker), events.put)
        with (
            checks.running(),
            watcher.notifying(lambda: events.put(lambda _: [])),
            listen_for_keys(lambda key: events.put(lambda session: session.press(key))) as keyboard,
            contextlib.suppress(KeyboardInterrupt),
        ):
            WatchLoop(course, session, watcher, checks, events, keyboard).run()
    click.echo()


class WatchLoop:
    """Tells the session what happens, and carries out its actions."""

    def __init__(
        self,
        course: Course,
        session: Session,
        watcher: FileWatcher,
        checks: CheckQueue,
        events: queue.Queue[Event],
        keyboard: bool,
    ) -> None:
        self.course = course
        self.session = session
        self.watcher = watcher
        self.checks = checks
        self.events = events
        self.keyboard = keyboard
        self.console = console()
        self._width = 0

    def run(self) -> None:
        """Run until the learner quits."""
        if not self._carry_out(self.session.start(self.watcher.texts)):
            return
        while True:
            try:
                actions = self.events.get(timeout=POLL_SECONDS)(self.session)
            except queue.Empty:
                actions = []
            if self.console.width != self._width:
                actions = [*actions, Signal.DRAW]
            if not self._carry_out([*actions, *self._poll()]):
                return

    def _poll(self) -> list[Action]:
        """Look at the files and at the clock."""
        now = time.monotonic()
        actions: list[Action] = []
        for chapter, text in self.watcher.changed():
            actions += self.session.saved(chapter, text, now)
        return [*actions, *self.session.tick(now)]

    def _carry_out(self, actions: list[Action]) -> bool:
        """Carry out the actions, and draw once at the end; return False to quit."""
        for action in actions:
            if action is Signal.QUIT:
                return False
            if action is Signal.SAVE:
                self.session.progress.save()
            elif isinstance(action, CheckExercises | PrepareExercise):
                self.checks.add(action)
            elif isinstance(action, DropChecks):
                self.checks.drop(action.chapter)
            elif isinstance(action, RecordHint):
                save_hints(self.course, action.entry, action.hints)
            elif isinstance(action, ResetExercise):
                return self._carry_out([*self._reset(action), Signal.DRAW])
        if Signal.DRAW in actions:
            self._draw()
        return True

    def _reset(self, action: ResetExercise) -> list[Action]:
        try:
            backup = reset_exercise(self.course, action.chapter, action.exercise)
        except UserError as error:
            return self.session.show_note(str(error))
        note = f"{action.exercise.name} is already in its original state."
        if backup:
            note = f"Your previous file is saved in {display_path(backup)}."
        return [*self._poll(), *self.session.show_note(note)]

    def _draw(self) -> None:
        from torchdojo.cli.watch_page import draw

        self._width = self.console.width
        picture = current_picture()
        if picture is not None:
            picture.clear()
        if self.console.is_terminal:
            self.console.clear()
        else:
            self.console.print()
        draw(Screen(self.console, self.session.progress), self.session, keyboard=self.keyboard)
        if picture is not None:
            picture.save()
