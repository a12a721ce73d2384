"""Grade many jobs on several cores, in processes that each keep a grader and a sandboxed worker.

Results come as they are finished. A process that dies loses only its own job: that job is tried once more, and is then
a grader error. A job that the machine was too busy for is graded again, alone, once all others are finished.
"""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from torchdojo.course import Course, CourseError, load_course
from torchdojo.grading.grader import Grader, OutputTransform, Settings, available_accelerators
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import SourceError
from torchdojo.worker.protocol import Limits

Results = Generator[tuple["Job", Result], None, None]
OnStart = Callable[["Job"], None]


@dataclass(frozen=True)
class Job:
    """One submission of one chapter.

    label: for the caller to recognise it by; secret: what inputs are drawn from; only: exercises to check, None for all
    seconds: a limit on each check below the chapter's; diagnoses: whether known mistakes are recognised
    in_process: whether it is the course's own code, which needs no sandbox, and is only to be named
    transform, replays: grade the reference's answers instead, altered, or those to another secret's questions
    accelerators: where placement is checked, as in Settings; None for where the course says
    """

    label: Any
    chapter: str
    source: bytes | SourceError
    secret: bytes
    only: tuple[str, ...] | None = None
    seconds: float | None = None
    transform: OutputTransform | None = None
    replays: bool = False
    in_process: bool = False
    diagnoses: bool = True
    accelerators: tuple[str, ...] | None = None


def derive_secret(secret: bytes, source: bytes | SourceError) -> bytes:
    """Return the secret of one submission, given the run's: the same text is asked the same questions, no other one is.

    So what a submission has seen of its questions is of no use to the next.
    """
    text = source.message.encode() if isinstance(source, SourceError) else source
    return hmac.digest(secret, text, hashlib.sha256)


@dataclass(frozen=True)
class Attempt:
    """A job's result, and whether it is worthless because the machine was too busy for the submission."""

    result: Result
    starved: bool = False


Attempts = Generator[tuple[Job, Attempt], None, None]


class GraderCache:
    """One process's course, worker, and last grader of each chapter."""

    def __init__(self, root: Path, backend: SandboxBackend) -> None:
        self.course: Course = load_course(root)
        self.backend = backend
        self.accelerators = available_accelerators(self.course)
        probes = [self.course.probes_file(chapter) for chapter in self.course.chapters]
        self.worker = Worker(backend, probes)
        self._graders: dict[str, Grader] = {}

    def grade(self, job: Job) -> Result:
        """Grade a job, a second time if the machine was too busy at first; CourseError if the course is broken."""
        attempt = self.attempt(job)
        return self.attempt(job).result if attempt.starved else attempt.result

    def attempt(self, job: Job) -> Attempt:
        """Grade a job once. What fails in the engine becomes a grader error; CourseError if the course is broken."""
        self.worker.starved = False
        try:
            grader = self._grader(job)
            if job.transform is not None:
                return Attempt(grader.grade_altered_reference(job.transform, job.only))
            if job.replays:
                return Attempt(grader.grade_replayed(job.only))
            if job.in_process:
                assert isinstance(job.source, bytes)
                return Attempt(grader.grade_in_process(job.source, job.only))
            result = grader.grade(job.source, job.only, diagnoses=job.diagnoses)
            return Attempt(result, self.worker.starved)
        except CourseError:
            raise
        except Exception as error:
            result = grader_error_result(job, self.backend, f"{type(error).__name__}: {error}")
            return Attempt(result, self.worker.starved)

    def _grader(self, job: Job) -> Grader:
        """Return the chapter's grader, with the job's secret."""
        settings = Settings(self.backend, job.secret, job.accelerators or self.accelerators)
        grader = self._graders.get(job.chapter)
        if grader is None or replace(grader.settings, secret=job.secret) != settings:
            chapter = self.course.find(job.chapter)
            assert chapter is not None
            grader = self._graders[job.chapter] = Grader(self.course, chapter, settings, self.worker)
        grader.settings = settings
        chapter = grader.chapter
        seconds = min(job.seconds or chapter.check_seconds, chapter.check_seconds)
        grader.limits = Limits(seconds=seconds, memory=chapter.memory_mb * 2**20)
        return grader

    def close(self) -> None:
        """Stop the worker."""
        self.worker.close()


