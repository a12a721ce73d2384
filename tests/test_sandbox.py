"""The sandbox holds, and its live probes can tell when it does not."""

from __future__ import annotations

import secrets
import time

import psutil
import pytest

from torchdojo.sandbox import BUBBLEWRAP, NONE, Limits, Tier, Worker, prove
from torchdojo.sandbox.proof import PROBES, _Prover
from torchdojo.worker.run import Call, Request

TIERS = (BUBBLEWRAP, NONE)


def test_every_live_probe_holds_in_bubblewrap(bubblewrap: Tier) -> None:
    proofs = prove(bubblewrap)
    assert len(proofs) == 7
    assert [proof for proof in proofs if not proof.held] == []


@pytest.mark.parametrize("step", ["canary", "network", "environment"])
def test_a_probe_fails_where_there_is_no_sandbox(step: str) -> None:
    with Worker(NONE, [PROBES]) as worker:
        assert not getattr(_Prover(worker), step)().held


def ask(worker: Worker, source: str, target: str = "", seconds: float = 10.0) -> tuple[str, object]:
    request = Request("attempt", source.encode(), "attempt.py", (Call("attempt", {"target": target}, 0),))
    reply = worker.run(request, PROBES, Limits(seconds=seconds))
    return reply.status, reply.outputs[0]["said"] if reply.outputs else reply.message


def test_nothing_is_left_in_scratch_folders_for_the_next(bubblewrap: Tier) -> None:
    write = """
import os
def attempt(target):
    for folder in ("/tmp", "/dev/shm"):
        os.makedirs(folder + "/deep/er", exist_ok=True)
        open(folder + "/deep/er/note", "w").write("the answers")
        os.chmod(folder + "/deep", 0)
    return "written"
"""
    look = """
import os
def attempt(target):
    return sorted(os.listdir("/dev/shm")) + [n for n in os.listdir("/tmp") if not n.startswith("dojo-")]
"""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, write) == ("ok", "written")
        assert ask(worker, look) == ("ok", [])


def test_a_submission_cannot_touch_the_process_that_forked_it(bubblewrap: Tier) -> None:
    source = """
import os
def attempt(target):
    found = []
    for name in ("mem", "fd/0", "environ", "maps"):
        try:
            open(f"/proc/{os.getppid()}/{name}", "rb").read(1)
            found.append(name)
        except OSError:
            pass
    return found
"""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source) == ("ok", [])


def test_a_killed_worker_is_a_crash_and_the_next_request_is_served(bubblewrap: Tier) -> None:
    kill = "import os\ndef attempt(target):\n    os.kill(os.getppid(), 9)\n    return 'killed'\n"
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, kill)[0] in ("crashed", "ok")
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_nothing_is_alive_a_second_after_the_time_limit(tier: Tier) -> None:
    length = f"4242.{secrets.randbelow(10**9)}"
    source = """
import os, time
def attempt(target):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            os.execvp("sleep", ["sleep", target])
    while True:
        pass
"""
    with Worker(tier, [PROBES]) as worker:
        assert ask(worker, source, length, seconds=0.5)[0] == "timeout"
        time.sleep(1)
        assert [p for p in psutil.process_iter(["cmdline"]) if length in (p.info["cmdline"] or [])] == []


@pytest.mark.parametrize(
    "source",
    [
        "import os, sys\ndef attempt(target):\n    os.write(1, b'x' * 10**6)\n    sys.stdout.write('y' * 10**6)\n    return 'ok'\n",
        "import os\ndef attempt(target):\n    for fd in range(3, 64):\n        try:\n            os.write(fd, b'x' * 64)\n"
        "        except OSError:\n            pass\n    return 'ok'\n",
    ],
)
def test_output_is_no_answer(bubblewrap: Tier, source: str) -> None:
    """Whatever a submission writes anywhere, the reply is refused or its own; the next request is served all the same."""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source)[0] in ("ok", "refused", "timeout", "crashed")
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


def test_a_flood_of_tensors_is_refused(bubblewrap: Tier) -> None:
    source = "import torch\ndef attempt(target):\n    return [torch.zeros(1) for _ in range(5000)]\n"
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source)[0] == "refused"


def test_a_check_is_alone_powerless_and_owns_nothing(bubblewrap: Tier) -> None:
    """It is process 1 and sees no other, holds no capability, makes no namespace, and no device's mode is its to change."""
    source = """
import ctypes, os, socket
def attempt(target):
    libc = ctypes.CDLL(None, use_errno=True)
    capabilities = (ctypes.c_uint32 * 6)(*[7] * 6)
    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), capabilities)
    def chmod():
        os.chmod("/dev/null", 0o600)
    def vsock():
        socket.socket(40, socket.SOCK_STREAM)
    refused = []
    for step in (chmod, vsock):
        try:
            step()
        except OSError:
            refused.append(step.__name__)
    spaces = [libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x20000000)]
    return [os.getpid(), os.getuid(), os.listdir("/proc"), list(capabilities), spaces, refused]
"""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source) == ("ok", [1, 1000, [], [0] * 6, [-1, -1, -1], ["chmod", "vsock"]])
