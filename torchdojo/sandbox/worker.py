"""A worker as its owner sees it: send a request, get a reply, whatever happens inside."""

from __future__ import annotations

import contextlib
import queue
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from torchdojo import wire
from torchdojo.sandbox.gpu import Turn
from torchdojo.sandbox.tiers import Tier, inside
from torchdojo.wire import EndOfStream, WireError, decode, encode, read_frame, write_frame
from torchdojo.worker.run import Request

START_SECONDS = 120.0
GRACE_SECONDS = 3.0


class WorkerError(Exception):
    """The worker itself could not be started or prepared: ours to mend, never the submission's fault."""


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
    """

    def __init__(self, tier: Tier, readable: Sequence[Path]) -> None:
        self.tier = tier
        self.readable = list(readable)
        self._gpu = False
        self._turn = Turn()
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        self._errors: IO[bytes] | None = None
        self._prepared: set[tuple[str, tuple[str, ...]]] = set()
        self._places: dict[Path, str] = {}

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
        self._frames = queue.Queue()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        try:
            self._process = self.tier.start(self.readable, self._errors, self._gpu)
        except OSError as error:
            raise WorkerError(f"a worker could not be started: {error}") from None
        threading.Thread(target=_pump, args=(self._process, self._frames), daemon=True).start()

    def allow_gpu(self) -> None:
        """Let requests use the machine's CUDA device, one worker at a time. A process started without it ends."""
        if not self._gpu:
            self.close()
            self._gpu = True

    def prepare(self, probes: Path, modules: Sequence[str] = ()) -> None:
        """Load a probes file (one of `readable`) and import modules, before any request names them."""
        self._ensure_ready()
        key = (str(probes), tuple(modules))
        if key in self._prepared:
            return
        answer = self._ask({"prepare": self._place(probes), "modules": list(modules)}, START_SECONDS)
        if answer is None or not answer.get("ready"):
            words = (answer or {}).get("message") or self._last_words()
            self.close()
            raise WorkerError(f"{probes.name} could not be loaded in the worker: {words}")
        self._prepared.add(key)

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

    def _ensure_ready(self) -> None:
        if self._process is not None and self._process.poll() is None and self._prepared:
            return
        fresh = self._process is None or self._process.poll() is not None
        self.start()
        if not fresh and self._prepared:
            return
        if getattr(self, "_greeted", None) is self._process:
            return
        if self._receive(START_SECONDS, wire.Limits()) is None:
            words = self._last_words()
            self.close()
            raise WorkerError(f"a worker did not start ({self.tier.name}): {words}")
        self._greeted = self._process

    def _ask(self, values: dict[str, Any], seconds: float, limits: wire.Limits | None = None) -> dict[str, Any] | None:
        """Send and wait; None if the worker is gone or does not answer in time."""
        return self._receive(seconds, limits or wire.Limits()) if self._send(values) else None

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
