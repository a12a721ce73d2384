"""nbgrader, the real one, with broken notebooks and slips. tests/jobs/test_nbgrader_job.py runs it from build to export."""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner
from jupyter_core.application import NoStart
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderApp

from tests.conftest import PROJECT, TESTS
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.nbgrader import check, grade
from torchdojo.nbgrader.build import source_notebook
from torchdojo.nbgrader.cell import CellOutput
from torchdojo.nbgrader.stub import MakeStub
from torchdojo.notebooks.percent import notebook_to_percent
from torchdojo.sandbox.selftest.runner import SelfTest

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type <Submitted"),
    pytest.mark.filterwarnings("ignore:Non-unique cell id"),
]
CHAPTER = "ch1_tiny"
SOLVED = {
    "double": "def double(x):\n    if x.numel() == 0:\n        raise ValueError('x is empty')\n    return 2 * x",
    "Scale": (
        "class Scale(nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n"
        "        self.weight = nn.Parameter(torch.tensor(float(factor)))\n\n"
        "    def forward(self, x):\n        return self.weight * double(x) / 2"
    ),
}
WRONG = {**SOLVED, "double": "def double(x):\n    return x ** 2"}
Edit = Callable[[nbformat.NotebookNode], None]


def nbgrader(*arguments: str, at: Path) -> None:
    """Run nbgrader's own command in a folder, in this process; AssertionError if it does not succeed."""
    status: object = 0
    NbGraderApp.clear_instance()
    try:
        with contextlib.chdir(at), contextlib.suppress(NoStart):
            app = NbGraderApp.instance()
            app.initialize(list(arguments))
            app.start()
    except SystemExit as error:
        status = error.code
    finally:
        NbGraderApp.clear_instance()
    assert not status, f"nbgrader {' '.join(arguments)} ended with {status}"


