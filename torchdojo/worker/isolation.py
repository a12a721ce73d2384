"""Isolate a submission's process: in namespaces of its own, or as a plain process for a learner's own code.

Only the fork server uses this. It forks, the child enters its isolation, and killing the child kills all it started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from torchdojo.worker import kernel, seccomp, usage
from torchdojo.worker.library import IsolationError


class Isolation(Protocol):
    """How the fork server isolates a child.

    kills_descendants: whether what a child started dies with it, so that another may run before it is reaped
    limits_processes: whether the kernel can limit how many processes a child starts
    """

    kills_descendants: bool
    limits_processes: bool

    def fork(self) -> tuple[int, str]:
        """Fork; return the child's pid (0 in the child), and its scratch folder."""

    def enter(self, folder: str) -> None:
        """In the child, before its first request: give up everything that it must not reach."""

    def kill(self, pid: int, keep: set[int]) -> None:
        """Kill the child and everything it started, but not `keep`; it stays a zombie until `reap`."""

    def reap(self, pid: int, folder: str, keep: set[int]) -> int:
        """Wait until nothing of a killed child is left; return its wait status."""


class Namespaces:
    """Each child is the first process of PID, mount and IPC namespaces of its own, without any capability.

    It sees no other process, /tmp, /dev/shm and /proc are empty, and when it ends the kernel kills whatever it started.
    This process must hold CAP_SYS_ADMIN, CAP_SETPCAP and CAP_SYS_RESOURCE in its user namespace, and CAP_SETUID,
    CAP_SETGID and CAP_KILL if children become another user.

    tmp_bytes, shm_bytes: how large /tmp and /dev/shm may become; uid: the user and group that children become, or None
    to keep them this process's own; gpu: whether children find their own /proc, and may name their threads there, as
    CUDA's driver does when it starts
    """

    kills_descendants = True

    def __init__(self, tmp_bytes: int, shm_bytes: int, uid: int | None, gpu: bool = False) -> None:
        self.uid = uid
        self.limits_processes = usage.counts_processes_by_namespace()
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        options = kernel.MS_NOSUID | kernel.MS_NODEV
        bare = ("tmpfs", "/proc", options | kernel.MS_NOEXEC | kernel.MS_RDONLY, "nr_inodes=2,mode=0555")
        own = ("proc", "/proc", options | kernel.MS_NOEXEC, "")
        self.read_only = ["/proc/sys"] if gpu else []
        self.mounts = [
            ("tmpfs", "/tmp", options, f"size={tmp_bytes},nr_inodes=16k,mode=1777"),
            ("tmpfs", "/dev/shm", options, f"size={shm_bytes},nr_inodes=1k,mode=1777"),
            own if gpu else bare,
        ]
        self.filter = seccomp.program()
        # In a user namespace of its own, a process would have every capability again.
        Path("/proc/sys/user/max_user_namespaces").write_text("0")

    def fork(self) -> tuple[int, str]:
        """Fork into a new PID namespace; this process's own stays the one that later calls start from."""
        try:
            kernel.unshare(kernel.CLONE_NEWPID)
        except OSError as error:
            raise IsolationError(f"no new PID namespace: {error}") from None
        pid = os.fork()
        if pid:
            kernel.setns(self.own_pids, kernel.CLONE_NEWPID)
        return pid, "/tmp"

    def enter(self, folder: str) -> None:
        """Enter new namespaces with empty scratch folders and an empty /proc, then give up every right to undo it."""
        os.close(self.own_pids)
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
        kernel.mount(None, "/", kernel.MS_REC | kernel.MS_PRIVATE)
        for kind, target, flags, options in self.mounts:
            kernel.mount(kind, target, flags, options)
        for folder in self.read_only:
            kernel.make_read_only(folder)
        kernel.drop_bounding_set()
        if self.uid is not None:
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        if self.filter is not None:
            seccomp.install(self.filter)
        os.chdir(folder)

    def kill(self, pid: int, keep: set[int]) -> None:
        """Kill the namespace's first process: the kernel kills the rest before the wait for it returns."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def reap(self, pid: int, folder: str, keep: set[int]) -> int:
        """Wait for the namespace's end."""
        return os.waitpid(pid, 0)[1]


class PlainProcess:
    """Each child is a plain process with this one's rights. What it starts is found by its ancestry and killed."""

    kills_descendants = False
    limits_processes = False

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)  # orphans become this process's children, and are found

    def fork(self) -> tuple[int, str]:
        """Fork, with a scratch folder of the child's own."""
        folder = tempfile.mkdtemp(prefix="dojo-")
        return os.fork(), folder

    def enter(self, folder: str) -> None:
        """Work in the scratch folder, and die with the process that forked this one."""
        kernel.die_with_parent()
        os.chdir(folder)

    def kill(self, pid: int, keep: set[int]) -> None:
        """Kill all descendants of this process, including those that they start in the meantime."""
        for _ in range(100):
            found = descendants(keep)
            if all(map(_is_dead, found)):
                return
            for descendant in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(descendant, signal.SIGKILL)

    def reap(self, pid: int, folder: str, keep: set[int]) -> int:
        """Wait for the child, collect its orphans, and delete the scratch folder."""
        status = os.waitpid(pid, 0)[1]
        self.kill(pid, keep)
        for orphan in descendants(keep):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, 0)
        _delete(Path(folder))
        return status


def descendants(but: Collection[int] = ()) -> list[int]:
    """Return the pids of everything that this process started, but not `but`, and of what that started."""
    found = [pid for pid in _children(os.getpid()) if pid not in but]
    for pid in found:  # which grows
        found += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_bytes().split())
    return found


def _is_dead(pid: int) -> bool:
    """Whether a process has ended, or is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def _delete(folder: Path) -> None:
    """Delete a scratch folder, whatever the permissions in it."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with contextlib.suppress(OSError):
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
