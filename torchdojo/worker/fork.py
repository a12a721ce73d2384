"""Run each session of requests in a forked child, watch it, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import select
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torchdojo.probe import Probe
from torchdojo.wire import Limits, decode, encode, read_frame, write_frame
from torchdojo.worker.run import Request, encode_reply, run_request, settings_kept

PAGE = os.sysconf("SC_PAGE_SIZE")
WATCH_SECONDS = 0.05
SCRATCH = ("/tmp", "/dev/shm")
SESSION = 8  # so many requests' worth of CPU time for one session


@dataclass
class _Child:
    """A forked process that runs requests. session: whose; send, receive: our ends of its two pipes."""

    pid: int
    session: str
    send: int
    receive: int
    folder: str


class ForkServer:
    """Forks a child for each session: the requests of one check, which the caller gives one name.

    A request without a session's name has a child of its own. The submission is loaded anew for every request.

    kill_all: this process is in a PID namespace of its own, so that after each session every other process in it can be
    killed, and the scratch folders emptied. Without it only the child's own process group is killed.
    """

    def __init__(self, kill_all: bool) -> None:
        self.kill_all = kill_all
        self._child: _Child | None = None

    def serve(self, values: dict[str, Any], probes: dict[str, Probe]) -> bytes:
        """Run one request in its session's child and return the reply's message."""
        session = values.get("session", "")
        if self._child is not None and (self._child.session != session or not session):
            self.rest()
        started = time.monotonic()
        if self._child is None:
            child = self._child = self._fork(values, probes, session)
        else:
            child = self._child
            refusal = self._hand_over(child, values, started)
            if refusal is not None:
                self.rest()
                return encode(refusal)
        message, verdict = self._watch(child, values, started)
        if message is not None and session:
            return message
        status = self.rest()
        return message if message is not None else encode(verdict or _crash(status))

    def rest(self) -> int:
        """End the session, if there is one: kill the child and all it started. Return its wait status."""
        child, self._child = self._child, None
        if child is None:
            return 0
        os.close(child.send)
        os.close(child.receive)
        return self._clear(child.pid, child.folder)

    def _fork(self, values: dict[str, Any], probes: dict[str, Probe], session: str) -> _Child:
        folder = tempfile.mkdtemp(prefix="dojo-")
        receive, its_send = os.pipe()
        its_receive, send = os.pipe()
        pid = os.fork()
        if pid == 0:
            _become_child(values, probes, its_receive, its_send, folder)
        os.close(its_send)
        os.close(its_receive)
        os.set_blocking(send, False)
        return _Child(pid, session, send, receive, folder)

    def _hand_over(self, child: _Child, values: dict[str, Any], started: float) -> dict[str, Any] | None:
        """Send a later request of the session; return a refusal if the child spoke unasked or does not listen."""
        if select.select([child.receive], [], [], 0)[0] and os.read(child.receive, 1):
            return {"status": "refused", "type": "flood", "message": "bytes came back that nobody had asked for"}
        frame = bytearray()
        again = {key: values["request"][key] for key in ("calls", "device")}
        write_frame(frame.extend, encode(again))
        while frame:
            left = values["seconds"] - (time.monotonic() - started)
            if left <= 0:
                return {"status": "timeout", "seconds": values["seconds"]}
            if select.select([], [child.send], [], min(left, WATCH_SECONDS))[1]:
                try:
                    del frame[: os.write(child.send, frame[: 1 << 16])]
                except BrokenPipeError:
                    return {"status": "crashed", "message": "the process ended itself between two questions"}
        return None

    def _watch(
        self, child: _Child, values: dict[str, Any], started: float
    ) -> tuple[bytes | None, dict[str, Any] | None]:
        """Read the child's frame until it is whole, the child ends, or a limit is reached."""
        data = bytearray()
        most = values["limits"]["total_bytes"] + 8
        while True:
            left = values["seconds"] - (time.monotonic() - started)
            if left <= 0:
                return None, {"status": "timeout", "seconds": values["seconds"]}
            if select.select([child.receive], [], [], min(left, WATCH_SECONDS))[0]:
                part = os.read(child.receive, 1 << 20)
                data += part
                if len(data) > most:
                    return None, {"status": "refused", "type": "flood", "message": "too many bytes came back"}
                if len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:8], "big"):
                    return bytes(data[8 : 8 + int.from_bytes(data[:8], "big")]), None
                if not part:
                    return None, None
            elif self._memory(child.pid) > values["memory"]:
                return None, {"status": "memory", "message": "the limit on memory was passed"}

    def _memory(self, child: int) -> int:
        """Return the resident bytes of everything a submission runs, above what this process itself holds."""
        own = os.getpid()
        pids = [int(p) for p in os.listdir("/proc") if p.isdigit()] if self.kill_all else [child]
        shared = _resident(own)
        return sum(max(0, _resident(pid) - shared) for pid in pids if pid not in (1, own))

    def _clear(self, child: int, folder: str) -> int:
        """Kill the child and all it started, empty the scratch folders, and return the child's wait status."""
        if self.kill_all:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        else:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if self.kill_all:
            _reap()
            for scratch in SCRATCH:
                _empty(Path(scratch))
        else:
            shutil.rmtree(folder, ignore_errors=True)
        return status