def dojo(*arguments: object, course: Path = TESTS / "tiny") -> str:
    done = CliRunner().invoke(cli, ["--course", str(course), *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def fill(path: Path, answers: dict[str, str], edit: Edit | None = None) -> None:
    """Write a learner's answers into the released notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    if edit is not None:
        edit(notebook)
    path.chmod(0o644)
    nbformat.write(notebook, path)


def grades(at: Path, chapter: str = CHAPTER) -> dict[str, dict[str, float | None]]:
    """Return the automatic score of every grade cell, by student, as gradebook.db has it."""
    with Gradebook(f"sqlite:///{at / 'gradebook.db'}") as gradebook:
        found: dict[str, dict[str, float | None]] = {}
        for one in gradebook.notebook_submissions(chapter, chapter):
            found[one.student.id] = {grade.name: grade.auto_score for grade in one.grades}
        return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An nbgrader course of the tiny course, its assignment generated."""
    at = tmp_path_factory.mktemp("nbgrader") / "course"
    dojo("nbgrader", "build", "--out", at, "--course-id", "tiny101")
    nbgrader("generate_assignment", CHAPTER, at=at)
    return at


@pytest.fixture
def course(built: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may use up."""
    return Path(shutil.copytree(built, tmp_path / "course"))


def hand_in(course: Path, student: str, answers: dict[str, str], edit: Edit | None = None) -> Path:
    """Put a notebook where nbgrader's collect would."""
    path = course / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copy(course / "release" / CHAPTER / f"{CHAPTER}.ipynb", path)
    fill(path, answers, edit)
    return path


# What breaks nbgrader elsewhere


def cell_of(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def without(*names: str) -> Edit:
    def edit(notebook: nbformat.NotebookNode) -> None:
        notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in names]

    return edit


def without_imports(notebook: nbformat.NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("import torch")]


def doubled(notebook: nbformat.NotebookNode) -> None:
    notebook.cells += deepcopy(notebook.cells)
    notebook.cells[-2].source = "def double(x):\n    ..."


def turned_around(notebook: nbformat.NotebookNode) -> None:
    notebook.cells = notebook.cells[::-1]


def split(notebook: nbformat.NotebookNode) -> None:
    cell = cell_of(notebook, "Scale")
    head, tail = cell.source.split("\n\n", 1)
    index = notebook.cells.index(cell)
    rest = deepcopy(cell)
    cell.source, rest.source, rest.id = head, tail, "rest"
    notebook.cells.insert(index + 1, rest)


def unmarked(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata = {}


def remarked(notebook: nbformat.NotebookNode) -> None:
    cell_of(notebook, "double").metadata["nbgrader"] = {"grade_id": ["?"], "grade": "yes", "points": "many"}
    cell_of(notebook, "Scale").metadata["nbgrader"]["grade_id"] = "double-grade"
    cell_of(notebook, "Scale-grade").metadata["nbgrader"] |= {"points": 1000, "schema_version": 1, "locked": False}


def tampered(notebook: nbformat.NotebookNode) -> None:
    cell = cell_of(notebook, "double-grade")
    cell.source = "1000.0"
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1000.0"}, execution_count=1)]


def with_cells(*texts: str) -> Edit:
    def edit(notebook: nbformat.NotebookNode) -> None:
        for index, text in enumerate(texts):
            notebook.cells.insert(2 * index, nbformat.v4.new_code_cell(text))

    return edit


def printed(notebook: nbformat.NotebookNode) -> None:
    cell = cell_of(notebook, "double")
    cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="careful\n" * 500_000)]


SPENT = {**SOLVED, "Scale": SOLVED["Scale"].replace("return self", "while True: pass\n        return self")}
DEAD = {**SOLVED, "Scale": SOLVED["Scale"].replace("return self", "import os; os._exit(0)\n        return self")}
LOUD = {**SOLVED, "double": SOLVED["double"].replace("return", "print('x' * 10**8)\n    return")}
WARNING = {**SOLVED, "double": SOLVED["double"].replace("return", "import warnings; warnings.warn('no')\n    return")}
TORN = {**SOLVED, "Scale": "class Scale(nn.Module:\n    pass"}
FULL, ONLY_DOUBLE, NOTHING = (2.0, 1.5), (2.0, 0.0), (0.0, 0.0)

CLASS: dict[str, tuple[dict[str, str], Edit | None, tuple[float, float]]] = {
    "a_right_one": (SOLVED, None, FULL),
    "cell_deleted": (SOLVED, without("double-grade", "Scale-grade", "how"), FULL),
    "cells_doubled": (SOLVED, doubled, FULL),
    "cells_reordered": (SOLVED, turned_around, FULL),
    "cell_split": (SOLVED, split, FULL),
    "dead_in_a_call": (DEAD, None, ONLY_DOUBLE),
    "dead_in_scratch": (SOLVED, with_cells("import os", "os._exit(0)", "import sys; sys.exit()"), FULL),
    "display": (
        SOLVED,
        with_cells("display(double(torch.ones(2)))", "from IPython.display import HTML\nHTML('x')"),
        FULL,
    ),
    "endless_in_a_call": (SPENT, None, ONLY_DOUBLE),
    "endless_in_scratch": (SOLVED, with_cells("while True: pass"), FULL),
    "exercise_deleted": (SOLVED, without("Scale"), ONLY_DOUBLE),
    "grade_cell_tampered": (WRONG, tampered, (0.0, 1.5)),  # Scale with the reference's double
    "imports_deleted": (SOLVED, without_imports, FULL),
    "loud": (LOUD, printed, FULL),
    "magics": (SOLVED, with_cells("%matplotlib inline\n!ls 'it", "%%bash\nls", "%load_ext nothing\nx?"), FULL),
    "metadata_changed": (SOLVED, remarked, FULL),
    "metadata_gone": (SOLVED, unmarked, FULL),
    "raising_in_scratch": (SOLVED, with_cells("raise RuntimeError('still trying')", "1 / 0"), FULL),
    "torn": (TORN, None, ONLY_DOUBLE),
    "warning": (WARNING, with_cells("import warnings\nwarnings.warn('careful')"), FULL),
    "z_last": (SOLVED, None, FULL),
}
DAMAGED = {"damaged": b'{"cells": [', "empty": b"", "latin": b'{"cells": "\xe9"}', "not_json": b"import torch\n"}


def scores(found: dict[str, dict[str, float | None]]) -> dict[str, tuple[float | None, ...]]:
    return {name: (cells["double-grade"], cells["Scale-grade"]) for name, cells in found.items()}


@pytest.fixture(scope="module")
def graded_class(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody of CLASS and DAMAGED, handed in and graded by nbgrader's own command."""
    course = Path(shutil.copytree(built, tmp_path_factory.mktemp("class") / "course"))
    for student, (answers, edit, _) in CLASS.items():
        path = hand_in(course, student, answers, edit)
        if student == "a_right_one":
            (path.parent / "numpy.py").write_text("raise SystemExit('not numpy')\n")
            (path.parent / "conftest.py").write_text("raise SystemExit('not yours')\n")
    for student, data in DAMAGED.items():
        hand_in(course, student, {}).write_bytes(data)
    nbgrader("autograde", CHAPTER, at=course)
    return course


def test_nobody_is_hurt_by_a_broken_notebook(graded_class: Path, bubblewrap: object) -> None:
    expected = {name: points for name, (_, _, points) in CLASS.items()} | dict.fromkeys(DAMAGED, NOTHING)
    assert scores(grades(graded_class)) == expected


def test_every_broken_notebook_is_told_what_is_wrong_with_it(graded_class: Path, bubblewrap: object) -> None:
    nbgrader("generate_feedback", CHAPTER, at=graded_class)
    told = {
        "dead_in_a_call": "crashed",
        "endless_in_a_call": "no answer in time",
        "exercise_deleted": "no definition of that name",
        "torn": "does not parse",
        "damaged": "could not be read",
        "empty": "is empty",
        "not_json": "is not a notebook",
    }
    for student, words in told.items():
        page = (graded_class / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")
        assert words in page, student


@pytest.mark.parametrize("change", [lambda mark: mark.update(key="another engine"), dict.clear])
def test_what_another_engine_graded_is_graded_again(course: Path, change: Callable[[dict[str, str]], None]) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('sandbox="bubblewrap"', 'sandbox="none"'))
    hand_in(course, "ada", SOLVED)

    def autograde() -> str:
        return dojo("nbgrader", "autograde", CHAPTER, "--jobs", 1, "--dir", course)

    assert "1 submission graded" in autograde()
    assert "Nothing new to grade" in autograde()
    path = course / "autograded/ada" / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    key = notebook.metadata.torchdojo["key"]
    change(notebook.metadata.torchdojo)
    path.chmod(0o644)
    nbformat.write(notebook, path)
    assert "1 submission graded" in autograde()
    assert nbformat.read(path, as_version=4).metadata.torchdojo["key"] == key
    assert scores(grades(course)) == {"ada": FULL}


def test_in_parallel_the_grades_are_the_same_cell_by_cell(graded_class: Path, bubblewrap: object) -> None:
    serial = grades(graded_class)
    students = ["a_right_one", "cell_split", "damaged", "grade_cell_tampered", "torn", "metadata_gone", "not_json"]
    for student in serial:
        if student not in students:
            shutil.rmtree(graded_class / "submitted" / student)
    with Gradebook(f"sqlite:///{graded_class / 'gradebook.db'}") as gradebook:
        for one in gradebook.notebook_submissions(CHAPTER, CHAPTER):
            for grade in one.grades:
                grade.auto_score = None
        gradebook.db.commit()
    dojo("nbgrader", "autograde", CHAPTER, "--jobs", 2, "--dir", graded_class, "--force")
    assert {name: grades(graded_class)[name] for name in students} == {name: serial[name] for name in students}


# What is built, and what it must not hold


def test_nothing_hidden_leaves_with_the_release(built: Path) -> None:
    reference = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
    solution = [line.strip() for line in reference.split("BEGIN SOLUTION")[1].split("### END")[0].splitlines()]
    hidden = [line for line in solution if line] + [
        "self.weight * double(x) / 2",
        "BEGIN SOLUTION",
        "FAILS",
    ]
    hidden += ["test_refuses_nothing", "double_of_nothing"]
    files = [path for path in (built / "release").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {f"{CHAPTER}.ipynb", "course.toml", "recorded.bin"}
    for path in files:
        data = path.read_bytes()
        for words in hidden:
            assert words.encode() not in data, f"{words!r} in {path}"


@pytest.mark.parametrize("name", ["tiny", "course"])
def test_the_release_is_the_stub(name: str, built: Path, tmp_path: Path) -> None:
    if name == "tiny":
        notebook = built / "release" / CHAPTER / f"{CHAPTER}.ipynb"
        assert notebook_to_percent(notebook.read_bytes()) == (TESTS / "tiny/exercises/ch1_tiny.py").read_text()
        return
    course = load_course(PROJECT)
    for chapter in course.chapters:
        notebook = nbformat.from_dict(source_notebook(course, chapter))
        for cell in notebook.cells:
            cell.source = "".join(cell.source)
        MakeStub().preprocess(notebook, {})
        text = notebook_to_percent(nbformat.writes(notebook).encode())
        assert text == course.exercise_file(chapter).read_text(encoding="utf-8"), chapter.name


def test_every_exercise_has_its_cell_with_its_points() -> None:
    course = load_course(PROJECT)
    for chapter in course.chapters:
        cells = nbformat.from_dict(source_notebook(course, chapter)).cells
        nbformat.validate(nbformat.from_dict(source_notebook(course, chapter)))
        marks = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
        assert {m.grade_id: m.points for m in marks if m.grade} == {
            f"{e.name}-grade": e.points for e in chapter.exercises
        }
        assert all(m.locked and not m.solution for m in marks if m.grade)
        assert {m.grade_id for m in marks if m.solution} == {e.name for e in chapter.exercises}
        assert len({m.grade_id for m in marks}) == len(marks)
        assert all(m.schema_version == 3 and re.fullmatch(r"[a-zA-Z0-9_-]+", m.grade_id) for m in marks)


def test_building_again_changes_nothing_and_spares_your_settings(built: Path, tmp_path: Path) -> None:
    course = Path(shutil.copytree(built, tmp_path / "course"))
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + "\n# mine\n")
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    assert "nothing has changed" in dojo("nbgrader", "build", "--out", course)
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before
    config.write_text("c = get_config()\n")
    done = CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), "nbgrader", "build", "--out", str(course)])
    assert done.exit_code == 2
    assert "does not belong to this course" in done.output


