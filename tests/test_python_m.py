"""`python -m torchdojo` is the same command as `dojo`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("dojo")


def called(*start: str, arguments: tuple[str, ...], at: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    return subprocess.run([*start, *arguments], cwd=at, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("list",), 0),
        (("stubs", "--check"), 0),
        (("hint", "nonesuch"), 2),
        (("--course", "nowhere", "list"), 2),
        (("nonesuch",), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_it_prints_and_ends_as_dojo_does(arguments: tuple[str, ...], code: int, tiny_root: Path) -> None:
    one = called(str(SCRIPT), arguments=arguments, at=tiny_root)
    other = called(sys.executable, "-m", "torchdojo", arguments=arguments, at=tiny_root)
    assert (other.returncode, other.stderr) == (one.returncode, one.stderr)
    assert other.returncode == code
    assert other.stdout == one.stdout


def test_its_messages_spell_commands_as_it_was_called(tiny_root: Path) -> None:
    """A learner can copy them: from a shell that has no `dojo`, and with the interpreter that was named."""
    one = called(sys.executable, "-m", "torchdojo", arguments=("hint", "double"), at=tiny_root)
    assert f"`{sys.executable} -m torchdojo hint double`" in one.stdout
    (tiny_root / ".venv").symlink_to(sys.prefix)
    other = called(".venv/bin/python", "-m", "torchdojo", arguments=("hint", "double"), at=tiny_root)
    assert "`.venv/bin/python -m torchdojo hint double`" in other.stdout
