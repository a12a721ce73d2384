"""Time otter-grader's `otter run`: one kernel per submission, one test case per check."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from scripts.bench import peers
from scripts.bench.measure import PartMissing, Setting, clock, write_json

REQUIREMENT = "otter-grader==7.0.0"
TEST = """\
from otter.test_files import test_case
OK_FORMAT = False
name = {name!r}
points = None

@test_case(points={points!r}, hidden=False)
def test(env):
    from scripts.bench.peers import check
    check({chapter!r}, {name!r}, env)
"""


def measure(setting: Setting, chapter: str, sources: list[bytes], answers: Path) -> dict[str, object]:
    """Return the seconds of each submission in one pass, and the points that each earned."""
    programs = peers.make_environment(setting, "otter", REQUIREMENT, "ipykernel")
    scratch = setting.build / "otter" / chapter
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    autograder = scratch / "autograder.zip"
    write_autograder(autograder, chapter, peers.list_checks(chapter, answers))
    environment = peers.environment_variables(programs, answers)
    each, scores = [], []
    for number, source in enumerate(sources):
        place = scratch / str(number)
        place.mkdir()
        write_json(place / f"{chapter}.ipynb", notebook(peers.setup_cell(chapter), source.decode("utf-8")))
        command = [str(programs / "otter"), "run", "-a", str(autograder), "-o", str(place), f"{chapter}.ipynb"]
        with clock() as seconds:
            done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        told = place / "results.json"
        if not told.is_file():
            raise PartMissing(f"otter run ended with {done.returncode}: {peers.last_line(done.stderr or done.stdout)}")
        each += seconds
        results = json.loads(told.read_text())
        scores.append(sum(test.get("score", 0.0) for test in results["tests"]))
    return {"passes": [each], "scores": scores}


def notebook(*sources: str) -> dict[str, Any]:
    """Return a notebook with these code cells."""
    return peers.make_notebook([peers.code_cell(f"cell-{number}", source) for number, source in enumerate(sources)])


def write_autograder(path: Path, chapter: str, checks: list[tuple[str, float]]) -> None:
    """Write otter's autograder.zip: its settings, and one test file per check."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python", "print_summary": False}))
        for number, (name, points) in enumerate(checks):
            text = TEST.format(name=name, points=points, chapter=chapter)
            archive.writestr(f"tests{os.sep}{number:03}_{name.replace('/', '_')}.py", text)