def test_checks_that_give_a_solution_away_are_not_built(tiny_root: Path, tmp_path: Path) -> None:
    path = tiny_root / "graders/ch1_tiny/probes.py"
    solution = 'if x.numel() == 0: raise ValueError("x is empty") return 2 * x'
    path.write_text(path.read_text().replace("    y = ch.double(x)", f"    # {solution}\n    y = ch.double(x)"))
    done = CliRunner().invoke(cli, ["--course", str(tiny_root), "nbgrader", "build", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "graders/ch1_tiny/probes.py: the solution of ch1_tiny/double" in done.output
    assert not list((tmp_path / "out").rglob("probes.py"))


# The other ways in


def test_zip_collect_takes_notebooks_and_py_files(course: Path) -> None:
    archive = course / "downloaded" / CHAPTER / "archive"
    archive.mkdir(parents=True)
    release = course / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    fill(Path(shutil.copy(release, archive / f"ada_{CHAPTER}.ipynb")), SOLVED)
    (archive / f"bob_1234_assignsubmission_file_{CHAPTER}.py").write_text(
        "import torch\nfrom torch import nn\n\n" + "\n\n".join(WRONG.values())
    )
    with zipfile.ZipFile(archive / "cyd.zip", "w") as file:
        file.writestr(f"{CHAPTER}.py", (TESTS / "tiny/reference/ch1_tiny.py").read_text())
    nbgrader("zip_collect", CHAPTER, at=course)
    handed = {path.parts[-3]: path for path in (course / "submitted").rglob("*.ipynb")}
    assert sorted(handed) == ["ada", "bob", "cyd"]
    assert "x is empty" in notebook_to_percent(handed["ada"].read_bytes())
    assert "x ** 2" in notebook_to_percent(handed["bob"].read_bytes())
    assert notebook_to_percent(handed["cyd"].read_bytes()) == (TESTS / "tiny/reference/ch1_tiny.py").read_text()


def test_without_a_sandbox_that_holds_nothing_is_graded(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(course, "ada", SOLVED)
    monkeypatch.setattr(grade.SESSION, "_tested", set())
    monkeypatch.setattr(grade, "run_selftest", lambda backend: [SelfTest("canary", False, "it was read")])
    with pytest.raises(AssertionError, match="ended with 1"):
        nbgrader("autograde", CHAPTER, at=course)
    assert grades(course) == {}
    assert not (course / "autograded/ada").exists()
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('sandbox="bubblewrap"', 'sandbox="none"'))
    nbgrader("autograde", CHAPTER, at=course)
    assert scores(grades(course)) == {"ada": FULL}


def test_an_error_of_the_grader_charges_nobody(course: Path, tiny_root: Path) -> None:
    config = course / "nbgrader_config.py"
    text = config.read_text().replace('sandbox="bubblewrap"', 'sandbox="none"')
    config.write_text(text.replace(str(TESTS / "tiny"), str(tiny_root)))
    checks = tiny_root / "graders/ch1_tiny/test_scale.py"
    checks.write_text(checks.read_text().replace("compare(probes.scaled)", "1 / 0"))
    hand_in(course, "ada", SOLVED)
    with pytest.raises(AssertionError, match="ended with 1"):
        nbgrader("autograde", CHAPTER, at=course)
    assert grades(course)["ada"] == {"double-grade": None, "Scale-grade": None}


def test_both_forms_by_hand(tmp_path: Path) -> None:
    text = (TESTS / "tiny/reference/ch1_tiny.py").read_text()
    (tmp_path / "ch1_tiny.py").write_text(text)
    dojo("nbgrader", "convert", tmp_path / "ch1_tiny.py")
    notebook = nbformat.read(tmp_path / "ch1_tiny.ipynb", as_version=4)
    assert [c.metadata.nbgrader.grade_id for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")] == [
        "double-grade",
        "Scale-grade",
    ]
    dojo("nbgrader", "convert", tmp_path / "ch1_tiny.ipynb", tmp_path / "back.py")
    assert (tmp_path / "back.py").read_text() == text
    done = CliRunner().invoke(
        cli, ["--course", str(TESTS / "tiny"), "nbgrader", "convert", str(tmp_path / "ch1_tiny.py")]
    )
    assert done.exit_code == 2
    assert "already exists" in done.output


# A learner's grade cells


class Shell:
    """Replaces IPython's shell, and knows which cells were run."""

    def __init__(self, *cells: str) -> None:
        self.history_manager = SimpleNamespace(input_hist_raw=["", *cells])


@pytest.fixture
def run(course: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., CellOutput]:
    """Check an exercise after these cells were run, in the folder of the released notebook."""

    def check_after(*cells: str, exercise: str = "double", at: Path | None = None) -> CellOutput:
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: Shell(*cells)))
        monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)  # nbgrader leaves it behind in its own process
        monkeypatch.chdir(at or course / "release" / CHAPTER)
        return check(CHAPTER, exercise)

    return check_after


