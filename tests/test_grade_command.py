"""`dojo grade`: real folders in, fixed interfaces out, bad input refused without loss."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import TESTS, Tiny
from torchdojo.cli.main import cli
from torchdojo.sandbox.selftest.runner import SelfTest

REFERENCE = TESTS / "tiny/reference/ch1_tiny.py"


def dojo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), *map(str, arguments)])


def hand_in(folder: Path, student: str, data: bytes, name: str = "ch1_tiny.py") -> Path:
    (folder / student).mkdir(parents=True, exist_ok=True)
    path = folder / student / name
    path.write_bytes(data)
    return path


def results(out: Path) -> dict[str, dict[str, Any]]:
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    return {line["student"]: line for line in lines}


def notebook(source: str) -> bytes:
    cells = [{"cell_type": "markdown", "source": ["# Hi"]}]
    cells += [{"cell_type": "code", "source": part} for part in source.split("# %%\n")[1:]]
    cells += [{"cell_type": "code", "source": ["%matplotlib inline\n", "!ls\n"]}]
    cells += [{"cell_type": "code", "source": "%%time\nwhile True: pass"}]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def test_a_class_with_every_mistake_of_handing_in(tmp_path: Path, tiny: Tiny) -> None:
    good = REFERENCE.read_bytes()
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, "ada", good)
    hand_in(folder, "bob", (TESTS / "tiny/exercises/ch1_tiny.py").read_bytes())
    hand_in(folder, "latin", b"x = '\xe9'\n")
    hand_in(folder, "syntax", b"def f(:\n")
    hand_in(folder, "empty", b"")
    hand_in(folder, "big", b"#" * 20_000_000)
    hand_in(folder, "strange =name\n\u202e(ü)", good)
    hand_in(folder, "printer", good + b"\nfor _ in range(1024):\n    print('x' * 2**20)\n")
    hand_in(folder, "book", notebook(good.decode()), "ch1_tiny.ipynb")
    hand_in(folder, "torn", b'{"cells": [', "ch1_tiny.ipynb")
    hand_in(folder, "named by hand", good, "chapter one.py")
    hand_in(folder, "lost", b"%PDF", "homework.pdf")
    os.symlink(REFERENCE, hand_in(folder, "link", b"").with_suffix(".tmp"))
    (folder / "link/ch1_tiny.py").unlink()
    (folder / "link/ch1_tiny.tmp").rename(folder / "link/ch1_tiny.py")
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe/ch1_tiny.py")
    done = dojo("grade", folder, "--out", out)
    assert done.exit_code == 0, done.output
    assert "10 of 10 self-tests passed" in done.output
    assert "chapter one.py" in done.output
    assert "homework.pdf" in done.output
    found = results(out)
    assert "lost" not in found
    scores = {name: line["score"] for name, line in found.items()}
    strange = next(name for name in found if name.startswith("strange"))
    assert all(c.isprintable() for c in strange)
    right = {"ada", "printer", "book", "named by hand", strange}
    assert scores == {name: 3.5 if name in right else 0 for name in found}
    rejected = {name for name, line in found.items() if line["status"] == "rejected"}
    assert rejected == {"latin", "syntax", "empty", "big", "torn", "link", "pipe"}
    assert {line["sandbox"] for line in found.values()} == {"bubblewrap"}
    rows = list(csv.DictReader((out / "grades.csv").open()))
    assert list(rows[0]) == ["student", "ch1_tiny", "total", "max"]
    assert {row["student"] for row in rows} == {*found, "lost"}
    ada = next(row for row in rows if row["student"] == "ada")
    assert (ada["ch1_tiny"], ada["total"], ada["max"]) == ("3.5", "3.5", "3.5")


def test_two_runs_draw_other_inputs(tmp_path: Path) -> None:
    source = REFERENCE.read_text().replace("return 2 * x", "return 2 * x + 1")
    hand_in(tmp_path / "in", "ada", source.encode())
    messages = []
    for run in ("a", "b"):
        assert dojo("grade", tmp_path / "in", "--out", tmp_path / run, "--sandbox", "none").exit_code == 0
        messages.append(results(tmp_path / run)["ada"]["checks"][0]["message"])
    assert messages[0] != messages[1]


def test_no_folder_an_empty_one_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, words in (
        ("gone", "does not exist"),
        ("empty", "is empty"),
        ("file", "is a text file and not an archive"),
    ):
        done = dojo("grade", tmp_path / name, "--out", tmp_path / "out")
        assert done.exit_code == 2
        assert words in done.output
        assert not (tmp_path / "out").exists()


def test_an_out_among_the_submissions_is_refused(tmp_path: Path) -> None:
    """The next run would take what is in it for a student's."""
    (tmp_path / "handed_in/ada").mkdir(parents=True)
    shutil.copy(TESTS / "tiny/exercises/ch1_tiny.py", tmp_path / "handed_in/ada")
    for out in ("handed_in", "handed_in/results"):
        done = dojo("grade", tmp_path / "handed_in", "--out", tmp_path / out)
        assert done.exit_code == 2
        assert "choose a folder outside of it" in " ".join(done.output.split())
    assert [path.name for path in (tmp_path / "handed_in").iterdir()] == ["ada"]


