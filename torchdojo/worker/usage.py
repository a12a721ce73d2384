"""What processes use, as the kernel counts it, and the kernel's own limits for one of them."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OPEN_FILES = 256
FILE_BYTES = 128 * 2**20
SPARE_ADDRESSES = 2**30  # of address space: threads and allocators reserve much that they never use


@dataclass(frozen=True)
class Memory:
    """A process's memory in bytes: private and shared pages in use, the most pages ever, data and address space."""

    used: int = 0
    files: int = 0
    most: int = 0
    data: int = 0
    space: int = 0


def memory_of(pid: int | str) -> Memory:
    """Return the memory of a process; all 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            text = file.read()
    except OSError:
        return Memory()
    return Memory(
        used=_size(text, b"\nRssAnon:") + _size(text, b"\nRssShmem:"),
        files=_size(text, b"\nRssFile:"),
        most=_size(text, b"\nVmHWM:"),
        data=_size(text, b"\nVmData:"),
        space=_size(text, b"\nVmSize:"),
    )


def _size(text: bytes, name: bytes) -> int:
    """Return the bytes that a line of /proc/PID/status gives in kB; 0 where there is no such line."""
    start = text.find(name)
    return 0 if start < 0 else int(text[start + len(name) : text.index(b"kB", start)]) * 1024


def used_beyond(base: Memory, pids: Iterable[int]) -> int:
    """Return the bytes that processes use together, beyond what each has in common with the one they come from."""
    return sum(max(0, memory_of(pid).used - base.used) for pid in pids)


def most_beyond(base: Memory, pid: int) -> int:
    """Return the most bytes that a process has used so far, beyond what it started with."""
    memory = memory_of(pid)
    return max(0, memory.most - memory.files - base.used)


def limit_this_process(base: Memory, seconds: float, memory: int, processes: int, addresses: bool = True) -> None:
    """Set the kernel's own limits; they only ever get lower, so a submission cannot raise them.

    base: what this process was forked with; seconds: of CPU time; memory: bytes beyond the base; processes: how many
    it may start, 0 for any number; addresses: whether address space is limited too, beside memory
    """
    wanted = {
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_DATA: base.data + memory,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if addresses:
        wanted[resource.RLIMIT_AS] = base.space + memory + SPARE_ADDRESSES
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


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and of the children it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
