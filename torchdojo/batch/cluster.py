"""Grade jobs on a Dask cluster.

Each worker process keeps a grader cache. A worker first reports its engine and graders and runs the sandbox self-test;
one without the course, or with another version, refuses and gets no jobs. A job whose worker is lost goes to another,
and is a grader error after several losses. The scheduler, the workers and the network between them must be trusted:
submissions still run in each worker's sandbox only.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.jobs import Attempt, Attempts, Job, OnStart, Results, grader_error_result
from torchdojo.batch.pool import retry_starved
from torchdojo.batch.version import Version
from torchdojo.course import Course, CourseError
from torchdojo.errors import UserError
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.selftest.runner import run_selftest

COURSE_VARIABLE = "TORCHDOJO_COURSE"  # where a worker has the course, if it is not where the client has it
CONNECT_SECONDS = 30
WAIT_SECONDS = 60
JOBS_PER_THREAD = 3  # in flight, so that no worker is ever idle


class ClusterError(UserError):
    """A cluster that cannot be used. Earlier results are saved."""


@dataclass(frozen=True)
class Refusal:
    """Why a worker cannot grade. worker: its address"""

    worker: str
    reason: str


# --- on a worker ------------------------------------------------------------------------------------------------------


class _WorkerState:
    """A worker process's graders, used by one thread only: a grader cannot be shared by several."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="torchdojo")
        self._graders: dict[tuple[str, str], tuple[GraderCache, Version] | str] = {}

    def graders(self, root: str, backend: str, version: Version) -> GraderCache | str:
        """Return the graders, or why this worker has none."""
        root = os.environ.get(COURSE_VARIABLE) or root
        key = (root, backend)
        if key not in self._graders:
            self._graders[key] = _create_graders(Path(root), backend_named(backend))
        created = self._graders[key]
        return created if isinstance(created, str) else _find_difference(created[1], version) or created[0]


def _create_graders(root: Path, backend: SandboxBackend) -> tuple[GraderCache, Version] | str:
    try:
        graders = GraderCache(root, backend)
        version = Version.installed(graders.course)
    except CourseError as error:
        return f"it has no course: {error}. Copy the course there, or set {COURSE_VARIABLE} to its folder"
    if not backend.isolates:
        return graders, version
    failed = [f"{test.name}: {test.seen}" for test in run_selftest(backend) if not test.passed]
    return f"its sandbox self-test failed ({'; '.join(failed)})" if failed else (graders, version)


def _find_difference(installed: Version, wanted: Version) -> str:
    """Return how a worker's version differs, or "" if it is the same."""
    packages = [
        f"{name} {installed.packages.get(name)}, not {number}"
        for name, number in wanted.packages.items()
        if installed.packages.get(name) != number
    ]
    if packages:
        return f"it has {'; '.join(packages)}"
    if installed.engine != wanted.engine:
        return f"it has another version of torchdojo ({installed.engine}, not {wanted.engine})"
    chapters = [name for name, code in wanted.graders.items() if installed.graders.get(name) != code]
    return f"it has other graders of {', '.join(chapters)}" if chapters else ""


_state: _WorkerState | None = None
_lock = threading.Lock()


def _worker_state() -> _WorkerState:
    global _state
    with _lock:
        _state = _state or _WorkerState()
        return _state


def check_worker(root: str, backend: str, version: Version) -> str:
    """Return why this worker cannot grade, or "" if it can."""
    state = _worker_state()
    graders = state.thread.submit(state.graders, root, backend, version).result()
    return graders if isinstance(graders, str) else ""


def grade_job(job: Job, root: str, backend: str, version: Version) -> Attempt | Refusal:
    """Grade one job on this worker."""
    from distributed import get_worker

    state, address = _worker_state(), str(get_worker().address)

    def grade() -> Attempt | Refusal:
        graders = state.graders(root, backend, version)
        return Refusal(address, graders) if isinstance(graders, str) else graders.attempt(job)

    return state.thread.submit(grade).result()


# --- at the client ----------------------------------------------------------------------------------------------------


