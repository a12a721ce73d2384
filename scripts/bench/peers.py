"""The environments of the other tools, and what their cells and tests call to run the course's checks."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.bench.direct import Direct
from scripts.bench.measure import ROOT, PartMissing, Setting
from torchdojo.grading.chapter_run import ChapterRun

ANSWERS = "BENCH_ANSWERS"


def make_environment(setting: Setting, name: str, *requirements: str) -> Path:
    """Install a tool into an environment of its own, unless it is there; return the environment's bin folder.

    The environment also finds the torch and torchdojo of this one. PartMissing if the tool cannot be installed.
    """
    folder = setting.build / "environments" / name
    done = folder / "installed"
    programs = folder / "bin"
    if not done.is_file() or done.read_text() != " ".join(requirements):
        venv.create(folder, with_pip=True, clear=True)
        constraints = ["--constraint", str(ROOT / "constraints.txt")] if name == "nbgrader" else []
        command = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        tried = subprocess.run([*command, *constraints, *requirements], capture_output=True, text=True)
        if tried.returncode:
            raise PartMissing(f"{requirements[0]} could not be installed: {last_line(tried.stderr)}")
        # Last on the path, so that the tool's own packages come first.
        places = [f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})", str(ROOT)]
        where = next((folder / "lib").glob("python*/site-packages"))
        (where / "torchdojo-bench.pth").write_text("\n".join(places) + "\n")
        done.write_text(" ".join(requirements))
    return programs


def setup_cell(chapter: str) -> str:
    """Return the text of a notebook's first cell, which imports what the checks need.

    It also prepares torchvision, as the engine's worker does: without that, submissions that use it would not run.
    """
    text = "from scripts.bench.peers import check\n"
    if b"torchvision" in (ROOT / "graders" / chapter / "probes.py").read_bytes():
        text += "from torchdojo.data.vision import prepare_torchvision\nprepare_torchvision()\n"
    return text


def make_notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a notebook with these cells, for the Python kernel."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def code_cell(name: str, source: str, **metadata: Any) -> dict[str, Any]:
    """Return a cell that was not run, with this id."""
    cell = {"cell_type": "code", "id": name, "metadata": metadata}
    return {**cell, "source": source, "outputs": [], "execution_count": None}


def last_line(words: str) -> str:
    """Return the last line of a program's output, shortened."""
    return (words.strip().splitlines() or ["no message"])[-1][:300]


def environment_variables(programs: Path, answers: Path) -> dict[str, str]:
    """Return the environment variables for a tool's process."""
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, ANSWERS: str(answers), "VIRTUAL_ENV": str(programs.parent)}


def list_checks(chapter: str, answers: Path) -> list[tuple[str, float]]:
    """Return the names of a chapter's checks, such as "Linear/values", with their points, in the order they run."""
    direct = Direct(ROOT, chapter, answers)
    run = direct.new_run(None)
    return [(name, run.results[item.nodeid].points) for name, item in direct.checks(run).items()]


_submissions: dict[str, tuple[Direct, ChapterRun, dict[str, pytest.Function]]] = {}  # that of the notebook, by chapter


def check(chapter: str, name: str, namespace: dict[str, Any]) -> None:
    """Run one check on what a notebook defined; raise what it raises. Called in a tool's kernel, in order."""
    if chapter not in _submissions:
        main = sys.modules["__main__"]
        direct = Direct(ROOT, chapter, Path(os.environ[ANSWERS]))
        run = direct.new_run(main if vars(main) is namespace else SimpleNamespace(**namespace))
        _submissions[chapter] = direct, run, direct.checks(run)
    direct, run, checks = _submissions[chapter]
    direct.call(run, checks[name])
