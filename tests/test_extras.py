"""Learners install what learners need; what only teachers need is an extra, and a command that misses it says so."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import PROJECT, TESTS

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = DECLARED["optional-dependencies"]
FOR_TEACHERS = ("grade", "dask", "desk", "nbgrader", "site")
REFERENCE = TESTS / "tiny/reference/ch1_tiny.py"
# Run dojo as where some modules, and their packages, are not installed.
WITHOUT = """
import importlib.metadata, sys
gone, packages = set(sys.argv[1].split()), set(sys.argv[2].split())

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def distribution(name, found=importlib.metadata.distribution):
    if name.lower() in packages:
        raise importlib.metadata.PackageNotFoundError(name)
    return found(name)

sys.meta_path.insert(0, Gone())
importlib.metadata.distribution = distribution
sys.argv[:] = ["dojo", *sys.argv[3:]]
from torchdojo.cli.main import main
main()
"""


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found[0].lower()


def packages_of(*extras: str) -> set[str]:
    return {name_of(line) for extra in extras for line in EXTRAS[extra]} - {"torchdojo"}


def modules_of(packages: set[str]) -> set[str]:
    found = packages_distributions()
    return {module for module, owners in found.items() if packages & {owner.lower() for owner in owners}}


def dojo(root: Path, *arguments: str, extras: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    packages = packages_of(*extras)
    modules = modules_of(packages)
    assert modules
    command = [sys.executable, "-c", WITHOUT, " ".join(modules), " ".join(packages), "--course", str(root), *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )


def test_every_learners_command_works_without_any_extra(tiny_root: Path) -> None:
    words = {
        "check": "Nothing is done yet",
        "list": "to do",
        "hint double": "What is twice x?",
        "reset double": "double is already",
        "submit": "nothing to submit yet",
        "watch --help": "Check on every save",
    }
    for command, expected in words.items():
        done = dojo(tiny_root, *command.split(), extras=FOR_TEACHERS)
        assert expected in done.stdout, command + done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    (tiny_root / "exercises/ch1_tiny.py").write_bytes(REFERENCE.read_bytes())
    assert "all 3.5 points" in dojo(tiny_root, "check", extras=FOR_TEACHERS).stdout
    assert dojo(tiny_root, "submit", extras=FOR_TEACHERS).returncode == 0


def test_doctor_says_what_grading_others_needs_and_that_learning_is_ready(tiny_root: Path) -> None:
    done = dojo(tiny_root, "doctor", extras=FOR_TEACHERS)
    assert "– jinja2, markdown-it-py, markupsafe, psutil, pyyaml, rapidfuzz not installed" in done.stdout
    assert f'{sys.executable} -m pip install "torchdojo[grade]"' in done.stdout
    assert done.stdout.rstrip().endswith("to check your code.")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("grade in --out out", "grade"),
        ("report out", "grade"),
        ("desk out", "desk"),
        ("verify", "grade"),
        ("nbgrader autograde ch1_tiny", "nbgrader"),
    ],
)
def test_a_command_that_misses_its_extra_names_it_in_one_line(command: str, extra: str, tiny_root: Path) -> None:
    done = dojo(tiny_root, *command.split(), extras=(extra,))
    assert done.returncode == 2
    assert done.stdout == ""
    command_line = re.escape(f'{sys.executable} -m pip install "torchdojo[{extra}]"')
    name = command.partition(" ")[0]
    assert re.fullmatch(rf"dojo {name}[\w ]*: [\w.]+ is missing: {command_line}\n", done.stderr), done.stderr


def test_help_lists_all_commands_without_any_extra(tiny_root: Path) -> None:
    done = dojo(tiny_root, "--help", extras=FOR_TEACHERS)
    assert done.returncode == 0
    assert re.search(r"^  grade +Not installed: \S+ -m pip install", done.stdout, re.MULTILINE)
    assert re.search(r"^  check +Check your exercises", done.stdout, re.MULTILINE)


def test_another_module_that_is_missing_is_no_extras_matter(tiny_root: Path) -> None:
    (tiny_root / "runs").mkdir()
    (tiny_root / "runs/ch1_tiny.py").write_text("def run(chapter, options):\n    import nonesuch\n")
    done = dojo(tiny_root, "run", "ch1", "--reference", extras=("grade",))
    assert "ModuleNotFoundError: No module named 'nonesuch'" in done.stderr
    assert "pip install" not in done.stderr


def test_an_extra_that_grades_holds_what_grading_needs() -> None:
    assert "torchdojo[grade]" in EXTRAS["nbgrader"]
    assert "torchdojo[grade]" in EXTRAS["dask"]
    assert "torchdojo[grade]" in EXTRAS["desk"]
    assert EXTRAS["dev"][0] == "torchdojo[dask,desk,grade,nbgrader,site]"


def test_every_package_that_is_asked_for_is_pinned() -> None:
    pinned = {name_of(line) for line in (PROJECT / "constraints.txt").read_text().splitlines()[1:]}
    every = {name_of(line) for line in DECLARED["dependencies"]} | packages_of(*EXTRAS)
    assert {name.replace("_", "-") for name in every} - {name.replace("_", "-") for name in pinned} == set()
