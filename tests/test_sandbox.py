"""The sandbox holds, and its self-test detects when it does not."""

from __future__ import annotations

import errno
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import ask
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP, SHM_BYTES, TMP_BYTES
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.selftest.runner import PROBES, SelfTestRunner, run_selftest
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Limits
from torchdojo.worker.usage import MAX_OPEN_FILES

BACKENDS = (BUBBLEWRAP, NONE)


def test_every_live_probe_holds_in_bubblewrap(bubblewrap: SandboxBackend) -> None:
    tests = run_selftest(bubblewrap)
    assert len(tests) == 10
    assert [test for test in tests if not test.passed] == []


@pytest.mark.parametrize("step", ["canary", "network", "environment", "scratch"])
def test_a_probe_fails_where_there_is_no_sandbox(step: str) -> None:
    with Worker(NONE, [PROBES]) as worker:
        assert not getattr(SelfTestRunner(worker), step)().passed


def test_nothing_is_left_in_scratch_folders_for_the_next(bubblewrap: SandboxBackend) -> None:
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


def test_what_was_asked_ahead_is_answered_before_anything_else() -> None:
    with Worker(NONE, [PROBES]) as worker:
        worker.prepare(PROBES)
        worker.start_preparing(PROBES, ["textwrap"])  # and its owner thinks better of it
        worker.start_preparing(PROBES, ["no_such_module"])
        for number in range(3):
            assert ask(worker, f"def attempt(target):\n    return 'answer {number}'\n") == ("ok", f"answer {number}")
        with pytest.raises(WorkerError, match="no_such_module"):
            worker.prepare(PROBES, ["no_such_module"])
        assert ask(worker, "def attempt(target):\n    return 'still there'\n") == ("ok", "still there")


def test_a_process_started_ahead_becomes_the_worker() -> None:
    process = NONE.start([PROBES])
    with Worker(NONE, [PROBES], process=process) as worker:
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")
    assert not process.is_alive()
    other = NONE.start([PROBES])
    other.kill()
    assert not other.is_alive()
    assert other.errors.closed


def test_a_learner_s_scratch_folders_go_with_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Worker(NONE, [PROBES]) as worker:
        left = "import os\ndef attempt(target):\n    os.mkdir('left')\n    os.chmod('left', 0)\n    return 'made'\n"
        assert ask(worker, left) == ("ok", "made")
    assert list(tmp_path.iterdir()) == []


def test_a_submission_cannot_touch_the_process_that_forked_it(bubblewrap: SandboxBackend) -> None:
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


def test_whoever_asks_for_the_user_s_name_gets_one(bubblewrap: SandboxBackend) -> None:
    """Parts of torch do, for their caches, and there is no list of users to find one in."""
    with Worker(bubblewrap, [PROBES]) as worker:
        asks = "import getpass\ndef attempt(target):\n    return getpass.getuser()\n"
        assert ask(worker, asks) == ("ok", "submission")


def test_a_killed_worker_is_a_crash_and_the_next_request_is_served(bubblewrap: SandboxBackend) -> None:
    kill = "import os\ndef attempt(target):\n    os.kill(os.getppid(), 9)\n    return 'killed'\n"
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, kill)[0] in ("crashed", "ok")
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


def test_a_misspelt_sandbox_is_an_error_and_never_another_one() -> None:
    assert [backend_named(name).name for name in ("bubblewrap", "none")] == ["bubblewrap", "none"]
    with pytest.raises(ValueError, match="unknown sandbox 'bubblewarp'"):
        backend_named("bubblewarp")


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_nothing_is_alive_a_second_after_the_time_limit(backend: SandboxBackend) -> None:
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
    with Worker(backend, [PROBES]) as worker:
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
def test_output_is_no_answer(bubblewrap: SandboxBackend, source: str) -> None:
    """Whatever a submission writes anywhere, the reply is refused or its own; the next request is served all the same."""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source)[0] in ("ok", "refused", "timeout", "crashed")
        assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


@pytest.mark.parametrize("count", [0, 2])
def test_a_forged_reply_with_another_number_of_answers_is_refused(bubblewrap: SandboxBackend, count: int) -> None:
    """No check may find fewer answers than it asked for."""
    source = f"""
import os
from torchdojo.worker.protocol import Reply, ReplyStatus, encode_reply
def attempt(target):
    reply = encode_reply(Reply(ReplyStatus.OK, [{{"said": "forged"}}] * {count}))
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, len(reply).to_bytes(8, "big") + reply)
        except OSError:
            pass
"""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source) == ("refused", f"{count} answers to 1 calls")


def test_a_flood_of_tensors_is_refused(bubblewrap: SandboxBackend) -> None:
    source = "import torch\ndef attempt(target):\n    return [torch.zeros(1) for _ in range(5000)]\n"
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, source)[0] == "refused"


