"""Grade jobs on a Dask cluster: the same jobs, the same bench, other machines.

Each worker process keeps one warm bench of its own. A worker says first which engine and which graders it has, and
proves its sandbox; one without the course, or with another version, refuses and gets no jobs. A job whose worker is
lost goes to another; when that was in vain several times, it is an error of the grader. Scheduler and workers are
trusted, as the network between them must be: submissions still run in each worker's sandbox only.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torchdojo.batch.pool import Bench, Job, Results, broken
from torchdojo.batch.version import Version, version_of
from torchdojo.course import Course, CourseError
from torchdojo.errors import UserError
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.selftest.runner import run_selftest

COURSE = "TORCHDOJO_COURSE"  # where a worker has the course, if not where the client has it
CONNECT_SECONDS = 30
WAIT_SECONDS = 60
AHEAD = 3  # jobs that wait at each worker, so that none stands idle


class ClusterError(UserError):
    """A cluster that cannot be used, in words; what was graded is kept."""


@dataclass(frozen=True)
class Refusal:
    """A worker's no. place: the worker; words: why"""

    place: str
    words: str


# --- on a worker ------------------------------------------------------------------------------------------------------


class _Place:
    """A worker process's bench, used by one thread only: grading is not made for several."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="torchdojo")
        self.benches: dict[tuple[str, str], tuple[Bench, Version] | str] = {}

    def bench(self, root: str, backend: str, version: Version) -> Bench | str:
        """Return the bench, or why there is none."""
        key = (root, backend)
        if key not in self.benches:
            self.benches[key] = _bench(Path(root), backend_named(backend))
        found = self.benches[key]
        return found if isinstance(found, str) else _difference(found[1], version) or found[0]


def _bench(root: Path, backend: SandboxBackend) -> tuple[Bench, Version] | str:
    try:
        bench = Bench(root, backend)
        version = version_of(bench.course)
    except CourseError as error:
        return f"it has no course: {error}. Put the course there, or say where it is in {COURSE}"
    if not backend.isolates:
        return bench, version
    failed = [f"{test.name}: {test.seen}" for test in run_selftest(backend) if not test.passed]
    return f"its sandbox self-test failed ({'; '.join(failed)})" if failed else (bench, version)


def _difference(here: Version, wanted: Version) -> str:
    """Return in which way a worker's version is another, "" if it is the same."""
    engine, graders, packages = here
    others = [f"{name} {packages.get(name)}, not {n}" for name, n in wanted[2].items() if packages.get(name) != n]
    if others:
        return f"it has {'; '.join(others)}"
    if engine != wanted[0]:
        return f"it has another version of torchdojo ({engine}, not {wanted[0]})"
    other = [name for name, code in wanted[1].items() if graders.get(name) != code]
    return f"it has other graders of {', '.join(other)}" if other else ""


_place: _Place | None = None
_lock = threading.Lock()


def _here() -> _Place:
    global _place
    with _lock:
        _place = _place or _Place()
        return _place


def _root(root: str) -> str:
    return os.environ.get(COURSE) or root


def introduce(root: str, backend: str, version: Version) -> str:
    """Return why this worker cannot grade, "" if it can."""
    place = _here()
    bench = place.thread.submit(place.bench, _root(root), backend, version).result()
    return bench if isinstance(bench, str) else ""


def grade_job(job: Job, root: str, backend: str, version: Version) -> Result | Refusal:
    """Grade one job on this worker."""
    from distributed import get_worker

    place, address = _here(), str(get_worker().address)

    def work() -> Result | Refusal:
        bench = place.bench(_root(root), backend, version)
        return Refusal(address, bench) if isinstance(bench, str) else bench.grade(job)

    return place.thread.submit(work).result()


# --- at the client ----------------------------------------------------------------------------------------------------


