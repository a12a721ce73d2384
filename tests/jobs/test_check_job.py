"""A learner's session with the real course: check, list, hint, reset, run and doctor in a fresh copy."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import PROJECT
from tests.jobs.conftest import answer, copy_course, dojo, make, reference

ONE, THREE = "ch1_fundamentals", "ch3_modules"
CHAPTERS = tomllib.loads((PROJECT / "course.toml").read_text(encoding="utf-8"))["chapter"]
NAMES = [exercise["name"] for chapter in CHAPTERS for exercise in chapter["exercise"]]
MOST = sum(exercise["points"] for chapter in CHAPTERS for exercise in chapter["exercise"])


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return copy_course(tmp_path / "course")


def fill(course: Path, chapter: str, text: str) -> Path:
    path = course / f"exercises/{chapter}.py"
    path.write_text(text, encoding="utf-8")
    return path


def unwrapped(screen: str) -> str:
    return " ".join(screen.split())


def marks(screen: str) -> dict[str, str]:
    """Return each exercise's mark and words in a list of all exercises."""
    found = re.findall(r"^   (\S) (\w+) +[\d.]+ of [\d.]+   (.*?)(?:  .*)?$", screen, re.MULTILINE)
    return {name: f"{mark} {words.strip()}" for mark, name, words in found}


def test_a_fresh_course_greets_a_learner_calmly(course: Path) -> None:
    done = make("check", cwd=course)
    assert (done.code, done.err) == (0, "")
    screen = unwrapped(done.out)
    assert f"0 of {len(NAMES)} exercises" in screen
    assert f"0 of {MOST} points" in screen
    assert done.out.count("○") == len(NAMES)
    assert "Start with init_parameters" in screen
    assert f"exercises/{ONE}.py" in screen
    for word in ("✗", "failed", "error", "Traceback", "expected"):
        assert word not in done.out

    listed = make("list", cwd=course, env={"COLUMNS": "80"})
    assert (listed.code, listed.err) == (0, "")
    first, second = ([e["name"] for e in chapter["exercise"]] for chapter in CHAPTERS[:2])
    assert marks(listed.out) == dict.fromkeys(first, "○ to do")
    assert marks(dojo("list", "2", cwd=course).out) == dict.fromkeys(second, "○ to do")
    assert len(listed.out.splitlines()) < 24
    assert max(len(line) for line in listed.out.splitlines() if "dojo" not in line) <= 80
    (number,) = re.findall(rf"init_parameters .*exercises/{ONE}\.py:(\d+)$", listed.out, re.MULTILINE)
    *before, placeholder = (course / f"exercises/{ONE}.py").read_text(encoding="utf-8").splitlines()[: int(number)]
    assert placeholder.strip() == "..."
    assert [line for line in before if line.startswith("def ")][-1].startswith("def init_parameters(")


def test_right_chapters_get_all_their_points_and_a_wrong_answer_its_name(course: Path) -> None:
    fill(course, ONE, reference(ONE))
    fill(course, THREE, answer(THREE, "mistakes/DropLayer/not_scaled_in_evaluation"))
    done = dojo("check", cwd=course)
    assert (done.code, done.err) == (1, "")
    assert "Fundamentals and autograd: all 20 points." in unwrapped(done.out)
    for label, words in {
        "called": "DropLayer(layer, 0.625)(x) in evaluation",
        "expected": "0.625",
        "got": "x + layer(x)",
        "at": "return x + self.layer(x)",
    }.items():
        (shown,) = re.findall(rf"^ +{label} +(\S.*)$", done.out, re.MULTILINE)
        assert words in shown, label
    assert "Whole layer in evaluation" in done.out
    assert "Evaluation adds the layer whole." in unwrapped(done.out)

    fill(course, THREE, reference(THREE))
    fixed = dojo("check", THREE, cwd=course)
    assert (fixed.code, fixed.err) == (0, "")
    assert "Creating new modules: all 20 points." in unwrapped(fixed.out)
    assert f"14 of {len(NAMES)} exercises" in unwrapped(fixed.out)
    assert f"40 of {MOST} points" in unwrapped(fixed.out)

    right = [e["name"] for c in CHAPTERS if c["name"] in (ONE, THREE) for e in c["exercise"]]
    listed = dojo("list", "--all", cwd=course)
    assert marks(listed.out) == {name: "● right" if name in right else "○ to do" for name in NAMES}


def test_reset_puts_one_exercise_back_and_keeps_the_file(course: Path) -> None:
    path = fill(course, THREE, reference(THREE))
    done = dojo("reset", "DropLayer", cwd=course)
    assert (done.code, done.err) == (0, "")
    stub = (PROJECT / f"exercises/{THREE}.py").read_text(encoding="utf-8")
    after = path.read_text(encoding="utf-8")
    assert definitions(after) == {**definitions(reference(THREE)), "DropLayer": definitions(stub)["DropLayer"]}
    (kept,) = (course / ".torchdojo/backups").iterdir()
    assert kept.name in unwrapped(done.out)
    assert kept.read_text(encoding="utf-8") == reference(THREE)


def definitions(source: str) -> dict[str, str]:
    """Return the code of each function and class of a chapter, without the comments that frame a solution."""
    module = ast.parse(source)
    return {node.name: ast.unparse(node) for node in module.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_hints_go_deeper_each_time(course: Path) -> None:
    (hints,) = [e["hints"] for c in CHAPTERS for e in c["exercise"] if e["name"] == "sigmoid"]
    for level, hint in enumerate([*hints, hints[-1]], start=1):
        done = dojo("hint", "sigmoid", cwd=course)
        assert (done.code, done.err) == (0, "")
        assert f"hint {min(level, 3)} of 3" in done.out
        assert hint in unwrapped(done.out)


def test_run_trains_with_the_learners_code_and_draws_it(course: Path) -> None:
    untouched = dojo("run", "ch1", cwd=course)
    assert untouched.code == 1
    assert "still to do" in untouched.err
    fill(course, ONE, reference(ONE))
    done = dojo("run", "ch1", cwd=course)
    assert done.code == 0, done.text
    picture = course / f"pictures/{ONE}.png"
    assert f"saved {picture}" in unwrapped(done.out)
    accuracy = re.search(r"accuracy on 10,000 fresh samples: (0\.\d+); the best possible is (0\.\d+)", done.out)
    assert accuracy
    assert float(accuracy[1]) > float(accuracy[2]) - 0.02
    with Image.open(picture) as image:
        assert image.width > 800
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 100


def test_doctor_finds_the_machine_ready(course: Path) -> None:
    done = dojo("doctor", cwd=course)
    assert (done.code, done.err) == (0, "")
    assert "✗" not in done.out
    assert f"{len(CHAPTERS)} chapters" in done.out
    assert "your code runs in the sandbox" in done.out
    assert done.out.count("✓ sandbox: ") == 11  # ten self-tests, and that Python can be read there
    assert "Ready." in done.out
