"""`dojo submit` in learners' courses, and `dojo grade` of what it packs: each gets the points of what is right."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.conftest import PROJECT
from tests.jobs.conftest import copy_course, dojo, half_done, notebook, read_grades, reference

THREE, SIX, SEVEN = "ch3_modules", "ch6_optimizers", "ch7_gradient_noise"


def submit(place: Path, student: str, files: dict[str, str], handed_in: Path) -> str:
    """Hand in what `dojo submit` packs in a learner's course with these exercises; return what it said."""
    course = copy_course(place / student)
    for name, text in files.items():
        path = course / "exercises" / name
        path.with_suffix(".py").unlink()
        path.write_text(text, encoding="utf-8")
    done = dojo("submit", cwd=course)
    assert (done.code, done.err) == (0, "")
    (course / "submission.zip").rename(handed_in / f"{student}.zip")
    return done.out


def test_what_submit_packs_is_graded_with_the_points_of_what_is_right(tmp_path: Path) -> None:
    handed_in = tmp_path / "submissions"
    handed_in.mkdir()
    said = submit(tmp_path, "ada", {f"{THREE}.py": reference(THREE), f"{SIX}.py": half_done(SIX, "SGD")}, handed_in)
    assert f"✓ {THREE}.py  4 of 4 exercises filled in" in said
    assert f"✓ {SIX}.py  1 of 3 exercises filled in" in said
    assert said.count("nothing filled in yet: not packed") == 5
    with zipfile.ZipFile(handed_in / "ada.zip") as archive:
        assert sorted(archive.namelist()) == [f"{THREE}.py", f"{SIX}.py"]

    said = submit(tmp_path, "bela", {f"{SEVEN}.ipynb": notebook(reference(SEVEN))}, handed_in)
    assert f"✓ {SEVEN}.ipynb  4 of 4 exercises filled in" in said

    done = dojo("grade", handed_in, "--out", tmp_path / "results", "--jobs", "1", cwd=PROJECT)
    assert done.code == 0, done.text
    grades = read_grades(tmp_path / "results")
    assert {student: {c: p for c, p in row.items() if p} for student, row in grades.items()} == {
        "ada": {THREE: "20", SIX: "8", "total": "28", "max": "60"},
        "bela": {SEVEN: "20", "total": "20", "max": "60"},
    }
    lines = [json.loads(line) for line in (tmp_path / "results/results.jsonl").read_text().splitlines()]
    (half,) = [line for line in lines if line["chapter"] == SIX]
    states = {(c["exercise"].partition("/")[2], c["status"]) for c in half["checks"]}
    assert states == {("SGD", "passed"), ("SGDW", "todo"), ("Adam", "todo")}
