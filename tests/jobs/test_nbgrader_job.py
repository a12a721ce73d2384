"""The course as notebooks: built, given out, handed in, graded, fed back, with nbgrader's own commands (docs/nbgrader.md)."""

from __future__ import annotations

import ast
import csv
import re
import shutil
import sqlite3
import textwrap
import zipfile
from pathlib import Path

import nbformat
import pytest

from tests.conftest import PROJECT
from tests.jobs.conftest import BIN, Done, MadeOnce, answer, copy_one_chapter, dojo, reference, run
from torchdojo.course import load_course

CHAPTER = "ch3_modules"
MISTAKE, MISTAKE_SAID = "mistakes/DropNet/relu_after_stem", "the mistake “ReLU after the stem”"
EXERCISES = ("Linear", "DropLayer", "survival_probabilities", "DropNet")
TELLING = 35  # characters of a line that nobody writes by chance


def on_hub(command: str, *arguments: object, at: Path) -> Done:
    """Run a command of Jupyter's in a folder of a hub, whose settings are beside it in etc/; it must succeed."""
    env = {"JUPYTER_CONFIG_PATH": str(at.parent / "etc"), "HOME": str(at.parent)}
    done = run(BIN / command, *arguments, cwd=at, env=env)
    assert done.code == 0, done.text
    return done


def nbgrader(*arguments: object, at: Path) -> Done:
    return on_hub("nbgrader", *arguments, at=at)


def solution_lines() -> dict[str, str]:
    """Return the lines of all solutions that only the references hold, with the chapter of each."""
    course = load_course(PROJECT)
    found: dict[str, str] = {}
    for chapter in course.chapters:
        text = course.reference_file(chapter).read_text(encoding="utf-8")
        given = course.exercise_file(chapter).read_text(encoding="utf-8")
        for block in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.DOTALL):
            lines = (line.strip() for line in block.splitlines())
            found |= {line: chapter.name for line in lines if len(line) > TELLING and line not in given}
    return found


def fill_in(path: Path, source: str) -> None:
    """Put the definitions of a module into the cells of a released notebook, as a learner would."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    texts = {node.name: ast.get_source_segment(source, node) for node in nodes}
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = texts.get(name, cell.source)
    nbformat.write(notebook, path)


def build_class(hub: Path, course: Path) -> str:
    """Build a course and generate an assignment, as the first steps of docs/nbgrader.md say; return the output."""
    (hub / "etc").mkdir(parents=True)
    built = dojo("nbgrader", "build", "--out", hub / "class", cwd=course)
    assert built.code == 0, built.text
    nbgrader("generate_assignment", CHAPTER, at=hub / "class")
    return built.out


@pytest.fixture
def hub(made_once: MadeOnce) -> Path:
    """A folder with class/, built from one chapter of the real course."""

    def make(folder: Path) -> None:
        out = build_class(folder, copy_one_chapter(folder / "course", CHAPTER))
        assert re.search(r"\b1 chapters?, each with its public checks", out), out

    return made_once("nbgrader-hub", make)


def open_exchange(hub: Path) -> Path:
    """Make an exchange, and a machine's settings as docs/nbgrader.md shows them; return the exchange's folder."""
    exchange, documented = hub / "exchange", "/srv/nbgrader/exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    page = (PROJECT / "docs/nbgrader.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block is not None
    settings = textwrap.dedent(block[1])
    assert documented in settings
    (hub / "etc/nbgrader_config.py").write_text(settings.replace(documented, str(exchange)))
    return exchange


def student_folder(hub: Path, name: str) -> Path:
    """Return a learner's home on the hub."""
    home = hub / name
    home.mkdir()
    (home / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.student_id = {name!r}\n")
    return home


def hand_in_by_exchange(hub: Path, name: str, source: str) -> None:
    home = student_folder(hub, name)
    nbgrader("fetch_assignment", CHAPTER, at=home)
    assert (home / CHAPTER / "checks/course.toml").is_file()
    fill_in(home / CHAPTER / f"{CHAPTER}.ipynb", source)
    nbgrader("submit", CHAPTER, at=home)


def hand_in_by_platform(course: Path, wrong: str) -> None:
    """Leave what a platform gave out for zip_collect: a zip with two notebooks and a .py file, named as the docs say."""
    released = course / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    answered = course.parent / "wrong.ipynb"
    shutil.copyfile(released, answered)
    fill_in(answered, wrong)
    archive = course / "downloaded" / CHAPTER / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "download.zip", "w") as download:
        download.write(answered, f"bob_{CHAPTER}.ipynb")
        download.write(released, f"cleo/{CHAPTER}.ipynb")
        download.writestr(f"dana_1234_assignsubmission_file_{CHAPTER}.py", wrong)


def auto_scores(course: Path) -> dict[str, dict[str, float]]:
    """Return the automatic score of every exercise by student, from the gradebook's own tables."""
    query = """
        SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score
        FROM grade JOIN base_cell ON grade.cell_id = base_cell.id
        JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
        JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id"""
    found: dict[str, dict[str, float]] = {}
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        for student, cell, score in gradebook.execute(query):
            found.setdefault(student, {})[cell.removesuffix("-grade")] = score
    return found


