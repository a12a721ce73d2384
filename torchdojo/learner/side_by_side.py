"""Check several chapters side by side: helper processes, each with a worker, take chapters from the same list."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from torchdojo.course import Chapter, Exercise, load_course
from torchdojo.learner.checker import ChapterCheck, Checker, StartingWorker, start_worker
from torchdojo.sandbox.cores import usable_cores

Task = tuple[Chapter, Sequence[Exercise]]  # as Checker.check takes them
MAX_PROCESSES = 4  # each, with its worker, takes most of a gigabyte
FEWEST_CHAPTERS = 3  # for fewer, a helper would import torch twice for too little
STOP_SECONDS = 3.0


def check_side_by_side(
    starting: StartingWorker, folder: Path, tasks: Sequence[Task], notify: Callable[[str], None]
) -> list[ChapterCheck]:
    """Check chapters, in helpers too if there are cores for them; return the checks in the order of the tasks.

    starting: this process's worker; notify: called, in any thread, with a chapter's short name when it is its turn

    What a helper fails to check is checked again in this process, which raises what Checker and StartingWorker do.
    """
    waiting = deque(enumerate(tasks))
    checks: dict[int, ChapterCheck] = {}
    with starting.finish() as worker:
        checker = Checker(starting.course, folder, worker)
        count = min(usable_cores(), len(tasks), MAX_PROCESSES) - 1 if len(tasks) >= FEWEST_CHAPTERS else 0
        with _helpers(count, starting.course.root, folder, starting.sandbox) as helpers:
            for helper in helpers:
                helper.start(waiting, checks, notify)
            while len(checks) < len(tasks):
                try:
                    index, (chapter, exercises) = waiting.popleft()
                except IndexError:
                    for helper in helpers:
                        helper.finish()
                    continue
                notify(chapter.short)
                checks[index] = checker.check(chapter, exercises)
    return [checks[index] for index in range(len(tasks))]


class _Helper:
    """A process that checks one chapter after the other, and the thread that gives it these."""

    def __init__(self, root: Path, folder: Path, sandbox: str) -> None:
        # Spawned, not forked: a process that has run torch must not be forked.
        context = multiprocessing.get_context("spawn")
        self._connection, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(other_end, root, folder, sandbox), daemon=True)
        self._process.start()
        other_end.close()
        self._thread = threading.Thread(daemon=True)
        self._is_busy = False

    def start(
        self, waiting: deque[tuple[int, Task]], checks: dict[int, ChapterCheck], notify: Callable[[str], None]
    ) -> None:
        """Take what waits once the process is ready; put back what it dies over."""
        self._thread = threading.Thread(target=self._run, args=(waiting, checks, notify), daemon=True)
        self._thread.start()

    def _run(
        self, waiting: deque[tuple[int, Task]], checks: dict[int, ChapterCheck], notify: Callable[[str], None]
    ) -> None:
        with contextlib.suppress(Exception):  # the process ended, or nothing is left
            self._connection.recv()
            while True:
                self._is_busy = True
                index, task = waiting.popleft()
                chapter, exercises = task
                notify(chapter.short)
                try:
                    self._connection.send((chapter.name, [exercise.name for exercise in exercises]))
                    checks[index] = self._connection.recv()
                except Exception:
                    waiting.append((index, task))
                    raise
        self._is_busy = False

    def finish(self) -> None:
        """Wait for the chapter that is being checked, if there is one."""
        if self._is_busy:
            self._thread.join()

    def terminate(self) -> None:
        """Ask the process to end, with its worker, whatever it is doing."""
        self._process.terminate()

    def close(self) -> None:
        """Wait until the process has ended."""
        self._process.join(STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join(STOP_SECONDS)
        self._connection.close()


@contextlib.contextmanager
def _helpers(count: int, root: Path, folder: Path, sandbox: str) -> Iterator[list[_Helper]]:
    helpers: list[_Helper] = []
    try:
        for _ in range(count):
            helpers.append(_Helper(root, folder, sandbox))
        yield helpers
    finally:
        for helper in helpers:
            helper.terminate()
        for helper in helpers:
            helper.close()


def _serve(connection: Connection, root: Path, folder: Path, sandbox: str) -> None:
    """In a helper: check what is asked for until the connection is closed. An error ends it, and is met again above."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        course = load_course(root)
        with start_worker(course, sandbox) as worker:
            checker = Checker(course, folder, worker)
            connection.send("ready")
            while True:
                name, exercises = connection.recv()
                chapter = course.find(name)
                assert chapter is not None
                connection.send(checker.check(chapter, [e for e in chapter.exercises if e.name in exercises]))
    finally:
        os._exit(1)  # without a traceback, and without taking torch apart