def grader_error_result(job: Job, backend: SandboxBackend, message: str) -> Result:
    """Return the result of a job that the engine failed to grade."""
    return Result(
        chapter=job.chapter,
        status=ResultStatus.GRADER_ERROR,
        checks=[],
        sandbox=backend.name,
        device="cpu",
        seconds=0.0,
        submission="",
        graders="",
        message=message,
    )


def run_jobs(
    root: Path, backend: SandboxBackend, jobs: Sequence[Job], processes: int, on_start: OnStart = lambda job: None
) -> Results:
    """Grade jobs in at most so many processes; yield each with its result as soon as it is finished.

    With one process, or one job, they are graded in this one, in order. CourseError if the course is broken.

    on_start: called with each job when its grading starts
    """
    yield from retry_starved(lambda jobs: _attempt_jobs(root, backend, jobs, processes, on_start), jobs)


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


def _attempt_jobs(
    root: Path, backend: SandboxBackend, jobs: Sequence[Job], processes: int, on_start: OnStart
) -> Attempts:
    processes = min(processes, len(jobs))
    if processes > 1:
        with _ProcessPool(root, backend, processes, on_start) as pool:
            yield from pool.run(jobs)
        return
    graders = GraderCache(root, backend)
    try:
        for job in jobs:
            on_start(job)
            yield job, graders.attempt(job)
    finally:
        graders.close()


@dataclass
class _PoolWorker:
    process: BaseProcess
    connection: Connection
    job: Job | None = None


class _ProcessPool:
    """The processes, each with its current job."""

    def __init__(self, root: Path, backend: SandboxBackend, size: int, on_start: OnStart) -> None:
        self.root = root
        self.backend = backend
        self.size = size
        self.on_start = on_start
        self.workers: list[_PoolWorker] = []
        self._retry: deque[Job] = deque()
        self._retried: set[int] = set()

    def __enter__(self) -> _ProcessPool:
        self.workers = [self._spawn() for _ in range(self.size)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.connection.close()
        for worker in self.workers:
            worker.process.join(timeout=5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _spawn(self) -> _PoolWorker:
        # Spawned, not forked: a process that has run torch must not be forked.
        context = multiprocessing.get_context("spawn")
        connection, other_end = context.Pipe()
        arguments = (other_end, self.root, self.backend, os.getpid())
        process = context.Process(target=_grade_jobs, args=arguments, daemon=False)
        process.start()
        other_end.close()
        return _PoolWorker(process, connection)

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Attempt]]:
        """Give each process one job at a time, and yield what came of each."""
        waiting = iter(jobs)
        for worker in self.workers:
            self._send_next(worker, waiting)
        while busy := [worker for worker in self.workers if worker.job]:
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                finished = self._receive(worker)
                self._send_next(worker, waiting)
                if finished:
                    yield finished

    def _send_next(self, worker: _PoolWorker, waiting: Iterator[Job]) -> None:
        worker.job = self._retry.popleft() if self._retry else next(waiting, None)
        if worker.job is not None:
            self.on_start(worker.job)
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


def _grade_jobs(connection: Connection, root: Path, backend: SandboxBackend, parent: int) -> None:
    """Receive jobs, grade them and send the results, until the parent closes the connection."""
    _die_with(parent)
    # Ctrl-C goes to the whole group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    graders: GraderCache | None = None
    try:
        graders = GraderCache(root, backend)
        while True:
            job = connection.recv()
            try:
                connection.send(graders.attempt(job))
            except CourseError as error:
                connection.send(error)
    except (EOFError, OSError):
        pass
    finally:
        if graders:
            graders.close()


def _die_with(parent: int) -> None:
    """Let this process be killed when its parent ends, however it ends (on Linux only, as is grading in bulk)."""
    if sys.platform != "linux":
        return
    from torchdojo.worker import kernel

    kernel.die_with_parent()
    if os.getppid() != parent:  # it ended before this call
        os._exit(1)


def default_processes() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
