"""Grade many jobs on several cores, in processes that each keep a grader and a sandboxed worker.

They are forked from one that has imported torch, and start their workers before anybody asks. Results come as they are
finished. A process that dies loses only its own job: that job is tried once more, and is then a grader error. A job
that the machine was too busy for is graded again, alone, once all others are finished.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.jobs import Attempt, Attempts, Job, OnStart, Results, grader_error_result
from torchdojo.course import CourseError
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.selftest.runner import SelfTest

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ["torchdojo.batch.pool", "torchdojo.grading.grader", "torchdojo.grading.words"]


def run_jobs(
    root: Path, backend: SandboxBackend, jobs: Sequence[Job], processes: int, on_start: OnStart = lambda job: None
) -> Results:
    """Grade jobs in at most so many processes; yield each with its result as soon as it is finished.

    With one process, or one job, they are graded in this one, in order. CourseError if the course is broken.

    on_start: called with each job when its grading starts
    """
    with closing(GradingPool(root, backend, processes)) as pool:
        yield from pool.run(jobs, on_start)


def retry_starved(attempt_jobs: Callable[[Sequence[Job]], Attempts], jobs: Sequence[Job]) -> Results:
    """Yield each job's result. Jobs that the machine was too busy for come last: each is attempted again, alone."""
    starved: list[Job] = []
    with closing(attempt_jobs(jobs)) as attempts:
        for job, attempt in attempts:
            if attempt.starved:
                starved.append(job)
            else:
                yield job, attempt.result
    for job in starved:
        with closing(attempt_jobs([job])) as attempts:
            for _, attempt in attempts:
                yield job, attempt.result


class GradingPool:
    """What grades on this machine: at most so many processes, or this one if one is enough.

    They start when they are first needed, or with `start`, and stay until `close`.
    """

    def __init__(self, root: Path, backend: SandboxBackend, processes: int) -> None:
        self._root = root
        self._backend = backend
        self._max_processes = processes
        self._crew: _LocalCrew | _ProcessCrew | None = None

    def start(self, count: int) -> _LocalCrew | _ProcessCrew:
        """Start what `count` jobs need, if nothing is started yet."""
        if self._crew is None:
            processes = min(self._max_processes, count)
            crew = _ProcessCrew(self._root, self._backend, processes) if processes > 1 else None
            self._crew = crew or _LocalCrew(self._root, self._backend)
        return self._crew

    def run(self, jobs: Sequence[Job], on_start: OnStart = lambda job: None) -> Results:
        """Grade jobs as `run_jobs` does."""
        if jobs:
            crew = self.start(len(jobs))
            yield from retry_starved(lambda some: crew.attempt(some, on_start), jobs)

    def close(self) -> None:
        """End the processes."""
        if self._crew is not None:
            self._crew.close()
        self._crew = None


class _LocalCrew:
    """Grades in this process."""

    def __init__(self, root: Path, backend: SandboxBackend) -> None:
        self._graders = GraderCache(root, backend)
        self._graders.start_worker()

    def require_checks(self, chapters: Sequence[str]) -> None:
        """Collect the checks of chapters. CourseError if one is wrong, or points do not add up."""
        self._graders.require_checks(chapters)

    def selftest(self) -> list[SelfTest]:
        """Test the sandbox."""
        return self._graders.selftest()

    def attempt(self, jobs: Sequence[Job], on_start: OnStart) -> Attempts:
        """Attempt each job, in order."""
        for job in jobs:
            on_start(job)
            yield job, self._graders.attempt(job)

    def close(self) -> None:
        """Stop the worker."""
        self._graders.close()


@dataclass(frozen=True)
class _ChecksRequest:
    chapters: tuple[str, ...]


@dataclass(frozen=True)
class _SelfTestRequest:
    pass


@dataclass
class _PoolWorker:
    process: BaseProcess
    connection: Connection
    job: Job | None = None
    is_tested: bool = False  # whether it tests the sandbox now


