"""Check in the background, one exercise after the other."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from torchdojo.learner.checker import Checker
from torchdojo.learner.session import Check, Session, Todo, Warm

if TYPE_CHECKING:
    from torchdojo.course import Chapter

Event = Callable[[Session], list[Todo]]


class CheckQueue:
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
        from torchdojo.grading.grader import GradingStopped

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
