"""A worker as its owner sees it: send a request, get a reply, whatever happens inside."""

from __future__ import annotations

import contextlib
import queue
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from torchdojo import wire
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.gpu import Turn
from torchdojo.sandbox.tiers import Begun, Tier, inside
from torchdojo.wire import EndOfStream, WireError, decode, encode, read_frame, write_frame
from torchdojo.worker.run import Request

Preparation = tuple[str, tuple[str, ...]]  # a probes file and modules
START_SECONDS = 120.0
GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Limits:
    """What one request may use.

    seconds: wall time; cpu: seconds of CPU time, None for twice the wall time; memory: bytes of everything it runs,
    beyond what torch itself holds; processes: how many it may run at a time, threads included; reply: bytes that come
    back
    """

    seconds: float = 20.0
    memory: int = 2 * 2**30
    reply: int = 64 * 2**20
    processes: int = 64
    cpu: float | None = None


@dataclass(frozen=True)
class Reply:
    """What came back.

    status: "ok", or "error" (the submission raised), "load_error" (it could not be loaded), "unusable" (a probe could
    not use what it returned), "refused" (what it returned may not cross), "timeout", "memory", "crashed"
    memory: the most bytes that it was seen to use, or None where that is not measured
    outputs: one dict a call when ok; message, type, line, text: what was raised, and where in the submission
    """

    status: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    type: str = ""
    message: str = ""
    line: int | None = None
    text: str = ""
    made_at: list[tuple[int, str]] = field(default_factory=list)
    memory: int | None = None


