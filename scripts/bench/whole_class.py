"""Time `dojo grade` on a whole class: 300 students of seven chapters, on all cores, and what each stage takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.bench.machine import fingerprint
from scripts.bench.measure import ROOT, Setting, read_json, write_json
from scripts.bench.watched import run_watched
from torchdojo.course import load_course

STUDENTS = 300
STAGE = re.compile(r"(reading|starting|grading|writing) (\d+) s")


def measure(setting: Setting) -> dict[str, object]:
    """Return the seconds in all and by stage, how many submissions, in how many tries, and the memory.

    The results and the time so far are saved, so that an interrupted part resumes. It takes most of an hour.
    """
    folder = setting.build / "class"
    saved = folder / "progress.json"
    progress: dict[str, Any] = read_json(saved) or {}
    if progress.get("fingerprint") != fingerprint():
        shutil.rmtree(folder, ignore_errors=True)
        progress = {"fingerprint": fingerprint(), "seconds": 0.0, "tries": 0}
    chapters = len(load_course(ROOT).chapters)
    count = chapters * (1 if setting.quick else STUDENTS)
    if not (folder / "submissions").exists():
        _make_class(folder, count)
    before = progress["seconds"]
    progress["tries"] += 1

    def note(seconds: float) -> None:
        if before + seconds > progress["seconds"] + 2:
            progress["seconds"] = before + seconds
            write_json(saved, progress)

    arguments = ["grade", str(folder / "submissions"), "--out", str(folder / "out")]
    watched = run_watched(*arguments, tick=note)
    progress["seconds"] = before + watched.seconds
    progress["memory"] = watched.memory  # of an earlier try's processes nothing is known
    stages = {stage: float(seconds) for stage, seconds in STAGE.findall(watched.output)}
    if stages:  # what earlier tries took, they took for grading
        stages["grading"] += before
    shutil.rmtree(folder)
    return {"submissions": count, "chapters": chapters, "stages": stages, **progress}


def _make_class(folder: Path, count: int) -> None:
    command = [sys.executable, str(ROOT / "scripts/make_class.py"), str(folder / "submissions")]
    command += ["--ordinary", "--chapters", "all", "--submissions", str(count)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"make_class.py ended with {done.returncode}: {done.stderr[-400:]}")
