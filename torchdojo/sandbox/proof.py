"""Live probes: before grading, code that tries to get out is run in the sandbox, and must fail to.

Each one asserts a cause on the host (the canary's text came back or not, the process is alive or not), not merely that
something was raised.
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

from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.tiers import Tier
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Call, Limits, Reply, ReplyStatus, Request

OURS = 4  # processes of ours that the kernel may count with a submission's
PROBES = Path(__file__).parent / "proof_probes.py"


@dataclass(frozen=True)
class Proof:
    """The verdict of one live probe: what it shows, whether the sandbox held, and what was seen."""

    name: str
    held: bool
    seen: str


READ = """
import glob, os
def attempt(target):
    found = []
    for path in [target, *glob.glob("/proc/*/root" + target), *glob.glob("/proc/*/cwd/*canary*")]:
        try:
            found.append(open(path).read())
        except Exception as error:
            found.append(type(error).__name__)
    return " ".join(found)
"""
CONNECT = """
import socket
def attempt(target):
    host, port = target.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=2) as link:
            link.sendall(b"out")
        return "connected"
    except OSError as error:
        return type(error).__name__
"""
ORPHAN = """
import os, time
def attempt(target):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", target])
        os._exit(0)
    time.sleep(0.2)
    return "started"
"""
ENVIRONMENT = """
import glob, os
def attempt(target):
    texts = [str(dict(os.environ))]
    for path in glob.glob("/proc/*/environ"):
        try:
            texts.append(open(path).read())
        except OSError:
            pass
    return " ".join(text[text.find(target):][:100] for text in texts if target in text)[:1000]
"""
WRITE = """
import os
def attempt(target):
    written = []
    for folder in [target, "/", "/usr", "/dev", "/etc", "/engine", "/home", os.path.dirname(os.__file__)]:
        try:
            with open(os.path.join(folder, "dojo-was-here"), "w") as file:
                file.write("x")
            written.append(folder)
        except OSError:
            pass
    return " ".join(written) or "nothing"
"""
MEMORY = """
import torch
def attempt(target):
    kept = []
    for _ in range(64):
        kept.append(torch.ones(int(target) // 64 // 4))
    return "allocated"
"""
STALL = """
import signal
def attempt(target):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
"""
FORK = """
import os, time
def attempt(target):
    started = 0
    for _ in range(int(target)):
        try:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
        except OSError:
            break
        started += 1
    time.sleep(0.5)
    return str(started)
"""
UNSHARE = """
import ctypes, os
def attempt(target):
    libc = ctypes.CDLL(None, use_errno=True)
    made = []
    for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000), ("network", 0x40000000)):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if libc.unshare(flag) == 0 else 1)
        if os.waitpid(pid, 0)[1] == 0:
            made.append(name)
    return " ".join(made) or "none"
"""
LEAVE = """
import os
def attempt(target):
    left = []
    for folder in ("/tmp", "/dev/shm"):
        try:
            with open(os.path.join(folder, target), "w") as file:
                file.write("the answers")
            left.append(folder)
        except OSError:
            pass
    return " ".join(left)
"""
FIND = """
import os
def attempt(target):
    found = [folder for folder in ("/tmp", "/dev/shm") if os.path.exists(os.path.join(folder, target))]
    for folder in found:
        os.unlink(os.path.join(folder, target))
    return " ".join(found) or "nothing"
