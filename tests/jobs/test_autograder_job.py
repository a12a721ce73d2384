"""The Gradescope autograder of the real course, laid out as in Gradescope's container."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.conftest import answer, dojo, run
from tests.test_export import require_published_format

THREE = "ch3_modules"


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    """/autograder after Gradescope has unpacked the zip and run setup.sh, in a folder of the test's own.

    What setup.sh would download is the tests' environment. The engine is installed from the zip, as setup.sh does it.
    """
    done = dojo("export", "autograder", "--chapter", THREE, "--out", tmp_path / "autograder.zip")
    assert done.code == 0, done.text
    root = tmp_path / "autograder"
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        for info in archive.infolist():
            Path(archive.extract(info, root / "source")).chmod(info.external_attr >> 16)
    assert run("bash", "-n", root / "source/setup.sh").code == 0
    (root / "venv").symlink_to(sys.prefix)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    done = run(*pip, "--target", root / "engine", root / "source")
    assert done.code == 0, done.text
    return root


def grade(autograder: Path, name: str, text: str) -> dict[str, Any]:
    """Grade one file as Gradescope does; return its results.json."""
    shutil.rmtree(autograder / "submission", ignore_errors=True)
    (autograder / "submission").mkdir()
    (autograder / "submission" / name).write_text(text, encoding="utf-8")
    environment = {"AUTOGRADER": str(autograder), "PYTHONPATH": str(autograder / "engine")}
    done = run(autograder / "source/run_autograder", cwd=autograder, env=environment)
    assert done.code == 0, done.text
    values = json.loads((autograder / "results/results.json").read_text(encoding="utf-8"))
    require_published_format(values)
    return values


def test_the_autograder_gives_the_score_and_says_why(autograder: Path) -> None:
    text = answer(THREE, "mistakes/DropLayer/not_scaled_in_evaluation")
    values = grade(autograder, "Ch3_Modules (1).py", text)
    assert values["score"] == sum(test["score"] for test in values["tests"]) == 18.25
    assert sum(test["max_score"] for test in values["tests"]) == 20
    failed = [test for test in values["tests"] if test["status"] == "failed"]
    assert {test["name"].partition(":")[0] for test in failed} == {"DropLayer"}
    assert sum("Whole layer in evaluation" in test["output"] for test in failed) == 3

    assert grade(autograder, "homework.py", text)["score"] == 18.25  # by what it defines
    values = grade(autograder, "homework.py", "print('Hello')\n")
    assert values["score"] == 0
    assert "homework.py: matches no chapter" in values["output"]
