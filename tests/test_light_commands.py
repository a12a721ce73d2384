"""Commands that run nobody's code start at once: they import nothing that takes long, such as torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.conftest import PROJECT
from torchdojo.cli.main import COMMANDS, cli

SLOW = {"hypothesis", "jinja2", "matplotlib", "nbformat", "numpy", "PIL", "pytest", "rapidfuzz", "torch", "torchvision"}
# Each takes longer than Python and click together; a screen and a course need them.
FOR_SCREENS = {"pydantic", "rich"}
# Run dojo, and write the modules that it has imported to a file.
WATCHED = """
import sys
from pathlib import Path
out = Path(sys.argv.pop(1))
from torchdojo.cli.main import main
try:
    main()
finally:
    out.write_text(" ".join(sys.modules))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The real course as a learner first finds it."""
    root = tmp_path / "course"
    shutil.copytree(PROJECT / "exercises", root / "exercises")
    shutil.copy(PROJECT / "course.toml", root)
    for folder in ("reference", "graders"):
        (root / folder).symlink_to(PROJECT / folder, target_is_directory=True)
    return root


def imported(folder: Path, command: str) -> tuple[set[str], str]:
    """Run dojo in a folder; return the top-level modules that it has imported, and what it printed."""
    modules = folder / "modules.txt"
    arguments = [sys.executable, "-c", WATCHED, str(modules), *command.split()]
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return {name.partition(".")[0] for name in modules.read_text().split()}, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("check", "Nothing is done yet."),
        ("check sigmoid", "sigmoid is still to do"),
        ("check 3 --lines", ""),
        ("list", "○ sigmoid"),
        ("list --all", "○ sigmoid"),
        ("hint", "hint 1 of 3"),
        ("hint sigmoid", "hint 1 of 3"),
        ("hint sigmid", "Did you mean sigmoid?"),
        ("reset sigmoid", "is already in its original state"),
        ("submit", "There is nothing to submit yet"),
    ],
)
def test_a_command_that_runs_no_code_loads_nothing_slow(command: str, words: str, root: Path) -> None:
    modules, printed = imported(root, command)
    assert words in printed
    assert modules & SLOW == set()


@pytest.mark.parametrize("command", ["list", "hint sigmoid", "reset sigmoid", "submit"])
def test_a_course_that_was_found_valid_is_not_validated_again(command: str, root: Path) -> None:
    (root / ".torchdojo").mkdir()
    for validates in (True, False):
        modules, _ = imported(root, command)
        assert ("pydantic" in modules) == validates


@pytest.mark.parametrize(
    ("command", "words"),
    [("--help", "Check your exercises"), ("--version", "torchdojo, version"), ("chekc", "Did you mean check?")],
)
def test_what_needs_no_course_loads_not_even_a_screen(command: str, words: str, tmp_path: Path) -> None:
    modules, printed = imported(tmp_path, command)
    assert words in printed
    assert modules & (SLOW | FOR_SCREENS) == set()


@pytest.mark.parametrize("name", [name for commands in COMMANDS.values() for name in commands])
def test_the_help_of_a_command_loads_nothing_slow(name: str, tmp_path: Path) -> None:
    modules, printed = imported(tmp_path, f"{name} --help")
    assert f"Usage: dojo {name}" in printed
    assert modules & SLOW == set()


def test_every_command_is_found_under_the_name_that_help_lists() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
