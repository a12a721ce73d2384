"""`dojo grade --scheduler`: a real cluster of separate processes, one of them killed, and nothing lost or doubled."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from tests.conftest import PROJECT, TESTS
from tests.test_resume import command, count, grade, hand_in, lines, timeless
from torchdojo.batch.cluster import check_worker
from torchdojo.batch.version import Version
from torchdojo.course import load_course

pytest.importorskip("distributed", reason="the extra dask is not installed")


class Cluster:
    """A scheduler and workers, each a process of its own, on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        deadline = time.monotonic() + 120
        while not self.file.exists() or not self.file.read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, kind: str, *more: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **variables}
        log = (self.folder / f"{kind}{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", kind, "--scheduler-file", str(self.file), *more],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=self.folder,
        )
        self.processes.append(process)
        return process

    def worker(self, course: Path | None = None, packages: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a worker. packages: a folder that it finds Python packages in before any other"""
        variables = {"TORCHDOJO_COURSE": course, "PYTHONPATH": packages}
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        return self.start("worker", *options, **{name: str(value) for name, value in variables.items() if value})

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    found = Cluster(folder)
    yield found
    found.close()


def wait_for_workers(cluster: Cluster, number: int) -> None:
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=120)


@pytest.mark.timeout(900)
def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path, cluster: Cluster) -> None:
    folder = tmp_path / "in"
    hand_in(folder, 8)
    first, _ = cluster.worker(), cluster.worker()
    wait_for_workers(cluster, 2)
    arguments = ("--sandbox", "none", "--scheduler", cluster.address)
    process = subprocess.Popen(
        command(folder, tmp_path / "far", *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    deadline = time.monotonic() + 200
    while count(tmp_path / "far/store.sqlite") < 2:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=250)
    assert process.returncode == 0, said
    assert "2 workers" in said
    assert "8 graded" in said
    grade(folder, tmp_path / "near")
    assert timeless(lines(tmp_path / "far")) == timeless(lines(tmp_path / "near"))
    assert (tmp_path / "far/grades.csv").read_text() == (tmp_path / "near/grades.csv").read_text()
    assert "8 of 8 already graded" in grade(folder, tmp_path / "far")


@pytest.mark.timeout(900)
def test_workers_without_the_course_or_with_another_version_refuse(tmp_path: Path, cluster: Cluster) -> None:
    other = tmp_path / "other"
    shutil.copytree(TESTS / "tiny", other, ignore=shutil.ignore_patterns("__pycache__"))
    check = other / "graders/ch1_tiny/test_scale.py"
    check.write_text(check.read_text() + "\n# another version\n")
    engine = tmp_path / "engine"
    shutil.copytree(PROJECT / "torchdojo", engine / "torchdojo", ignore=shutil.ignore_patterns("__pycache__"))
    placeholders = engine / "torchdojo/source/placeholders.py"
    placeholders.write_text(placeholders.read_text() + "\n# another version\n")
    cluster.worker(other)
    cluster.worker(tmp_path / "nowhere")
    cluster.worker(packages=engine)
    wait_for_workers(cluster, 3)
    folder = tmp_path / "in"
    hand_in(folder, 2)
    arguments = ("--sandbox", "none", "--scheduler", cluster.address)
    done = subprocess.run(
        command(folder, tmp_path / "out", *arguments), capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 2
    assert "no worker can grade" in done.stderr
    assert "it has other graders of ch1_tiny" in done.stderr
    assert "it has no course" in done.stderr
    assert "it has another version of torchdojo" in done.stderr
    assert "Traceback" not in done.stderr
    cluster.worker()
    wait_for_workers(cluster, 4)
    said = subprocess.run(
        command(folder, tmp_path / "out", *arguments), capture_output=True, text=True, check=True, timeout=250
    ).stdout
    assert "1 workers" in said
    assert said.count("refused ") == 3
    assert [line["status"] for line in lines(tmp_path / "out")] == ["graded"] * 2


def test_a_worker_with_other_packages_says_which() -> None:
    root = TESTS / "tiny"
    engine, graders, packages = Version.installed(load_course(root))
    assert check_worker(str(root), "none", Version(engine, graders, packages)) == ""
    said = check_worker(str(root), "none", Version("another", graders, {**packages, "numpy": "1.0"}))
    assert said == f"it has numpy {version('numpy')}, not 1.0"


def test_no_cluster_at_the_address(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, 1)
    done = subprocess.run(
        command(folder, tmp_path / "out", "--scheduler", "nonsense://x"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "no cluster answers at nonsense://x" in done.stderr
