"""Create namespaces, in which a process would be root."""

import ctypes
import os


def attempt(target: str) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    created = []
    for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000), ("network", 0x40000000)):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if libc.unshare(flag) == 0 else 1)
        if os.waitpid(pid, 0)[1] == 0:
            created.append(name)
    return " ".join(created) or "none"