def test_a_check_is_alone_powerless_and_owns_nothing(bubblewrap: SandboxBackend) -> None:
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


@pytest.fixture(scope="module")
def worker(bubblewrap: SandboxBackend) -> Iterator[Worker]:
    with Worker(bubblewrap, [PROBES]) as one:
        yield one


MANY = """
import os, time, torch
def attempt(target):
    for _ in range(6):
        if os.fork() == 0:
            kept = torch.ones(25 * 2**20)
            time.sleep(60)
    time.sleep(60)
"""
FORKS = """
import os, time
def attempt(target):
    try:
        while True:
            if os.fork() == 0:
                time.sleep(60)
    except OSError:
        time.sleep(60)
"""
SPINS = "def attempt(target):\n    while True:\n        pass\n"
SLEEPS = "import time\ndef attempt(target):\n    time.sleep(60)\n"
LARGE = "import torch\ndef attempt(target):\n    kept = torch.ones(2**28)\n    return 'allocated'\n"
LONG = "def attempt(target):\n    return ['x' * 1000] * 5000\n"
WIDE = "import torch\ndef attempt(target):\n    return torch.zeros(2**20, dtype=torch.float64)\n"
NUMEROUS = "import torch\ndef attempt(target):\n    return [torch.zeros(1) for _ in range(600)]\n"


@pytest.mark.parametrize(
    ("source", "limits", "status", "words"),
    [
        pytest.param(SLEEPS, Limits(seconds=0.5), "timeout", "asleep", id="sleep"),
        pytest.param(SPINS, Limits(seconds=0.5), "timeout", "CPU time", id="CPU time"),
        pytest.param(LARGE, Limits(memory=2**28), "memory", "", id="memory of one process"),
        pytest.param(MANY, Limits(memory=2**28), "memory", "256 MiB", id="memory of many processes"),
        pytest.param(FORKS, Limits(processes=12), "crashed", "more than 12 processes", id="processes"),
        pytest.param(LONG, Limits(reply=2**20), "refused", "", id="reply bytes"),
        pytest.param(WIDE, Limits(reply=2**20), "refused", "too large", id="tensor bytes"),
        pytest.param(NUMEROUS, Limits(), "refused", "too many tensors", id="tensor count"),
    ],
)
def test_a_limit_has_its_own_status_and_the_next_check_runs(
    worker: Worker, source: str, limits: Limits, status: str, words: str
) -> None:
    got, message = ask(worker, source, limits=limits)
    assert (got, words in str(message)) == (status, True), message
    assert ask(worker, "def attempt(target):\n    return 'here'\n") == ("ok", "here")


FILES = """
def attempt(target):
    kept = []
    try:
        while True:
            kept.append(open("/dev/null"))
    except OSError as error:
        return [len(kept), error.errno]
"""
SPACE = """
import os
def attempt(target):
    written, part = 0, b"x" * 2**20
    try:
        for number in range(8):
            with open(f"{target}/{number}", "wb", buffering=0) as file:
                for _ in range(64):
                    written += file.write(part)
    except OSError as error:
        return [written // 2**20, error.errno]
    return [written // 2**20, 0]
"""
ONE_FILE = """
def attempt(target):
    try:
        with open("/tmp/sparse", "wb") as file:
            file.truncate(2**40)
    except OSError as error:
        return error.errno
    return 0
"""
OUTPUT = """
import os, sys
def attempt(target):
    for _ in range(64):
        os.write(1, b"x" * 2**20)
        os.write(2, b"x" * 2**20)
        print("x" * 2**20)
    return "told"
"""


def test_open_files_end_at_the_limit(worker: Worker) -> None:
    status, said = ask(worker, FILES)
    assert status == "ok"
    assert isinstance(said, list)
    count, number = said
    assert 200 < count < MAX_OPEN_FILES
    assert number == errno.EMFILE


@pytest.mark.parametrize(("folder", "most"), [("/tmp", TMP_BYTES), ("/dev/shm", SHM_BYTES)])
def test_scratch_space_ends_at_the_limit_and_comes_back(worker: Worker, folder: str, most: int) -> None:
    for _ in range(2):
        assert ask(worker, SPACE, folder, seconds=30) == ("ok", [most // 2**20, errno.ENOSPC])


def test_one_file_ends_at_the_limit(worker: Worker) -> None:
    assert ask(worker, ONE_FILE) == ("ok", errno.EFBIG)


def test_output_goes_nowhere(worker: Worker) -> None:
    """192 MiB of it: nothing keeps them, and the answer comes through."""
    assert ask(worker, OUTPUT, seconds=60) == ("ok", "told")
