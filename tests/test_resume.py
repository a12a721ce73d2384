"""A run that was stopped goes on: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TESTS
from tests.results import make_result
from torchdojo.batch.batch_run import BatchRun
from torchdojo.batch.store import DATABASE, FORMAT, OutError, Store, StoredRun
from torchdojo.collect.submissions import collect_submissions
from torchdojo.course import Course, load_course
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, Result
from torchdojo.sandbox.backend import NONE

REFERENCE = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
SLOW = "\nimport time\ntime.sleep(0.05)\n"


def command(folder: Path, out: Path, *more: str) -> list[str]:
    root = str(TESTS / "tiny")
    return [sys.executable, "-m", "torchdojo.cli", "--course", root, "grade", str(folder), "--out", str(out), *more]


def grade(folder: Path, out: Path, *more: str) -> str:
    # One job, because further processes would take longer to start than to grade.
    whole = command(folder, out, "--sandbox", "none", "--jobs", "1", *more)
    done = subprocess.run(whole, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hand_in(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"s{number:02}").mkdir(parents=True)
        text = REFERENCE.replace("return 2 * x", "return x * x") if number % 3 == 0 else REFERENCE
        (folder / f"s{number:02}/ch1_tiny.py").write_text(f"{text}{SLOW}# {number}\n")


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def timeless(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**line, "seconds": 0, "checks": [{**check, "seconds": 0, "message": ""} for check in line["checks"]]}
        for line in found
    ]


def start(folder: Path, out: Path, *more: str, file_bytes: int | None = None) -> subprocess.Popen[bytes]:
    """Start a run in a process group of its own; file_bytes: how large a file it may write, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job of a shell would pass on that it is ignored
        if file_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    return subprocess.Popen(
        command(folder, out, "--sandbox", "none", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=limit,
    )


def wait_for(out: Path, kept: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and count(out / "store.sqlite") < kept:
        time.sleep(0.05)


def timings(out: Path) -> dict[str, float]:
    return {line["student"]: line["seconds"] for line in lines(out)}


def stored(out: Path) -> dict[str, str]:
    with sqlite3.connect(f"file:{out / 'store.sqlite'}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT student, result FROM graded").fetchall())


@pytest.mark.timeout(900)
def test_kill_and_resume_gives_what_an_undisturbed_run_gives(tmp_path: Path) -> None:
    """Killed twice, once the leading process and once the whole group: no orphan stays, nothing is done twice."""
    import psutil

    folder, torn = tmp_path / "in", tmp_path / "torn"
    hand_in(folder, 12)
    grade(folder, tmp_path / "whole")
    process = start(folder, torn, "--jobs", "2")
    wait_for(torn, 3)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=15)
    assert not alive
    first = stored(torn)
    assert 3 <= len(first) < 12
    process = start(folder, torn, "--jobs", "2")
    wait_for(torn, len(first) + 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    second = stored(torn)
    assert {name: second[name] for name in first} == first
    assert len(second) < 12
    said = grade(folder, torn)
    assert f"{len(second)} of 12 already graded" in said
    last = stored(torn)
    assert {name: last[name] for name in second} == second
    assert timeless(lines(torn)) == timeless(lines(tmp_path / "whole"))
    assert (torn / "grades.csv").read_text() == (tmp_path / "whole/grades.csv").read_text()


def test_a_full_disk_ends_the_run_in_words_and_loses_nothing(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 16)
    process = start(folder, out, "--jobs", "1", file_bytes=56 * 1024)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 2, said
    assert b"cannot be written any more" in said
    assert b"Traceback" not in said
    kept = stored(out)
    assert 0 < len(kept) < 16
    assert f"{len(kept)} of 16 already graded" in grade(folder, out)
    assert [line["student"] for line in lines(out)] == [f"s{number:02}" for number in range(16)]
    assert {name: stored(out)[name] for name in kept} == kept


def test_ctrl_c_keeps_what_was_graded(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 16)
    process = start(folder, out, "--jobs", "2")
    wait_for(out, 2)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"to resume, repeat the same command" in said
    kept = count(out / "store.sqlite")
    assert 2 <= kept < 16
    assert f"{kept} of 16 already graded" in grade(folder, out)
    assert len(lines(out)) == 16


def test_ctrl_c_while_torch_is_imported_shows_no_traceback(tmp_path: Path) -> None:
    import psutil

    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 2)
    process = start(folder, out, "--jobs", "2")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not psutil.Process(process.pid).children():
        time.sleep(0.01)
    family = psutil.Process(process.pid).children()
    assert family
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode
    assert b"Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive


def test_a_changed_grader_regrades_only_its_chapter(tmp_path: Path) -> None:
    root = tmp_path / "course"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    text = (root / "course.toml").read_text()
    chapter = text[text.index("[[chapter]]") :]
    (root / "course.toml").write_text(text + "\n" + chapter.replace("ch1_tiny", "ch2_tiny"))
    for kind in ("reference", "exercises"):
        shutil.copy(root / kind / "ch1_tiny.py", root / kind / "ch2_tiny.py")
    shutil.copytree(root / "graders/ch1_tiny", root / "graders/ch2_tiny")
    handed = tmp_path / "in/ada"
    handed.mkdir(parents=True)
    for name in ("ch1_tiny.py", "ch2_tiny.py"):
        (handed / name).write_text(REFERENCE)

    def missing() -> list[str]:
        course = load_course(root)
        with Store(tmp_path / "out", course) as store:
            batch, found = BatchRun(course, NONE, store), collect_submissions(tmp_path / "in", course)
            names = [one.chapter.name for one in batch.missing(found.files)]
            for one in found.files:
                store.save("ada", make_result(chapter=one.chapter.name), batch.version(one))
            return names

    assert missing() == ["ch1_tiny", "ch2_tiny"]
    assert missing() == []
    check = root / "graders/ch2_tiny/test_scale.py"
    check.write_text(check.read_text() + "\n# changed\n")
    assert missing() == ["ch2_tiny"]
    (handed / "ch1_tiny.py").write_text(REFERENCE + "# changed\n")
    assert missing() == ["ch1_tiny"]


def count(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM graded").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_only_what_changed_is_graded_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 3)
    grade(folder, out)
    first = {line["student"]: line for line in lines(out)}
    (folder / "s00/ch1_tiny.py").write_text(REFERENCE)
    assert "2 of 3 already graded" in grade(folder, out)
    second = {line["student"]: line for line in lines(out)}
    assert second["s01"] == first["s01"]
    assert (first["s00"]["score"], second["s00"]["score"]) != (3.5, 0)
    assert second["s00"]["score"] == 3.5
    assert "already graded" not in grade(folder, out, "--force")


def test_results_in_another_format_are_never_taken_for_none(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    hand_in(folder, 1)
    out.mkdir()
    with sqlite3.connect(out / DATABASE) as database:  # as the first versions stored them
        database.execute("CREATE TABLE results (student TEXT, chapter TEXT, line TEXT)")
        database.execute("INSERT INTO results VALUES ('ada', 'ch1_tiny', '{}')")
    before = (out / DATABASE).read_bytes()
    dojo = command(folder, out)[:5]
    for words in (command(folder, out), [*dojo, "report", str(out)]):
        refused = subprocess.run(words, capture_output=True, text=True, check=False, timeout=200)
        assert refused.returncode == 2
        assert "another version of torchdojo stored the results" in refused.stderr
        assert "--force" in refused.stderr
        assert (out / DATABASE).read_bytes() == before
    grade(folder, out, "--force")
    assert [line["student"] for line in lines(out)] == ["s00"]


def test_a_change_of_what_is_stored_raises_its_format() -> None:
    """If this fails, raise FORMAT in batch/store.py, so that results stored earlier are refused and not misread."""
    stored = {kind.__name__: " ".join(field.name for field in fields(kind)) for kind in (Result, CheckResult, Finding)}
    assert (FORMAT, stored) == (
        9,
        {
            "Result": "chapter status checks sandbox device seconds submission graders message notes shared_from",
            "CheckResult": "exercise check title points status earned seconds memory finding mistake mistake_title "
            "explanation is_likely kinds chance kept public rests_on core guessable hint timeout called given by_steps",
            "Finding": "called expected got line text advice words values printed kind_differs has_text name",
        },
    )


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
    assert "another `dojo grade` is running" in done.stderr


def test_a_crew_member_that_dies_takes_nobody_along(tmp_path: Path) -> None:
    """A grading process is killed from outside in the middle of the run; its job is done by another."""
    import psutil

    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, 8)
    process = subprocess.Popen(command(folder, out, "--sandbox", "none", "--jobs", "2"), stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and count(out / "store.sqlite") < 1:
        time.sleep(0.05)
    (server,) = (p for p in psutil.Process(process.pid).children() if "forkserver" in " ".join(p.cmdline()))
    crew = [p for p in server.children() if "forkserver" in " ".join(p.cmdline())]
    assert len(crew) == 2
    crew[0].kill()
    assert process.wait(timeout=120) == 0
    assert [line["status"] for line in lines(out)] == ["graded"] * 8


def test_an_earlier_hand_in_is_kept_when_another_replaces_it(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path, tiny_course) as store:
        for text, version in ((b"one", "1"), (b"one", "2"), (b"two", "3")):
            store.save("ada", replace(make_result(), submission=text.decode()), version, text)
        store.finish(["ada"], {("ada", "ch1_tiny")})
    with StoredRun(tmp_path, tiny_course) as run:
        assert run.source("ada", "ch1_tiny") == b"two"
        (before,) = run.earlier("ada", "ch1_tiny")
    assert (before.source, before.result.submission) == (b"one", "one")


def test_grading_again_by_force_keeps_what_was_graded_until_it_is_replaced(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path, tiny_course) as store:
        store.save("ada", replace(make_result(), submission="one"), "1", b"one")
        store.finish(["ada"], {("ada", "ch1_tiny")})
        secret = store.secret
    with Store(tmp_path, tiny_course, force=True) as store:
        assert store.secret != secret
        assert not store.has("ada", "ch1_tiny", "1")
        assert [stored.student for stored in store.results()] == ["ada"]


def test_a_reader_sees_that_a_run_is_at_work(tmp_path: Path, tiny_course: Course) -> None:
    with Store(tmp_path, tiny_course), StoredRun(tmp_path, tiny_course) as run:
        assert run.is_running()
    with StoredRun(tmp_path, tiny_course) as run:
        assert not run.is_running()
    with pytest.raises(OutError, match="holds no results"):
        StoredRun(tmp_path / "nowhere", tiny_course)
