"""A course of one's own, from an empty folder: started, verified, solved, extended, graded and released."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.jobs.conftest import Done, dojo, read_grades, run
from torchdojo.course import load_course

QUICK = ("--seeds", "1", "--variants", "0")
SECOND = {"torch": ("ch1_basics/Affine", "--class"), "python": ("ch1_basics/Recent", "--class")}
FIRST = {"torch": "softmax", "python": "run_lengths"}
# A mistake of one's own in the first exercise: what is changed in the copy of its solution, and what then fails.
SLIP = {
    "torch": ("powers.sum(dim=-1, keepdim=True)", "powers.sum()", '("values_and_gradient", "large_numbers")'),
    "python": ("(character, 1)", "(character, 0)", '("runs",)'),
}


# tests/jobs/test_first_course.py takes the same way with torch, as docs/authoring.md describes it.
@pytest.mark.parametrize("kind", [pytest.param("torch", marks=pytest.mark.slow), "python"])
def test_a_course_of_ones_own(tmp_path: Path, kind: str) -> None:
    done = dojo("new", "course", "mine", "--kind", kind, cwd=tmp_path)
    assert done.code == 0, done.text
    course = tmp_path / "mine"
    path = course / "exercises/ch1_basics.py"
    stub = path.read_text(encoding="utf-8")

    first = dojo("check", cwd=course)
    assert first.code == 1, first.text
    assert f"Start with {FIRST[kind]} in exercises/ch1_basics.py" in " ".join(first.out.split())

    right = (course / "reference/ch1_basics.py").read_text(encoding="utf-8")
    path.write_text(right, encoding="utf-8")
    solved = dojo("check", cwd=course)
    assert solved.code == 0, solved.text

    assert dojo("new", "exercise", *SECOND[kind], cwd=course).code == 0
    added = dojo("check", cwd=course)
    assert added.code == 1, added.text
    assert "1 of 2 exercises" in added.out
    assert dojo("stubs", cwd=course).code == 0

    done = dojo("new", "mistake", f"ch1_basics/{FIRST[kind]}/slip", cwd=course)
    assert done.code == 0, done.text
    mistake = course / f"graders/ch1_basics/mistakes/{FIRST[kind]}/slip.py"
    copy = mistake.read_text(encoding="utf-8")
    unchanged = dojo("verify", f"ch1_basics/{FIRST[kind]}", "--mistakes-only", cwd=course)
    assert unchanged.code == 1
    assert "has the reference's code: make the mistake in it" in unchanged.out
    old, new, fails = SLIP[kind]
    assert old in copy
    head, _, tail = copy.replace(old, new).partition("FAILS = ")
    mistake.write_text(f"{head}FAILS = {fails}\n{tail.partition(chr(10))[2]}", encoding="utf-8")

    verified = dojo("verify", *QUICK, cwd=course)
    assert verified.code == 0, verified.text
    assert "all verdicts are as expected" in verified.out

    submissions = tmp_path / "submissions"
    for student, text in (("ada", (course / "reference/ch1_basics.py").read_text(encoding="utf-8")), ("bob", stub)):
        (submissions / student).mkdir(parents=True)
        (submissions / student / "ch1_basics.py").write_text(text, encoding="utf-8")
    graded = dojo("grade", submissions, "--out", "results", cwd=course)
    assert graded.code == 0, graded.text
    grades = read_grades(course / "results")
    assert {student: float(row["total"]) for student, row in grades.items()} == {"ada": 4.0, "bob": 0.0}
    lines = (course / "results/results.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["status"] for line in lines} == {"graded"}

    released = dojo("release", "--out", tmp_path / "release", cwd=course)
    assert released.code == 0, released.text
    release = load_course(tmp_path / "release")
    assert release.released
    assert [exercise.points for exercise in release.chapters[0].exercises] == [1.5, 1.5]
    (tmp_path / "release/exercises/ch1_basics.py").write_text(right, encoding="utf-8")
    assert "1 of 2 exercises" in dojo("check", cwd=tmp_path / "release").out


def test_an_engine_installed_from_its_wheel_starts_and_releases_a_course(tmp_path: Path) -> None:
    wheel, site = build_from_sources(tmp_path / "wheels"), tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    installed = run(*pip, site, wheel, cwd=tmp_path)
    assert installed.code == 0, installed.text

    def new(site: Path, *arguments: str) -> Done:
        command = (sys.executable, "-m", "torchdojo", *arguments)
        return run(*command, cwd=tmp_path, env={"PYTHONPATH": str(site)})

    started = new(site, "new", "course", "mine", "--kind", "python")
    assert started.code == 0, started.text
    released = new(site, "--course", "mine", "release", "--out", "release")
    assert released.code == 0, released.text
    (learners,) = (tmp_path / "release/wheels").glob("*.whl")
    other = run(*pip, tmp_path / "learners", learners, cwd=tmp_path)
    assert other.code == 0, other.text
    checked = new(tmp_path / "learners", "--course", "release", "check")
    assert "0 of 1 exercises" in checked.out, checked.text
    refused = new(tmp_path / "learners", "new", "course", "other")
    assert refused.code == 2
    assert "came with a course's release" in refused.err


def build_from_sources(folder: Path) -> Path:
    """Build the engine's whole wheel as a maintainer does."""
    copy = folder / "sources"
    shutil.copytree(PROJECT / "torchdojo", copy / "torchdojo", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, copy)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    built = run(*pip, "--wheel-dir", folder, copy, cwd=folder)
    assert built.code == 0, built.text
    (wheel,) = folder.glob("*.whl")
    return wheel