def test_an_out_that_cannot_be_written(tmp_path: Path) -> None:
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    (tmp_path / "out").write_text("a file")
    done = dojo("grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none")
    assert done.exit_code == 2
    assert "cannot be written" in done.output
    assert (tmp_path / "out").read_text() == "a file"


def test_without_a_sandbox_that_holds_nothing_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho no namespaces here >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    done = dojo("grade", tmp_path / "in", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "nothing was graded" in done.output
    assert "no namespaces here" in done.output
    assert not (tmp_path / "out").exists()


def test_the_last_line_of_a_long_error_is_shown_because_it_holds_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    frame = 'File "/engine/torchdojo/worker/main.py", line 16, in <module>'
    trace = "\n".join(["Traceback (most recent call last):", *[frame] * 20, "ModuleNotFoundError: No module named 'x'"])
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{trace}\nEND\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    done = dojo("grade", tmp_path / "in", "--out", tmp_path / "out")
    assert done.exit_code == 2
    shown = [line for line in done.output.splitlines() if "FAILED" in line]
    assert shown
    assert all("did not start" in line and "No module named 'x'" in line for line in shown)


def test_a_sandbox_that_does_not_hold_forgets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    arguments = ("grade", tmp_path / "in", "--out", tmp_path / "out")
    assert dojo(*arguments, "--sandbox", "none").exit_code == 0
    kept = results(tmp_path / "out")
    monkeypatch.setattr(
        "torchdojo.batch.grader_cache.selftest_worker", lambda worker: [SelfTest("canary", False, "it was read")]
    )
    done = dojo(*arguments, "--force")
    assert done.exit_code == 2
    assert "it was read" in done.output
    again = dojo(*arguments, "--sandbox", "none")
    assert "1 of 1 already graded" in again.output
    assert results(tmp_path / "out") == kept


def test_nothing_to_grade_needs_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    arguments = ("grade", tmp_path / "in", "--out", tmp_path / "out")
    assert dojo(*arguments).exit_code == 0
    monkeypatch.setattr(
        "torchdojo.batch.grader_cache.selftest_worker", lambda worker: pytest.fail("the sandbox was tried")
    )
    assert dojo(*arguments).exit_code == 0


def test_a_broken_grader_charges_nobody(tmp_path: Path, tiny_root: Path) -> None:
    (tiny_root / "graders/ch1_tiny/test_scale.py").write_text(
        "import pytest\npytestmark = pytest.mark.exercise('Scale')\n"
        "@pytest.mark.points(1.5)\ndef test_broken():\n    'It breaks.'\n    1 / 0\n"
    )
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    arguments = ["--course", str(tiny_root), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, [*arguments, "--sandbox", "none"])
    assert done.exit_code == 0, done.output
    line = results(tmp_path / "out")["ada"]
    assert (line["status"], line["score"]) == ("grader_error", None)
    assert "ZeroDivisionError" in line["checks"][-1]["message"]


def test_a_conftest_in_a_folder_above_does_not_judge(tmp_path: Path, tiny_root: Path) -> None:
    """A planted one would let every check pass. In graders/ it is the author's own."""
    planted = "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_pyfunc_call(pyfuncitem):\n    return True\n"
    for folder in (tiny_root.parent, tiny_root):
        (folder / "conftest.py").write_text(planted)
    wrong = REFERENCE.read_bytes().replace(b"return", b"return 1 +", 1)
    hand_in(tmp_path / "in", "ada", wrong)
    arguments = ["--course", str(tiny_root), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, [*arguments, "--sandbox", "none"])
    assert done.exit_code == 0, done.output
    line = results(tmp_path / "out")["ada"]
    assert line["score"] < line["max_score"]


@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ("@pytest.mark.points(0.75)", "worth 1.75 points, course.toml says 1.5"),
        ("@pytest.mark.piont(0.5)", "unknown mark piont; did you mean points?"),
    ],
)
def test_checks_that_cannot_be_used_are_told_before_the_sandbox_is_tested(
    tmp_path: Path, tiny_root: Path, monkeypatch: pytest.MonkeyPatch, mark: str, told: str, is_resumed: bool
) -> None:
    def grade(*options: str) -> Result:
        command = ["--course", str(tiny_root), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *options]
        return CliRunner().invoke(cli, command)

    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    if is_resumed:
        assert grade("--sandbox", "none").exit_code == 0
    path = tiny_root / "graders/ch1_tiny/test_scale.py"
    path.write_text(path.read_text().replace("@pytest.mark.points(0.5)", mark))
    monkeypatch.setattr("torchdojo.batch.grader_cache.selftest_worker", lambda worker: pytest.fail("too late"))
    done = grade()
    assert (done.exit_code, told in done.stderr) == (2, True), done.output
    assert (tmp_path / "out").exists() == is_resumed


