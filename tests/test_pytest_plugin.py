"""Ordinary pytest on a course's checks: options, reports, points; and nothing at all where no course is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Tiny
from torchdojo.cli.main import run as run_dojo
from torchdojo.course import load_course
from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings
from torchdojo.grading.status import CheckStatus
from torchdojo.sandbox.backend import NONE

CHECKS = "graders/ch1_tiny"
SQUARED = "return x.pow(2)"
RIGHT = "if x.numel() == 0:\n    raise ValueError\nreturn 2 * x"


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """A copy of the tiny course, solved."""
    shutil.copyfile(tiny_root / "reference/ch1_tiny.py", tiny_root / "exercises/ch1_tiny.py")
    return tiny_root


class Pytest:
    """Runs pytest as a person would, in this process: torch is loaded here."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, root: Path, *arguments: str, code: int = 0) -> str:
        """Run pytest in a folder; return what it prints."""
        self._monkeypatch.chdir(root)
        self._capsys.readouterr()
        plugins = ("-p", "no:cacheprovider") if "cacheprovider" not in arguments else ()
        ended = pytest.main([*plugins, "--sandbox=none", *arguments])
        said = self._capsys.readouterr()
        assert ended == code, said.out + said.err
        return said.out + said.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pytest:
    return Pytest(monkeypatch, capsys)


def run_apart(root: Path, *arguments: str, code: int = 0) -> str:
    """Run pytest in a process of its own; return what it prints."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def solve(root: Path, tiny: Tiny, body: str) -> None:
    (root / "exercises/ch1_tiny.py").write_text(tiny.with_double(body), encoding="utf-8")


def test_a_right_answer_passes_with_its_points(run: Pytest, root: Path) -> None:
    out = run(root, CHECKS)
    assert "5 passed" in out
    assert "ch1_tiny: 3.5 of 3.5 points" in out


def test_a_wrong_answer_is_explained_without_a_traceback_of_ours(run: Pytest, root: Path, tiny: Tiny) -> None:
    solve(root, tiny, SQUARED)
    out = run(root, CHECKS, code=1)
    assert "It returns twice x: not right yet" in out
    assert "called   double(x), x of shape (2, 3)" in out
    assert "Your numbers match the mistake “Squared”: Doubling is not squaring." in out
    assert "FAILED graders/ch1_tiny/test_double.py::test_values - " in out
    assert "torchdojo/grading" not in out
    assert "Traceback" not in out


def test_what_is_not_written_fails_and_says_so(run: Pytest, tiny_root: Path) -> None:
    out = run(tiny_root, CHECKS, code=1)
    assert "5 failed" in out
    assert "FAILED graders/ch1_tiny/test_double.py::test_values - not written yet" in out
    assert "ch1_tiny: 0 of 3.5 points" in out


@pytest.mark.parametrize("body", [SQUARED, RIGHT, "return 3 * x", "..."])
def test_the_verdicts_are_those_of_dojo_check(
    run: Pytest,
    root: Path,
    tiny: Tiny,
    body: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solve(root, tiny, body)
    report = tmp_path / "report.xml"
    run(root, CHECKS, f"--junitxml={report}", code=0 if body == RIGHT else 1)
    monkeypatch.setattr("sys.argv", ["dojo", "check", "--json", "--sandbox=none"])
    with pytest.raises(SystemExit):
        run_dojo()
    checks = json.loads(capsys.readouterr().out)[0]["checks"]
    wanted = {(c["check"], c["exercise"]): (c["status"], c["earned"], c["mistake"]) for c in checks}
    assert {key: tuple(values) for key, values in verdicts(report).items()} == wanted


def verdicts(report: Path) -> dict[tuple[str, str], tuple[str, float, str | None]]:
    """Return what a JUnit report says of each check."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        values = {p.get("name"): p.get("value") for p in case.iter("property")}
        key = str(case.get("name")).removeprefix("test_"), str(values["exercise"])
        found[key] = str(values["status"]), float(str(values["earned"])), values.get("mistake")
    return found


def test_junitxml_holds_messages_and_points(run: Pytest, root: Path, tiny: Tiny, tmp_path: Path) -> None:
    solve(root, tiny, SQUARED)
    run(root, CHECKS, f"--junitxml={tmp_path}/report.xml", code=1)
    cases = {
        f"{case.get('classname')}.{case.get('name')}": case
        for case in ElementTree.parse(tmp_path / "report.xml").iter("testcase")
    }
    failure = cases["graders.ch1_tiny.test_double.test_values"].find("failure")
    assert failure is not None
    assert "Squared" in str(failure.text)
    assert sum(float(str(p.get("value"))) for case in cases.values() for p in case.iter() if p.get("name") == "points")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["-k", "float32"], 0, ["1 passed, 4 deselected", "0.75 of 0.75 points"]),
        (["--collect-only", "-q"], 0, ["test_double.py::test_values", "5 tests collected"]),
        ([f"{CHECKS}/test_scale.py::test_shape"], 0, ["1 passed", "0.5 of 0.5 points"]),
        (["--sandbox", "none", "-v"], 0, ["sandbox none", "5 passed"]),
        (["--sandbox", "cage"], 4, ["invalid choice: 'cage'"]),
        (["--submission", "nowhere"], 4, ["--submission: nowhere does not exist"]),
        (["--timeout", "0.001"], 0, ["5 passed"]),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_options_do_what_they_do(
    run: Pytest, root: Path, options: Sequence[str], code: int, words: Sequence[str]
) -> None:
    place = [] if any("::" in option for option in options) else [CHECKS]
    out = run(root, *place, *options, code=code)
    for word in words:
        assert word in out


