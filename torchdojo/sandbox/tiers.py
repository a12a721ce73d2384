"""The two tiers: how a worker's process is started on each."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torchdojo
from torchdojo.sandbox.bubblewrap import start_enclosed
from torchdojo.sandbox.gpu import device_files

ENGINE = Path(torchdojo.__file__).parent
START = "import sys; sys.path.insert(0, {folder!r}); from torchdojo.worker.main import main; main(sys.argv[1:])"
THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
# USER: nobody is listed in a sandbox, and torch asks for a name to call its caches by.
FAMILIAR = {"HOME": "/tmp", "LANG": "C.UTF-8", "TMPDIR": "/tmp", "USER": "submission"}
ENVIRONMENT = Path("/environment")  # where the virtual environment is, inside
SHM_BYTES = 64 * 2**20
TMP_BYTES = 128 * 2**20
GPU_CHOICE = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH")
GPU_LIBRARIES = ("/etc/ld.so.cache", "/etc/alternatives")  # where the loader learns of the driver's libraries
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Begun:
    """A process that was started for a worker to be: it imports torch, and can be sent requests already."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def end(self) -> None:
        """Kill it: no worker will be made of it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


@dataclass(frozen=True)
class Tier:
    """A way to run workers. name: as results state it, "bubblewrap" or "none"."""

    name: str

    def start(self, readable: Sequence[Path], errors: IO[bytes], gpu: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker that may read these files, apart from Python and the engine; OSError if that fails.

        Its standard input and output are pipes. The environment is empty in bubblewrap, the caller's for a learner's
        own code. gpu: whether it may use this machine's CUDA device
        """
        if self.name == "bubblewrap":
            return start_enclosed(worker_command(readable, gpu), errors)
        options = [*(["--fork"] if _can_fork() else []), *(["--gpu"] if gpu else [])]
        command = [sys.executable, "-B", "-c", START.format(folder=str(ENGINE.parent)), *options]
        environment = {**os.environ, **THREADS}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=environment, close_fds=True)

    def begin(self, readable: Sequence[Path], gpu: bool = False) -> Begun:
        """Start a worker's process, as `start` does, and do not wait for it. OSError if that fails."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the worker that is made of it, or by `end`
        try:
            return Begun(self.start(readable, errors, gpu), errors)
        except OSError:
            errors.close()
            raise


BUBBLEWRAP = Tier("bubblewrap")
NONE = Tier("none")


def _can_fork() -> bool:
    """Linux only: macOS has fork, but torch does not survive it there."""
    return sys.platform == "linux"


def worker_command(readable: Sequence[Path], gpu: bool = False) -> list[str]:
    """Return bubblewrap's options, less the user it runs as, and the worker's command."""
    python = Path(sys.executable)
    binds: list[str] = []
    for path in sorted({Path(sys.base_prefix), Path(sys.base_prefix).resolve()}):
        if not path.is_relative_to("/usr"):
            binds += _bind(path, path)
    if sys.prefix != sys.base_prefix:
        # At a place of its own: a virtual environment may well lie in /tmp, which every submission finds empty.
        binds += _bind(Path(sys.prefix), ENVIRONMENT)
        python = ENVIRONMENT / python.relative_to(sys.prefix)
    for path in readable:
        binds += _bind(path, Path(f"/graders{path.resolve()}"))
    binds += _bind(ENGINE, Path("/engine/torchdojo"))
    environment: list[str] = []
    chosen = {name: os.environ[name] for name in GPU_CHOICE if gpu and name in os.environ}
    for name, value in {**THREADS, **FAMILIAR, **chosen}.items():
        environment += ["--setenv", name, value]
    devices: list[str] = []
    for device in (*DEVICES, *(map(str, device_files()) if gpu else ())):
        devices += ["--dev-bind", device, device]
    for known in GPU_LIBRARIES if gpu else ():
        binds += ["--ro-bind-try", known, known]
    return [
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"),
        *environment,
        *("--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"),
        *binds,
        *("--proc", "/proc", "--tmpfs", "/dev", *devices, "--dir", "/dev/shm"),
        *("--size", str(TMP_BYTES), "--tmpfs", "/tmp"),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        *(str(python), "-I", "-B", "-c", START.format(folder="/engine")),
        *("--fork", "--isolate", "--tmp", str(TMP_BYTES), "--shm", str(SHM_BYTES), *(["--gpu"] if gpu else [])),
    ]


def _bind(source: Path, target: Path) -> list[str]:
    """Bind a path read-only; the folders above it are made so that every user may pass through them."""
    folders = [word for folder in reversed(target.parents[:-1]) for word in ("--perms", "0755", "--dir", str(folder))]
    return [*folders, "--ro-bind", str(source), str(target)]


def inside(tier: Tier, path: Path) -> str:
    """Return the path under which a worker of this tier sees a readable file."""
    return f"/graders{path.resolve()}" if tier.name == "bubblewrap" else str(path.resolve())


def tier_named(name: str) -> Tier:
    """Return the tier of this name; "auto" is bubblewrap where it works, else none. ValueError for an unknown name."""
    if name == "auto":
        return choose_tier()
    for tier in (BUBBLEWRAP, NONE):
        if tier.name == name:
            return tier
    raise ValueError(f"unknown sandbox {name!r}: use auto, bubblewrap or none")


def choose_tier() -> Tier:
    """Return bubblewrap where it can start a process, else none. It proves nothing: see `prove` for that."""
    return BUBBLEWRAP if why_no_bubblewrap() is None else NONE


def why_no_bubblewrap() -> str | None:
    """Return why bubblewrap cannot be used here, in words, or None if it starts."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    binary = shutil.which("bwrap")
    if binary is None:
        return "bubblewrap is not installed (Debian, Ubuntu: sudo apt-get install bubblewrap)"
    attempt = [binary, "--unshare-user", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "/bin/true"]
    try:
        done = subprocess.run(attempt, capture_output=True, env={}, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode:
        return f"bubblewrap does not start: {done.stderr.decode(errors='replace').strip()[:200]}"
    return None