def test_a_grade_cell_shows_the_public_checks(run: Callable[..., CellOutput]) -> None:
    shown = run("import torch", WRONG["double"])
    assert "double · 0 of 0.75 points · public checks" in repr(shown)
    assert "expected y[" in repr(shown)
    assert "mistake “Squared”" in repr(shown)
    assert "<b>double</b>" in shown._repr_html_()
    assert shown.points == 0
    shown = run("import torch", WRONG["double"], "raise RuntimeError", SOLVED["double"], "while True: pass")
    assert "0.75 of 0.75" in repr(shown)
    assert shown.points == 2
    assert "still to do" in repr(run(SOLVED["double"], "def double(x):\n    ..."))
    injected = run("def double(x):\n    raise ValueError('<script>alert(1)</script>')")
    assert "<script>" not in injected._repr_html_()
    assert "&lt;script&gt;" in injected._repr_html_()


def test_a_grade_cell_says_what_is_missing(
    run: Callable[..., CellOutput], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Run the cell of double first" in repr(run("import torch"))
    assert "has no exercise half" in repr(run(SOLVED["double"], exercise="half"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(Path, "is_file", lambda self: False)
    assert "are not here" in repr(run(SOLVED["double"], at=tmp_path / "elsewhere"))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert "dojo check" in repr(check(CHAPTER, "double"))
