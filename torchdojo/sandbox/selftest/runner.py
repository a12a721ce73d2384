"""Run the self-test, and see on the host what came of each attempt.

A test looks at the effect (was the canary's text read, is the process alive), not merely at what was raised.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import ENGINE_PROCESSES, Call, Limits, Reply, ReplyStatus, Request

FOLDER = Path(__file__).parent
PROBES = FOLDER / "probes.py"


@dataclass(frozen=True)
class SelfTest:
    """One test of the sandbox: what it shows, whether the sandbox passed, and what was seen."""

    name: str
    passed: bool
    seen: str


class SelfTestRunner:
    """Runs the self-test on one worker. Each public method is one test."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def _attempt(self, program: str, target: str = "", seconds: float = 15.0, memory: int = 2**30) -> Reply:
        """Run a program, and tell it what to reach. However busy the machine is, it gets its CPU time."""
        source = (FOLDER / "programs" / f"{program}.py").read_bytes()
        request = Request("attempt", source, "attempt.py", (Call("attempt", {"target": target}, 0),))
        return self.worker.run(request, PROBES, Limits(seconds, memory, patience=100))

    def _output(self, program: str, target: str = "") -> str:
        """Run a program and return what it reports; WorkerError if it could not run, which shows nothing."""
        reply = self._attempt(program, target)
        if not reply.is_ok:
            raise WorkerError(f"the self-test's {program}.py could not run: {reply.status} {reply.message}")
        return str(reply.outputs[0].get("said"))

    def canary(self) -> SelfTest:
        """A file of the host is unreadable."""
        secret = secrets.token_hex(16)
        with tempfile.TemporaryDirectory(prefix="dojo-canary-") as folder:
            path = Path(folder) / "canary.txt"
            path.write_text(secret)
            passed = secret not in self._output("read", str(path))
        return SelfTest("files unreadable", passed, f"the canary was {'not read' if passed else 'read'}")

    def network(self) -> SelfTest:
        """A server on the host's loopback is out of reach."""
        with listener() as (port, was_reached):
            answer = self._output("connect", f"127.0.0.1:{port}")
            time.sleep(0.05)
            passed = answer != "connected" and not was_reached()
        return SelfTest("no network", passed, f"a connection to loopback gave {answer}")

    def orphan(self) -> SelfTest:
        """A process that detached itself is dead once the check is over."""
        import psutil  # not for learners, whose commands import this module

        length = f"{3600 + secrets.randbelow(10**6)}.{secrets.randbelow(10**6)}"
        self._output("detach", length)
        for _ in range(100):
            time.sleep(0.1)  # the kernel ends it, however busy the machine is
            alive = [p for p in psutil.process_iter(["cmdline"]) if length in (p.info["cmdline"] or [])]
            if not alive:
                break
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return SelfTest("orphans killed", not alive, f"{len(alive)} of 1 detached processes survived")

    def environment(self) -> SelfTest:
        """No variable of the grader's environment is visible, nor in /proc."""
        name, secret = f"DOJO_CANARY_{secrets.token_hex(4)}", secrets.token_hex(16)
        os.environ[name] = secret
        try:
            with Worker(self.worker.backend, [PROBES], kind="python") as fresh:  # torch is not what is tested
                passed = secret not in SelfTestRunner(fresh)._output("read_environment", name)
        finally:
            del os.environ[name]
        return SelfTest("environment clean", passed, f"a canary variable was {'not seen' if passed else 'seen'}")

    def writes(self) -> SelfTest:
        """Nothing outside /tmp can be written."""
        with tempfile.TemporaryDirectory(prefix="dojo-canary-") as folder:
            answer = self._output("write", folder)
            passed = answer == "nothing" and not list(Path(folder).iterdir())
        return SelfTest("writes refused", passed, f"written to: {answer}")

    def memory(self) -> SelfTest:
        """A gigabyte and a half is refused under a limit of half a gigabyte."""
        reply = self._attempt("allocate", target=str(3 * 2**29), memory=2**29)
        return SelfTest("memory capped", reply.status is ReplyStatus.MEMORY, f"the attempt ended as {reply.status}")

    def time(self) -> SelfTest:
        """A loop that ignores every signal ends at the time limit."""
        started = time.monotonic()
        reply = self._attempt("stall", seconds=1.0)
        seconds = time.monotonic() - started
        seen = f"an endless loop ended as {reply.status} after {seconds:.1f} s, {reply.message}"
        return SelfTest("time capped", reply.status is ReplyStatus.TIMEOUT, seen)

    def processes(self) -> SelfTest:
        """Starting 200 processes fails."""
        limit = Limits().processes
        reply = self._attempt("fork", target="200")
        started = int(str(reply.outputs[0].get("said"))) if reply.is_ok else limit
        passed = reply.status in (ReplyStatus.OK, ReplyStatus.CRASHED) and started <= limit + ENGINE_PROCESSES
        return SelfTest("processes capped", passed, f"an attempt to start 200 ended as {reply.status}, limit {limit}")

    def namespaces(self) -> SelfTest:
        """No namespace can be created, in which a process would be root."""
        answer = self._output("unshare")
        return SelfTest("no new namespaces", answer == "none", f"namespaces created: {answer}")

    def scratch(self) -> SelfTest:
        """What one check leaves in its scratch folders, the next does not find."""
        name = f"dojo-canary-{secrets.token_hex(8)}"
        first, second = self._output("scratch", name), self._output("scratch", name)
        seen = f"the first check {first}, the second {second}"
        return SelfTest("scratch folders fresh", first == second == "left 2", seen)


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Listen on loopback; yield the port, and a function that tells whether anyone connected."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    connected = threading.Event()
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                server.accept()[0].close()
                connected.set()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], connected.is_set
    finally:
        stop.set()
        thread.join()
        server.close()


def run_selftest(backend: SandboxBackend) -> list[SelfTest]:
    """Run every test on a backend and return the outcomes; a test that cannot run has not passed."""
    with Worker(backend, [PROBES]) as worker:
        return selftest_worker(worker)


def selftest_worker(worker: Worker) -> list[SelfTest]:
    """Run every test on a worker that may read PROBES, as `run_selftest` does."""
    runner = SelfTestRunner(worker)
    tests = [runner.canary, runner.network, runner.orphan, runner.environment, runner.writes, runner.memory]
    tests += [runner.time, runner.processes, runner.namespaces, runner.scratch]
    outcomes: list[SelfTest] = []
    for test in tests:
        try:
            outcomes.append(test())
        except WorkerError as error:
            outcomes.append(SelfTest(test.__name__, False, first_and_last_line(str(error))))
    return outcomes


def first_and_last_line(text: str) -> str:
    """Return a message's first and last line in one: a traceback's last line holds the cause."""
    lines = text.splitlines()
    return " … ".join(line.strip()[:300] for line in lines[:1] + lines[1:][-1:])
