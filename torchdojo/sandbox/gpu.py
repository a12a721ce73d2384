"""A machine's CUDA device, as the sandbox needs it: the files its driver is reached by, and whose turn it is."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

DEVICES = Path("/dev")
CONTROL = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "dxg")  # dxg: Windows' Linux subsystem


def device_files() -> list[Path]:
    """Return the files in /dev by which NVIDIA's driver is reached; none where there is no such driver."""
    control = [DEVICES / name for name in CONTROL]
    return [*_devices(), *(path for path in control if path.exists())]


def _devices() -> list[Path]:
    numbered = [path for path in DEVICES.glob("nvidia*") if path.name.removeprefix("nvidia").isdecimal()]
    return sorted(numbered, key=lambda path: int(path.name.removeprefix("nvidia")))


class Turn:
    """A turn at the first CUDA device: while one process has it, every other on this machine waits for it.

    The lock is on the driver's own file, so that nothing is written, and the kernel opens it when a process ends. Where
    there is no driver nobody waits.
    """

    def __init__(self) -> None:
        self._file: int | None = None

    def take(self) -> None:
        """Wait for the turn; a no-op for whoever has it."""
        if self._file is not None:
            return
        import fcntl  # not on Windows

        for path in device_files()[:1]:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def leave(self) -> None:
        """Let the next have it; a no-op without the turn."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                os.close(file)