def test_the_first_failure_ends_the_run(run: Pytest, root: Path, tiny: Tiny) -> None:
    solve(root, tiny, SQUARED)
    out = run(root, CHECKS, "-x", code=1)
    assert "1 failed" in out
    assert "passed" not in out.splitlines()[-1]


def test_what_failed_last_is_run_again(run: Pytest, root: Path, tiny: Tiny) -> None:
    solve(root, tiny, RIGHT + ".double()")
    run(root, CHECKS, "-p", "cacheprovider", code=1)
    out = run(root, CHECKS, "-p", "cacheprovider", "--lf", code=1)
    assert "1 failed" in out
    assert "passed" not in out.splitlines()[-1]


def test_another_file_and_another_folder_are_graded(run: Pytest, tiny_root: Path, tmp_path: Path) -> None:
    solved = tmp_path / "ada/homework.py"
    solved.parent.mkdir()
    shutil.copyfile(tiny_root / "reference/ch1_tiny.py", solved)
    assert "3.5 of 3.5 points" in run(tiny_root, CHECKS, f"--submission={solved}")
    solved.rename(solved.with_name("ch1_tiny.py"))
    assert "3.5 of 3.5 points" in run(tiny_root, CHECKS, f"--submission={solved.parent}")


def test_a_notebook_is_graded(run: Pytest, tiny_root: Path, tmp_path: Path) -> None:
    text = (tiny_root / "reference/ch1_tiny.py").read_text(encoding="utf-8")
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "ch1_tiny.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    assert "3.5 of 3.5 points" in run(tiny_root, CHECKS, f"--submission={tmp_path}/ch1_tiny.ipynb")


def test_a_submission_that_cannot_be_loaded_fails_every_check(run: Pytest, root: Path) -> None:
    (root / "exercises/ch1_tiny.py").write_text("import nonesuch_module\n", encoding="utf-8")
    assert "5 failed" in run(root, CHECKS, code=1)
    (root / "exercises/ch1_tiny.py").unlink()
    out = run(root, CHECKS, code=1)
    assert "5 failed" in out
    assert "ch1_tiny.py" in out


@pytest.mark.parametrize("place", ["exercises", "exercises/ch1_tiny.py", "graders", "."])
def test_exercises_are_graded_by_their_checks(run: Pytest, root: Path, place: str) -> None:
    assert "ch1_tiny: 3.5 of 3.5 points" in run(root, place)


def test_a_check_that_asserts_shows_its_own_lines(run: Pytest, root: Path, tiny: Tiny) -> None:
    check = (
        "import pytest\npytestmark = pytest.mark.exercise('double')\n\n\n@pytest.mark.points(2)\n"
        "def test_sum(observe, probes):\n    '''The sum is right.'''\n    y = observe(probes.doubled)['y']\n"
        "    assert round(float(y.sum()), 3) == 99\n"
    )
    (root / "graders/ch1_tiny/test_double.py").write_text(check, encoding="utf-8")
    reference = (
        (root / "reference/ch1_tiny.py").read_text(encoding="utf-8").replace("return 2 * x", "return 0 * x + 16.5")
    )
    (root / "reference/ch1_tiny.py").write_text(reference, encoding="utf-8")
    solve(root, tiny, "return 2 * x")
    out = run(root, CHECKS, "-k", "sum", code=1)
    assert "assert round(float(y.sum()), 3) == 99" in out
    assert "The sum is right: not right yet" in out


GIVEN = """
import torch
from hypothesis import given, settings, strategies as st

@given(n=st.integers(1, 50))
@settings(max_examples=10)
def test_compared(compare, probes, n):
    compare(probes.doubled, shape=(n,))

@given(n=st.integers(1, 50))
@settings(max_examples=10)
def test_stood_in(submission, n):
    x = torch.ones(n)
    assert torch.equal(submission.double(x), 2 * x)
"""
OUTSIDE = """
from hypothesis import given, settings, strategies as st
from hypothesis.internal.conjecture import providers

SEEN = []

@given(n=st.integers())
@settings(max_examples=20, database=None)
def test_outside(n):
    SEEN.append(n)
    assert providers._get_local_constants.__module__ == providers.__name__

def test_seen():
    assert len(SEEN) == 20
"""


