"""A seccomp filter that refuses system calls that attacks start with and no exercise needs.

It is the second defence, after a submission's own namespaces and its lack of capabilities. It also closes what
namespaces leave open: memory that belongs to no process (memfd, System V), sockets that reach beyond the network
namespace (vsock, netlink, packet), and large, rarely used parts of the kernel (bpf, io_uring, perf, keys).
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
X32 = 0x4000_0000  # on x86-64, numbers from here on belong to another calling convention

# Numbers of the calls on x86-64 and on 64-bit ARM; those that came with Linux 5 or later have one number everywhere.
NUMBERS = {
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "socket": (41, 198),
    "clone": (56, 220),
    "semget": (64, 190),
    "msgget": (68, 186),
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "personality": (135, 92),
    "vhangup": (153, 58),
    "modify_ldt": (154, None),
    "pivot_root": (155, 41),
    "adjtimex": (159, 171),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112),
    "mq_open": (240, 180),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "clock_adjtime": (305, 266),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "clone3": (435, 435),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443),
    "memfd_secret": (447, 447),
    "open_tree_attr": (467, 467),
}
# machine: (AUDIT_ARCH number, column of NUMBERS, number of seccomp(2))
MACHINES = {"x86_64": (0xC000_003E, 0, 317), "aarch64": (0xC000_00B7, 1, 277)}
BY_ARGUMENT = ("clone", "socket")  # refused or allowed by their first argument


def program(machine: str | None = None) -> bytes | None:
    """Return the filter as BPF instructions, or None for a machine whose system calls are not listed here."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    architecture, column, _ = known
    calls = {name: number for name, numbers in NUMBERS.items() if (number := numbers[column]) is not None}
    code = [
        _step(LOAD, AT_ARCHITECTURE),
        _step(EQUAL, architecture, 1, 0),
        _step(RETURN, KILL_PROCESS),
        _step(LOAD, AT_NUMBER),
    ]
    if column == 0:
        code += [_step(AT_LEAST, X32, 0, 1), _refuse(errno.ENOSYS)]
    for name, number in calls.items():
        if name not in BY_ARGUMENT:
            # A C library that finds no clone3 uses clone, whose flags can be judged: they are not behind a pointer.
            code += [_step(EQUAL, number, 0, 1), _refuse(errno.ENOSYS if name == "clone3" else errno.EPERM)]
    code += [_step(EQUAL, calls["clone"], 0, 4), _step(LOAD, AT_FIRST_ARGUMENT)]
    code += [_step(ANY_BIT, NAMESPACES, 0, 1), _refuse(errno.EPERM), _step(RETURN, ALLOW)]
    code += [_step(EQUAL, calls["socket"], 0, len(FAMILIES) + 2), _step(LOAD, AT_FIRST_ARGUMENT)]
    code += [_step(EQUAL, family, len(FAMILIES) - index, 0) for index, family in enumerate(FAMILIES)]
    code += [_refuse(errno.EAFNOSUPPORT), _step(RETURN, ALLOW)]
    return b"".join(code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _step(RETURN, ERRNO | number)


def install(code: bytes) -> None:
    """Apply a filter to this process and all it will start, for ever. no_new_privs must be set. OSError if refused."""
    kernel.filter_system_calls(code, MACHINES[platform.machine()][2])
