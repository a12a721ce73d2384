"""`dojo check`: what a learner sees, and the exit codes that tools read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import PROJECT, TESTS
from torchdojo.cli.main import cli


def check(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--course", str(root), "check", "--sandbox", "none", *arguments])


def test_first_contact_is_calm(tiny_root: Path) -> None:
    done = check(tiny_root)
    assert done.exit_code == 1
    assert "Nothing is done yet." in done.output
    assert "Start with double" in done.output
    assert "0 of 2 exercises" in done.output
    for word in ("Traceback", "✗", "Error"):
        assert word not in done.output


def test_all_passed(tiny_root: Path) -> None:
    done = check(tiny_root, "--files", str(tiny_root / "reference"))
    assert done.exit_code == 0
    assert "3.5 of 3.5 points" in done.output
    assert "★ Tiny" in done.output


def test_a_wrong_answer_is_shown_whole(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text().replace("    ...\n", "    return x * x\n", 1))
    done = check(tiny_root, "ch1_tiny/double")
    assert done.exit_code == 1
    line = path.read_text().splitlines().index("    return x * x") + 1
    place = f"ch1_tiny.py:{line}"
    for words in ("✗ double · It returns twice x", "called", "expected", "got", place, "“Squared”", "Read: "):
        assert words in done.output
    assert "2 more checks fail for this exercise" in done.output


def test_json_is_for_tools(tiny_root: Path) -> None:
    done = check(tiny_root, "--json")
    (line,) = json.loads(done.stdout)
    assert line["chapter"] == "ch1_tiny"
    assert {c["status"] for c in line["checks"]} == {"todo"}


def test_vs_code_finds_the_file_the_line_and_the_message_of_each_failing_check(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text().replace("    ...\n", "    return x * x\n", 1))
    done = check(tiny_root, "--lines")
    assert done.exit_code == 1
    tasks = json.loads((PROJECT / ".vscode/tasks.json").read_text())["tasks"]
    task = next(task for task in tasks if task["label"] == "dojo check")
    assert task["args"] == ["check", "--lines"]
    pattern = task["problemMatcher"]["pattern"]
    problems = [re.match(pattern["regexp"], line) for line in done.stdout.splitlines()]
    assert len(problems) == 3
    lines = path.read_text().splitlines()
    wrong, start = (lines.index(text) + 1 for text in ("    return x * x", "def double(x: Tensor) -> Tensor:"))
    for problem, line in zip(problems, (wrong, wrong, start), strict=True):  # the last one is about an exception
        assert problem
        assert Path(problem[pattern["file"]]).resolve() == path
        assert problem[pattern["line"]] == str(line)
        assert problem[pattern["message"]].startswith("double: ")
    assert problems[0]
    assert "It returns twice x; called " in problems[0][pattern["message"]]


def test_a_file_that_cannot_be_loaded_is_a_problem_with_its_line(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text("def double(x):\n    return x +\n")
    (line,) = check(tiny_root, "--lines").stdout.splitlines()
    assert re.fullmatch(r".*ch1_tiny\.py:2: .+", line)


def test_learners_get_the_same_tasks_as_this_project() -> None:
    ours = (PROJECT / ".vscode/tasks.json").read_text()
    assert (PROJECT / "torchdojo/authoring/release_tasks.json").read_text() == ours


def test_names_may_be_short(tiny_root: Path) -> None:
    for name in ("ch1_tiny", "1", "ch1", "tiny", "ch1_tiny/double", "1/double", "double", "ch1_tiny.py"):
        assert check(tiny_root, name).exit_code == 1


def test_an_unknown_name_is_a_usage_error(tiny_root: Path) -> None:
    for name, words in (("ch9", "ch1_tiny"), ("ch1_tiny/triple", "double, Scale")):
        done = check(tiny_root, name)
        assert done.exit_code == 2
        assert words in done.output


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("check duoble", "no chapter or exercise 'duoble'. Did you mean double?"),
        ("check ch1/duoble", "ch1_tiny has no exercise 'duoble'. Did you mean double?"),
        ("check tinny/double", "no chapter or exercise 'tinny/double'. Did you mean tiny?"),
        ("hint scale", "Did you mean Scale?"),
        ("hint SC-ALE", "Did you mean Scale?"),
        ("reset dou", "Did you mean double?"),
        ("chekc", "dojo: no command 'chekc'. Did you mean check?"),
        ("export canvs", "no command 'canvs'. Did you mean canvas?"),
        ("check --al", "dojo check: no option --al. Did you mean --all?"),
        ("hint --levl 2", "Did you mean --level?"),
        ("xyzzy", "no command 'xyzzy'. `dojo --help` lists them."),
    ],
)
def test_a_name_that_is_close_is_offered_in_one_line(call: str, words: str, tiny_root: Path) -> None:
    done = CliRunner().invoke(cli, ["--course", str(tiny_root), *call.split()], prog_name="dojo")
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_or_broken_file_is_said(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text("def double(x):\n    return (x\n")
    done = check(tiny_root)
    assert done.exit_code == 1
    assert "'(' was never closed" in " ".join(done.output.split())
    path.unlink()
    done = check(tiny_root)
    assert done.exit_code == 1
    assert "cannot be opened" in done.output


def test_a_course_error_is_one_line_and_exit_code_2(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    path.write_text(path.read_text().replace("points = 2", "points = -2"))
    command = [sys.executable, "-m", "torchdojo.cli", "--course", str(tiny_root), "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{path}:" in done.stderr


def test_hints_go_deeper(tiny_root: Path) -> None:
    said = [CliRunner().invoke(cli, ["--course", str(tiny_root), "hint", "double"]).output for _ in range(4)]
    assert ["What is twice x?" in said[0], "Add x to itself." in said[1], "It is x + x." in said[2]] == [True] * 3
    assert said[3] == said[2]


def test_without_linux_only_modules_and_without_fork(tiny_root: Path) -> None:
    """The learner's path as on Windows: no fcntl, no resource, no fork, no bubblewrap."""
    program = """
import os, sys
# Other people's packages have files of their own for each platform, so they are loaded as what they are.
import click, pathlib, psutil, pytest, rich.console, rich.progress, safetensors.torch, socket, subprocess, tempfile, torch
from pydantic import BaseModel
for name in ("resource", "fcntl", "termios", "pwd", "grp"):
    sys.modules[name] = None
sys.platform = "win32"
del os.fork
import torchdojo.sandbox.backend as backend
backend.START = ("import os, sys; sys.path.insert(0, {folder!r}); sys.modules['resource'] = None; del os.fork; "
               "from torchdojo.worker.main import main; main(sys.argv[1:])")
from torchdojo.cli.main import main
sys.argv = ["dojo", "--course", sys.argv[1], "check", "--json", "--files", sys.argv[2]]
main()
"""
    reference = str(TESTS / "tiny/reference")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tiny_root), reference], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (line,) = json.loads(done.stdout)
    assert line["sandbox"] == "none"
    assert line["score"] == 3.5