def test_the_checks_of_a_chapter_that_nobody_handed_in_may_be_unfinished(tmp_path: Path, tiny_root: Path) -> None:
    text = (tiny_root / "course.toml").read_text()
    chapter = "[[chapter]]" + text.split("[[chapter]]")[1]
    (tiny_root / "course.toml").write_text(f"{text}\n{chapter.replace('ch1_tiny', 'ch2_tiny')}")
    for folder in ("reference", "exercises"):
        shutil.copy(tiny_root / folder / "ch1_tiny.py", tiny_root / folder / "ch2_tiny.py")
    shutil.copytree(tiny_root / "graders/ch1_tiny", tiny_root / "graders/ch2_tiny")
    (tiny_root / "graders/ch2_tiny/test_double.py").write_text("def f(:")
    hand_in(tmp_path / "in", "ada", REFERENCE.read_bytes())
    arguments = ["--course", str(tiny_root), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, [*arguments, "--sandbox", "none"])
    assert done.exit_code == 0, done.output
    hand_in(tmp_path / "in", "bob", REFERENCE.read_bytes(), "ch2_tiny.py")
    done = CliRunner().invoke(cli, [*arguments, "--sandbox", "none"])
    assert (done.exit_code, "ch2_tiny/test_double.py:1" in done.stderr) == (2, True), done.output


def test_words_that_are_no_text_break_nothing(tmp_path: Path, tiny: Tiny) -> None:
    hand_in(tmp_path / "in", "odd", tiny.with_double("raise ValueError('\\ud800 and \\x00')").encode())
    hand_in(tmp_path / "in", "zoe", REFERENCE.read_bytes())
    done = dojo("grade", tmp_path / "in", "--out", tmp_path / "out", "--sandbox", "none")
    assert done.exit_code == 0, done.output
    found = results(tmp_path / "out")
    assert found["zoe"]["score"] == 3.5
    assert "ValueError: ? and" in found["odd"]["checks"][0]["message"]