def feedback_of(course: Path, student: str) -> str:
    return (course / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text(encoding="utf-8")


def test_what_nbgrader_gives_out_holds_no_solution(hub: Path) -> None:
    require_no_solution(hub / "class", 1)


@pytest.mark.slow  # records the answers of every chapter, as the release in test_release_job.py does
def test_a_class_of_the_whole_course_holds_no_solution(tmp_path: Path) -> None:
    assert "7 chapters, each with its public checks" in build_class(tmp_path / "hub", PROJECT)
    require_no_solution(tmp_path / "hub/class", 7)


def require_no_solution(course: Path, chapters: int) -> None:
    """Fail if a file that learners get from a built course has a line of a solution."""
    secrets = solution_lines()
    assert len(secrets) > 50
    files = [path for path in (course / "release").rglob("*") if path.is_file()]
    files += [path for path in course.glob("source/*/checks/**/*") if path.is_file()]
    assert {path.name for path in files} >= {f"{CHAPTER}.ipynb", "course.toml", "recorded.bin"}
    assert len(list(course.glob("source/*/*.ipynb"))) == chapters
    told = [
        (path, line)
        for path in files
        for text in [path.read_bytes()]
        for line in secrets
        if line.encode() in text or line.replace('"', '\\"').encode() in text
    ]
    assert told == []


def test_a_class_from_the_exchange_to_the_exported_grades(hub: Path, tmp_path: Path, bubblewrap: object) -> None:
    hub = Path(shutil.copytree(hub, tmp_path / "hub"))
    exchange, course, wrong = open_exchange(hub), hub / "class", answer(CHAPTER, MISTAKE)
    nbgrader("release_assignment", CHAPTER, at=course)
    hand_in_by_exchange(hub, "ada", reference(CHAPTER))
    nbgrader("collect", CHAPTER, at=course)
    hand_in_by_platform(course, wrong)
    nbgrader("zip_collect", CHAPTER, at=course)
    nbgrader("autograde", CHAPTER, "--student", "[ab]*", at=course)
    rest = dojo("nbgrader", "autograde", CHAPTER, "--jobs", "2", cwd=course)
    assert (rest.code, "2 submissions graded" in rest.out) == (0, True), rest.text

    scores = auto_scores(course)
    full = dict.fromkeys(EXERCISES, 5.0)
    assert scores["ada"] == full
    assert scores["bob"] == {**full, "DropNet": scores["bob"]["DropNet"]}
    assert 0 < scores["bob"]["DropNet"] < 5
    assert scores["cleo"] == dict.fromkeys(EXERCISES, 0.0)
    assert scores["dana"] == scores["bob"], "the same definitions, as a .py file and on several cores"

    nbgrader("generate_feedback", CHAPTER, at=course)
    lost = f"{scores['bob']['DropNet']:g} of 5 points"
    for words in (MISTAKE_SAID, "expected", lost):
        assert words in feedback_of(course, "bob")
    assert MISTAKE_SAID not in feedback_of(course, "ada")
    assert "5 of 5 points" in feedback_of(course, "ada")
    assert "0 of 5 points" in feedback_of(course, "cleo")
    secrets = [line for line, chapter in solution_lines().items() if chapter == CHAPTER and line not in wrong]
    assert not [line for line in secrets if line in feedback_of(course, "cleo")]
    nbgrader(
        "release_feedback", CHAPTER, "--student", "ada", at=course
    )  # who did not use the exchange has no place there
    assert [page.read_text() for page in (exchange / "torchdojo/feedback").glob("*.html")] == [
        feedback_of(course, "ada")
    ]

    nbgrader("export", at=course)
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    assert rows == {student: (sum(cells.values()), 20.0) for student, cells in scores.items()}


def test_a_learners_notebook_shows_the_public_checks(hub: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(hub / "class/release" / CHAPTER, tmp_path / CHAPTER))
    mine = home / f"{CHAPTER}.ipynb"
    fill_in(mine, answer(CHAPTER, MISTAKE))
    on_hub("jupyter", "nbconvert", "--to", "notebook", "--execute", mine.name, "--output", "run.ipynb", at=home)
    cells = nbformat.read(home / "run.ipynb", as_version=4).cells
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    shown = {cell.metadata.nbgrader.grade_id.removesuffix("-grade"): cell.outputs[0].data for cell in graded}
    assert tuple(shown) == EXERCISES
    for exercise in EXERCISES[:3]:
        assert re.match(rf"{exercise} · (\S+) of \1 points · public checks\n ✓", shown[exercise]["text/plain"])
    text = shown["DropNet"]["text/plain"]
    assert re.match(r"DropNet · (\S+) of (?!\1)\S+ points · public checks\n", text)
    for words in (" ✗ In evaluation", "called   logits = DropNet(", "expected logits", "got      logits", MISTAKE_SAID):
        assert words in text
    assert MISTAKE_SAID in shown["DropNet"]["text/html"]
    assert re.search(r"at +return self\.head\(.*\)\n +line \d+ of the cell “class DropNet\(nn\.Module\):”", text)
    assert [line for line in text.splitlines() if line.endswith((" ", "line 1"))] == []

    validated = nbgrader("validate", mine.name, at=home)
    assert "VALIDATION FAILED ON 1 CELL(S)" in validated.out
    assert f'check("{CHAPTER}", "DropNet")' in validated.out
