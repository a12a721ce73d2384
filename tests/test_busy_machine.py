"""No points are lost on a busy machine: CPU time is charged, and waiting for a processor is not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import SECRET, Tiny, ask
from torchdojo.batch.jobs import Job
from torchdojo.batch.pool import run_jobs
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.selftest.runner import PROBES
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process waits for")

BUSY = 2  # processes that compete for the submission's processor
# It ends with the tests, however they end.
SPIN = """
import os
parent = os.getppid()
os.sched_setaffinity(0, {%d})
print("spinning", flush=True)
while os.getppid() == parent:
    pass
"""
# A process that does this gets a processor hardly ever while others want it. With autogroups, a session's counts; one
# such change in a tenth of a second is all that the kernel lets a machine's ordinary processes make.
YIELDS = """
import os
os.sched_setaffinity(0, {%s})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True:
    try:
        open("/proc/self/autogroup", "w").write("19")
        break
    except BlockingIOError:
        pass
    except OSError:
        break
"""
WORK = "sum(range(2 * 10**6))\n"
# Nothing is asleep and nothing computes: what waits for its vfork's child seems to wait for a disk. To those who look on
# it is as if it got no processor, and no other process has to keep one busy.
WAITS = """
import ctypes, time
if ctypes.CDLL(None).vfork() == 0:
    while True:
        time.sleep(1)
"""
WORKS = """
import os, time
def attempt(target):
    os.sched_setaffinity(0, {int(target)})
    ends = time.process_time() + 0.5
    while time.process_time() < ends:
        pass
    return "done"
"""
WORKS_IN_A_CHILD = """
import os, time
def attempt(target):
    os.sched_setaffinity(0, {int(target)})
    if os.fork() == 0:
        while time.process_time() < 0.5:
            pass
        os._exit(0)
    os.wait()
    return "done"
"""
WORKS_IN_THREADS = """
import os, threading, time
def attempt(target):
    os.sched_setaffinity(0, {int(target)})
    def work():
        ends = time.thread_time() + 0.25
        while time.thread_time() < ends:
            pass
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return "done"
"""
SLEEPS = "import os, time\ndef attempt(target):\n    os.sched_setaffinity(0, {int(target)})\n    time.sleep(1000)\n"
DOZES = """
import os, time
def attempt(target):
    os.sched_setaffinity(0, {int(target)})
    while True:
        time.sleep(0.02)
"""
DEADLOCK = (
    "import threading\ndef attempt(target):\n    lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()\n"
)
READS = "import os\ndef attempt(target):\n    receive, send = os.pipe()\n    os.read(receive, 1)\n"
SPINS = "import os\ndef attempt(target):\n    os.sched_setaffinity(0, {int(target)})\n    while True:\n        pass\n"
MANY_SPIN = """
import os, threading
def attempt(target):
    for _ in range(3):
        if os.fork() == 0:
            while True:
                pass
    while True:
        pass
"""


@contextmanager
def busy_processor() -> Iterator[int]:
    """Keep one processor busy with several processes; yield its number."""
    number = min(os.sched_getaffinity(0))
    command = [sys.executable, "-c", SPIN % number]
    rivals = [subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) for _ in range(BUSY)]
    try:
        for rival in rivals:
            assert rival.stdout is not None
            assert rival.stdout.readline()
        yield number
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
            assert rival.stdout is not None
            rival.stdout.close()


@pytest.fixture
def processor() -> Iterator[str]:
    """A busy processor's number. It is busy for one test only, so that the tests beside it lose little."""
    with busy_processor() as number:
        yield str(number)


@pytest.fixture(scope="module", params=[BUBBLEWRAP, NONE], ids=lambda backend: backend.name)
def worker(request: pytest.FixtureRequest, bubblewrap: SandboxBackend) -> Iterator[Worker]:
    with Worker(request.param, [PROBES]) as one:
        one.prepare(PROBES)
        yield one


