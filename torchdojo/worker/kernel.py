"""The few Linux calls that Python's standard library does not offer. Each raises OSError as the library's own would."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWPID = 0x2000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 0x20, 0x1000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
MADV_COLLAPSE = 25

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x2008_0522
MOST_CAPABILITIES = 64
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1, 1 << 2

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> int:
    result: int = getattr(_libc, name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Move this process (its children, for CLONE_NEWPID) into new namespaces."""
    _call("unshare", flags)


def setns(fd: int, flags: int) -> None:
    """Move this process (its children, for CLONE_NEWPID) into a namespace that is open as fd."""
    _call("setns", fd, flags)


def mount(kind: str | None, target: str, flags: int, options: str = "") -> None:
    """Mount a file system of a kind on a folder, or change how the folder is mounted if the kind is None."""
    name = kind.encode() if kind else None
    _call("mount", name, target.encode(), name, ctypes.c_ulong(flags), options.encode() or None)


def make_read_only(folder: str) -> None:
    """Let nothing be written below a folder, as it is seen in this mount namespace."""
    name = folder.encode()
    for flags in (MS_BIND, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC):
        _call("mount", name, name, None, ctypes.c_ulong(flags), None)


def prctl(option: int, *arguments: int) -> int:
    """Call prctl with up to four numbers."""
    rest = [*arguments, 0, 0, 0, 0][:4]
    return _call("prctl", option, *(ctypes.c_ulong(n) for n in rest))


def die_with_parent() -> None:
    """Have this process killed when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def filter_system_calls(code: bytes, seccomp: int) -> None:
    """Apply a filter to this process and all it will start, for ever. no_new_privs must be set.

    code: BPF instructions; seccomp: the number of seccomp(2) on this machine
    """
    buffer = ctypes.create_string_buffer(code, len(code))
    wanted = _Filter(len(code) // 8, ctypes.addressof(buffer))
    # SPEC_ALLOW: without it kernels before 5.16 slow down everything else the process does.
    flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW
    if _libc.syscall(seccomp, SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(wanted)) != 0:
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(wanted))


def drop_bounding_set() -> None:
    """Give up for ever every capability that running a program could give back."""
    for capability in range(MOST_CAPABILITIES):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # past the last one this kernel knows
            return


def drop_capabilities() -> None:
    """Give up every capability this process holds, the ambient and inheritable ones included."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def collapse(start: int, size: int) -> bool:
    """Put a range of private memory on huge pages, and say whether it worked (Linux 6.1 and later)."""
    return bool(_libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), MADV_COLLAPSE) == 0)
