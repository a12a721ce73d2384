"""A machine's CUDA device, as the sandbox needs it: the driver's files, and a lock on the device."""

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


class GpuLock:
    """A lock on the first CUDA device, which one process of this machine holds at a time.

    The lock is on the driver's own file, so nothing is written, and the kernel releases it when a process ends. Without
    a driver, acquiring it is a no-op.
    """

    def __init__(self) -> None:
        self._file: int | None = None

    def acquire(self) -> None:
        """Wait for the lock; a no-op if this object holds it."""
        if self._file is not None:
            return
        import fcntl  # not on Windows

        for path in device_files()[:1]:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Release the lock; a no-op if this object does not hold it."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                os.close(file)