@pytest.mark.parametrize("source", [WORKS, WORKS_IN_A_CHILD, WORKS_IN_THREADS], ids=["alone", "child", "threads"])
def test_waiting_for_a_processor_is_not_charged(worker: Worker, processor: str, source: str) -> None:
    """Half a second of work takes one and a half, among two others; the limit is one."""
    started = time.monotonic()
    assert ask(worker, source, processor, limits=Limits(seconds=1, patience=100)) == ("ok", "done")
    assert time.monotonic() - started > 1


@pytest.mark.parametrize("source", [SLEEPS, DOZES, DEADLOCK, READS], ids=["sleeps", "dozes", "deadlock", "reads"])
def test_who_sleeps_is_stopped_soon_on_a_busy_machine_too(worker: Worker, processor: str, source: str) -> None:
    started = time.monotonic()
    status, message = ask(worker, source, processor, limits=Limits(seconds=0.5, patience=100))
    assert (status, message) == ("timeout", "asleep for more than 0.5 s")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("source", [SPINS, MANY_SPIN], ids=["one", "many"])
def test_who_computes_is_stopped_by_its_cpu_time(worker: Worker, processor: str, source: str) -> None:
    started = time.monotonic()
    status, message = ask(worker, source, processor, limits=Limits(seconds=0.5, patience=100))
    assert (status, message) == ("timeout", "more than 0.5 s of CPU time")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("source", [SLEEPS, SPINS], ids=["sleeps", "spins"])
def test_a_system_without_fork_stops_it_too(monkeypatch: pytest.MonkeyPatch, processor: str, source: str) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "platform", "darwin")
        process = NONE.start([PROBES])
    with Worker(NONE, [PROBES], process=process) as worker:
        assert ask(worker, WORKS, processor, limits=Limits(seconds=2, patience=100)) == ("ok", "done")
        status, message = ask(worker, source, processor, limits=Limits(seconds=0.5, patience=100))
        assert (status, message) == ("timeout", "more than 0.5 s of CPU time, or asleep for as long")
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


def test_the_last_request_s_work_is_not_charged_to_the_next(worker: Worker) -> None:
    """Several requests in a row, each under the limit, in sessions that end only when the next begins."""
    from torchdojo.worker.protocol import Call, Request

    number = str(min(os.sched_getaffinity(0)))
    request = Request("attempt", WORKS.encode(), "attempt.py", (Call("attempt", {"target": number}, 0),))
    for name in ("a", "a", "b", "c"):
        assert worker.run(request, PROBES, Limits(seconds=0.9, patience=100), session=name).is_ok


def test_who_gets_no_processor_is_starved_and_not_too_slow(processor: str) -> None:
    with Worker(NONE, [PROBES]) as worker:
        status, message = ask(worker, YIELDS % processor + WORKS, processor, limits=Limits(seconds=1, patience=2))
        assert status == "starved"
        assert "of CPU time in 2 s" in str(message)
        assert worker.starved


@pytest.mark.parametrize("processes", [1, 2])
def test_who_was_starved_is_graded_again_once_nothing_else_runs(tiny: Tiny, tmp_path: Path, processes: int) -> None:
    """The first submission gets no processor while others are graded; it comes last, and earns what it should."""
    busy, started = tmp_path / "busy", list[str]()

    def on_start(job: Job) -> None:
        if job.label in started:
            busy.unlink()
        started.append(job.label)

    busy.touch()
    starved = f"import os\nif os.path.exists({str(busy)!r}):\n    exec({WAITS!r})\n{tiny.reference}"
    sources = {"ada": starved, "bob": tiny.reference}
    jobs = [Job(name, "ch1_tiny", source.encode(), SECRET, seconds=0.5) for name, source in sources.items()]
    results = list(run_jobs(tiny.course.root, NONE, jobs, processes, on_start))
    assert [(job.label, result.score) for job, result in results] == [("bob", 3.5), ("ada", 3.5)]
    assert started == ["ada", "bob", "ada"]


def test_who_is_starved_twice_is_too_slow(tiny: Tiny) -> None:
    job = Job("ada", "ch1_tiny", f"{WAITS}{tiny.reference}".encode(), SECRET, seconds=0.2)
    ((_, result),) = run_jobs(tiny.course.root, NONE, [job], 1)
    assert result.score == 0
    assert "the machine is busy" in result.message
