"""Run each request in a forked child, watch it, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from torchdojo.probe import Probe
from torchdojo.wire import Limits, encode, write_frame
from torchdojo.worker.run import Request, encode_reply, run_request

PAGE = os.sysconf("SC_PAGE_SIZE")
WATCH_SECONDS = 0.05
SCRATCH = ("/tmp", "/dev/shm")


class ForkServer:
    """Forks a child for each request.

    kill_all: this process is in a PID namespace of its own, so that after each request every other process in it can be
    killed, and the scratch folders emptied. Without it only the child's own process group is killed.
    """

    def __init__(self, kill_all: bool) -> None:
        self.kill_all = kill_all

    def serve(self, values: dict[str, Any], probes: dict[str, Probe]) -> bytes:
        """Run one request in a child and return the reply's message."""
        folder = tempfile.mkdtemp(prefix="dojo-")
        receive, send = os.pipe()
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _become_child(values, probes, send, folder)
        os.close(send)
        try:
            message, verdict = self._watch(child, receive, values, started)
        finally:
            os.close(receive)
            status = self._clear(child, folder)
        return message if message is not None else encode(verdict or _crash(status))

    def _watch(
        self, child: int, receive: int, values: dict[str, Any], started: float
    ) -> tuple[bytes | None, dict[str, Any] | None]:
        """Read the child's frame until it is whole, the child ends, or a limit is reached."""
        data = bytearray()
        most = values["limits"]["total_bytes"] + 8
        while True:
            left = values["seconds"] - (time.monotonic() - started)
            if left <= 0:
                return None, {"status": "timeout", "seconds": values["seconds"]}
            if select.select([receive], [], [], min(left, WATCH_SECONDS))[0]:
                part = os.read(receive, 1 << 20)
                data += part
                if len(data) > most:
                    return None, {"status": "refused", "type": "flood", "message": "too many bytes came back"}
                if len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:8], "big"):
                    return bytes(data[8:]), None
                if not part:
                    return None, None
            elif self._memory(child) > values["memory"]:
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


def _become_child(values: dict[str, Any], probes: dict[str, Probe], send: int, folder: str) -> None:
    """Never returns: run the request, send the reply, and leave without running any exit handler."""
    try:
        os.setsid()
        _close_all_but(send)
        _limit(values)
        os.chdir(folder)
        limits = Limits(**values["limits"])
        message = encode_reply(run_request(Request.from_plain(values["request"]), probes), limits)

        def write(data: bytes) -> None:
            view = memoryview(data)
            while view:
                view = view[os.write(send, view[: 1 << 20]) :]

        write_frame(write, message)
    finally:
        os._exit(0)


def _close_all_but(keep: int) -> None:
    """Close every inherited descriptor but 0, 1, 2 (all nowhere) and the reply's: the channel is not the child's."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    top = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(3, keep)
    os.closerange(keep + 1, min(top, 65536))


def _limit(values: dict[str, Any]) -> None:
    """Set the kernel's own limits; they only ever get lower, so a submission cannot raise them."""
    seconds = int(values["seconds"] * 2) + 5
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
