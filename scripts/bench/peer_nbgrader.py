"""Time nbgrader's own autograde: a kernel runs the submission and then the checks, one grade cell per check."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from scripts.bench import peers
from scripts.bench.measure import PartMissing, Setting, clock, write_json
from scripts.bench.submissions import student_names

REQUIREMENT = "nbgrader==0.9.6"


def measure(setting: Setting, chapter: str, sources: list[bytes], answers: Path) -> dict[str, object]:
    """Return the seconds of each submission of one `nbgrader autograde`, and the points that each earned."""
    programs = peers.make_environment(setting, "nbgrader", REQUIREMENT)
    course = setting.build / "nbgrader" / chapter
    shutil.rmtree(course, ignore_errors=True)
    checks = peers.list_checks(chapter, answers)
    write_json(course / "source" / chapter / f"{chapter}.ipynb", notebook(chapter, "...\n", checks))
    students = student_names(len(sources))
    for student, source in zip(students, sources, strict=True):
        place = course / "submitted" / student / chapter / f"{chapter}.ipynb"
        write_json(place, notebook(chapter, source.decode("utf-8"), checks))
    (course / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(course)!r}\nc.ExecutePreprocessor.timeout = 300\n"
    )
    environment = peers.environment_variables(programs, answers)
    _nbgrader(programs, course, environment, "generate_assignment", chapter)
    with clock() as whole:
        _nbgrader(programs, course, environment, "autograde", chapter)
    ends = [
        (course / "autograded" / student / chapter / f"{chapter}.ipynb").stat().st_mtime for student in sorted(students)
    ]
    gaps = [b - a for a, b in itertools.pairwise(ends)]
    # The first submission gets the rest of the total, which includes the command's start.
    each = [whole[0] - sum(gaps), *gaps]
    return {"passes": [each], "scores": _scores(course / "gradebook.db", students)}


def _nbgrader(programs: Path, course: Path, environment: dict[str, str], *arguments: str) -> None:
    command = [str(programs / "nbgrader"), *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise PartMissing(f"nbgrader {arguments[0]} ended with {done.returncode}: {peers.last_line(done.stderr)}")


def _scores(database: Path, students: list[str]) -> list[float]:
    """Return the points of each student in nbgrader's gradebook."""
    query = """
        SELECT a.student_id, SUM(COALESCE(g.auto_score, 0)) FROM grade g
        JOIN submitted_notebook n ON g.notebook_id = n.id JOIN submitted_assignment a ON n.assignment_id = a.id
        GROUP BY a.student_id"""
    with sqlite3.connect(database) as open_database:
        found = dict(open_database.execute(query).fetchall())
    return [found.get(student, 0.0) for student in students]


def notebook(chapter: str, source: str, checks: list[tuple[str, float]]) -> dict[str, Any]:
    """Return a notebook: a setup cell, the submission, and one grade cell per check."""
    cells = [_cell("setup", peers.setup_cell(chapter)), _cell("submission", source, solution=True)]
    for name, points in checks:
        text = f"check({chapter!r}, {name!r}, globals())\n"
        cells.append(_cell(name.replace("/", "-"), text, points))
    return peers.make_notebook(cells)


def _cell(name: str, source: str, points: float | None = None, solution: bool = False) -> dict[str, Any]:
    told = {"schema_version": 3, "grade_id": name, "grade": points is not None, "solution": solution, "task": False}
    told |= {"locked": not solution, **({"points": points} if points is not None else {})}
    return peers.code_cell(name[:64].replace("/", "-"), source, nbgrader=told)
