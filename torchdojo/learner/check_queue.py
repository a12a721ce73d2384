"""Check in the background, one job after the other."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from torchdojo.learner.checker import Checker
from torchdojo.learner.session import SLOW_SECONDS, Action, CheckExercises, PrepareExercise, Session

if TYPE_CHECKING:
    from torchdojo.course import Chapter

Event = Callable[[Session], list[Action]]


class CheckQueue:
    """Runs checks in a thread of its own, those in the foreground first. notify: called with what to tell a session"""

    def __init__(self, checker: Checker, notify: Callable[[Event], None]) -> None:
        self.checker = checker
        self.notify = notify
        self._jobs: list[CheckExercises | PrepareExercise] = []
        self._current: CheckExercises | PrepareExercise | None = None
        self._started = 0.0
        self._stop = False
        self._ended = False
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run checks until the block ends. A check that is still running then is abandoned."""
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

    def add(self, job: CheckExercises | PrepareExercise) -> None:
        """Queue a job. A check in the foreground interrupts one in the background, which is run again later."""
        with self._changed:
            index = sum(map(_is_foreground, self._jobs)) if _is_foreground(job) else len(self._jobs)
            self._jobs.insert(index, job)
            current = self._current
            in_background = isinstance(current, CheckExercises) and not current.foreground
            if _is_foreground(job) and current is not None and in_background and not self._stop:
                self._jobs.append(current)
                self._stop_current()
            self._changed.notify()

    def drop(self, chapter: Chapter | None) -> None:
        """Remove the jobs of a chapter, or all, from the queue; stop a check of it that is running."""
        with self._changed:
            self._jobs = [job for job in self._jobs if chapter is not None and job.chapter.name != chapter.name]
            if self._current is not None and (chapter is None or self._current.chapter.name == chapter.name):
                self._stop_current()

    def _stop_current(self) -> None:
        """Stop the current job before its next check, or at once if it takes long: it may be in an endless loop."""
        self._stop = True
        if isinstance(self._current, CheckExercises) and time.monotonic() - self._started > SLOW_SECONDS:
            self.checker.worker.interrupt()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs) or self._ended)
                if self._ended:
                    return
                self._current, self._stop = self._jobs.pop(0), False
                self._started = time.monotonic()
            event = self._run_job(self._current)
            with self._changed:
                self._current = None
            if event is not None and not self._ended:
                self.notify(event)

    def _run_job(self, job: CheckExercises | PrepareExercise) -> Event | None:
        """Run one job; return what to tell the session, None for nothing."""
        from torchdojo.grading.grader import GradingStopped

        try:
            if isinstance(job, PrepareExercise):
                self.checker.prepare(job.chapter, job.exercise)
                return None
            checked = self.checker.check(job.chapter, job.exercises, job.source, lambda: self._stop)
        except GradingStopped:
            return None
        except Exception as error:
            if self._stop or isinstance(job, PrepareExercise):
                return None  # checking the exercise will report it
            # functools.partial, because the name `error` ends with the block.
            return functools.partial(_report_failure, job, f"{type(error).__name__}: {error}")
        if self._stop:
            return None  # it may have been interrupted
        return lambda session: session.checked(job, checked)


def _is_foreground(job: CheckExercises | PrepareExercise) -> bool:
    return isinstance(job, CheckExercises) and job.foreground


def _report_failure(job: CheckExercises, message: str, session: Session) -> list[Action]:
    return session.check_failed(job, f"{job.chapter.short} could not be checked. {message}")