"""


class _Prover:
    """Runs the live probes on one worker."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def attempt(self, source: str, target: str = "", seconds: float = 15.0, memory: int = 2**30) -> Reply:
        """Run one hostile text, with what it is to reach."""
        request = Request("attempt", source.encode(), "attempt.py", (Call("attempt", {"target": target}, 0),))
        return self.worker.run(request, PROBES, Limits(seconds, memory))

    def said(self, source: str, target: str = "") -> str:
        """Run one hostile text and return what it reports; a probe that did not report proves nothing."""
        reply = self.attempt(source, target)
        if not reply.is_ok:
            raise WorkerError(f"a live probe could not run: {reply.status} {reply.message}")
        return str(reply.outputs[0].get("said"))

    def canary(self) -> Proof:
        """A file of the host is unreadable."""
        secret = secrets.token_hex(16)
        with tempfile.TemporaryDirectory(prefix="dojo-canary-") as folder:
            path = Path(folder) / "canary.txt"
            path.write_text(secret)
            held = secret not in self.said(READ, str(path))
        return Proof("files unreadable", held, "the canary's text " + ("stayed out of reach" if held else "was read"))

    def network(self) -> Proof:
        """A server on the host's loopback is out of reach."""
        with listener() as (port, was_reached):
            answer = self.said(CONNECT, f"127.0.0.1:{port}")
            time.sleep(0.05)
            held = answer != "connected" and not was_reached()
        return Proof("no network", held, f"a connection to loopback gave {answer}")

    def orphan(self) -> Proof:
        """A process that detached itself is dead once the check is over."""
        import psutil  # not for learners, whose commands import this module

        length = f"{3600 + secrets.randbelow(10**6)}.{secrets.randbelow(10**6)}"
        self.said(ORPHAN, length)
        time.sleep(0.1)
        alive = [p for p in psutil.process_iter(["cmdline"]) if length in (p.info["cmdline"] or [])]
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return Proof("orphans killed", not alive, f"{len(alive)} of 1 detached processes lived on")

    def environment(self) -> Proof:
        """No variable of the grader's environment is visible, nor in /proc."""
        name, secret = f"DOJO_CANARY_{secrets.token_hex(4)}", secrets.token_hex(16)
        fresh = Worker(self.worker.tier, [PROBES])
        os.environ[name] = secret
        try:
            with fresh:
                held = secret not in _Prover(fresh).said(ENVIRONMENT, name)
        finally:
            del os.environ[name]
        return Proof("environment clean", held, "a canary variable was " + ("not seen" if held else "seen"))

    def writes(self) -> Proof:
        """Nothing outside /tmp can be written."""
        with tempfile.TemporaryDirectory(prefix="dojo-canary-") as folder:
            answer = self.said(WRITE, folder)
            held = answer == "nothing" and not list(Path(folder).iterdir())
        return Proof("writes refused", held, f"written to: {answer}")

    def memory(self) -> Proof:
        """A gigabyte and a half is refused under a limit of half a gigabyte."""
        reply = self.attempt(MEMORY, target=str(3 * 2**29), memory=2**29)
        return Proof("memory capped", reply.status == ReplyStatus.MEMORY, f"the attempt ended as {reply.status}")

    def time(self) -> Proof:
        """A loop that ignores every signal ends at the time limit."""
        started = time.monotonic()
        reply = self.attempt(STALL, seconds=1.0)
        seconds = time.monotonic() - started
        held = reply.status == ReplyStatus.TIMEOUT and seconds < 10
        return Proof("time capped", held, f"an endless loop ended as {reply.status} after {seconds:.1f} s of 1 s")

    def processes(self) -> Proof:
        """Two hundred processes are not to be had."""
        most = Limits().processes
        reply = self.attempt(FORK, target="200")
        started = int(str(reply.outputs[0].get("said"))) if reply.is_ok else most
        held = reply.status in (ReplyStatus.OK, ReplyStatus.CRASHED) and started <= most + OURS
        return Proof("processes capped", held, f"an attempt to start 200 ended as {reply.status}, limit {most}")

    def namespaces(self) -> Proof:
        """No namespace of its own can be made, in which it would be root."""
        answer = self.said(UNSHARE)
        return Proof("no new namespaces", answer == "none", f"namespaces made: {answer}")

    def scratch(self) -> Proof:
        """What one check leaves in its scratch folders, the next does not find."""
        name = f"dojo-canary-{secrets.token_hex(8)}"
        left, found = self.said(LEAVE, name), self.said(FIND, name)
        held = bool(left) and found == "nothing"
        return Proof("scratch folders fresh", held, f"left in {left or 'nothing'}, found in {found}")


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Listen on loopback; yields the port, and whether anyone came."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    came = threading.Event()
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                server.accept()[0].close()
                came.set()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], came.is_set
    finally:
        stop.set()
        thread.join()
        server.close()


def prove(tier: Tier) -> list[Proof]:
    """Run every live probe on a tier and return the verdicts; a probe that cannot run counts as not held."""
    proofs: list[Proof] = []
    with Worker(tier, [PROBES]) as worker:
        prover = _Prover(worker)
        steps = [prover.canary, prover.network, prover.orphan, prover.environment]
        steps += [prover.writes, prover.memory, prover.time]
        steps += [prover.processes, prover.namespaces, prover.scratch]
        for step in steps:
            try:
                proofs.append(step())
            except WorkerError as error:
                proofs.append(Proof(step.__name__, False, _ends_of(str(error))))
    return proofs


def _ends_of(words: str) -> str:
    """Return a message's first and last line in one: a traceback's last line holds the cause."""
    lines = words.splitlines()
    return " … ".join(line.strip()[:300] for line in lines[:1] + lines[1:][-1:])
