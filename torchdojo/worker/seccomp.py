"""A seccomp filter: the system calls that no exercise needs and that attacks begin with are refused.

It is the second wall. The first is that a submission has no capabilities, and namespaces of its own. The filter also
closes what namespaces leave open: memory that belongs to no process (memfd, System V), sockets that reach beyond the
network namespace (vsock, netlink, packet), and large, rarely used parts of the kernel (bpf, io_uring, perf, keys).
"""

from __future__ import annotations

import errno
import platform
import struct

from torchdojo.worker import kernel

ALLOW, KILL_PROCESS, ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of classic BPF, on 32-bit words
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data

NAMESPACES = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: these end at the borders of the network namespace
X32 = 0x4000_0000  # on x86-64, numbers from here on belong to another way of calling

# The same numbers on every architecture, since Linux 5.
COMMON = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "memfd_secret": 447,
    "open_tree_attr": 467,
}
X86_64 = {
    "shmget": 29,
    "shmat": 30,
    "shmctl": 31,
    "socket": 41,
    "clone": 56,
    "semget": 64,
    "msgget": 68,
    "ptrace": 101,
    "syslog": 103,
    "personality": 135,
    "vhangup": 153,
    "modify_ldt": 154,
    "pivot_root": 155,
    "adjtimex": 159,
    "chroot": 161,
    "acct": 163,
    "settimeofday": 164,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "sethostname": 170,
    "setdomainname": 171,
    "iopl": 172,
    "ioperm": 173,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "lookup_dcookie": 212,
    "clock_settime": 227,
    "mq_open": 240,
    "kexec_load": 246,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "unshare": 272,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "clock_adjtime": 305,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "finit_module": 313,
    "memfd_create": 319,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
}
AARCH64 = {
    "lookup_dcookie": 18,
    "umount2": 39,
    "mount": 40,
    "pivot_root": 41,
    "chroot": 51,
    "vhangup": 58,
    "quotactl": 60,
    "acct": 89,
    "personality": 92,
    "unshare": 97,
    "kexec_load": 104,
    "init_module": 105,
    "delete_module": 106,
    "clock_settime": 112,
    "syslog": 116,
    "ptrace": 117,
    "reboot": 142,
    "sethostname": 161,
    "setdomainname": 162,
    "settimeofday": 170,
    "adjtimex": 171,
    "mq_open": 180,
    "msgget": 186,
    "semget": 190,
    "shmget": 194,
    "shmctl": 195,
    "shmat": 196,
    "socket": 198,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "clone": 220,
    "swapon": 224,
    "swapoff": 225,
    "perf_event_open": 241,
    "fanotify_init": 262,
    "name_to_handle_at": 264,
    "open_by_handle_at": 265,
    "clock_adjtime": 266,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "finit_module": 273,
    "memfd_create": 279,
    "bpf": 280,
    "userfaultfd": 282,
    "kexec_file_load": 294,
}
# machine: (AUDIT_ARCH number, number of seccomp(2), system calls)
MACHINES = {"x86_64": (0xC000_003E, 317, X86_64), "aarch64": (0xC000_00B7, 277, AARCH64)}
JUDGED = ("clone", "socket")  # by their first argument, not refused outright


def program(machine: str | None = None) -> bytes | None:
    """Return the filter as BPF instructions, or None for a machine whose system calls are not listed here."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    architecture, _, numbers = known
    calls = {**numbers, **COMMON}
    code = [
        _step(LOAD, AT_ARCHITECTURE),
        _step(EQUAL, architecture, 1, 0),
        _step(RETURN, KILL_PROCESS),
        _step(LOAD, AT_NUMBER),
    ]
    if numbers is X86_64:
        code += [_step(AT_LEAST, X32, 0, 1), _refuse(errno.ENOSYS)]
    for name, number in calls.items():
        if name not in JUDGED:
            # A C library that finds no clone3 uses clone, whose flags can be judged: they are not behind a pointer.
            code += [_step(EQUAL, number, 0, 1), _refuse(errno.ENOSYS if name == "clone3" else errno.EPERM)]
    code += [_step(EQUAL, calls["clone"], 0, 4), _step(LOAD, AT_FIRST_ARGUMENT)]
    code += [_step(ANY_BIT, NAMESPACES, 0, 1), _refuse(errno.EPERM), _step(RETURN, ALLOW)]
    code += [_step(EQUAL, calls["socket"], 0, len(FAMILIES) + 2), _step(LOAD, AT_FIRST_ARGUMENT)]
    code += [_step(EQUAL, family, len(FAMILIES) - place, 0) for place, family in enumerate(FAMILIES)]
    code += [_refuse(errno.EAFNOSUPPORT), _step(RETURN, ALLOW)]
    return b"".join(code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _step(RETURN, ERRNO | number)


def install(code: bytes) -> None:
    """Apply a filter to this process and all it will start, for ever. no_new_privs must be set. OSError if refused."""
    kernel.filter_system_calls(code, MACHINES[platform.machine()][1])
