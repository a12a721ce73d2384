"""`dojo verify` of one exercise of the real course: all in order, and a check that demands nothing is found out."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import PROJECT
from tests.jobs.conftest import copy_course, dojo

CHAPTER, EXERCISE = "ch1_fundamentals", "accuracy"
GRADERS = PROJECT / "graders" / CHAPTER


def test_every_answer_and_mutant_of_an_exercise_gets_its_verdict(tmp_path: Path) -> None:
    done = dojo("verify", f"{CHAPTER}/{EXERCISE}", "--seeds", "1", "--jobs", "1", cwd=copy_course(tmp_path / "course"))
    assert done.code == 0, done.text
    assert "all verdicts are as expected" in done.out
    (row,) = re.findall(rf"^ {EXERCISE} +([\d ]+)$", done.out, re.MULTILINE)
    checks, accepted, mistakes, named, mutants, killed, equivalent, replayed, lazy = map(int, row.split())
    tests = (GRADERS / f"test_{EXERCISE}.py").read_text(encoding="utf-8")
    assert checks == tests.count("\ndef test_")
    assert accepted == len(list((GRADERS / "accepted" / EXERCISE).glob("*.py")))
    assert mistakes == named == len(list((GRADERS / "mistakes" / EXERCISE).glob("*.py")))
    assert killed > 5
    assert killed + equivalent == mutants
    assert replayed == lazy == 0


def test_a_check_that_demands_nothing_is_found_out(tmp_path: Path) -> None:
    course = copy_course(tmp_path / "course")
    path = course / f"graders/{CHAPTER}/test_{EXERCISE}.py"
    whole = path.read_text(encoding="utf-8")
    path.write_text(
        whole.replace("    compare(probes.accuracy_ties, n=4 * drawn.integer(50, 250) + 1)\n", ""), encoding="utf-8"
    )
    assert path.read_text(encoding="utf-8") != whole
    done = dojo("verify", f"{CHAPTER}/{EXERCISE}", "--seeds", "1", "--jobs", "1", "--no-mutants", cwd=course)
    assert done.code == 1, done.text
    assert f"✗ {CHAPTER}: mistake {EXERCISE}/ties_to_one" in done.out
    assert "ties passes, but should fail" in done.out
    assert "earns all points of its exercise" in done.out
    assert "all verdicts are as expected" not in done.out