class Cluster:
    """A cluster that was asked who can grade. resources: what each job needs of a worker, such as {"GPU": 1}"""

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
        self._call = (str(course.root.resolve()), backend.name, version_of(course))
        try:
            get_backend(parse_address(address)[0])  # Client would try an unknown kind of address until the time is up
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            self.client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(f"no cluster answers at {address}: {str(error).splitlines()[0][:200]}") from None
        self.refused: dict[str, str] = {}
        self.willing = self._ask_all()
        if not self.willing:
            told = "; ".join(f"{place}: {words}" for place, words in self.refused.items())
            self.close()
            raise ClusterError(f"no worker can grade. {told}")

    def _ask_all(self) -> list[str]:
        """Return the workers that can grade, and keep what the others say."""
        answers = self.client.run(introduce, *self._call, on_error="return")
        for place, words in sorted(answers.items()):
            if isinstance(words, BaseException):
                words = f"torchdojo cannot be used there ({type(words).__name__}: {words})"
            if words:
                self.refused[place] = words
        return [place for place in sorted(answers) if place not in self.refused]

    def close(self) -> None:
        """Leave the cluster; it goes on without this client."""
        self.client.close()

    def run(self, jobs: list[Job]) -> Results:
        """Grade jobs; yield each with its result as it is finished, each once, whatever happens to workers."""
        from distributed import as_completed

        waiting = deque(enumerate(jobs))
        doing: dict[str, tuple[int, Job]] = {}
        finished = as_completed(loop=self.client.loop)
        try:
            self._submit(waiting, doing, finished)
            while doing:
                future = next(finished)
                number, job = doing.pop(future.key)
                answer = self._answer(future, job)
                if isinstance(answer, Refusal):
                    self.refused[answer.place] = answer.words
                    waiting.appendleft((number, job))
                self._submit(waiting, doing, finished)
                if isinstance(answer, Result):
                    yield job, answer
        finally:
            self.client.cancel([*finished.futures])

    def _submit(self, waiting: deque[tuple[int, Job]], doing: dict[str, tuple[int, Job]], finished: Any) -> None:
        """Keep every worker busy, and no more than that on its way: a class need not fit into the scheduler."""
        if not waiting:
            return
        workers = self._able()
        most = AHEAD * max(1, sum(workers.values()))
        only = {"workers": list(workers), "allow_other_workers": False} if self.refused and workers else {}
        while waiting and len(doing) < most:
            number, job = waiting.popleft()
            key = f"torchdojo-{job.chapter}-{number}-{time.monotonic_ns()}"
            future = self.client.submit(
                grade_job, job, *self._call, key=key, pure=False, resources=self.resources or None, **only
            )
            doing[key] = (number, job)
            finished.add(future)

    def _able(self) -> dict[str, int]:
        """Return the workers that have not refused, with their threads; waits for one if all are gone."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                known = self.client.scheduler_info(n_workers=-1)["workers"]
            except TypeError:  # before distributed 2024.12
                known = self.client.scheduler_info()["workers"]
            able = {place: int(info["nthreads"]) for place, info in known.items() if place not in self.refused}
            if able:
                return able
            if time.monotonic() > deadline or self.client.status != "running":
                told = "; ".join(f"{place}: {words}" for place, words in self.refused.items())
                raise ClusterError(f"no worker is left at {self.address}. {told}".strip())
            time.sleep(0.5)

    def _answer(self, future: Any, job: Job) -> Result | Refusal:
        from distributed import KilledWorker

        try:
            answer = future.result()
        except KilledWorker:
            return broken(job, self.backend, "the worker was lost again and again over this submission")
        except CourseError:
            raise
        except Exception as error:
            if future.status in ("lost", "cancelled") or self.client.status != "running":
                raise ClusterError(
                    f"the cluster at {self.address} is lost ({error}); what was graded is kept"
                ) from None
            return broken(job, self.backend, f"{type(error).__name__}: {error}")
        assert isinstance(answer, Result | Refusal)
        return answer
