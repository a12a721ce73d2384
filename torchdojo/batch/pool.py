"""Grade many jobs on several cores: processes of our own, each with a warm grader and a sandboxed worker.

Results come as they are finished. A process that dies takes only its own job with it: that job is tried once more,
and then reported as an error of the grader.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Job:
    """One submission of one chapter.

    only: the exercises to check, or None for all; secret: what its inputs are drawn from; seconds: a limit on each
    check that is tighter than the chapter's, or None; accelerators: where placement is checked, as in Settings, or
    None for where the course says; label: whatever the caller wants to know it by
    """

    label: Any
    chapter: str
    source: bytes | SourceError
    secret: bytes
    only: tuple[str, ...] | None = None
    seconds: float | None = None
    transform: OutputTransform | None = None
    accelerators: tuple[str, ...] | None = None


class Bench:
    """One process's place of work: the course, one worker, and a grader for the chapter at hand."""

    def __init__(self, root: Path, backend: SandboxBackend) -> None:
        self.course: Course = load_course(root)
        self.backend = backend
        probes = [self.course.graders_folder(chapter) / "probes.py" for chapter in self.course.chapters]
        self.accelerators = available_accelerators(self.course)
        self.worker = Worker(backend, probes)
        self._graders: dict[tuple[str, Settings], Grader] = {}

    def grade(self, job: Job) -> Result:
        """Grade one job; whatever goes wrong on our side becomes a grader_error, except a broken course."""
        try:
            grader = self._grader(job)
            grader.limits = self._limits(grader, job)
            if job.transform is not None:
                return grader.grade_altered_reference(job.transform, job.only)
            return grader.grade(job.source, job.only)
        except CourseError:
            raise
        except Exception as error:
            return broken(job, self.backend, f"{type(error).__name__}: {error}")

    def _limits(self, grader: Grader, job: Job) -> Limits:
        chapter = grader.chapter
        seconds = min(job.seconds or chapter.check_seconds, chapter.check_seconds)
        return Limits(seconds=seconds, memory=chapter.memory_mb * 2**20)

    def _grader(self, job: Job) -> Grader:
        settings = Settings(self.backend, job.secret, job.accelerators or self.accelerators)
        key = (job.chapter, settings)
        if key not in self._graders:
            # What the reference answered to another secret is of no more use: keep one grader a chapter.
            self._graders = {k: g for k, g in self._graders.items() if k[0] != job.chapter}
            chapter = self.course.find(job.chapter)
            assert chapter is not None
            self._graders[key] = Grader(self.course, chapter, settings, self.worker)
        return self._graders[key]

    def close(self) -> None:
        """Stop the worker."""
        self.worker.close()


def broken(job: Job, backend: SandboxBackend, words: str) -> Result:
    """Return the result of a job that our side failed to grade."""
    return Result(
        chapter=job.chapter,
        status=ResultStatus.GRADER_ERROR,
        checks=[],
        sandbox=backend.name,
        device="cpu",
        seconds=0.0,
        submission="",
        graders="",
        message=words,
    )


def run_jobs(root: Path, backend: SandboxBackend, jobs: Iterable[Job], processes: int) -> Results:
    """Grade jobs on so many processes; yield each with its result as it is finished.

    With one process everything runs in this one, in order. A broken course raises CourseError.
    """
    if processes > 1:
        with _Crew(root, backend, processes) as crew:
            yield from crew.run(jobs)
        return
    bench = Bench(root, backend)
    try:
        for job in jobs:
            yield job, bench.grade(job)
    finally:
        bench.close()


@dataclass
class _Member:
    process: BaseProcess
    link: Connection
    job: Job | None = None


class _Crew:
    """The processes, and who has which job."""

    def __init__(self, root: Path, backend: SandboxBackend, size: int) -> None:
        self.root = root
        self.backend = backend
        self.size = size
        self.members: list[_Member] = []
        self._tried: set[int] = set()

    def __enter__(self) -> _Crew:
        self.members = [self._hire() for _ in range(self.size)]
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.link.close()
        for member in self.members:
            member.process.join(timeout=5)
            if member.process.is_alive():
                member.process.kill()
                member.process.join()

    def _hire(self) -> _Member:
        # Spawned, not forked: a process that has run torch must not be forked.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.root, self.backend, os.getpid()), daemon=False)
        process.start()
        theirs.close()
        return _Member(process, ours)

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
        """Hand out jobs one at a time, and yield what comes back."""
        waiting = iter(jobs)
        again: deque[Job] = deque()
        for member in self.members:
            self._hand_out(member, waiting, again)
        while any(member.job for member in self.members):
            ready = wait([member.link for member in self.members if member.job])
            for member in [m for m in self.members if m.link in ready]:
                done = self._collect(member, again)
                self._hand_out(member, waiting, again)
                if done:
                    yield done

    def _hand_out(self, member: _Member, waiting: Iterator[Job], again: deque[Job]) -> None:
        job = again.popleft() if again else next(waiting, None)
        member.job = job
        if job is not None:
            member.link.send(job)

    def _collect(self, member: _Member, again: deque[Job]) -> tuple[Job, Result] | None:
        job, member.job = member.job, None
        assert job is not None
        try:
            answer = member.link.recv()
        except (EOFError, OSError):
            return self._replace(member, job, again)
        if isinstance(answer, CourseError):
            raise answer
        return job, answer

    def _replace(self, member: _Member, job: Job, again: deque[Job]) -> tuple[Job, Result] | None:
        """Hire another in place of one that died; its job is tried a second time, not a third."""
        member.link.close()
        member.process.join()
        code = member.process.exitcode
        fresh = self._hire()
        member.process, member.link = fresh.process, fresh.link
        if id(job) in self._tried:
            return job, broken(
                job, self.backend, f"the grading process died twice over this submission (exit code {code})"
            )
        self._tried.add(id(job))
        again.append(job)
        return None


def end_with(parent: int) -> None:
    """Have this process killed when its parent ends, in whatever way (Linux; elsewhere nothing is graded in bulk)."""
    if sys.platform != "linux":
        return
    from torchdojo.worker import kernel

    kernel.die_with_parent()
    if os.getppid() != parent:  # it ended before this was asked for
        os._exit(1)


def _work(link: Connection, root: Path, backend: SandboxBackend, parent: int) -> None:
    """A crew member's life: take a job, grade it, send the result, until the other side hangs up."""
    end_with(parent)
    # Ctrl-C goes to the whole group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bench: Bench | None = None
    try:
        bench = Bench(root, backend)
        while True:
            job = link.recv()
            try:
                link.send(bench.grade(job))
            except CourseError as error:
                link.send(error)
    except (EOFError, OSError):
        pass
    finally:
        if bench:
            bench.close()


def default_processes() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
