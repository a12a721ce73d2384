"""What the end-to-end tests share: the real course, the installed command, and work done once per test run.

Each test here does one of the README's jobs as a user would, in a process of its own, and looks at what the user gets.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

from tests.conftest import PROJECT
from torchdojo.course import lay_over
from torchdojo.source.files import ParsedSource

BIN = Path(sys.executable).parent
DOJO = BIN / "dojo"
COURSE_PARTS = ("Makefile", "course.toml", "exercises", "graders", "reference", "runs", "scripts")
MOST_SECONDS = 600  # a command of minutes, on a machine that does other work beside it
FOREIGN = ("PYTEST", "COV", "MAKE", "MFLAGS")  # what `make test` and pytest tell those they start

Make = Callable[[Path], None]
MadeOnce = Callable[[str, Make], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests more time than the others have: the first one to need it makes a release, or grades a class."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@dataclass(frozen=True)
class Done:
    """A command that ended. code: its exit code; out, err: what it wrote to stdout and stderr"""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def run(
    *command: object, cwd: Path = PROJECT, env: Mapping[str, str] | None = None, timeout: float = MOST_SECONDS
) -> Done:
    """Run a command to its end, whatever its exit code, in a plain environment with the variables of env added."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment = {**inherited, "COLUMNS": "120", **(env or {})}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def dojo(*arguments: object, cwd: Path = PROJECT, env: Mapping[str, str] | None = None) -> Done:
    """Run the installed `dojo` in a folder, by default the course's own."""
    return run(DOJO, *arguments, cwd=cwd, env=env)


def make(*arguments: object, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run `make` in a copy of the course, with the environment of the tests, which nothing is installed into."""
    stamps = [f"--old-file={sys.prefix}/installed{extra}" for extra in ("", "-grade", "-nbgrader", "-site")]
    return run("make", *stamps, f"VENV={sys.prefix}", *arguments, cwd=cwd, env=env)


def copy_course(folder: Path) -> Path:
    """Copy the real course, as committed files go, to a new folder; return that folder."""
    folder.mkdir(parents=True)
    for name in COURSE_PARTS:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy2(PROJECT / name, folder / name)
    return folder


def copy_one_chapter(folder: Path, chapter: str) -> Path:
    """Copy the real course to a new folder, with one of its chapters alone in course.toml; return that folder."""
    toml = copy_course(folder) / "course.toml"
    head, *tables = toml.read_text(encoding="utf-8").split("[[chapter]]\n")
    (table,) = (table for table in tables if f'name = "{chapter}"\n' in table)
    toml.write_text(f"{head}[[chapter]]\n{table}", encoding="utf-8")
    return folder


def reference(chapter: str) -> str:
    """Return a chapter's right answers."""
    return (PROJECT / f"reference/{chapter}.py").read_text(encoding="utf-8")


def answer(chapter: str, name: str) -> str:
    """Return one of the course's own answers as a whole submission; name is such as "mistakes/Linear/bias_forgotten"."""
    own = PROJECT / f"graders/{chapter}/{name}.py"
    return lay_over(ParsedSource(reference(chapter).encode()), ParsedSource(own.read_bytes())).decode()


def half_done(chapter: str, *exercises: str) -> str:
    """Return a chapter's stub with these exercises filled in."""
    stub = (PROJECT / f"exercises/{chapter}.py").read_text(encoding="utf-8")
    done = re.compile(rf"^(def|class) ({'|'.join(exercises)})\b", re.MULTILINE)
    cells = zip(reference(chapter).split("\n# %%"), stub.split("\n# %%"), strict=True)
    return "\n# %%".join(right if done.search(right) else empty for right, empty in cells)


def notebook(source: str) -> str:
    """Return a module of percent cells as the text of a notebook."""
    book = nbformat.v4.new_notebook()
    for cell in source.split("\n# %%"):
        head, _, text = cell.partition("\n")
        new = nbformat.v4.new_markdown_cell if "[markdown]" in head else nbformat.v4.new_code_cell
        book.cells.append(new(text))
    return nbformat.writes(book)


def read_grades(out: Path) -> dict[str, dict[str, str]]:
    """Return the rows of OUT/grades.csv by student, without the student's own column."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row.pop("student"): row for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Return made_once(name, make): the folder that make(folder) fills, once for all processes of a test run.

    make gets the path of a folder that is not there yet. What it left is for everybody: read it, or change a copy.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"

    def made(name: str, make: Make) -> Path:
        shared.mkdir(exist_ok=True)
        folder, marker = shared / name, shared / f"{name}.made"
        with FileLock(shared / f"{name}.lock"):
            if not marker.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
                make(folder)
                marker.touch()
        return folder

    return made