class _ProcessCrew:
    """Grades in processes, each with its current job."""

    def __init__(self, root: Path, backend: SandboxBackend, size: int) -> None:
        self.root = root
        self.backend = backend
        self._retry: deque[Job] = deque()
        self._retried: set[int] = set()
        self.workers: list[_PoolWorker] = []
        try:
            for _ in range(size):
                self.workers.append(self._spawn())
        except BaseException:  # such as Ctrl-C
            self.close()
            raise

    def require_checks(self, chapters: Sequence[str]) -> None:
        """Collect the checks of chapters, while the sandbox is tested. CourseError as in `GraderCache`."""
        if self.backend.isolates:
            self.workers[0].connection.send(_SelfTestRequest())
            self.workers[0].is_tested = True
        self.workers[-1].connection.send(_ChecksRequest(tuple(chapters)))
        self._answer(self.workers[-1])

    def selftest(self) -> list[SelfTest]:
        """Return what came of testing the sandbox, which `require_checks` has begun."""
        tests: list[SelfTest] = self._answer(self.workers[0])
        self.workers[0].is_tested = False
        return tests

    def _answer(self, worker: _PoolWorker) -> Any:
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(f"a grading process ended (exit code {self._respawn(worker)})") from None
        if isinstance(answer, CourseError):
            raise answer
        return answer

    def close(self) -> None:
        """End the processes."""
        for worker in self.workers:
            worker.connection.close()
        for worker in self.workers:
            worker.process.join(timeout=0 if worker.is_tested else 5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _spawn(self) -> _PoolWorker:
        start_fork_server()
        connection, other_end = CONTEXT.Pipe()
        process = CONTEXT.Process(target=_serve, args=(other_end, self.root, self.backend), daemon=False)
        process.start()
        other_end.close()
        return _PoolWorker(process, connection)

    def attempt(self, jobs: Iterable[Job], on_start: OnStart) -> Attempts:
        """Give each process one job at a time, and yield what came of each."""
        waiting = iter(jobs)
        try:
            for worker in self.workers:
                self._send_next(worker, waiting, on_start)
            while busy := [worker for worker in self.workers if worker.job]:
                ready = wait([worker.connection for worker in busy])
                for worker in [worker for worker in busy if worker.connection in ready]:
                    finished = self._receive(worker)
                    self._send_next(worker, waiting, on_start)
                    if finished:
                        yield finished
        finally:
            if any(worker.job for worker in self.workers):  # nobody waits for these any more
                self.close()

    def _send_next(self, worker: _PoolWorker, waiting: Iterator[Job], on_start: OnStart) -> None:
        worker.job = self._retry.popleft() if self._retry else next(waiting, None)
        if worker.job is not None:
            on_start(worker.job)
            worker.connection.send(worker.job)

    def _receive(self, worker: _PoolWorker) -> tuple[Job, Attempt] | None:
        """Return a worker's job with its result; None if the worker died, and its job is tried a second time."""
        job = worker.job
        assert job is not None
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            exit_code = self._respawn(worker)
            if id(job) in self._retried:
                message = f"the grading process died twice over this submission (exit code {exit_code})"
                return job, Attempt(grader_error_result(job, self.backend, message))
            self._retried.add(id(job))
            self._retry.append(job)
            return None
        if isinstance(answer, CourseError):
            raise answer
        return job, answer

    def _respawn(self, worker: _PoolWorker) -> int | None:
        """Start another process in the place of one that died; return the exit code of that."""
        worker.connection.close()
        worker.process.join()
        exit_code = worker.process.exitcode
        fresh = self._spawn()
        worker.process, worker.connection = fresh.process, fresh.connection
        return exit_code


def start_fork_server() -> None:
    """Start the process that grading processes are forked from, without waiting until it has imported torch.

    It imports, and does nothing else: a process that has run torch must not be forked. It ends with this process.
    """
    if sys.platform == "win32":
        return
    from multiprocessing import forkserver, resource_tracker

    forkserver.set_forkserver_preload(PRELOADED)
    resource_tracker.ensure_running()  # which the other needs, and which would let Ctrl-C through again below
    # Ctrl-C goes to the whole group; the process that hands out jobs decides when the others end. Blocked, not ignored:
    # if it comes now, it reaches this process a moment later.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _serve(connection: Connection, root: Path, backend: SandboxBackend) -> None:
    """Do what is asked for and send what came of it, until the parent closes the connection."""
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    graders: GraderCache | None = None
    try:
        graders = GraderCache(root, backend)
        graders.start_worker()
        while True:
            request = connection.recv()
            try:
                connection.send(_answer(graders, request))
            except CourseError as error:
                connection.send(error)
    except (EOFError, OSError):
        pass
    finally:
        if graders:
            graders.close()


def _answer(graders: GraderCache, request: Job | _ChecksRequest | _SelfTestRequest) -> object:
    match request:
        case Job():
            return graders.attempt(request)
        case _ChecksRequest():
            graders.require_checks(request.chapters)
            return None
        case _SelfTestRequest():
            return graders.selftest()


def _end_with_parent() -> None:
    """Let this process end when the one that hands out jobs does, however that ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait_for_its_end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_for_its_end, daemon=True).start()
