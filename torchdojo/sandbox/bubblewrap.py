"""The bubblewrap backend: start a worker in bubblewrap, as an ordinary user or as root.

In its user namespace the process holds the few capabilities that the fork server needs to give each child namespaces of
its own. Children give them up. Run by an ordinary user, everything inside is that user to the rest of the system. Run
by root, the server is root's, which may read what only root can, and children become `nobody`: files and devices that
root owns are not theirs to change.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from torchdojo.sandbox.backend import ENGINE, ONE_THREAD, SandboxBackend
from torchdojo.sandbox.gpu import device_files
from torchdojo.sandbox.import_paths import ImportProblem, find_import_paths

UID = 1000  # of submissions, as they see it
START_SECONDS = 60.0
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP", "CAP_SYS_RESOURCE")
CHANGE_USER = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")
# USER: torch names its caches after the user, and the sandbox has no list of users.
VARIABLES = {"HOME": "/tmp", "LANG": "C.UTF-8", "TMPDIR": "/tmp", "USER": "submission"}
SHM_BYTES = 64 * 2**20
TMP_BYTES = 128 * 2**20
GPU_VARIABLES = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH")
# Where the loader learns of libraries: a driver's, and those that Debian's packages choose among.
LIBRARIES = ("/etc/ld.so.cache", "/etc/alternatives")
START = "import sys; sys.path[:] = {path!r}; from torchdojo.worker.main import main; main(sys.argv[1:])"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Bubblewrap(SandboxBackend):
    """Namespaces of its own, an empty environment, no network, and nothing of this machine but what it must read."""

    name = "bubblewrap"
    isolates = True

    def path_inside(self, path: Path) -> str:
        return f"/graders{path.resolve()}"

    def import_problems(self, probes: Path) -> list[ImportProblem]:
        return find_import_paths([probes]).problems

    def _start(self, readable: Sequence[Path], gpu: bool, kind: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        binary, root = shutil.which("bwrap") or "bwrap", os.geteuid() == 0
        user, pipe = str(0 if root else UID), subprocess.PIPE
        capabilities = (*CAPABILITIES, *CHANGE_USER) if root else CAPABILITIES
        command = [
            *(binary, "--unshare-user", "--unshare-all", "--uid", user, "--gid", user, "--cap-drop", "ALL"),
            *(word for capability in capabilities for word in ("--cap-add", capability)),
        ]
        worker = self.command(readable, gpu, kind)
        if not root:
            return subprocess.Popen([*command, *worker], stdin=pipe, stdout=pipe, stderr=errors, env={}, close_fds=True)
        with _pipe() as (waits, go), _pipe() as (info, tells):
            command += ["--userns-block-fd", str(waits), "--info-fd", str(tells), *worker, "--uid", str(UID)]
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env={}, pass_fds=(waits, tells))
            try:
                _map_users(_child_pid(process, info), nobody())
            except OSError as error:
                process.kill()
                process.wait()
                errors.seek(0)
                words = errors.read()[-500:].decode(errors="replace").strip()
                raise OSError(f"{error}: {words}" if words else str(error)) from None
            os.write(go, b".")
        return process

    def command(self, readable: Sequence[Path], gpu: bool = False, kind: str = "torch") -> list[str]:
        """Return bubblewrap's options, except for the user it runs as, and the worker's command.

        OSError, with advice, if Python or a package that it needs cannot be shown.
        """
        found = find_import_paths(readable)
        binds: list[str] = []
        for shown in found.shown:
            binds += _bind(shown.source, shown.target)
            for folder in map(str, shown.masked):
                binds += ["--perms", "0755", "--tmpfs", folder, "--remount-ro", folder]
        for path in readable:
            binds += _bind(path, PurePosixPath(self.path_inside(path)))
        binds += _bind(ENGINE, PurePosixPath("/engine/torchdojo"))
        for library in LIBRARIES:
            binds += ["--ro-bind-try", library, library]
        environment: list[str] = []
        chosen = {name: os.environ[name] for name in GPU_VARIABLES if gpu and name in os.environ}
        for name, value in {**ONE_THREAD, **VARIABLES, **chosen}.items():
            environment += ["--setenv", name, value]
        devices: list[str] = []
        for device in (*DEVICES, *(map(str, device_files()) if gpu else ())):
            devices += ["--dev-bind", device, device]
        return [
            *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"),
            *environment,
            *("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", *binds),
            *("--proc", "/proc", "--tmpfs", "/dev", *devices, "--dir", "/dev/shm"),
            *("--size", str(TMP_BYTES), "--tmpfs", "/tmp"),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
            *(found.python, "-I", "-B", "-c", START.format(path=["/engine", *found.path])),
            *("--kind", kind, "--fork", "--isolate", "--tmp", str(TMP_BYTES), "--shm", str(SHM_BYTES)),
            *(["--gpu"] if gpu else []),
        ]


BUBBLEWRAP = Bubblewrap()


def why_no_bubblewrap() -> str | None:
    """Return the reason why bubblewrap cannot be used here, or None if it starts."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    binary = shutil.which("bwrap")
    if binary is None:
        return "bubblewrap is not installed (Debian, Ubuntu: sudo apt-get install bubblewrap)"
    attempt = [binary, "--unshare-user", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "/bin/true"]
    try:
        done = subprocess.run(attempt, capture_output=True, env={}, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode:
        return f"bubblewrap does not start: {done.stderr.decode(errors='replace').strip()[:200]}"
    return None


def _bind(source: Path, target: PurePosixPath) -> list[str]:
    """Bind a path read-only, below folders that every user may enter."""
    folders = [word for folder in reversed(target.parents[:-1]) for word in ("--perms", "0755", "--dir", str(folder))]
    return [*folders, "--ro-bind", str(source), str(target)]


def nobody() -> tuple[int, int]:
    """Return the user and the group that own nothing."""
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _map_users(pid: int, other: tuple[int, int]) -> None:
    """Let a waiting process's user namespace know two users: root, and one that owns nothing."""
    for kind, outside in zip(("uid_map", "gid_map"), other, strict=True):
        Path(f"/proc/{pid}/{kind}").write_text(f"0 0 1\n{UID} {outside} 1\n")


def _child_pid(process: subprocess.Popen[bytes], info: int) -> int:
    """Read bubblewrap's report until it is whole, and return the pid of the process it made."""
    text = b""
    ends = time.monotonic() + START_SECONDS
    while b"}" not in text:
        if process.poll() is not None or time.monotonic() > ends:
            raise OSError("bubblewrap did not start the worker")
        if select.select([info], [], [], 0.05)[0]:
            text += os.read(info, 4096)
    return int(json.loads(text)["child-pid"])


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)
