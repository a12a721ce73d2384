"""`dojo compare`: the reference beside a learner's own version, once that is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.results import make_check
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import Page, Session
from torchdojo.source.files import ParsedSource


def compare(root: Path, width: int = 80) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(cli, ["--course", str(root), "compare", "double"])


def solve(root: Path, status: str = "passed") -> Progress:
    """Write a version of `double` that uses a function of its own, and remember how its check ended."""
    path = root / "exercises/ch1_tiny.py"
    text = path.read_text().replace("    ...\n", "    return twice(x)\n", 1)
    path.write_text(text + "\n\ndef twice(x):\n    return x + x\n")
    course = load_course(root)
    progress = Progress(course, root / "exercises")
    progress.record(course.chapters[0], [make_check("double.values", status, 2.0, 2.0)])
    progress.save()
    return progress


def change_course(root: Path, old: str, new: str) -> None:
    path = root / "course.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize("width", [80, 120])
def test_both_versions_are_shown_without_docstring_and_markers(tiny_root: Path, width: int) -> None:
    solve(tiny_root)
    done = compare(tiny_root, width)
    assert done.exit_code == 0, done.output
    for words in ("yours", "return twice(x)", "return x + x", "the reference's", "return 2 * x"):
        assert words in done.output
    for words in ("SOLUTION", "Return twice x"):
        assert words not in done.output
    heads = [line for line in done.output.splitlines() if "yours" in line]
    assert ("the reference's" in heads[0]) == (width == 120)


def test_what_was_learnt_is_below(tiny_root: Path) -> None:
    change_course(tiny_root, 'name = "double"\n', 'name = "double"\nlearnt = "Doubling is adding."\n')
    solve(tiny_root)
    assert compare(tiny_root).output.rstrip().endswith("Doubling is adding.")


def test_a_reference_is_not_shown_before_the_exercise_is_right(tiny_root: Path) -> None:
    solve(tiny_root, "failed")
    done = compare(tiny_root)
    assert done.exit_code == 1
    assert "double is not right yet" in done.output
    assert "2 * x" not in done.output


def test_a_course_may_keep_its_reference_and_a_release_has_none(tiny_root: Path) -> None:
    solve(tiny_root)
    change_course(tiny_root, "show_reference = true", "show_reference = false")
    done = compare(tiny_root)
    assert (done.exit_code, "does not show the reference" in done.output) == (1, True)
    change_course(tiny_root, "show_reference = false", "released = true")
    done = compare(tiny_root)
    assert (done.exit_code, "does not contain the reference" in done.output) == (1, True)


def test_watch_has_a_key_once_the_exercise_is_right(tiny_root: Path) -> None:
    progress = solve(tiny_root)
    chapter = progress.course.chapters[0]
    session = Session(progress)
    text = (tiny_root / "exercises/ch1_tiny.py").read_text().replace("        ...\n", "        self.factor = factor\n")
    source = ParsedSource(text.encode())
    progress.update(chapter, source)
    progress.record(chapter, [make_check("Scale.values", "passed", 1.5, 1.5)])
    session.start({"ch1_tiny": source})
    assert session.current.exercise.name == "double"
    session.press("v")
    assert (session.page, session.available_keys()["v"]) == (Page.COMPARE, "back")
    session.press("v")
    assert session.page is Page.VERDICT
