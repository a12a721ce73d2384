"""Run each session of requests in a forked child, watch it, and leave nothing of it behind."""

from __future__ import annotations

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

import torch

from torchdojo.probe import Probe
from torchdojo.wire import Limits as WireLimits
from torchdojo.wire import read_frame, write_all, write_frame
from torchdojo.worker import usage
from torchdojo.worker.enclosure import Enclosure, EnclosureError
from torchdojo.worker.load import compile_ahead
from torchdojo.worker.protocol import (
    Continue,
    Limits,
    Reply,
    ReplyStatus,
    Run,
    decode_message,
    encode_message,
    encode_reply,
    set_memory,
)
from torchdojo.worker.run import run_request, settings_kept

WATCH_SECONDS = 0.05
READY = b"."
SESSION = 8  # so many requests' worth of CPU time for one session
OURS = 4  # processes of ours that the kernel counts with a submission's


@dataclass
class _Child:
    """A forked process that runs requests. send, receive: our ends of its two pipes; folder: its scratch folder."""

    pid: int
    send: int
    receive: int
    folder: str
    session: str = ""
    asked: int = 0


@dataclass
class _Watch:
    """What a request may use, and what it was seen to use.

    ends: the moment its time is over; cpu_before: the CPU seconds that are not its own; peak: the most bytes seen
    """

    limits: Limits
    ends: float
    cpu_before: float = 0.0
    peak: int = 0
    next_look: float = field(default_factory=lambda: time.monotonic() + WATCH_SECONDS)


class ForkServer:
    """Forks a child for each session: the requests of one check, which the caller gives one name.

    A request without a session's name has a child of its own. The submission is loaded anew for every request. The next
    child is forked while nobody waits: it knows nothing yet, and becomes whoever's is needed next.

    gpu: whether children may use a CUDA device, whose driver reserves more address space than there is memory
    """

    def __init__(self, enclosure: Enclosure, gpu: bool = False) -> None:
        self.enclosure = enclosure
        self.gpu = gpu
        self.own_processes = usage.counts_processes_by_namespace() and hasattr(enclosure, "own_pids")
        self._child: _Child | None = None
        self._spare: _Child | None = None
        self._ending: list[_Child] = []
        self._status = 0
        self._base = usage.Memory()

    def serve(self, run: Run, probes: dict[str, dict[str, Probe]]) -> bytes:
        """Run one request in its session's child; return the encoded reply."""
        session = run.session
        if self._child is not None and (self._child.session != session or not session):
            self.rest()
        child = self._child
        if child is None:
            child = self._child = self._spare or self._fork(probes)
            self._spare = None
            child.session = session
        watch = _Watch(run.limits, time.monotonic() + run.limits.seconds)
        refusal = self._hand_over(child, run, watch)
        if session:
            compile_ahead(run.request.source, run.request.filename)
        reply: bytes | None = None
        if refusal is None:
            reply, refusal = self._watch(child, watch)
        if reply is None:
            status = self._bury(child)
            return set_memory(encode_reply(refusal or _crash(status)), watch.peak)
        reply = set_memory(reply, max(watch.peak, usage.most_beyond(self._base, child.pid)))
        if not session:
            self.rest()
        return reply

    def idle(self, probes: dict[str, dict[str, Probe]]) -> None:
        """Use the time until the next request: fork the child that it will need, and bury the last."""
        if self._spare is None:
            self._spare = self._fork(probes)
        self._reap()

    def rest(self) -> None:
        """End the session, if there is one: kill the child and all it started."""
        child, self._child = self._child, None
        if child is not None:
            self._end(child)

    def close(self) -> None:
        """Leave nothing behind."""
        self.renew()

    def renew(self) -> None:
        """Forget what was forked ahead: this process has learnt something that children must know."""
        self.rest()
        spare, self._spare = self._spare, None
        if spare is not None:
            self._end(spare)
        self._reap()

    def _end(self, child: _Child) -> None:
        os.close(child.send)
        os.close(child.receive)
        self.enclosure.end(child.pid, self._kept())
        self._ending.append(child)
        if not self.enclosure.ends_by_itself:
            self._reap()

    def _kept(self) -> set[int]:
        return {self._spare.pid} if self._spare else set()

    def _reap(self) -> int:
        """Wait until nothing of the ended children is left; return the wait status of the one that ended last."""
        while self._ending:
            child = self._ending.pop(0)
            self._status = self.enclosure.reap(child.pid, child.folder, self._kept())
        return self._status

    def _bury(self, child: _Child) -> int:
        """End the running session's child; return its wait status."""
        self._child = None
        self._end(child)
        return self._reap()

    def _fork(self, probes: dict[str, dict[str, Probe]]) -> _Child:
        self._base = usage.memory_of("self")
        receive, its_send = os.pipe()
        its_receive, send = os.pipe()
        pid, folder = self.enclosure.fork()
        if pid == 0:
            self._become_child(probes, its_receive, its_send, folder)
        os.close(its_send)
        os.close(its_receive)
        os.set_blocking(send, False)
        return _Child(pid, send, receive, folder)

    def _hand_over(self, child: _Child, run: Run, watch: _Watch) -> Reply | None:
        """Send the child a request; return a refusal if it wrote between requests, or does not read."""
        if child.asked and select.select([child.receive], [], [], 0)[0] and os.read(child.receive, 1):
            return Reply(ReplyStatus.REFUSED, type="flood", message="unexpected output between requests")
        first = child.asked == 0
        child.asked += 1
        if first:
            _require_ready(child)
        else:
            watch.cpu_before = self._cpu()
        frame = bytearray()
        message = run if first else Continue(run.request.calls, run.request.device)
        write_frame(frame.extend, encode_message(message))
        while frame:
            left = watch.ends - time.monotonic()
            if left <= 0:
                return Reply(ReplyStatus.TIMEOUT)
            if select.select([], [child.send], [], min(left, WATCH_SECONDS))[1]:
                try:
                    del frame[: os.write(child.send, frame[: 1 << 16])]
                except BrokenPipeError:
                    where = "before the first question" if first else "between two questions"
                    return Reply(ReplyStatus.CRASHED, message=f"the process ended itself {where}")
        return None

    def _watch(self, child: _Child, watch: _Watch) -> tuple[bytes | None, Reply | None]:
        """Read the child's frame until it is whole, the child ends, or a limit is reached."""
        data = bytearray()
        most = watch.limits.reply + 16  # the frame's length and the reply's memory come before the message
        while True:
            now = time.monotonic()
            if now >= watch.ends:
                return None, Reply(ReplyStatus.TIMEOUT)
            if now >= watch.next_look:
                refusal = self._look(watch)
                if refusal is not None:
                    return None, refusal
                watch.next_look = time.monotonic() + WATCH_SECONDS
            if select.select([child.receive], [], [], min(watch.ends - now, WATCH_SECONDS))[0]:
                part = os.read(child.receive, 1 << 20)
                data += part
                if len(data) > most:
                    return None, Reply(ReplyStatus.REFUSED, type="flood", message="too many bytes came back")
                if len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:8], "big"):
                    return bytes(data[8 : 8 + int.from_bytes(data[:8], "big")]), None
                if not part:
                    return None, None

    def _look(self, watch: _Watch) -> Reply | None:
        """See what the whole tree of the child's processes uses; return the limit it has passed, if any."""
        pids = [pid for pid in self.enclosure.processes() if pid not in self._kept()]
        used = usage.used_beyond(self._base, pids)
        watch.peak = max(watch.peak, used)
        limits = watch.limits
        if used > limits.memory:
            return Reply(ReplyStatus.MEMORY, message=f"the limit is {limits.memory // 2**20} MiB")
        if len(pids) > limits.processes:
            return Reply(ReplyStatus.CRASHED, message=f"it started more than {limits.processes} processes")
        if self._cpu() - watch.cpu_before > limits.cpu_seconds:
            return Reply(ReplyStatus.TIMEOUT, message=f"more than {limits.cpu_seconds:g} s of CPU time")
        return None

    def _cpu(self) -> float:
        return sum(map(usage.cpu_seconds, self.enclosure.processes()))

    def _become_child(self, probes: dict[str, dict[str, Probe]], receive: int, send: int, folder: str) -> None:
        """Never returns: run a session's requests, and leave without running any exit handler."""
        try:
            os.setsid()
            self._enter(folder)
            _close_all_but(receive, send)
            os.write(send, READY)
            gc.enable()
            _answer(probes, self._base, receive, send, self.own_processes, self.gpu)
        finally:
            os._exit(0)

    def _enter(self, folder: str) -> None:
        """Enter the enclosure; where that fails no submission may run, and the reason goes to standard error."""
        try:
            require_usable_cuda()
            self.enclosure.enter(folder)
        except BaseException:
            traceback.print_exc()
            os._exit(1)


