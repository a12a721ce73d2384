"""Start a process in bubblewrap, as whoever runs this: an ordinary user, or root.

In its user namespace the process holds the few capabilities that the fork server needs to give each child namespaces of
its own. Children give them up. Run by an ordinary user, everything inside is that user to the rest of the system. Run
by root, the server is root's, which may read what only root can, and children become `nobody`: files and devices that
root owns are not theirs to change.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import torchdojo

UID = 1000  # of submissions, as they see it
START_SECONDS = 20.0
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP", "CAP_SYS_RESOURCE")
BECOME_ANOTHER = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")


def options(root: bool) -> list[str]:
    """Return the options that say who the process is and what it may do in its own namespaces."""
    held = (*CAPABILITIES, *BECOME_ANOTHER) if root else CAPABILITIES
    user = 0 if root else UID
    return [
        *("--unshare-user", "--unshare-all", "--uid", str(user), "--gid", str(user)),
        *("--cap-drop", "ALL"),
        *(word for capability in held for word in ("--cap-add", capability)),
    ]


def start_enclosed(arguments: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start bubblewrap with these arguments and an empty environment; OSError if that fails.

    arguments: bubblewrap's own, the user and capabilities apart, and then the command, whose own options end them
    """
    binary = shutil.which("bwrap") or "bwrap"
    pipe = subprocess.PIPE
    if os.geteuid() != 0:
        command = [binary, *options(root=False), *arguments]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env={}, close_fds=True)
    _require_readable()
    with _pipe() as (waits, go), _pipe() as (info, tells):
        command = [binary, *options(root=True), "--userns-block-fd", str(waits), "--info-fd", str(tells)]
        process = subprocess.Popen(
            [*command, *arguments, "--uid", str(UID)],
            stdin=pipe,
            stdout=pipe,
            stderr=errors,
            env={},
            pass_fds=(waits, tells),
        )
        try:
            _map_users(_child_pid(process, info), nobody())
        except OSError as error:
            process.kill()
            process.wait()
            errors.seek(0)
            words = errors.read()[-500:].decode(errors="replace").strip()
            raise OSError(f"{error}: {words}" if words else str(error)) from None
        os.write(go, b".")
    return process


def _require_readable() -> None:
    """Root's submissions run as nobody, who must be able to read Python. OSError in words where that is not so."""
    for folder in {sys.prefix, sys.base_prefix, os.path.dirname(torchdojo.__file__)}:
        if os.stat(folder).st_mode & 0o005 != 0o005:
            raise OSError(f"submissions run as nobody, who may not read {folder}; run: chmod -R o+rX {folder}")


def nobody() -> tuple[int, int]:
    """Return the user and the group that own nothing."""
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _map_users(pid: int, other: tuple[int, int]) -> None:
    """Let a waiting process's user namespace know two users: root, and one that owns nothing."""
    for kind, outside in zip(("uid_map", "gid_map"), other, strict=True):
        Path(f"/proc/{pid}/{kind}").write_text(f"0 0 1\n{UID} {outside} 1\n")


def _child_pid(process: subprocess.Popen[bytes], info: int) -> int:
    """Read bubblewrap's report until it is whole, and return the pid of the process it made."""
    text = b""
    ends = time.monotonic() + START_SECONDS
    while b"}" not in text:
        if process.poll() is not None or time.monotonic() > ends:
            raise OSError("bubblewrap did not start the worker")
        if select.select([info], [], [], 0.05)[0]:
            text += os.read(info, 4096)
    return int(json.loads(text)["child-pid"])


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)
