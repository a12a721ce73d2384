"""A kept verdict is believed only while nothing that decides it has changed: neither code, nor data, nor versions."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import torch

import torchdojo.batch.version
import torchdojo.learner.progress
import torchdojo.nbgrader.grade
import torchdojo.verify.outcome
from tests.conftest import PROJECT, TESTS
from torchdojo.course import CourseError, load_course
from torchdojo.grading.recorded import read_recording, write_recording
from torchdojo.grading.version import ABOVE, PACKAGES, RECORDING, engine_files, graders_hash
from torchdojo.sandbox.backend import NONE

PACKAGE = PROJECT / "torchdojo"
JUDGES = ("torchdojo.grading.grader", "torchdojo.grading.plugin", "torchdojo.worker.main")
KEEPERS = {
    "the grader and the worker": ((), ()),
    "dojo grade": (
        torchdojo.batch.version.ROOMS,
        ("torchdojo.batch.batch_run", "torchdojo.batch.pool", "torchdojo.batch.cluster"),
    ),
    "dojo nbgrader autograde": (
        (*torchdojo.batch.version.ROOMS, *torchdojo.nbgrader.grade.ROOMS),
        (
            "torchdojo.batch.batch_run",
            "torchdojo.batch.pool",
            "torchdojo.nbgrader.grade",
            "torchdojo.nbgrader.autograde",
        ),
    ),
    "dojo verify": (torchdojo.verify.outcome.ROOMS, ("torchdojo.verify.outcome", "torchdojo.batch.pool")),
    "progress.json": (torchdojo.learner.progress.ROOMS, ("torchdojo.learner.progress", "torchdojo.learner.checker")),
}
HASH = "from torchdojo.grading.version import engine_hash; print(engine_hash({}))"


# --- what the engine's own text says it reaches ---------------------------------------------------------------------


class Reached:
    """What code reaches: the engine's files, and packages by the name they are imported by.

    Read from the text alone, so imports inside functions count. So do names in strings: of the engine's modules, of files
    in the same folder, and, where import_module is used, of modules in the same folder.
    """

    def __init__(self, package: Path) -> None:
        self.package = package
        self.modules = {_dotted(path.relative_to(package)): path for path in package.rglob("*.py")}
        self.files: set[str] = set()
        self.packages: set[str] = set()

    def follow(self, modules: Iterable[str], texts: Iterable[Path] = ()) -> Reached:
        """Add what these modules of the engine reach, and what other texts reach."""
        waiting = [*modules, *(name for path in texts for name in self._names(path))]
        while waiting:
            name = waiting.pop()
            path = self.modules.get(name)
            if path is None and name.partition(".")[0] == "torchdojo":
                continue  # a class or function of a module
            if path is None:
                self.packages.add(name.partition(".")[0])
            elif self._add(path):
                waiting += self._names(path)
        return self

    def _add(self, path: Path) -> bool:
        name = path.relative_to(self.package).as_posix()
        new = name not in self.files
        self.files.add(name)
        return new

    def _names(self, path: Path) -> Iterator[str]:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(self._base(path, node))
                found = [base, *(f"{base}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                found = list(self._in_string(path, node.value, "import_module" in text))
            else:
                continue
            for name in found:  # a package is imported before what is in it
                parts = name.split(".")
                yield from (".".join(parts[: end + 1]) for end in range(len(parts)))

    def _base(self, path: Path, node: ast.ImportFrom) -> list[str]:
        if not node.level:
            return [node.module or ""]
        here = ["torchdojo", *path.relative_to(self.package).parts[: -node.level]]
        return [*here, *([node.module] if node.module else [])]

    def _in_string(self, path: Path, text: str, imports_by_name: bool) -> Iterator[str]:
        yield from re.findall(r"\btorchdojo(?:\.\w+)+", text)
        if self.package not in path.parents or not re.fullmatch(r"[\w.-]+", text):
            return
        if imports_by_name and (path.parent / f"{text}.py").is_file():
            yield _dotted(path.parent.relative_to(self.package) / f"{text}.py")
        elif (path.parent / text).is_file():
            self._add(path.parent / text)


def _dotted(path: Path) -> str:
    parts = ["torchdojo", *path.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def course_texts() -> list[Path]:
    """What of a course is run to reach a verdict."""
    folders = (PROJECT / "graders").glob("ch*")
    graders = [path for folder in folders for path in folder.glob("*.py")]
    return [*graders, *(PROJECT / "reference").glob("*.py"), *(PROJECT / "exercises").glob("*.py")]


def outside(package: Path, rooms: tuple[str, ...], starts: tuple[str, ...]) -> set[str]:
    """Return the files that verdicts pass through, and that are not in the hash."""
    return Reached(package).follow([*JUDGES, *starts], course_texts()).files - set(engine_files(*rooms))


@pytest.mark.parametrize("keeper", KEEPERS)
def test_everything_a_verdict_passes_through_is_in_the_hash(keeper: str) -> None:
    assert outside(PACKAGE, *KEEPERS[keeper]) == set()


def test_what_is_reached_is_what_a_verdict_needs() -> None:
    """The walk must not be blind: these are reached in the ways that are easy to miss."""
    found = Reached(PACKAGE).follow(JUDGES, course_texts())
    assert found.files > {
        "source/placeholders.py",
        "data/fashion_mnist.npy.xz",  # a data file, named beside a module that a function imports
        "grading/statistics.py",  # imported by checks alone
        "worker/inline.py",  # imported inside a function
    }
    assert not {name for name in found.files if name.startswith("cli/")}


def test_the_versions_of_every_package_a_verdict_passes_through_are_in_the_hash() -> None:
    names = Reached(PACKAGE).follow(JUDGES, course_texts()).packages - sys.stdlib_module_names
    distributions = packages_distributions()
    assert {distribution.lower() for name in names for distribution in distributions[name]} == set(PACKAGES)


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A copy of the engine that a test may change."""
    copy = tmp_path / "engine/torchdojo"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize(
    ("file", "text", "reached"),
    [
        ("grading/compare.py", "\n\ndef late():\n    from torchdojo.report import sanitize\n", "report/sanitize.py"),
        ("worker/request_runner.py", "\nimport torchdojo.cli.keyboard\n", "cli/keyboard.py"),
        ("course/load.py", "\nfrom ..verify.problems import failed_checks\n", "verify/problems.py"),
        ("wire/frames.py", "\nfrom .. import batch\n", "batch/__init__.py"),
        ("sandbox/backend.py", '\nMAIN = "from torchdojo.nbgrader.cell import check; check()"\n', "nbgrader/cell.py"),
    ],
)
def test_an_import_that_leads_out_of_the_hash_is_seen(engine: Path, file: str, text: str, reached: str) -> None:
    assert reached not in outside(engine, (), ())
    add(engine / file, text)
    assert reached in outside(engine, (), ())