class Cluster:
    """A cluster whose workers were checked; ClusterError if none can grade.

    resources: what each job needs of a worker, such as {"GPU": 1}; workers: the addresses of those that can grade
    refused: the reasons of the others, by address
    """

    def __init__(
        self, address: str, course: Course, backend: SandboxBackend, resources: Mapping[str, float] | None = None
    ) -> None:
        try:
            from distributed import Client
            from distributed.comm import parse_address
            from distributed.comm.registry import get_backend
        except ImportError:
            raise ClusterError("--scheduler needs the extra: pip install 'torchdojo[dask]'") from None
        self.address = address
        self.backend = backend
        self.resources = dict(resources or {})
        self._arguments = (str(course.root.resolve()), backend.name, Version.installed(course))
        try:
            get_backend(parse_address(address)[0])  # Client would try an unknown kind of address until the timeout
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            self.client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(f"no cluster answers at {address}: {str(error).splitlines()[0][:200]}") from None
        self.refused: dict[str, str] = {}
        self.workers = self._check_workers()
        if not self.workers:
            self.close()
            raise ClusterError(f"no worker can grade. {self._list_refusals()}")

    def _check_workers(self) -> list[str]:
        """Return the workers that can grade, and keep the reasons of the others."""
        answers = self.client.run(check_worker, *self._arguments, on_error="return")
        for worker, reason in sorted(answers.items()):
            if isinstance(reason, BaseException):
                reason = f"torchdojo cannot be used there ({type(reason).__name__}: {reason})"
            if reason:
                self.refused[worker] = reason
        return [worker for worker in sorted(answers) if worker not in self.refused]

    def _list_refusals(self) -> str:
        return "; ".join(f"{worker}: {reason}" for worker, reason in self.refused.items())

    def close(self) -> None:
        """Disconnect from the cluster, which keeps running."""
        self.client.close()

    def run(self, jobs: Sequence[Job], on_start: OnStart = lambda job: None) -> Results:
        """Grade jobs; yield each once with its result as it is finished, whatever happens to workers.

        on_start: called with each job when it is sent; its grading starts when a worker is free
        """
        yield from retry_starved(lambda jobs: self._attempt_jobs(jobs, on_start), jobs)

    def _attempt_jobs(self, jobs: Sequence[Job], on_start: OnStart) -> Attempts:
        from distributed import as_completed

        waiting = deque(enumerate(jobs))
        in_flight: dict[str, tuple[int, Job]] = {}
        finished = as_completed(loop=self.client.loop)
        try:
            self._submit(waiting, in_flight, finished, on_start)
            while in_flight:
                future = next(finished)
                number, job = in_flight.pop(future.key)
                answer = self._answer(future, job)
                if isinstance(answer, Refusal):
                    self.refused[answer.worker] = answer.reason
                    waiting.appendleft((number, job))
                self._submit(waiting, in_flight, finished, on_start)
                if isinstance(answer, Attempt):
                    yield job, answer
        finally:
            self.client.cancel([*finished.futures])

    def _submit(
        self,
        waiting: deque[tuple[int, Job]],
        in_flight: dict[str, tuple[int, Job]],
        finished: Any,
        on_start: OnStart,
    ) -> None:
        """Submit enough jobs to keep every worker busy, and no more: a class need not fit into the scheduler."""
        if not waiting:
            return
        threads = self._wait_for_workers()
        max_in_flight = JOBS_PER_THREAD * max(1, sum(threads.values()))
        only = {"workers": list(threads), "allow_other_workers": False} if self.refused and threads else {}
        while waiting and len(in_flight) < max_in_flight:
            number, job = waiting.popleft()
            on_start(job)
            key = f"torchdojo-{job.chapter}-{number}-{time.monotonic_ns()}"
            future = self.client.submit(
                grade_job, job, *self._arguments, key=key, pure=False, resources=self.resources or None, **only
            )
            in_flight[key] = (number, job)
            finished.add(future)

    def _wait_for_workers(self) -> dict[str, int]:
        """Return the threads of each worker that has not refused, once there is one."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                known = self.client.scheduler_info(n_workers=-1)["workers"]
            except TypeError:  # before distributed 2024.12
                known = self.client.scheduler_info()["workers"]
            threads = {worker: int(info["nthreads"]) for worker, info in known.items() if worker not in self.refused}
            if threads:
                return threads
            if time.monotonic() > deadline or self.client.status != "running":
                raise ClusterError(f"no worker is left at {self.address}. {self._list_refusals()}".strip())
            time.sleep(0.5)

    def _answer(self, future: Any, job: Job) -> Attempt | Refusal:
        from distributed import KilledWorker

        try:
            answer = future.result()
        except KilledWorker:
            message = "the worker was lost again and again over this submission"
            return Attempt(grader_error_result(job, self.backend, message))
        except CourseError:
            raise
        except Exception as error:
            if future.status in ("lost", "cancelled") or self.client.status != "running":
                message = f"the cluster at {self.address} is lost ({error}); earlier results are saved"
                raise ClusterError(message) from None
            return Attempt(grader_error_result(job, self.backend, f"{type(error).__name__}: {error}"))
        assert isinstance(answer, Attempt | Refusal)
        return answer