def test_hypothesis_beside_its_own_plugin_gives_the_same_verdicts(root: Path, tiny: Tiny) -> None:
    """And tests outside graders/ get their examples as without us, also after a check of ours."""
    (root / CHECKS / "test_double.py").write_text(GIVEN, encoding="utf-8")
    (root / "tests").mkdir()
    (root / "tests/test_outside.py").write_text(OUTSIDE, encoding="utf-8")
    arguments = ("--sandbox=none", "-k", "compared or stood_in or outside or seen", f"{CHECKS}/test_double.py", "tests")
    assert "4 passed" in run_apart(root, *arguments)
    solve(root, tiny, "return 2 * x if len(x) < 7 else 3 * x")
    out = run_apart(root, *arguments, code=1)
    assert "2 failed, 2 passed" in out
    assert "called   double(x), x of shape (7,)" in out
    assert "for example with n=7" in out
    course = load_course(root)
    grader = Grader(course, course.chapters[0], Settings(NONE, PUBLIC_SECRET))
    checks = grader.grade((root / "exercises/ch1_tiny.py").read_bytes(), ["double"]).checks
    for check in checks:
        assert check.status is CheckStatus.FAILED
        assert check.finding.got.splitlines()[0] in out


def test_a_broken_course_is_told_with_its_line(run: Pytest, root: Path) -> None:
    text = (root / "course.toml").read_text(encoding="utf-8").replace("check_seconds = 5", "check_seconds = -5")
    (root / "course.toml").write_text(text, encoding="utf-8")
    out = run(root, CHECKS, code=2)
    assert "course.toml:" in out
    assert "check_seconds" in out
    assert "Traceback" not in out


def test_one_file_for_two_chapters_is_refused(run: Pytest, root: Path) -> None:
    other = (root / "course.toml").read_text(encoding="utf-8")
    chapter = other[other.index("[[chapter]]") :].replace("ch1_tiny", "ch2_tiny")
    (root / "course.toml").write_text(other + "\n" + chapter, encoding="utf-8")
    for folder, name in (("reference", "ch1_tiny.py"), ("exercises", "ch1_tiny.py"), ("graders", "ch1_tiny")):
        source = root / folder / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, root / folder / name.replace("ch1", "ch2"))
    out = run(root, "graders", "--submission=exercises/ch1_tiny.py", code=4)
    assert "give a folder with a file per chapter" in out
    out = run(root, "graders")
    assert "ch1_tiny: 3.5 of 3.5 points\nch2_tiny: 3.5 of 3.5 points" in out


def test_processes_of_their_own_give_the_same_verdicts(root: Path) -> None:
    out = run_apart(root, CHECKS, "-n", "2")
    assert "5 passed" in out
    assert "ch1_tiny: 3.5 of 3.5 points" in out


def test_a_debugger_stops_at_the_line_of_the_check(root: Path, tiny: Tiny) -> None:
    solve(root, tiny, SQUARED)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--pdb", "--sandbox=none", "-k", "values"]
    done = subprocess.run(
        [*command, CHECKS], cwd=root, input="p request\nq\n", capture_output=True, text=True, timeout=280
    )
    assert "-> compare(probes.doubled)" in done.stdout
    assert "torchdojo/grading" not in done.stdout


def test_where_no_course_is_nothing_happens(root: Path) -> None:
    """Neither in a folder without a course nor in the tests beside one."""
    (root / "tests").mkdir()
    (root / "tests/test_own.py").write_text(
        "import sys\n\n\ndef test_own(request):\n    assert 'torch' not in sys.modules\n"
        "    assert not request.config.pluginmanager.has_plugin('torchdojo-course')\n"
    )
    assert "1 passed" in run_apart(root, "tests")
    (root / "course.toml").unlink()
    assert "1 passed" in run_apart(root, "tests")
    assert "compare" not in run_apart(root / "tests", "--fixtures")


PLAIN = """import pytest
import torch
from ch1_tiny import Scale, double


@pytest.mark.exercise("Scale")
def test_layer():
    assert torch.equal(Scale(3.0)(torch.ones(2)), torch.full((2,), 3.0))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_double(size):
    x = torch.randn(size)
    torch.testing.assert_close(double(x), x + x)
"""


def test_a_suite_without_probes_or_marks_grades(run: Pytest, root: Path, tiny: Tiny) -> None:
    for path in (root / "graders/ch1_tiny").glob("*.py"):
        path.unlink()
    (root / "graders/ch1_tiny/test_all.py").write_text(PLAIN, encoding="utf-8")
    assert "ch1_tiny: 3.5 of 3.5 points" in run(root, CHECKS)
    solve(root, tiny, "return x * x.numel()")
    out = run(root, CHECKS, code=1)
    assert "double [3]: not right yet" in out
    assert "ch1_tiny: 2.17 of 3.5 points" in out
