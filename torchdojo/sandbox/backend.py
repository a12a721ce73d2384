"""Where workers run: what every backend offers, and the one without a sandbox, for a learner's own code."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

import torchdojo
from torchdojo.sandbox.import_paths import ImportProblem

ENGINE = Path(torchdojo.__file__).parent
START = "import sys; sys.path.insert(0, {folder!r}); from torchdojo.worker.main import main; main(sys.argv[1:])"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class WorkerProcess:
    """A worker's process. It can be sent requests at once, while it still imports what it needs.

    errors: the file that its standard error goes to
    """

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def stderr_tail(self) -> str:
        """Return the end of what it wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read()[-2000:].decode(errors="replace").strip() or "no message"

    def stop(self) -> None:
        """Let the process end by itself, if it is idle, so that it cleans up; kill it if it does not."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        self.kill()

    def kill(self) -> None:
        """Kill the process, and close its pipes and files."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


class SandboxBackend(ABC):
    """A way to run workers.

    name: as results state it; isolates: whether it keeps a submission from this machine
    """

    name: ClassVar[str]
    isolates: ClassVar[bool]

    @property
    def forks(self) -> bool:
        """Whether workers run what is asked in processes of its own. macOS has fork, but torch does not survive it."""
        return sys.platform == "linux"

    def start(self, readable: Sequence[Path], gpu: bool = False, kind: str = "torch") -> WorkerProcess:
        """Start a worker's process without waiting for it. OSError if that fails.

        readable: the files that it may read, apart from Python and the engine; gpu: whether it may use this machine's
        CUDA device; kind: of the chapters that it serves
        """
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `kill`
        try:
            return WorkerProcess(self._start(readable, gpu, kind, errors), errors)
        except OSError:
            errors.close()
            raise

    @abstractmethod
    def _start(self, readable: Sequence[Path], gpu: bool, kind: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the process, with pipes as its standard input and output."""

    def import_problems(self, probes: Path) -> list[ImportProblem]:
        """Return the imports of a probes file that fail here, although they may work in this process."""
        return []

    @abstractmethod
    def path_inside(self, path: Path) -> str:
        """Return the path by which a worker sees a readable file."""


class NoSandbox(SandboxBackend):
    """A plain subprocess, with this process's environment and rights."""

    name = "none"
    isolates = False

    def _start(self, readable: Sequence[Path], gpu: bool, kind: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        options = ["--kind", kind, *(["--gpu"] if gpu else [])]
        if self.forks:
            options.append("--fork")
        command = [sys.executable, "-B", "-c", START.format(folder=str(ENGINE.parent)), *options]
        environment, pipe = {**os.environ, **ONE_THREAD}, subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=environment, close_fds=True)

    def path_inside(self, path: Path) -> str:
        return str(path.resolve())


NONE = NoSandbox()
