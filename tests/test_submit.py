"""`dojo submit`: what is packed, and what the grader would reject."""

from __future__ import annotations

import json
import zipfile
from contextlib import nullcontext
from pathlib import Path

import click.testing
import pytest
from click.testing import CliRunner

import torchdojo.batch.pack
from tests.conftest import TESTS
from torchdojo.batch.pack import read_pack
from torchdojo.cli.main import cli
from torchdojo.collect.submissions import collect_submissions
from torchdojo.course import load_course
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.sandbox.worker import Worker

RIGHT = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch, plain_worker: Worker) -> None:
    """Starting a worker takes seconds: all tests but the first share one."""
    monkeypatch.setattr("torchdojo.learner.checker.start_worker", lambda *_: nullcontext(plain_worker))


def submit(root: Path, *arguments: str) -> click.testing.Result:
    return CliRunner().invoke(cli, ["--course", str(root), "submit", *arguments])


def check(root: Path) -> click.testing.Result:
    return CliRunner().invoke(cli, ["--course", str(root), "check"])


def fill(root: Path, text: str | bytes, name: str = "ch1_tiny.py") -> Path:
    path = root / "exercises" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_is_packed_is_what_the_grader_reads(
    tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    fill(tiny_root, RIGHT)
    done = submit(tiny_root)
    assert done.exit_code == 0, done.output
    assert "2 of 2 exercises filled in" in done.output
    (tmp_path / "all").mkdir()
    (tiny_root / "submission.zip").rename(tmp_path / "all/ada.zip")
    (handed,) = collect_submissions(tmp_path / "all", load_course(tiny_root)).files
    assert (handed.student, handed.source) == ("ada", RIGHT.encode())


def test_the_same_work_gives_the_same_zip_and_replaces_the_last(tiny_root: Path) -> None:
    fill(tiny_root, RIGHT)
    zips = []
    for _ in range(2):
        assert submit(tiny_root, "ch1_tiny", "--out", str(tiny_root / "mine.zip")).exit_code == 0
        zips.append((tiny_root / "mine.zip").read_bytes())
    assert zips[0] == zips[1]


def test_nothing_begun_is_nothing_to_hand_in(tiny_root: Path) -> None:
    done = submit(tiny_root)
    assert done.exit_code == 1
    assert "nothing filled in yet: not packed" in done.output
    assert "There is nothing to submit yet" in done.output
    assert not (tiny_root / "submission.zip").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def broken(:\n", "ch1_tiny.py:1 cannot be loaded: line 1 does not parse"),
        (RIGHT.encode() + b"# caf\xe9\n", "is not UTF-8 text"),
        (RIGHT + "#" * 1_000_001, "is too large"),
        (b"", "is empty"),
        (RIGHT.replace("torch", "nowhere_to_be_found"), "No module named 'nowhere_to_be_found'"),
    ],
)
def test_what_the_grader_would_refuse_is_said_and_nothing_is_written(
    tiny_root: Path, text: str | bytes, words: str
) -> None:
    fill(tiny_root, RIGHT)
    assert submit(tiny_root).exit_code == 0
    before = (tiny_root / "submission.zip").read_bytes()
    fill(tiny_root, text)
    done = submit(tiny_root)
    assert done.exit_code == 1
    assert words in done.output
    assert "nothing was written" in done.output
    assert "The older submission.zip is unchanged" in " ".join(done.output.split()).replace(f"{tiny_root}/", "")
    assert (tiny_root / "submission.zip").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def broken(:\n", "does not parse and was left out: invalid syntax: def broken(:"),
        ("raise SystemExit\n", "could not be run and was left out: SystemExit"),
    ],
)
def test_what_grading_leaves_out_is_said_and_the_rest_is_packed(tiny_root: Path, text: str, words: str) -> None:
    fill(tiny_root, RIGHT + text)
    done = submit(tiny_root)
    assert done.exit_code == 0
    assert f"! ch1_tiny.py: line {RIGHT.count(chr(10)) + 1} {words}" in done.output
    assert (tiny_root / "submission.zip").exists()


IMPORTS = """
import os.path, tqdm.auto
from torch.nn import functional
import pytest
from .helpers import mean
try:
    import seaborn
except ImportError:
    seaborn = None


def plot(x):
    from rich.table import Table
"""


def test_imports_that_grading_does_not_provide_are_named_and_stop_nothing(tiny_root: Path) -> None:
    fill(tiny_root, RIGHT + IMPORTS)
    first = RIGHT.count("\n") + 4
    warned = [("pytest", first), ("helpers", first + 1), ("rich", first + 9)]
    done = submit(tiny_root)
    assert done.exit_code == 0
    for name, line in warned:
        assert f"Grading has no {name} (line {line}): what uses it will fail there." in done.output
    assert done.output.count("Grading has no") == 3
    shown = " ".join(check(tiny_root).output.split())
    assert f"ch1_tiny.py: Grading has no pytest (line {first}): what uses it will fail there." in shown
    assert "Grading has no tqdm" not in shown


