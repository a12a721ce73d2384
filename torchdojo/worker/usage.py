"""Measure what processes use, as the kernel counts it, and set the kernel's limits for this one."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from glob import glob
from pathlib import Path

MAX_OPEN_FILES = 256
MAX_FILE_BYTES = 128 * 2**20
UNUSED_ADDRESS_BYTES = 2**30  # threads and allocators reserve much that they never use


@dataclass(frozen=True)
class MemoryUsage:
    """A process's memory in bytes.

    used: pages in use, without those of files; files: pages of files; peak: the most pages ever; addresses: reserved
    """

    used: int = 0
    files: int = 0
    peak: int = 0
    data: int = 0
    addresses: int = 0


def read_memory(pid: int | str) -> MemoryUsage:
    """Return the memory of a process; all 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            text = file.read()
    except OSError:
        return MemoryUsage()
    return MemoryUsage(
        used=_size(text, b"\nRssAnon:") + _size(text, b"\nRssShmem:"),
        files=_size(text, b"\nRssFile:"),
        peak=_size(text, b"\nVmHWM:"),
        data=_size(text, b"\nVmData:"),
        addresses=_size(text, b"\nVmSize:"),
    )


def _size(text: bytes, name: bytes) -> int:
    """Return the bytes that a line of /proc/PID/status gives in kB; 0 where there is no such line."""
    start = text.find(name)
    return 0 if start < 0 else int(text[start + len(name) : text.index(b"kB", start)]) * 1024


def used_beyond(base: MemoryUsage, pids: Iterable[int]) -> int:
    """Return the bytes that processes use together, beyond what each shares with the process it was forked from."""
    return sum(max(0, read_memory(pid).used - base.used) for pid in pids)


def peak_beyond(base: MemoryUsage, pid: int) -> int:
    """Return the most bytes that a process has used so far, beyond what it was forked with."""
    memory = read_memory(pid)
    return max(0, memory.peak - memory.files - base.used)


def limit_this_process(base: MemoryUsage, seconds: float, memory: int, processes: int, addresses: bool = True) -> None:
    """Set the kernel's limits for this process. They can only be lowered, so a submission cannot raise them.

    base: what this process was forked with; seconds: of CPU time; memory: bytes beyond the base; processes: how many
    it may start, 0 for any number; addresses: whether address space is limited too, beside memory
    """
    wanted = {
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_FSIZE: MAX_FILE_BYTES,
        resource.RLIMIT_DATA: base.data + memory,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if addresses:
        wanted[resource.RLIMIT_AS] = base.addresses + memory + UNUSED_ADDRESS_BYTES
    if processes:
        wanted[resource.RLIMIT_NPROC] = processes
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def counts_processes_by_namespace() -> bool:
    """Whether RLIMIT_NPROC counts a user's processes in one user namespace only, as Linux does since 5.14."""
    numbers = re.match(r"(\d+)\.(\d+)", platform.release())
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (5, 14)


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time of processes together, and of the children they have waited for."""
    return sum(sum(map(int, _stat(f"/proc/{pid}")[11:15])) for pid in pids) / os.sysconf("SC_CLK_TCK")


def are_asleep(pids: Iterable[int]) -> bool:
    """Whether no thread of any of these processes computes, or waits for a processor or a disk."""
    return not any(_stat(thread)[:1] in ([b"R"], [b"D"]) for pid in pids for thread in glob(f"/proc/{pid}/task/*"))


def _stat(folder: str) -> list[bytes]:
    """Return the fields of a process's or thread's `stat` from its state on; none if it has ended."""
    try:
        return Path(folder, "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []
