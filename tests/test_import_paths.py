"""The sandbox shows what this interpreter imports, wherever that is, and nothing else of the folders that hold it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import PROJECT, TESTS
from torchdojo.cli.main import cli
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.errors import WorkerError
from torchdojo.sandbox.selftest.runner import PROBES
from torchdojo.sandbox.worker import Worker

CANARY = "canary.py"  # the name of each file that no submission may find
DRIVER = """
import json, sys
from pathlib import Path
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP
from torchdojo.sandbox.worker import Worker
from torchdojo.sandbox.import_paths import find_import_paths
from torchdojo.worker.protocol import Call, Limits, Request
probes, target, source = sys.argv[1:]
if not source:
    print(json.dumps([str(problem) for problem in find_import_paths([Path(probes)]).problems]))
    sys.exit()
request = Request("attempt", source.encode(), "attempt.py", (Call("attempt", {"target": target}, 0),))
with Worker(BUBBLEWRAP, [Path(probes)]) as worker:
    reply = worker.run(request, Path(probes), Limits(seconds=60))
print(json.dumps(reply.outputs[0]["said"] if reply.outputs else reply.message))
"""
LOOKS = """
import importlib, json, os
def attempt(target):
    said = {}
    for name in json.loads(target):
        try:
            said[name] = getattr(importlib.import_module(name), "TOLD", "imported")
        except ImportError as error:
            said[name] = str(error)
    said["found"] = [folder for folder, _, files in os.walk("/") if "canary.py" in files]
    return json.dumps(said)
"""


@dataclass
class Machine:
    """An environment of its own that has torch and the engine from this one. python: its interpreter"""

    folder: Path
    python: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        (site,) = self.python.parent.parent.glob("lib/python*/site-packages")
        return site

    def see(self, probes: Path, *names: str, cwd: Path | None = None) -> dict[str, object]:
        """Ask a submission beside these probes to import modules; return what each told, and where canaries are found."""
        done = self._run(cwd, str(probes), json.dumps(names), LOOKS)
        assert done.returncode == 0, done.stderr
        said: dict[str, object] = json.loads(json.loads(done.stdout))
        return said

    def problems(self, probes: Path, cwd: Path | None = None) -> list[str]:
        done = self._run(cwd, str(probes), "", "")
        assert done.returncode == 0, done.stderr
        said: list[str] = json.loads(done.stdout)
        return said

    def refusal(self, probes: Path = PROBES) -> str:
        """Return the last line of why no worker starts."""
        done = self._run(None, str(probes), "[]", LOOKS)
        assert done.returncode
        return done.stderr.strip().splitlines()[-1]

    def _run(self, cwd: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = self.folder / "driver" / "driver.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(DRIVER)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [str(self.python), str(script), *arguments]
        environment = {**kept, **self.variables}
        return subprocess.run(
            command,
            env=environment,
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


def make_environment(folder: Path, *options: str) -> Path:
    """Make a virtual environment that imports the engine and its packages by .pth files; return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "theirs.pth").write_text(f"{sysconfig.get_path('purelib')}\n{PROJECT}\n")
    return folder / "bin/python"


@pytest.fixture
def machine(tmp_path: Path, bubblewrap: SandboxBackend) -> Machine:
    return Machine(tmp_path, make_environment(tmp_path / "environment"))


def package(folder: Path, name: str, told: str, text: str = "") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"{text}\nTOLD = {told!r}\n")
    return folder / name


def course(root: Path, imports: str = "") -> Path:
    """Make a course with canaries in all that a submission must not see; return its probes file."""
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    for name in ("graders/ch1_tiny", "graders", "reference", "exercises", "submissions/ada", "."):
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / CANARY).write_text("TOLD = 'an answer'\n")
    probes = root / "graders/ch1_tiny/probes.py"
    probes.write_text(imports + PROBES.read_text().replace("from __future__ import annotations", ""))
    return probes


FINDER = """
import sys
from importlib.util import spec_from_file_location
class Finder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname == {name!r}:
            return spec_from_file_location(fullname, {file!r})
def install():
    sys.meta_path.append(Finder)
"""


def test_what_the_course_imports_is_there_wherever_it_is(machine: Machine, tmp_path: Path) -> None:
    """By PYTHONPATH, .pth files, an editable install's finder, and links; with what that imports, and no neighbours."""
    names = ["by_variable", "by_pth", "by_source", "by_finder", "by_link", "one_module", "spaces.part"]
    probes = course(tmp_path / "course ü", "".join(f"import {name}\n" for name in names))
    by_variable, by_pth = tmp_path / "on the päth", tmp_path / "added"
    package(by_variable, "by_variable", "a", "import needed_by_it")
    package(by_pth, "needed_by_it", "h")
    package(by_pth, "by_pth", "b")
    package(by_pth / "spaces", "part", "g")
    (by_pth / "one_module.py").write_text("TOLD = 'f'\n")
    package(tmp_path / "repository/src", "by_source", "c")
    package(tmp_path / "odd", "lib", "d")
    package(tmp_path / "elsewhere", "by_link", "e")
    (machine.site / "by_link").symlink_to(tmp_path / "elsewhere/by_link")
    (machine.site / "more.pth").write_text(f"{by_pth}\n{tmp_path / 'repository/src'}\n{tmp_path / 'not there'}\n")
    finder = FINDER.format(name="by_finder", file=str(tmp_path / "odd/lib/__init__.py"))
    (machine.site / "__editable___by_finder.py").write_text(finder)
    (machine.site / "by_finder.pth").write_text("import __editable___by_finder as finder; finder.install()\n")
    for folder in (by_variable, by_pth, tmp_path / "repository", tmp_path / "odd", tmp_path / "elsewhere"):
        (folder / CANARY).write_text("TOLD = 'a secret'\n")
    machine.variables["PYTHONPATH"] = str(by_variable)
    said = machine.see(probes, *names, "needed_by_it", "canary", "torch")
    assert [said[name] for name in (*names, "needed_by_it")] == ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert (said["torch"], said["canary"], said["found"]) == ("imported", "No module named 'canary'", [])


def test_installed_packages_are_there_wherever_they_are(machine: Machine, tmp_path: Path) -> None:
    """By a user's site-packages, by `pip install --target`, and by a link; what comes first outside, comes first inside."""
    base = tmp_path / "a user/.local"
    user = base / "lib/python{}.{}/site-packages".format(*sys.version_info)
    machine = Machine(tmp_path, make_environment(tmp_path / "with system", "--system-site-packages"))
    target = tmp_path / "target"
    package(user, "of_the_user", "user")
    package(target, "with_record", "target")
    package(target, "by_itself", "not installed")
    (target / "with_record-1.dist-info").mkdir()
    (target / "with_record-1.dist-info/METADATA").write_text("Name: with-record\n")
    (target / "with_record-1.dist-info/RECORD").write_text("with_record/__init__.py,,\n../../bin/run,,\n")
    package(tmp_path / "first/site-packages", "twice", "first")
    package(tmp_path / "second/site-packages", "twice", "second")
    machine.variables["PYTHONUSERBASE"] = str(base)
    places = (tmp_path / "first/site-packages", tmp_path / "second/site-packages", target)
    machine.variables["PYTHONPATH"] = os.pathsep.join(map(str, places))
    said = machine.see(PROBES, "of_the_user", "with_record", "twice", "by_itself")
    expected = {"of_the_user": "user", "with_record": "target", "twice": "first"}
    assert said == {**expected, "by_itself": "No module named 'by_itself'", "found": []}


def test_links_and_copies(tmp_path: Path, bubblewrap: SandboxBackend) -> None:
    """A link to an environment with a copy of the interpreter, whose packages are somewhere else."""
    machine = Machine(tmp_path, make_environment(tmp_path / "environment", "--copies"))
    package(machine.site, "mine", "here")
    site = machine.site
    site.rename(tmp_path / "packages of mine")
    site.symlink_to(tmp_path / "packages of mine")
    (tmp_path / "current").symlink_to(tmp_path / "environment")
    machine = Machine(tmp_path, tmp_path / "current/bin/python")
    assert machine.see(PROBES, "mine", "torch") == {"mine": "here", "torch": "imported", "found": []}


def test_no_answer_is_seen_whatever_is_on_the_path(machine: Machine, tmp_path: Path) -> None:
    """One repository with the course, its answers and its package, all searched for modules, as is the home folder."""
    root = tmp_path / "home/repository"
    probes = course(root, "import kit, of_the_home\n")
    package(root, "kit", "of the course")
    package(tmp_path / "home", "of_the_home", "of the user")
    package(tmp_path / "home/.ssh", "keys", "a secret")
    for folder in (tmp_path, tmp_path / "home", tmp_path / "home/.ssh"):
        (folder / CANARY).write_text("")
    (machine.site / "repository.pth").write_text(f"{root}\n")
    folders = [
        ".",
        "graders",
        "graders/ch1_tiny",
        "reference",
        "submissions/ada",
        "submissions",
        "..",
        "../.ssh",
        "../..",
    ]
    machine.variables["PYTHONPATH"] = os.pathsep.join(str((root / folder).resolve()) for folder in folders)
    machine.variables["HOME"] = str(tmp_path / "home")
    said = machine.see(probes, "kit", "of_the_home", "canary", "keys", cwd=root)
    absent = {name: f"No module named {name!r}" for name in ("canary", "keys")}
    assert said == {"kit": "of the course", "of_the_home": "of the user", **absent, "found": []}


