"""What is still to do is known from its text, and shown as if it had been checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import torchdojo.cli.check
from torchdojo.cli.main import cli

NOTHING = ""
TWICE = '\n\ndef double(x: Tensor) -> Tensor:\n    """Return twice x; ValueError if x is empty."""\n    ...\n'
UNPARSED = "\n\nx = (\n"
MISSING = "\n\nimport a_package_that_grading_lacks\n"


def check(root: Path, *arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["--course", str(root), "check", "--sandbox", "none", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("addition", [NOTHING, TWICE, UNPARSED, MISSING])
def test_the_screen_is_the_same(addition: str, tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text() + addition)
    calls: tuple[tuple[str, ...], ...] = ((), ("ch1",), ("double",), ("double", "Scale"), ("--lines",))
    quick = [check(tiny_root, *call) for call in calls]
    assert {code for code, _, _ in quick} == {1}
    monkeypatch.setattr(torchdojo.cli.check, "check_untouched", lambda *_: None)
    assert [check(tiny_root, *call) for call in calls] == quick


def test_tools_and_all_list_the_single_checks_of_what_is_still_to_do(tiny_root: Path) -> None:
    assert '"status": "todo"' in check(tiny_root, "--json")[1]
    assert "It returns twice x" in check(tiny_root, "--all")[1]


def test_one_exercise_that_was_begun_is_checked_beside_those_that_are_not(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(path.read_text().replace("    ...\n", "    return x + x\n", 1))
    code, screen, _ = check(tiny_root)
    assert code == 1
    assert "✗ double" in screen
