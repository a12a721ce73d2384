"""Time a Dask cluster on this machine beside the pool of `dojo grade`: what does a job cost beyond its grading?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from scripts.bench.engine import new_job
from scripts.bench.growth import CHAPTER, cheap_submissions
from scripts.bench.measure import ROOT, PartMissing, Setting
from torchdojo.batch.cluster import Cluster
from torchdojo.batch.jobs import Job, Results
from torchdojo.batch.pool import GradingPool
from torchdojo.course import load_course
from torchdojo.sandbox.choose import backend_named

WORKERS = (1, 2, 4)
JOBS = 60
START_SECONDS = 120.0


def measure(setting: Setting) -> dict[str, object]:
    """Return, by the number of workers, the seconds per job on Dask and in the pool, and of the client and scheduler.

    The jobs are those of `growth`, graded after a warm-up.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise PartMissing("the extra dask is not installed") from None
    sources = cheap_submissions(12 if setting.quick else JOBS)
    jobs = [new_job(number, CHAPTER, source) for number, source in enumerate(sources)]
    course, backend = load_course(ROOT), backend_named("bubblewrap")
    found: dict[str, dict[str, float]] = {}
    for count in WORKERS[:1] if setting.quick else WORKERS:
        with closing(GradingPool(ROOT, backend, count)) as pool:
            pool.start(len(jobs))
            in_pool = _time_jobs(pool.run, jobs, count)
        with _dask(count) as (address, scheduler), closing(Cluster(address, course, backend)) as cluster:
            cluster.client.wait_for_workers(count, timeout=START_SECONDS)
            times = scheduler.cpu_times()
            before, used = time.process_time(), times.user + times.system
            on_dask = _time_jobs(cluster.run, jobs, count)
            times = scheduler.cpu_times()
            warm = len(jobs) + 2 * count
            client, scheduling = time.process_time() - before, times.user + times.system - used
        found[str(count)] = {
            "pool": in_pool,
            "dask": on_dask,
            "client": client / warm,
            "scheduler": scheduling / warm,
        }
    return {"workers": found, "jobs": len(jobs), "chapter": CHAPTER}


def _time_jobs(run: Callable[[Sequence[Job]], Results], jobs: Sequence[Job], workers: int) -> float:
    """Return the seconds per job, of those that are finished after every worker has warmed up."""
    list(run([replace(jobs[0], label=("warm", number)) for number in range(2 * workers)]))
    started = time.perf_counter()
    finished = sum(1 for _ in run(jobs))
    return (time.perf_counter() - started) / finished


@contextmanager
def _dask(workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """Start a scheduler and workers, each a process of its own; yield the scheduler's address and process."""
    with tempfile.TemporaryDirectory(prefix="bench-dask-") as scratch:
        file, processes = Path(scratch, "scheduler.json"), []
        local = ("--host", "127.0.0.1", "--no-dashboard")
        try:
            processes.append(_start(file, "scheduler", *local, "--port", "0", "--no-show"))
            deadline = time.monotonic() + START_SECONDS
            while not file.exists() or not file.read_text().strip():
                if time.monotonic() > deadline or processes[0].poll() is not None:
                    raise PartMissing("the Dask scheduler does not start")
                time.sleep(0.1)
            for _ in range(workers):
                processes.append(_start(file, "worker", *local, "--nthreads", "1", "--no-nanny"))
            yield json.loads(file.read_text())["address"], psutil.Process(processes[0].pid)
        finally:
            for process in processes:
                if process.poll() is None:
                    for child in psutil.Process(process.pid).children(recursive=True):
                        child.kill()
                    process.kill()
                process.wait()


def _start(file: Path, kind: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", kind, "--scheduler-file", str(file), *more]
    environment = {**os.environ, "TORCHDOJO_COURSE": str(ROOT)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, cwd=file.parent)
