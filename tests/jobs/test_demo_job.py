"""`make demo`: a made-up class of the real course, with right, wrong and hostile submissions, graded."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.conftest import PROJECT
from tests.jobs.conftest import copy_course, make, read_grades

CHAPTERS = ("ch1_fundamentals", "ch6_optimizers")


def test_the_demonstration_grades_right_wrong_and_hostile_submissions(tmp_path: Path) -> None:
    course = copy_course(tmp_path / "course")
    done = make("demo", "DEMO=12", cwd=course)
    assert done.code == 0, done.text
    out = course / "build/demo/results"
    for name in ("report.html", "grades.csv"):
        assert f"open build/demo/results/{name}" in done.out
        assert (out / name).is_file()
    assert "12 submissions" in done.out

    lines = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 12
    assert "grader_error" not in {line["status"] for line in lines}
    table = tomllib.loads((PROJECT / "graders/hostile/attacks.toml").read_text(encoding="utf-8"))
    attacks = {attack["id"]: attack for attack in table["attack"]}
    for chapter in CHAPTERS:
        own = [line for line in lines if line["chapter"] == chapter]
        assert any(line["score"] == 20 for line in own)
        assert any(0 < line["score"] < 20 and any(check["mistake"] for check in line["checks"]) for line in own)
        (name,) = re.findall(rf"^ +{chapter}: .*\b1 hostile\b.*\((\w+)\)$", done.out, re.MULTILINE)
        assert any(ends_as(line, attacks[name]) for line in own), name

    points = {student: float(row["total"]) for student, row in read_grades(out).items()}
    assert points == {student: sum(line["score"] for line in lines if line["student"] == student) for student in points}


def ends_as(line: dict[str, Any], attack: dict[str, Any]) -> bool:
    """Return whether a result is what an attack must get: no point, and its exercise stopped for the cause known."""
    own = [check for check in line["checks"] if check["exercise"] == f"{attack['chapter']}/{attack['exercise']}"]
    return line["score"] == 0 and all(
        check["status"] in attack["status"] and re.search(attack.get("cause", ""), check["message"]) for check in own
    )
