"""Run each session of requests in a forked child, watch what it uses, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import resource
import select
import signal
import time
import traceback
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NoReturn

from torchdojo.probe import Probe
from torchdojo.probe.settings import preserve_settings
from torchdojo.wire import WireLimits, read_frame, write_all, write_frame
from torchdojo.worker import usage
from torchdojo.worker.guard import resolve, set_traps
from torchdojo.worker.isolation import Isolation, descendants
from torchdojo.worker.library import IsolationError
from torchdojo.worker.library_in_use import library
from torchdojo.worker.modules import compile_ahead
from torchdojo.worker.protocol import (
    ENGINE_PROCESSES,
    REQUESTS_IF_SHARED,
    REQUESTS_PER_SESSION,
    USED,
    Continue,
    Limits,
    Reply,
    ReplyStatus,
    Request,
    Run,
    decode_message,
    encode_message,
    encode_reply,
    is_step,
    set_used,
)
from torchdojo.worker.request_runner import run_request

POLL_SECONDS = 0.05
ISOLATED = b"."
Probes = dict[str, dict[str, Probe]]  # by the path of their file, and by name


@dataclass
class _Child:
    """A forked process that runs requests.

    send, receive: this end of its two pipes; folder: its scratch folder
    measured, cpu, peak: when its use was last measured, its CPU seconds then, and the most bytes so far
    """

    pid: int
    send: int
    receive: int
    folder: str
    session: str = ""
    requests: int = 0
    measured: float = 0.0
    cpu: float = 0.0
    peak: int = 0


@dataclass
class _Budget:
    """What a request may use, and what it was seen to use.

    cpu_before: the CPU seconds used before it; cpu: those seen to be used for it; asleep: the seconds it was seen to
    sleep; peak: the most bytes seen
    """

    limits: Limits
    cpu_before: float = 0.0
    cpu: float = 0.0
    asleep: float = 0.0
    peak: int = 0
    started: float = field(default_factory=time.monotonic)
    checked: float = field(default_factory=time.monotonic)

    @property
    def charged(self) -> float:
        """The seconds that count against the limit."""
        return max(self.cpu, self.asleep)


class ForkServer:
    """Forks a child for each session: the requests of one check, which the caller gives one name.

    A request without a session's name has a child of its own. The submission is reloaded for every request. While no
    request runs, a spare child is forked, which is assigned to the next session. A child that a request ended is
    replaced, for the session's other requests, by a new one.

    gpu: whether children may use a CUDA device, whose driver reserves more address space than there is memory
    """

    def __init__(self, isolation: Isolation, gpu: bool = False) -> None:
        self.isolation = isolation
        self.gpu = gpu
        self._run: Run | None = None  # the last one of a session
        self._child: _Child | None = None
        self._spare_child: _Child | None = None
        self._killed: list[_Child] = []
        self._status = 0
        self._base = usage.MemoryUsage()

    def serve(self, run: Run, probes: Probes) -> bytes:
        """Run one request in its session's child; return the encoded reply."""
        if self._child is not None and (self._child.session != run.session or not run.session):
            self.end_session()
        child = self._child
        if child is None:
            child = self._child = self._spare_child or self._fork(probes)
            self._spare_child = None
            child.session = run.session
        self._run = run if run.session else None
        budget = _Budget(run.limits)
        refusal = self._send(child, run, budget)
        if run.session and not run.is_shared:  # whose one process has to compile it in any case
            compile_ahead(run.request.source, run.request.filename)
            set_traps(resolve(run.request.forbids, run.request.allows))
        reply: bytes | None = None
        if refusal is None:
            reply, refusal = self._receive(child, budget)
        if reply is None:
            status = self._kill_and_reap(child)
            return set_used(encode_reply(refusal or _crash(status)), budget.peak, budget.charged, is_ours=True)
        if self._measure(child, run):
            budget.cpu = child.cpu - budget.cpu_before
            child.peak = max(child.peak, usage.peak_beyond(self._base, child.pid))
        else:
            budget.cpu = time.monotonic() - budget.started
        reply = set_used(reply, max(budget.peak, child.peak), budget.charged)
        if not run.session:
            self.end_session()
        return reply

    def proceed(self, more: Continue, probes: Probes) -> bytes:
        """Run another request in the last Run's session; return the encoded reply. RuntimeError if there was none."""
        if self._run is None:
            raise RuntimeError("a session goes on that has not begun")
        request = _with_question(self._run.request, more)
        return self.serve(replace(self._run, request=request, limits=more.limits), probes)

    def prefork(self, probes: Probes) -> None:
        """Fork the child that the next session will need, and reap killed ones."""
        if self._spare_child is None:
            self._spare_child = self._fork(probes)
        self._reap()

    def end_session(self) -> None:
        """End the session, if there is one: kill the child and all it started."""
        child, self._child = self._child, None
        if child is not None:
            self._kill(child)

    def discard_children(self) -> None:
        """Kill all children, also the spare one: later ones know what this process has learned since."""
        self.end_session()
        spare, self._spare_child = self._spare_child, None
        if spare is not None:
            self._kill(spare)
        self._reap()

    def _kill(self, child: _Child) -> None:
        os.close(child.send)
        os.close(child.receive)
        self.isolation.kill(child.pid, self._spared())
        self._killed.append(child)
        if not self.isolation.kills_descendants:
            self._reap()

    def _spared(self) -> set[int]:
        return {self._spare_child.pid} if self._spare_child else set()

    def _reap(self) -> int:
        """Wait until nothing of the killed children is left; return the wait status of the last one."""
        while self._killed:
            child = self._killed.pop(0)
            self._status = self.isolation.reap(child.pid, child.folder, self._spared())
        return self._status

    def _kill_and_reap(self, child: _Child) -> int:
        """End the running session's child; return its wait status."""
        self._child = None
        self._kill(child)
        return self._reap()

    def _fork(self, probes: Probes) -> _Child:
        self._base = usage.read_memory("self")
        receive, its_send = os.pipe()
        its_receive, send = os.pipe()
        pid, folder = self.isolation.fork()
        if pid == 0:
            self._run_child(probes, its_receive, its_send, folder)
        os.close(its_send)
        os.close(its_receive)
        os.set_blocking(send, False)
        return _Child(pid, send, receive, folder)

    def _send(self, child: _Child, run: Run, budget: _Budget) -> Reply | None:
        """Send the child a request. Return a refusal if it wrote between requests, or does not read."""
        if child.requests and select.select([child.receive], [], [], 0)[0] and os.read(child.receive, 1):
            return Reply(ReplyStatus.REFUSED, type="flood", message="unexpected output between requests")
        first = child.requests == 0
        child.requests += 1
        if first:
            _require_isolated(child)
        self._measure(child, run)
        budget.cpu_before = child.cpu
        frame = bytearray()
        asked = run.request
        message = run if first else Continue(asked.calls, asked.device, asked.forbids, asked.allows, run.limits)
        write_frame(frame.extend, encode_message(message))
        while frame:
            refusal = self._check_usage(budget)
            if refusal is not None:
                return refusal
            if select.select([], [child.send], [], POLL_SECONDS)[1]:
                try:
                    del frame[: os.write(child.send, frame[: 1 << 16])]
                except BrokenPipeError:
                    where = "before the first question" if first else "between two questions"
                    return Reply(ReplyStatus.CRASHED, message=f"the process ended itself {where}")
        return None

    def _measure(self, child: _Child, run: Run) -> bool:
        """Measure the child's CPU time, unless that was done just now and there are many short requests."""
        now = time.monotonic()
        if (run.is_shared or is_step(run.request.calls)) and now < child.measured + POLL_SECONDS:
            return False
        child.cpu, child.measured = usage.cpu_seconds(self._pids()), now
        return True

    def _receive(self, child: _Child, budget: _Budget) -> tuple[bytes | None, Reply | None]:
        """Read the child's frame until it is whole, the child ends, or a limit is reached."""
        data = bytearray()
        max_bytes = budget.limits.reply + 8 + USED.size  # the frame's length and what was used come before the message
        while True:
            refusal = self._check_usage(budget)
            if refusal is not None:
                return None, refusal
            if select.select([child.receive], [], [], POLL_SECONDS)[0]:
                part = os.read(child.receive, 1 << 20)
                data += part
                if len(data) > max_bytes:
                    return None, Reply(ReplyStatus.REFUSED, type="flood", message="too many bytes came back")
                if len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:8], "big"):
                    return bytes(data[8 : 8 + int.from_bytes(data[:8], "big")]), None
                if not part:
                    return None, None

    def _check_usage(self, budget: _Budget) -> Reply | None:
        """Measure now and then what the child and its descendants use; return a refusal if that is over a limit."""
        now, limits = time.monotonic(), budget.limits
        if now < budget.checked + POLL_SECONDS:
            return None
        pids = self._pids()
        used = usage.used_beyond(self._base, pids)
        budget.peak = max(budget.peak, used)
        if used > limits.memory:
            return Reply(ReplyStatus.MEMORY, message=f"the limit is {limits.memory // 2**20} MiB")
        if len(pids) > limits.processes:
            return Reply(ReplyStatus.CRASHED, message=f"it started more than {limits.processes} processes")
        budget.cpu = usage.cpu_seconds(pids) - budget.cpu_before
        if budget.cpu > limits.seconds:
            return Reply(ReplyStatus.TIMEOUT, message=f"more than {limits.seconds:g} s of CPU time")
        if usage.are_asleep(pids):  # for as long as this process had time to look
            budget.asleep += min(now - budget.checked, 2 * POLL_SECONDS)
        if budget.asleep > limits.seconds:
            return Reply(ReplyStatus.TIMEOUT, message=f"asleep for more than {limits.seconds:g} s")
        if now - budget.started > limits.wall_seconds:
            got = f"it got {budget.cpu:.2g} s of CPU time in {limits.wall_seconds:g} s: the machine is busy"
            return Reply(ReplyStatus.STARVED, message=got)
        budget.checked = time.monotonic()
        return None

    def _pids(self) -> list[int]:
        """Return the running child's process and what it started."""
        return descendants({*self._spared(), *(child.pid for child in self._killed)})

    def _run_child(self, probes: Probes, receive: int, send: int, folder: str) -> NoReturn:
        """Run a session's requests, and exit without running any exit handler."""
        try:
            os.setsid()
            self._enter_isolation(folder)
            _close_all_but(receive, send)
            os.write(send, ISOLATED)
            gc.enable()
            self._serve_session(probes, receive, send)
        finally:
            os._exit(0)

    def _enter_isolation(self, folder: str) -> None:
        """Enter the isolation. If that fails no submission may run, and the reason goes to standard error."""
        try:
            library().require_forked_well()
            self.isolation.enter(folder)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def _serve_session(self, probes: Probes, receive: int, send: int) -> None:
        """In the child: read a session's first request, set its limits, and reply until the pipe is closed."""
        read, write = partial(os.read, receive), partial(write_all, send)
        run = decode_message(read_frame(read, WireLimits.total_bytes))
        assert isinstance(run, Run)
        limits, request = run.limits, run.request
        usage.limit_this_process(
            self._base,
            seconds=limits.seconds * (REQUESTS_IF_SHARED if run.is_shared else REQUESTS_PER_SESSION),
            memory=limits.memory,
            processes=limits.processes + ENGINE_PROCESSES if self.isolation.limits_processes else 0,
            addresses=not self.gpu,
        )
        while True:
            with contextlib.nullcontext() if is_step(request.calls) else preserve_settings():
                reply = encode_reply(run_request(request, probes[run.probes_path]), limits.reply)
            write_frame(write, reply)
            message = decode_message(read_frame(read, WireLimits.total_bytes))
            assert isinstance(message, Continue)
            request = _with_question(request, message)


def _with_question(request: Request, more: Continue) -> Request:
    return replace(request, calls=more.calls, device=more.device, forbids=more.forbids, allows=more.allows)


def _require_isolated(child: _Child) -> None:
    """Wait until a child reports that it is isolated. IsolationError if it cannot be: then no submission may run."""
    if os.read(child.receive, 1) != ISOLATED:
        raise IsolationError("a process could not be isolated")


def _close_all_but(*keep: int) -> None:
    """Close every inherited descriptor but the child's pipes, and 0, 1 and 2, which become /dev/null."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    edges = [2, *sorted(keep), min(limit, 65536)]
    for low, high in itertools.pairwise(edges):
        os.closerange(low + 1, high)


def _crash(status: int) -> Reply:
    """Return the reply for a child that ended without one."""
    if not os.WIFSIGNALED(status):
        code = os.WEXITSTATUS(status)
        return Reply(ReplyStatus.CRASHED, message=f"the process ended itself (exit code {code}) without an answer")
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return Reply(ReplyStatus.TIMEOUT, message="its CPU time was used up")
    return Reply(ReplyStatus.CRASHED, message=f"the process was ended by {signal.Signals(number).name}")