def test_a_link_is_refused(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.unlink()
    path.symlink_to(tiny_root / "reference/ch1_tiny.py")
    done = submit(tiny_root)
    assert done.exit_code == 1
    assert "is a symbolic link" in done.output


def test_a_forbidden_call_is_said_with_its_line(tiny_root: Path) -> None:
    toml = tiny_root / "course.toml"
    toml.write_text(toml.read_text().replace("points = 2\n", 'points = 2\nforbids = ["torch.mul"]\n'))
    text = RIGHT.replace("return 2 * x", "return torch.mul(x, 2)")
    fill(tiny_root, text)
    done = submit(tiny_root)
    assert done.exit_code == 0
    line = text.splitlines().index("    return torch.mul(x, 2)") + 1
    assert f"ch1_tiny.py:{line}  double uses torch.mul, which is forbidden" in done.output


def test_a_wrong_name_is_said(tiny_root: Path) -> None:
    fill(tiny_root, RIGHT)
    fill(tiny_root, RIGHT, "ch1_tiny (1).py")
    fill(tiny_root, RIGHT, "notes.py")
    done = submit(tiny_root)
    assert done.exit_code == 0
    assert "ch1_tiny (1).py  not packed: did you mean ch1_tiny.py?" in done.output
    assert "notes.py  not packed: no chapter has this name" in done.output


def test_a_notebook_is_handed_in_as_it_is(tiny_root: Path) -> None:
    (tiny_root / "exercises/ch1_tiny.py").unlink()
    cell = {"cell_type": "code", "metadata": {}, "source": RIGHT, "outputs": [], "execution_count": None}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    fill(tiny_root, notebook, "ch1_tiny.ipynb")
    done = submit(tiny_root)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tiny_root / "submission.zip") as archive:
        assert archive.read("ch1_tiny.ipynb") == notebook.encode()


def test_a_notebook_is_read_and_extracted_once(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many exercises it has: each of them is looked up in the same extracted source."""
    course = load_course(tiny_root)
    path = fill(tiny_root, notebook_text(make_notebook([Cell("code", RIGHT)])), "ch1_tiny.ipynb")
    (tiny_root / "exercises/ch1_tiny.py").unlink()
    calls: list[str] = []
    for name in ("read_bytes", "extract_chapter"):
        real = getattr(torchdojo.batch.pack, name)
        monkeypatch.setattr(
            torchdojo.batch.pack, name, lambda *args, real=real, name=name: (calls.append(name), real(*args))[1]
        )
    assert len(course.chapters[0].exercises) > 1
    (file,) = read_pack(course, path.parent, course.chapters).files
    assert file.done == len(course.chapters[0].exercises)
    assert calls == ["read_bytes", "extract_chapter"]


def test_a_notebook_beside_its_chapters_file_is_left_out_and_the_file_named(tiny_root: Path) -> None:
    fill(tiny_root, RIGHT)
    fill(tiny_root, "{}", "ch1_tiny.ipynb")
    done = submit(tiny_root)
    assert done.exit_code == 0, done.output
    assert "ch1_tiny.ipynb  not packed: ch1_tiny.py takes precedence; remove it to submit the notebook" in done.output


def test_a_file_that_is_no_zip_is_not_overwritten(tiny_root: Path) -> None:
    fill(tiny_root, RIGHT)
    (tiny_root / "thesis.tex").write_text("years of work")
    done = submit(tiny_root, "--out", str(tiny_root / "thesis.tex"))
    assert done.exit_code == 2
    assert (tiny_root / "thesis.tex").read_text() == "years of work"


def test_an_unknown_or_missing_chapter_is_a_usage_error(tiny_root: Path) -> None:
    assert submit(tiny_root, "ch9").exit_code == 2
    (tiny_root / "exercises/ch1_tiny.py").unlink()
    assert "has no ch1_tiny.py" in submit(tiny_root, "ch1_tiny").output


def test_a_file_is_packed_as_what_it_is_whatever_its_name(tiny_root: Path, tmp_path: Path) -> None:
    notebook = notebook_text(make_notebook([Cell("code", part) for part in RIGHT.split("\n\n\n")]))
    for text, name, what in ((notebook, "ch1_tiny.py", "notebook"), (RIGHT, "ch1_tiny.ipynb", "Python file")):
        folder = tmp_path / what
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        done = submit(tiny_root, "--files", str(folder))
        assert done.exit_code == 0, done.output
        assert "2 of 2 exercises filled in" in done.output
        assert f"{name} is a {what}, although its name says otherwise, and is read as one" in done.output
    (tmp_path / "Python file/ch1_tiny.ipynb").write_text("<!DOCTYPE html>")
    assert "it is a web page" in submit(tiny_root, "--files", str(tmp_path / "Python file")).output
