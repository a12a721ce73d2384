"""A run that was stopped goes on: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.conftest import TESTS

REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
SLOW = "\nimport time\ntime.sleep(0.1)\n"


def command(folder: Path, out: Path, *more: str) -> list[str]:
    root = str(TESTS / "tiny")
    return [sys.executable, "-m", "torchdojo.cli", "--course", root, "grade", str(folder), "--out", str(out), *more]


def grade(folder: Path, out: Path, *more: str) -> str:
    done = subprocess.run(
        command(folder, out, "--sandbox", "none", *more), capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hand_in(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"s{number:02}").mkdir(parents=True)
        text = REFERENCE.replace("return 2 * x", "return x * x") if number % 3 == 0 else REFERENCE
        (folder / f"s{number:02}/ch1_tiny.py").write_text(text + SLOW)


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def timeless(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**line, "seconds": 0, "checks": [{**check, "seconds": 0, "message": ""} for check in line["checks"]]}
        for line in found
    ]


def test_kill_and_resume_gives_what_an_undisturbed_run_gives(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, 12)
    grade(folder, tmp_path / "whole")
    process = subprocess.Popen(
        command(folder, tmp_path / "torn", "--sandbox", "none", "--jobs", "2"), stdout=subprocess.PIPE
    )
    database = tmp_path / "torn/store.sqlite"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and count(database) < 3:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = count(database)
    assert 3 <= kept < 12
    said = grade(folder, tmp_path / "torn")
    assert f"{kept} of 12 were graded already" in said
    assert timeless(lines(tmp_path / "torn")) == timeless(lines(tmp_path / "whole"))
    assert (tmp_path / "torn/grades.csv").read_text() == (tmp_path / "whole/grades.csv").read_text()


def count(database: Path) -> int:
    import sqlite3

    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_only_what_changed_is_graded_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 3)
    grade(folder, out)
    first = {line["student"]: line for line in lines(out)}
    (folder / "s00/ch1_tiny.py").write_text(REFERENCE)
    assert "2 of 3 were graded already" in grade(folder, out)
    second = {line["student"]: line for line in lines(out)}
    assert second["s01"] == first["s01"]
    assert (first["s00"]["score"], second["s00"]["score"]) != (3.5, 0)
    assert second["s00"]["score"] == 3.5
    assert "graded already" not in grade(folder, out, "--force")


def test_a_second_run_on_the_same_out_is_told_so(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 1)
    out.mkdir()
    import fcntl

    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            command(folder, out, "--sandbox", "none"), capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == 2
    assert "another dojo grade is at work" in done.stderr


def test_a_crew_member_that_dies_takes_nobody_along(tmp_path: Path) -> None:
    """A grading process is killed from outside in the middle of the run; its job is done by another."""
    import psutil

    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 8)
    process = subprocess.Popen(command(folder, out, "--sandbox", "none", "--jobs", "2"), stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and count(out / "store.sqlite") < 1:
        time.sleep(0.05)
    crew = [p for p in psutil.Process(process.pid).children() if "spawn_main" in " ".join(p.cmdline())]
    assert crew
    crew[0].kill()
    assert process.wait(timeout=120) == 0
    assert [line["status"] for line in lines(out)] == ["graded"] * 8