def require_usable_cuda() -> None:
    """Raise EnclosureError in a child whose parent had started CUDA: every use of it, even a question, would fail."""
    if torch.cuda._is_in_bad_fork():
        raise EnclosureError("the worker started CUDA before it forked")


def _require_ready(child: _Child) -> None:
    """Wait until a child says that it is enclosed. EnclosureError if it cannot be: then no submission may run."""
    if os.read(child.receive, 1) != READY:
        raise EnclosureError("a process could not be given its enclosure")


def _answer(
    probes: dict[str, dict[str, Probe]], base: usage.Memory, receive: int, send: int, own_processes: bool, gpu: bool
) -> None:
    """In the child: read a session's first request, take its limits on, and answer until the pipe is closed."""
    read, write = partial(os.read, receive), partial(write_all, send)
    run = decode_message(read_frame(read, WireLimits.total_bytes))
    assert isinstance(run, Run)
    limits, request = run.limits, run.request
    processes = limits.processes + OURS if own_processes else 0
    usage.limit_this_process(base, limits.cpu_seconds * SESSION, limits.memory, processes, addresses=not gpu)
    while True:
        with settings_kept():
            reply = encode_reply(run_request(request, probes[run.probes_path]), limits.reply)
        write_frame(write, reply)
        message = decode_message(read_frame(read, WireLimits.total_bytes))
        assert isinstance(message, Continue)
        request = replace(request, calls=message.calls, device=message.device)


def _close_all_but(*keep: int) -> None:
    """Close every inherited descriptor but 0, 1, 2 (all nowhere) and the child's pipes: the channel is not its own."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    top = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    edges = [2, *sorted(keep), min(top, 65536)]
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