def _become_child(values: dict[str, Any], probes: dict[str, Probe], receive: int, send: int, folder: str) -> None:
    """Never returns: run the session's requests, and leave without running any exit handler."""
    try:
        os.setsid()
        _close_all_but(receive, send)
        _limit(values)
        os.chdir(folder)
        limits = Limits(**values["limits"])
        request = Request.from_plain(values["request"])

        def write(data: bytes) -> None:
            view = memoryview(data)
            while view:
                view = view[os.write(send, view[: 1 << 20]) :]

        while True:
            with settings_kept():
                message = encode_reply(run_request(request, probes), limits)
            write_frame(write, message)
            again = decode(read_frame(lambda count: os.read(receive, count), limits.total_bytes), limits)
            request = Request.from_plain({**values["request"], **again})
    finally:
        os._exit(0)


def _close_all_but(*keep: int) -> None:
    """Close every inherited descriptor but 0, 1, 2 (all nowhere) and the child's pipes: the channel is not its own."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    top = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    edges = [2, *sorted(keep), min(top, 65536)]
    for low, high in itertools.pairwise(edges):
        os.closerange(low + 1, high)


def _limit(values: dict[str, Any]) -> None:
    """Set the kernel's own limits; they only ever get lower, so a submission cannot raise them."""
    seconds = int(values["seconds"] * 2 * SESSION) + 5
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_FSIZE: 128 * 2**20,
        resource.RLIMIT_DATA: _data_bytes() + values["memory"],
    }
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def _data_bytes() -> int:
    """Return what the kernel counts towards RLIMIT_DATA already."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("VmData:")), 0)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _reap() -> None:
    """Collect every child that is dead, so that a long run leaves no zombies."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _empty(folder: Path) -> None:
    """Delete everything in a scratch folder, whatever its permissions."""
    for entry in folder.iterdir() if folder.is_dir() else []:
        if entry.is_dir() and not entry.is_symlink():
            for parent, names, _ in os.walk(entry):
                for name in names:
                    with contextlib.suppress(OSError):
                        os.chmod(os.path.join(parent, name), 0o700, follow_symlinks=False)
            with contextlib.suppress(OSError):
                entry.chmod(0o700)
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                entry.unlink()


def _crash(status: int) -> dict[str, Any]:
    """Return the reply for a child that ended without one."""
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"status": "crashed", "message": f"the process was ended by {name}"}
    return {
        "status": "crashed",
        "message": f"the process ended itself (exit code {os.WEXITSTATUS(status)}) without an answer",
    }
