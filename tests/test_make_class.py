"""The made-up class of `make demo`: the same seed gives the same bytes, and every form of it is understood."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from torchdojo.batch import collect
from torchdojo.course import load_course


def make(folder: Path, form: str) -> None:
    script = PROJECT / "scripts/make_class.py"
    more = ["--submissions", "20", "--chapters", "ch7_gradient_noise", "--form", form]
    subprocess.run([sys.executable, script, folder, *more], check=True, capture_output=True, timeout=120)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["folders", "moodle", "canvas", "gradescope"])
def test_every_form_is_understood(tmp_path: Path, form: str) -> None:
    make(tmp_path / "a", form)
    make(tmp_path / "b", form)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    place = tmp_path / "a" if form == "folders" else tmp_path / "a/download.zip"
    found = collect(place, load_course(PROJECT))
    assert len(found.students) == len(found.handed) == 20
    assert found.unmatched == []
    assert len({bytes(one.source) for one in found.handed if isinstance(one.source, bytes)}) > 5
