"""The rooms of the engine: the pages name them in the order that import-linter holds."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import PROJECT

CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def rooms() -> list[str]:
    """Return the rooms of the contract, from the ground up."""
    (layers,) = (contract["layers"] for contract in CONTRACTS if contract["id"] == "rooms")
    return [name for layer in reversed(layers) for name in re.findall(r"\w+", layer)]


def test_contributing_lists_the_rooms_in_the_order_of_the_contract() -> None:
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == rooms()


def test_a_circle_within_functions_is_found(tmp_path: Path) -> None:
    """The contract about circles also sees imports that only a call carries out."""
    package = tmp_path / "torchdojo"
    package.mkdir()
    for name, other in (("one", "two"), ("two", "one")):
        (package / f"{name}.py").write_text(f"def call():\n    from torchdojo.{other} import call\n    call()\n")
    (package / "__init__.py").touch()
    (contract,) = (contract for contract in CONTRACTS if contract["id"] == "circles")
    (tmp_path / "contracts.ini").write_text(
        "[importlinter]\nroot_package = torchdojo\n"
        f"[importlinter:contract:circles]\nname = circles\ntype = {contract['type']}\nancestors = torchdojo\n"
    )
    command = [Path(sys.executable).with_name("lint-imports"), "contracts.ini", "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No cycles are allowed in torchdojo." in done.stdout


def test_an_editors_plug_in_can_import_the_learners_room() -> None:
    """It must meet neither the command line nor what that is made with, and start no torch."""
    names = [f"torchdojo.learner.{path.stem}" for path in (PROJECT / "torchdojo/learner").glob("[a-z]*.py")]
    assert len(names) > 6
    program = (
        "import sys; sys.modules.update(click=None, rich=None)\n"
        f"from importlib import import_module\nfor name in {names}: import_module(name)\n"
        "print([name for name in sys.modules if name in ('torch', 'pytest') or name.startswith('torchdojo.cli')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