# --- what the hash moves with ---------------------------------------------------------------------------------------


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def run(engine: Path, *arguments: str) -> str:
    """Run Python with this copy of the engine, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(engine.parent)}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, env=environment, cwd=engine.parent, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def engine_hash(engine: Path, room: str = "") -> str:
    return run(engine, "-c", HASH.format(repr(room) if room else ""))


def flip_a_pixel(engine: Path) -> None:
    path = engine / "data/fashion_mnist.npy.xz"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def move_a_file(engine: Path) -> None:
    (engine / "wire/frames.py").rename(engine / "probe/frames.py")


def add_a_room(engine: Path) -> None:
    (engine / "cellar").mkdir()
    (engine / "cellar/__init__.py").write_text("")


def install_another_numpy(engine: Path) -> None:
    folder = engine.parent / "numpy-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n\nVersion: 3\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda engine: add(engine / "source/placeholders.py", "\n# changed\n"),
        lambda engine: add(engine / "__init__.py", "\n# changed\n"),
        flip_a_pixel,
        move_a_file,
        add_a_room,
        install_another_numpy,
    ],
    ids=["code", "the package itself", "data", "a file's place", "a new room", "a package's version"],
)
def test_the_hash_moves_with(engine: Path, change: Callable[[Path], None]) -> None:
    before = engine_hash(engine)
    assert engine_hash(engine) == before
    change(engine)
    assert engine_hash(engine) != before


def test_the_hash_stays_where_nothing_that_decides_has_changed(engine: Path) -> None:
    before, with_learner = engine_hash(engine), engine_hash(engine, "learner")
    (engine / "wire/__pycache__").mkdir()
    (engine / "wire/__pycache__/codec.cpython-311.pyc").write_bytes(b"compiled")
    (engine / "wire/.codec.py.swp").write_bytes(b"an editor's")
    assert (engine_hash(engine), engine_hash(engine, "learner")) == (before, with_learner)
    for room in ABOVE:
        add(engine / room / "__init__.py", "\n# changed\n")
    assert engine_hash(engine) == before
    assert engine_hash(engine, "learner") != with_learner


def test_no_torch_is_imported_to_know_the_progress() -> None:
    text = "import sys, torchdojo.learner.progress; from torchdojo.grading.version import engine_hash; engine_hash('learner')"
    assert run(PACKAGE, "-c", f"{text}; print({{'torch', 'torchvision', 'numpy'}} & set(sys.modules))") == "set()\n"


@pytest.mark.parametrize(
    ("file", "overlays"),
    [
        ("graders/ch1_tiny/probes.py", False),
        ("graders/ch1_tiny/test_scale.py", False),
        ("graders/ch1_tiny/calibration.json", False),
        ("graders/ch1_tiny/numbers/inputs.npy", False),
        ("reference/ch1_tiny.py", False),
        ("graders/ch1_tiny/mistakes/double/squared.py", True),
    ],
)
def test_the_graders_hash_moves_with_the_courses_files(tiny_root: Path, file: str, overlays: bool) -> None:
    """Known mistakes only name a failure: a report must not keep another name, a learner's progress may."""

    def hashes() -> list[str]:
        course = load_course(tiny_root)
        return [graders_hash(course, course.chapters[0], overlays=flag) for flag in (True, False)]

    before = hashes()
    path = tiny_root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((path.read_bytes() if path.is_file() else b"") + b"\n# changed\n")
    assert [new != old for new, old in zip(hashes(), before, strict=True)] == [True, not overlays]


