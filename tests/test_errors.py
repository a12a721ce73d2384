"""What goes wrong for a reason that a person can change ends in `dojo COMMAND: the reason`, and in one exit code."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from torchdojo.cli.group import CommandGroup
from torchdojo.cli.main import cli
from torchdojo.errors import InstallationError

# The command; what its message begins with, after the command's name; the exit code. {root} is the course's folder.
BAD = [
    ("grade {root}/gone --out {root}/out", "{root}/gone does not exist", 2),
    ("grade {root}/empty --out {root}/out", "{root}/empty is empty", 2),
    ("grade {root}/in --out {root}/file --sandbox none", "{root}/file cannot be written", 2),
    ("grade {root}/in --out {root}/out --roster {root}/file --sandbox none", "{root}/file", 2),
    ("grade {root}/in --out {root}/out --roster {root}/gone --sandbox none", "{root}/gone", 2),
    ("report {root}/gone", "{root}/gone holds no results", 2),
    ("export canvas {root}/gone --out {root}/x.csv", "{root}/gone holds no results", 2),
    ("export moodle {root}/gone --out {root}/x.csv", "{root}/gone holds no results", 2),
    ("export moodle-worksheet {root}/gone --chapter ch1_tiny --out {root}/x.csv", "{root}/gone holds no results", 2),
    ("export gradescope {root}/gone --out {root}/x", "{root}/gone holds no results", 2),
    ("export autograder --chapter ch9 --out {root}/x.zip", "the course has no chapter 'ch9'", 2),
    ("release --out {root}", "{root} contains the course itself", 2),
    ("release --out {root}/in", "{root}/in is not empty", 2),
    ("site --no-pictures --out {root}", "{root} contains the course itself", 2),
    ("nbgrader convert {root}/empty.py", "empty.py is empty", 2),
    ("nbgrader build --out {root}/other", "{root}/other/nbgrader_config.py does not belong to this course", 2),
    ("nbgrader autograde ch1_tiny --dir {root}/empty", "{root}/empty has no nbgrader_config.py", 2),
    ("run ch1", "still to do in ch1_tiny.py: double, Scale.", 1),
    ("run ch1 --reference", "{root}/runs/ch1_tiny.py is missing", 2),
    ("check nonesuch", "no chapter or exercise 'nonesuch'. Chapters: ch1_tiny.", 2),
    ("hint ch1/nonesuch", "ch1_tiny has no exercise 'nonesuch'. Its exercises: double, Scale.", 2),
    ("reset ch1", "which exercise of ch1_tiny? Its exercises: double, Scale.", 2),
    ("--course {root}/empty list", "{root}/empty", 2),
    ("--course {root}/empty watch", "{root}/empty", 2),
    ("--course {root}/empty check", "{root}/empty", 2),
    ("--course {root}/empty verify", "{root}/empty", 2),
]
USAGE = [
    "submit --out {root}/file",
    "grade {root}/in --out {root}/in/out",
    "verify ch1 --certificate {root}/x",
    "grade",
]


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """The tiny course, with what the commands below stumble over."""
    (tiny_root / "empty").mkdir()
    (tiny_root / "in/ada").mkdir(parents=True)
    shutil.copy(tiny_root / "exercises/ch1_tiny.py", tiny_root / "in/ada")
    (tiny_root / "other").mkdir()
    (tiny_root / "other/nbgrader_config.py").write_text("c = get_config()\n")
    (tiny_root / "empty.py").write_text("")
    (tiny_root / "file").write_text("not a roster")
    return tiny_root


def dojo(root: Path, command: str) -> click.testing.Result:
    words = [word.format(root=root) for word in command.split()]
    before = [] if words[0] == "--course" else ["--course", str(root)]
    return CliRunner().invoke(cli, [*before, *words])


@pytest.mark.parametrize(("command", "words", "code"), BAD, ids=[command for command, _, _ in BAD])
def test_bad_input_ends_in_the_commands_name_the_reason_and_an_exit_code(
    command: str, words: str, code: int, root: Path
) -> None:
    done = dojo(root, command)
    parts = command.removeprefix("--course {root}/empty ").split()
    name = " ".join(parts[: 2 if parts[0] in ("export", "nbgrader") else 1])
    assert done.stderr.startswith(f"dojo {name}: {words.format(root=root)}"), done.output
    assert done.exit_code == code


@pytest.mark.parametrize("command", USAGE)
def test_a_wrong_call_shows_the_usage(command: str, root: Path) -> None:
    done = dojo(root, command)
    assert done.stderr.startswith("Usage: dojo "), done.output
    assert done.exit_code == 2


def test_a_reset_that_cannot_be_written_ends_with_1(root: Path) -> None:
    path = root / "exercises/ch1_tiny.py"
    path.unlink()
    path.mkdir()
    (root / ".torchdojo").write_text("a file")
    done = dojo(root, "reset double")
    assert (done.exit_code, done.stderr.partition(": ")[0]) == (1, "dojo reset"), done.output


def test_a_broken_installation_is_told_from_the_learners_code(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.group("dojo", cls=CommandGroup)
    def group() -> None: ...

    @group.command()
    def check() -> None:
        raise InstallationError("torch cannot be imported")

    done = CliRunner().invoke(group, ["check"])
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert first == "dojo check: torch cannot be imported"
    assert "installation, not" in second