@pytest.mark.parametrize("name", ["reference.canary", "canary", "exercises.canary", "whole"])
def test_a_course_cannot_show_its_own_answers_by_mistake(machine: Machine, tmp_path: Path, name: str) -> None:
    root = tmp_path / "whole"
    probes = course(root, f"import {name}\n")
    (root / "__init__.py").write_text("")
    (root / CANARY).unlink()
    machine.variables["PYTHONPATH"] = os.pathsep.join(map(str, (root / "graders", root, tmp_path)))
    (problem,) = machine.problems(probes)
    assert f"{probes}, line 1: {name} is imported from {root}" in problem
    assert "submissions must not see" in problem


def test_a_course_in_its_environment_is_not_seen(tmp_path: Path, bubblewrap: SandboxBackend) -> None:
    """`python -m venv .` in the course's folder, or a course that was installed among packages."""
    root = tmp_path / "course"
    machine = Machine(tmp_path, make_environment(root))
    probes = course(root)
    package(machine.site, "mine", "here")
    assert machine.see(probes, "mine", cwd=root) == {"mine": "here", "found": []}
    machine = Machine(tmp_path, make_environment(tmp_path / "environment"))
    probes = course(machine.site / "examples/course")
    assert machine.see(probes, "torch", cwd=tmp_path) == {"torch": "imported", "found": []}


NESTED = """
def use():
    import one
    class Use:
        import two
if not use:
    import three
elif use is None:
    import four
else:
    try:
        with open("/dev/null"):
            import five
    except OSError:
        import six
    else:
        for _ in ():
            import seven
        else:
            while not use:
                import eight
    finally:
        match use:
            case None:
                import nine
            case _:
                import ten
"""


def test_an_import_is_found_wherever_it_is_in_a_file(machine: Machine, tmp_path: Path) -> None:
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    for name in names:
        package(tmp_path / "theirs", name, f"{name} is here")
    machine.variables["PYTHONPATH"] = str(tmp_path / "theirs")
    probes = course(tmp_path / "course", NESTED)
    assert machine.see(probes, *names) == {**{name: f"{name} is here" for name in names}, "found": []}


def test_an_import_of_what_is_not_there_says_so(machine: Machine, tmp_path: Path) -> None:
    """Only one that the probes cannot be loaded without: not one that they try."""
    text = "\nimport os, not_there.part\ntry:\n    import nor_this\nexcept ImportError:\n    pass\n"
    (problem,) = machine.problems(course(tmp_path / "course", text))
    assert "probes.py, line 2: there is no module named 'not_there'; install it for" in problem


def test_doctor_and_the_worker_name_the_import_that_fails(
    tmp_path: Path, bubblewrap: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = course(tmp_path / "course", "import not_there\n")
    monkeypatch.setattr("torchdojo.sandbox.selftest.runner.run_selftest", lambda backend: [])
    done = CliRunner().invoke(cli, ["--course", str(tmp_path / "course"), "doctor"])
    assert done.exit_code == 1
    expected = f"{probes}, line 1: there is no module named 'not_there'; install it for {sys.executable}"
    assert f"✗ sandbox: {expected}" in done.output
    with Worker(bubblewrap, [probes]) as worker, pytest.raises(WorkerError, match=re.escape(expected)):
        worker.prepare(probes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's submissions are another user")
def test_what_cannot_be_read_is_named_with_a_remedy(machine: Machine, tmp_path: Path) -> None:
    """A package that `nobody` may not read, and a folder of another user's that root's sandbox may not enter."""
    closed = package(machine.site, "tqdm", "")
    closed.chmod(0o700)
    begins = "torchdojo.sandbox.errors.WorkerError: a worker could not be started: "
    nobody = f"{begins}submissions run as nobody, who may not read {closed}; run: chmod -R o+rX {closed}"
    assert machine.refusal() == nobody
    closed.chmod(0o755)
    theirs = tmp_path / "of another"
    package(theirs / "site-packages", "tqdm", "")
    theirs.chmod(0o700)
    os.chown(theirs, 1234, 1234)
    machine.variables["PYTHONPATH"] = str(theirs / "site-packages")
    other = f"{begins}root's sandbox may not enter {theirs}, which another user owns; run: chmod o+x '{theirs}'"
    assert machine.refusal() == other