class Worker:
    """One worker process, started when it is first needed and again after it was killed.

    readable: the files a probe may read (the probes themselves); everything else of the course stays invisible
    gpu: whether requests may use the machine's CUDA device, one worker at a time
    begun: a process of this tier, with these files, that was started ahead
    """

    def __init__(self, tier: Tier, readable: Sequence[Path], gpu: bool = False, begun: Begun | None = None) -> None:
        self.tier = tier
        self.readable = list(readable)
        self._gpu = gpu
        self._turn = Turn()
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        self._errors: IO[bytes] | None = None
        self._greeted = False
        self._asked: deque[Preparation] = deque()
        self._prepared: set[Preparation] = set()
        self._places: dict[Path, str] = {}
        if begun is not None:
            self._adopt(begun)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process without waiting for it; a no-op while it lives."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        try:
            self._adopt(self.tier.begin(self.readable, self._gpu))
        except OSError as error:
            raise WorkerError(f"a worker could not be started: {error}") from None

    def _adopt(self, begun: Begun) -> None:
        self._process, self._errors = begun.process, begun.errors
        self._frames = queue.Queue()
        threading.Thread(target=_pump, args=(self._process, self._frames), daemon=True).start()

    def allow_gpu(self) -> None:
        """Let requests use the machine's CUDA device, one worker at a time. A process started without it ends."""
        if not self._gpu:
            self.close()
            self._gpu = True

    def begin(self, probes: Path, modules: Sequence[str] = ()) -> None:
        """Start, and ask for what `prepare` waits for, without waiting."""
        self.start()
        key = (str(probes), tuple(modules))
        if key in self._prepared or key in self._asked:
            return
        if self._send({"prepare": self._place(probes), "modules": list(modules)}):
            self._asked.append(key)

    def prepare(self, probes: Path, modules: Sequence[str] = ()) -> None:
        """Load a probes file (one of `readable`) and import modules, before any request names them."""
        self.begin(probes, modules)
        self._greet()
        wanted, said = (str(probes), tuple(modules)), ""
        while self._asked:  # all of them, or the next answer would be taken for another question's
            key = self._asked.popleft()
            answer = self._receive(START_SECONDS, wire.Limits())
            if answer is not None and answer.get("ready"):
                self._prepared.add(key)
            elif answer is None or key == wanted:
                said = str((answer or {}).get("message") or "")
                break
        if wanted not in self._prepared:
            words = said or self._last_words()
            self.close()
            raise WorkerError(f"{probes.name} could not be loaded in the worker: {words}")

    def run(
        self, request: Request, probes: Path, limits: Limits, modules: Sequence[str] = (), session: str = ""
    ) -> Reply:
        """Run one request within its limits; always a Reply, WorkerError only if no worker can be had.

        session: requests in a row with the same name, which is then not empty, run in one process, unless one of them
        ends it; all must be of the same submission
        """
        self.prepare(probes, modules)
        values = {
            "session": session,
            "request": request.plain(),
            "probes": self._place(probes),
            "seconds": float(limits.seconds),
            "memory": limits.memory,
            "processes": limits.processes,
            "cpu": float(2 * limits.seconds if limits.cpu is None else limits.cpu),
            "limits": {"total_bytes": limits.reply},
        }
        if request.device == "cuda":
            self._turn.take()
        started = time.monotonic()
        sent = self._send(values)
        frame = self._frame(limits.seconds + GRACE_SECONDS) if sent else None
        seconds = time.monotonic() - started
        if frame is None:
            alive = self._process is not None and self._process.poll() is None
            words = self._last_words()
            self.close()
            if "Traceback" in words:
                raise WorkerError(f"a worker ended by itself ({self.tier.name}): {words}")
            if alive:
                return Reply("timeout", seconds=seconds, message=f"no answer within {limits.seconds:g} s")
            return Reply("crashed", seconds=seconds, message="the worker was killed")
        if request.device != "cuda" or not session:  # what used the device has been ended, or is about to be
            self._turn.leave()
        (memory,) = struct.unpack(">q", frame[:8])
        answer = _decoded(frame[8:], wire.Limits(total_bytes=limits.reply))
        return replace(_reply(answer, seconds), memory=memory if memory >= 0 else None)

    def rest(self) -> None:
        """End the last session, if one is left: nothing of the submission runs on."""
        if self._process is not None and self._process.poll() is None:
            self._send({"rest": True})
        self._turn.leave()

    def close(self) -> None:
        """Kill the process and everything in it."""
        process, self._process = self._process, None
        self._greeted = False
        self._asked.clear()
        self._prepared.clear()
        if process is not None:
            _end(process)
            self._turn.leave()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _place(self, path: Path) -> str:
        """Return where the process sees a readable file."""
        if path not in self._places:
            self._places[path] = inside(self.tier, path)
        return self._places[path]

    def _greet(self) -> None:
        """Wait until the process says that it is there."""
        if self._greeted:
            return
        if self._receive(START_SECONDS, wire.Limits()) is None:
            words = self._last_words()
            self.close()
            raise WorkerError(f"a worker did not start ({self.tier.name}): {words}")
        self._greeted = True

    def _send(self, values: dict[str, Any]) -> bool:
        """Send, and say whether the worker is there to hear it."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            write_frame(process.stdin.write, encode(values))
            process.stdin.flush()
        except OSError:
            return False
        return True

    def _receive(self, seconds: float, limits: wire.Limits) -> dict[str, Any] | None:
        frame = self._frame(seconds)
        return None if frame is None else _decoded(frame, limits)

    def _frame(self, seconds: float) -> bytes | None:
        """Wait for what the worker sends next; None if it is gone or does not answer in time."""
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            return None
        if frame is None and self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=2)
        return frame

    def _last_words(self) -> str:
        """Return the end of what the worker wrote to standard error, for a person who must mend the machine."""
        if self._errors is None:
            return "no message"
        self._errors.seek(0)
        return self._errors.read()[-2000:].decode(errors="replace").strip() or "no message"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a worker that waits for a request go, so that it tidies up; kill it if it does not."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()


def _pump(process: subprocess.Popen[bytes], frames: queue.Queue[bytes | None]) -> None:
    """Read frames until the worker closes its side; a thread, so that waiting has a limit on every system."""
    assert process.stdout is not None
    stdout = process.stdout
    read = getattr(stdout, "read1", stdout.read)
    with contextlib.suppress(EndOfStream, OSError, ValueError):
        while True:
            frames.put(read_frame(read, wire.Limits().total_bytes + 64))
    frames.put(None)


def _decoded(frame: bytes, limits: wire.Limits) -> dict[str, Any]:
    try:
        answer = decode(frame, limits)
    except WireError as error:
        return {"status": "refused", "type": "WireError", "message": str(error)}
    return answer if isinstance(answer, dict) else {"status": "refused", "message": "an answer that is no table"}


def _reply(answer: dict[str, Any], seconds: float) -> Reply:
    """Turn an answer into a Reply, trusting nothing about its fields."""
    known = {"ok", "error", "load_error", "unusable", "refused", "timeout", "memory", "crashed"}
    status = answer.get("status")
    outputs = answer.get("outputs")
    if status not in known or (status == "ok" and not _is_outputs(outputs)):
        return Reply("refused", message="an answer of no known form", seconds=seconds)
    line = answer.get("line")
    return Reply(
        status=str(status),
        outputs=outputs if isinstance(outputs, list) else [],
        seconds=seconds,
        type=_text(answer.get("type"), 200),
        message=_text(answer.get("message"), 2000),
        line=line if isinstance(line, int) and not isinstance(line, bool) else None,
        text=_text(answer.get("text"), 300),
        made_at=_places(answer.get("made_at")),
    )


def _is_outputs(outputs: Any) -> bool:
    return isinstance(outputs, list) and all(
        isinstance(one, dict) and all(isinstance(key, str) for key in one) for one in outputs
    )


def _places(value: Any) -> list[tuple[int, str]]:
    if not isinstance(value, list):
        return []
    return [p for p in value[:5] if isinstance(p, tuple) and len(p) == 2 and type(p[0]) is int and type(p[1]) is str]


def _text(value: Any, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""
