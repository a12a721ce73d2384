"""What a course that grades on CUDA, too, needs of the sandbox, as far as a machine without a GPU can show it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Tiny, ask
from torchdojo.course import load_course
from torchdojo.grading.accelerators import available_accelerators
from torchdojo.sandbox import gpu
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.selftest.runner import PROBES
from torchdojo.sandbox.worker import Worker

HOLD = """
import sys
from pathlib import Path
from torchdojo.sandbox import gpu
gpu.DEVICES = Path(sys.argv[1])
lock = gpu.GpuLock()
lock.acquire()
print("taken", flush=True)
sys.stdin.read()
"""
RESERVES = """
import mmap
def attempt(target):
    mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=0)
    return "reserved"
"""
LOOKS = """
import os
def attempt(target):
    return sorted(name for name in os.listdir("/proc") if name.isdecimal())
"""
NAMES_ITS_THREAD = """
def attempt(target):
    with open(f"/proc/self/task/{next(iter(__import__('os').listdir('/proc/self/task')))}/comm", "w") as file:
        file.write("cuda")
    return "named"
"""
CHANGES_THE_KERNEL = """
import errno
def attempt(target):
    try:
        open("/proc/sys/kernel/threads-max", "w")
    except OSError as error:
        return errno.errorcode[error.errno]
"""


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dev"
    folder.mkdir()
    for name in ("nvidia10", "nvidia2", "nvidia-uvm", "nvidiactl", "nvidia-caps", "null"):
        (folder / name).touch()
    monkeypatch.setattr(gpu, "DEVICES", folder)
    return folder


def holder(devices: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", HOLD, str(devices)], stdin=pipe, stdout=pipe, text=True)


def test_the_driver_s_files_and_no_others(devices: Path) -> None:
    assert [path.name for path in gpu.device_files()] == ["nvidia2", "nvidia10", "nvidiactl", "nvidia-uvm"]


def test_files_are_passed_only_to_a_course_that_says_so(devices: Path) -> None:
    assert str(devices / "nvidia2") not in BUBBLEWRAP.command([])
    command = BUBBLEWRAP.command([], gpu=True)
    at = command.index(str(devices / "nvidia2"))
    assert command[at - 1 : at + 2] == ["--dev-bind", str(devices / "nvidia2"), str(devices / "nvidia2")]


def test_one_process_at_a_time(devices: Path) -> None:
    first = holder(devices)
    assert first.stdout is not None
    assert first.stdout.readline() == "taken\n"
    second = holder(devices)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=2)
        first.kill()
        first.wait()
        assert second.stdout is not None
        assert second.stdout.readline() == "taken\n"
    finally:
        for process in (first, second):
            process.kill()
            process.communicate()


def test_a_turn_that_was_left_is_free(devices: Path) -> None:
    first, second = gpu.GpuLock(), gpu.GpuLock()
    for lock in (first, second, first):
        lock.acquire()
        lock.acquire()
        lock.release()
        lock.release()


def test_nobody_waits_where_there_is_no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "DEVICES", tmp_path)
    gpu.GpuLock().acquire()
    gpu.GpuLock().acquire()


def test_a_driver_may_reserve_addresses_and_sees_its_own_processes(bubblewrap: SandboxBackend) -> None:
    """CUDA reserves far more address space than there is memory, and reads /proc; memory itself stays limited."""
    with Worker(bubblewrap, [PROBES]) as worker:
        assert ask(worker, RESERVES)[0] != "ok"
        assert ask(worker, LOOKS) == ("ok", [])
        worker.allow_gpu()
        assert ask(worker, RESERVES) == ("ok", "reserved")
        assert ask(worker, LOOKS) == ("ok", ["1"])
        assert ask(worker, "def attempt(target):\n    return len(bytearray(3 << 30))\n")[0] == "memory"


def test_a_driver_may_name_its_threads_and_changes_no_setting_of_the_kernel(bubblewrap: SandboxBackend) -> None:
    """CUDA does not start where it cannot write to /proc/self/task/…/comm: error 304."""
    with Worker(bubblewrap, [PROBES]) as worker:
        worker.allow_gpu()
        assert ask(worker, NAMES_ITS_THREAD) == ("ok", "named")
        assert ask(worker, CHANGES_THE_KERNEL) == ("ok", "EROFS")


def test_a_course_that_asks_for_cuda_says_where_it_was_graded(tiny_root: Path, tiny: Tiny) -> None:
    path = tiny_root / "course.toml"
    path.write_text("gpu = true\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    course = load_course(tiny_root)
    assert course.gpu
    assert available_accelerators(course)[0] == "simulated"
    assert available_accelerators(tiny.course) == ("simulated",)
