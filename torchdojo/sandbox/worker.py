"""A worker as its owner sees it: send a request, get a reply, whatever happens inside."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from torchdojo.sandbox.backend import SandboxBackend, WorkerProcess
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.gpu import GpuLock
from torchdojo.wire import EndOfStream, WireError, WireLimits, read_frame, write_frame
from torchdojo.worker.protocol import (
    OUT_OF_TIME,
    Bans,
    Continue,
    EndSession,
    Limits,
    Message,
    Prepare,
    Ready,
    Reply,
    ReplyStatus,
    Request,
    Run,
    decode_message,
    decode_reply,
    encode_message,
)

Preparation = tuple[str, tuple[str, ...], Bans]  # a probes file, modules, and what requests will forbid
START_SECONDS = 300.0  # on a very busy machine; one that ends is noticed at once
GRACE_SECONDS = 30.0  # for the worker to enforce the limits itself


class Worker:
    """One worker process, started when it is first needed and again after it was killed.

    readable: the files a probe may read (the probes themselves); everything else of the course stays invisible
    gpu: whether requests may use the machine's CUDA device, one worker at a time
    kind: of the chapters that it serves: one for "python" chapters never imports torch
    process: a process of this backend, with these files, that was started ahead
    starved: whether the machine was too busy to answer in time, since whoever uses this set it to False
    """

    def __init__(
        self,
        backend: SandboxBackend,
        readable: Sequence[Path],
        gpu: bool = False,
        process: WorkerProcess | None = None,
        kind: str = "torch",
    ) -> None:
        self.backend = backend
        self.readable = list(readable)
        self.kind = kind
        self._gpu = gpu
        self._gpu_lock = GpuLock()
        self._process: WorkerProcess | None = None
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        self._started = False
        self._starved = False
        self._asked: deque[tuple[Limits, int]] = deque()  # what no reply has come to: its limits, and how many calls
        self._sibling: Worker | None = None  # of the other kind
        self._preparing: deque[Preparation] = deque()
        self._prepared: set[Preparation] = set()
        self._paths_inside: dict[Path, str] = {}
        if process is not None:
            self._attach(process)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of_kind(self, kind: str) -> Worker:
        """Return the worker for chapters of this kind: this one, or another of the same files, closed with this one."""
        if kind == self.kind:
            return self
        if self._sibling is None:
            self._sibling = Worker(self.backend, self.readable, kind=kind)
            self._sibling._sibling = self
        return self._sibling

    @property
    def starved(self) -> bool:
        """Whether the machine was too busy for one of the two."""
        return any(worker._starved for worker in self._both())

    @starved.setter
    def starved(self, value: bool) -> None:
        for worker in self._both():
            worker._starved = value

    def _both(self) -> list[Worker]:
        return [self] if self._sibling is None else [self, self._sibling]

    def start(self) -> None:
        """Start the process without waiting for it; a no-op while it lives."""
        if self._process is not None and self._process.is_alive():
            return
        self._end_process()
        try:
            self._attach(self.backend.start(self.readable, self._gpu, self.kind))
        except OSError as error:
            raise WorkerError(f"a worker could not be started: {error}") from None

    def _attach(self, process: WorkerProcess) -> None:
        self._process, self._frames = process, queue.Queue()
        threading.Thread(target=_read_frames, args=(process.process, self._frames), daemon=True).start()

    def allow_gpu(self) -> None:
        """Let requests use the machine's CUDA device. A process that was started without it is killed."""
        if not self._gpu and self.kind == "torch":
            self._end_process()
            self._gpu = True

    def start_preparing(self, probes: Path, modules: Sequence[str] = (), bans: Bans = ()) -> None:
        """Start, and ask for what `prepare` waits for, without waiting."""
        self.start()
        key = (str(probes), tuple(modules), bans)
        if _is_among(key, [*self._prepared, *self._preparing]):
            return
        self._drop_replies()
        if self._send(Prepare(self._path_inside(probes), list(modules), bans)):
            self._preparing.append(key)

    def prepare(self, probes: Path, modules: Sequence[str] = (), bans: Bans = ()) -> None:
        """Load a probes file (one of `readable`) and import modules, before any request names them.

        bans: what requests will forbid; those that share a process need it
        """
        self.start_preparing(probes, modules, bans)
        self._await_start()
        wanted, reason = (str(probes), tuple(modules), bans), ""
        while self._preparing:  # all of them, or the next message would be taken for the answer to another one
            key = self._preparing.popleft()
            ready = self._receive()
            if ready is not None and not ready.error:
                self._prepared.add(key)
            elif ready is None or _is_among(wanted, [key]):
                reason = ready.error if ready else ""
                break
        if not _is_among(wanted, self._prepared):
            words = "\n".join([reason or self._stderr_tail(), *map(str, self.backend.import_problems(probes))])
            self._end_process()
            raise WorkerError(f"{probes.name} could not be loaded in the worker: {words}")

    def run(
        self,
        request: Request,
        probes: Path,
        limits: Limits,
        modules: Sequence[str] = (),
        session: str = "",
        is_shared: bool = False,
        bans: Bans = (),
    ) -> Reply:
        """Run one request within its limits and return the reply; WorkerError if no worker can be started or prepared.

        session: requests in a row with the same name, if it is not empty, run in one process, unless one of them ends
        it; all must be of the same submission
        is_shared: whether these are of several checks; bans: what requests will forbid
        """
        self.prepare(probes, modules, bans)
        self._drop_replies()
        if request.device == "cuda":
            self._gpu_lock.acquire()
        started = time.monotonic()
        self._ask(Run(request, self._path_inside(probes), limits, session, is_shared), limits, len(request.calls))
        reply = self._reply()
        if request.device != "cuda" or not session:  # no process that uses the device is left
            self._gpu_lock.release()
        return replace(reply, seconds=time.monotonic() - started)

    def send_ahead(self, question: Continue) -> None:
        """Ask a question in the last request's session without waiting for the reply, which `next_reply` returns.

        WireError if it cannot be sent. After the worker's end there is no reply.
        """
        if self._process is not None:
            self._ask(question, question.limits, len(question.calls))

    def next_reply(self) -> Reply | None:
        """Return the reply to the first question that was sent ahead and has none; None if there is no such."""
        was_starved = self._starved
        reply = self._reply() if self._asked else None
        self._starved = was_starved  # the question will be asked again
        return reply

    def _ask(self, message: Run | Continue, limits: Limits, calls: int) -> None:
        self._send(message)  # if the worker is gone, no reply will come
        self._asked.append((limits, calls))

    def _drop_replies(self) -> None:
        """Read the replies to what was sent ahead, and discard them."""
        while self._asked:
            self._reply()

    def _reply(self) -> Reply:
        """Wait for the reply to the first message that has none."""
        limits, calls = self._asked.popleft()
        frame = self._frame(limits.wall_seconds + GRACE_SECONDS)
        if frame is None:
            alive = self._process is not None and self._process.is_alive()
            out_of_time = self._process is not None and self._process.process.returncode == OUT_OF_TIME
            words = self._stderr_tail()
            self._end_process()
            if "Traceback" in words:
                raise WorkerError(f"a worker ended by itself ({self.backend.name}): {words}")
            if alive:
                return Reply(ReplyStatus.STARVED, message=f"not within {limits.wall_seconds:g} s")
            if out_of_time:
                message = f"more than {limits.seconds:g} s of CPU time, or asleep for as long"
                return Reply(ReplyStatus.TIMEOUT, message=message)
            return Reply(ReplyStatus.CRASHED, message="the worker was killed")
        reply = decode_reply(frame, limits.reply, calls)
        self._starved |= reply.status is ReplyStatus.STARVED
        return reply

    def end_session(self) -> None:
        """End the last session, if there is one, and kill what the submission left running."""
        self._drop_replies()
        if self._process is not None and self._process.is_alive():
            self._send(EndSession())
        self._gpu_lock.release()

    def close(self) -> None:
        """Kill the process and everything in it."""
        for worker in self._both():
            worker._end_process()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        was_started, self._started = self._started, False
        self._asked.clear()
        self._preparing.clear()
        self._prepared.clear()
        if process is not None:
            if was_started:
                process.stop()
            else:  # it has run nothing yet, and would first import torch to its end
                process.kill()
            self._gpu_lock.release()

    def interrupt(self) -> None:
        """Kill the process while another thread runs a request, which then ends as crashed. Any thread may call this.

        A process that has not started yet is left alone.
        """
        for worker in self._both():
            process = worker._process
            if process is not None and worker._started:
                process.process.kill()
                process.process.wait()

    def _path_inside(self, path: Path) -> str:
        """Return the path by which the process sees a readable file."""
        if path not in self._paths_inside:
            self._paths_inside[path] = self.backend.path_inside(path)
        return self._paths_inside[path]

    def _await_start(self) -> None:
        """Wait until the process says that it has started."""
        if self._started:
            return
        if self._receive() is None:
            words = self._stderr_tail()
            self._end_process()
            raise WorkerError(f"a worker did not start ({self.backend.name}): {words}")
        self._started = True

    def _send(self, message: Message) -> bool:
        """Send a message; return whether the worker could be reached."""
        stdin = self._process.process.stdin if self._process else None
        assert stdin is not None
        try:
            write_frame(stdin.write, encode_message(message))
            stdin.flush()
        except OSError:
            return False
        return True

    def _receive(self) -> Ready | None:
        """Wait for the worker to be ready; None if it is gone or does not answer in time."""
        frame = self._frame(START_SECONDS)
        if frame is None:
            return None
        try:
            message = decode_message(frame)
        except WireError as error:
            return Ready(str(error))
        return message if isinstance(message, Ready) else Ready("an unexpected message")

    def _frame(self, seconds: float) -> bytes | None:
        """Wait for what the worker sends next; None if it is gone or does not answer in time."""
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            self._starved = True
            return None
        if frame is None and self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.process.wait(timeout=2)
        return frame

    def _stderr_tail(self) -> str:
        return self._process.stderr_tail() if self._process else "no message"


def _is_among(wanted: Preparation, done: Iterable[Preparation]) -> bool:
    """Whether one of some preparations loads the same probes, and imports and forbids all that is wanted."""
    probes, modules, bans = wanted
    return any(one[0] == probes and set(one[1]) >= set(modules) and set(one[2]) >= set(bans) for one in done)


def _read_frames(process: subprocess.Popen[bytes], frames: queue.Queue[bytes | None]) -> None:
    """Read frames until the worker closes its side; a thread, so that waiting has a limit on every system."""
    assert process.stdout is not None
    stdout = process.stdout
    read = getattr(stdout, "read1", stdout.read)
    with contextlib.suppress(EndOfStream, OSError, ValueError):
        while True:
            frames.put(read_frame(read, WireLimits.total_bytes + 64))
    frames.put(None)