def test_the_graders_hash_moves_with_the_course(tiny_root: Path) -> None:
    def hash_now() -> str:
        course = load_course(tiny_root)
        return graders_hash(course, course.chapters[0])

    path = tiny_root / "course.toml"
    text, before = path.read_text(), hash_now()
    path.write_text(f"gpu = true\n{text}")
    assert hash_now() != before
    path.write_text(text.replace("check_seconds = ", "check_seconds = 1"))
    assert hash_now() != before
    for old, new in (("show_reference = true", "show_reference = false"), ("What is twice x?", "What is two times x?")):
        assert old in text
        path.write_text(text.replace(old, new))
        assert hash_now() == before


def recorded(path: Path, answer: float) -> bytes:
    """Write a recording with one large answer, and return its bytes."""
    entry = {"question": "cpu:[]", "reference": [{"y": torch.full((500,), answer)}], "mistakes": {}}
    write_recording(path, b"secret", [], {}, [entry])
    return path.read_bytes()


def test_a_kept_result_knows_where_placement_was_checked(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that was graded without a GPU is graded again on a machine with one, in a course that asks for it."""
    path = tiny_root / "course.toml"

    def key() -> str:
        return torchdojo.batch.version.chapter_versions(load_course(tiny_root), NONE)["ch1_tiny"]

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    without = key()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert key() == without
    path.write_text(f"gpu = true\n{path.read_text()}")
    with_device = key()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert key() != with_device


def test_the_graders_hash_moves_with_recorded_answers(tiny_root: Path) -> None:
    (tiny_root / "course.toml").write_text(f"released = true\n{(tiny_root / 'course.toml').read_text()}")
    course = load_course(tiny_root)
    path = course.graders_folder(course.chapters[0]) / RECORDING
    found = []
    for answer in (1.0, 1.0, 2.0):
        data = recorded(path, answer)
        found.append((len(data), graders_hash(course, course.chapters[0], overlays=False)))
    assert found[0] == found[1]
    assert found[1][0] == found[2][0]
    assert found[1][1] != found[2][1]


def test_recorded_answers_with_any_other_byte_are_refused(tmp_path: Path) -> None:
    """Their hash is taken from their beginning alone, so the rest must be what the beginning says."""
    path = tmp_path / RECORDING
    data = recorded(path, 1.0)
    assert len(read_recording(path)[1]) == 1
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(CourseError, match=r"recorded answers are damaged|another version"):
            read_recording(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(CourseError, match="recorded answers are damaged"):
        read_recording(path)


REMEMBER = """
import sys
from pathlib import Path
from torchdojo.course import load_course
from torchdojo.verify.outcome import Outcome, OutcomeCache
from torchdojo.verify.subjects import Expectation, Subject

cache = OutcomeCache(Path(sys.argv[1]), load_course(Path(sys.argv[2])), "none")
key = cache.key("ch1_tiny", Subject("reference", b"the text", Expectation("reference")), 0)
print("known" if cache.get(key) else "unknown")
cache.add(key, Outcome([], [], False, 1.0, 1.0))
"""


def test_verify_knows_no_outcome_of_another_engine(engine: Path, tmp_path: Path) -> None:
    def remember() -> str:
        return run(engine, "-c", REMEMBER, str(tmp_path / "verify.sqlite"), str(TESTS / "tiny"))

    assert [remember(), remember()] == ["unknown\n", "known\n"]
    for file in ("source/placeholders.py", "verify/problems.py"):
        add(engine / file, "\n# changed\n")
        assert remember() == "unknown\n", file


# --- what a learner and a teacher see -------------------------------------------------------------------------------

NOTHING_IS_A_PLACEHOLDER = """

def placeholder_line(definition):
    return None


def find_placeholders(node):
    return iter(())


def only_placeholder(node):
    return None
"""
STATES = """
import sys
from pathlib import Path
from torchdojo.learner.progress import Progress
from torchdojo.course import load_course

root = Path(sys.argv[1])
print(*(standing.status for standing in Progress(load_course(root), root / "exercises")))
"""
NOTHING_IS_EQUAL = """

def find_difference(*_):
    return Difference("", lambda: ("another engine's answer", "yours"))
"""


def dojo(engine: Path, root: Path, *arguments: str) -> str:
    return run(engine, "-m", "torchdojo.cli", "--course", str(root), *arguments, "--sandbox", "none")


def test_a_submission_is_graded_again_by_a_changed_engine(engine: Path, tmp_path: Path) -> None:
    handed, out = tmp_path / "in/ada", tmp_path / "out"
    handed.mkdir(parents=True)
    shutil.copy(TESTS / "tiny/exercises/ch1_tiny.py", handed)

    def grade() -> tuple[str, set[str]]:
        said = dojo(engine, TESTS / "tiny", "grade", str(handed.parent), "--out", str(out), "--jobs", "1")
        (line,) = (out / "results.jsonl").read_text().splitlines()
        return said, {check["status"] for check in json.loads(line)["checks"]}

    assert grade()[1] == {"todo"}
    add(engine / "source/placeholders.py", NOTHING_IS_A_PLACEHOLDER)
    said, statuses = grade()
    assert "already" not in said
    assert statuses
    assert "todo" not in statuses


def test_a_learners_progress_is_checked_again_by_a_changed_engine(engine: Path, tiny_root: Path) -> None:
    shutil.copy(tiny_root / "reference/ch1_tiny.py", tiny_root / "exercises")
    assert re.search(r"● double +2 of 2 +right", dojo(engine, tiny_root, "list"))
    add(engine / "grading/compare.py", NOTHING_IS_EQUAL)
    assert run(engine, "-c", STATES, str(tiny_root)) == "unknown unknown\n"
    assert re.search(r"✗ double +0 of 2 +not yet right", dojo(engine, tiny_root, "list"))
    assert run(engine, "-c", STATES, str(tiny_root)) == "failed failed\n"
