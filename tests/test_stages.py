"""A long run of `dojo grade` says what each stage took; a short one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import TESTS
from torchdojo.cli import stages
from torchdojo.cli.main import cli
from torchdojo.cli.stages import Stages

LINE = re.compile(r"^   reading \d+ s · starting \d+ s · grading \d+ s · writing \d+ s$", re.MULTILINE)


@pytest.mark.parametrize(("long_seconds", "is_told"), [(0.0, True), (1e6, False)])
def test_a_long_run_tells_its_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_seconds: float, is_told: bool
) -> None:
    monkeypatch.setattr(stages, "LONG_SECONDS", long_seconds)
    (tmp_path / "in/ada").mkdir(parents=True)
    (tmp_path / "in/ada/ch1_tiny.py").write_text((TESTS / "tiny/exercises/ch1_tiny.py").read_text())
    command = ["--course", str(TESTS / "tiny"), "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, [*command, "--sandbox", "none", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert (LINE.search(done.output) is not None) == is_told, done.output


def test_a_stage_that_comes_twice_is_added_up_also_when_it_fails() -> None:
    found = Stages()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), found.timed("grading"):
            raise KeyboardInterrupt
    assert list(found.seconds) == ["grading"]
    assert found.seconds["grading"] > 0
    found.seconds = {"reading": 1.6, "grading": 58.5}
    assert found.line() == "reading 2 s · grading 58 s"
