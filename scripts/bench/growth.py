"""Time ten, a hundred and a thousand cheap submissions in `dojo grade`: do cost per submission or memory grow?"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path
from typing import Any

from scripts.bench.direct import find_chapter
from scripts.bench.engine import dojo, write_submissions
from scripts.bench.machine import fingerprint
from scripts.bench.measure import ROOT, Setting, clock, read_json, write_json
from scripts.bench.watched import run_watched
from torchdojo.authoring.reset import restore_stub
from torchdojo.course import load_course
from torchdojo.course.stub import load_stub

CHAPTER = "ch7_gradient_noise"
RUNS = {10: 3, 100: 3, 1000: 1}  # how often each size is measured: the start of a short run weighs more


def measure(setting: Setting) -> dict[str, object]:
    """Return, by size, the seconds of grading, resuming and reporting, the memory, and the bytes of OUT.

    Each size is saved when it is measured, so that an interrupted part resumes.
    """
    saved = setting.build / "growth" / f"{fingerprint()}.json"
    found: dict[str, Any] = read_json(saved) or {}
    for size, runs in ({3: 1, 6: 1, 12: 1} if setting.quick else RUNS).items():
        if str(size) not in found:
            found[str(size)] = _measure_size(setting.build / "growth" / str(size), size, runs)
            write_json(saved, found)
    saved.unlink()
    return {"sizes": found, "chapter": CHAPTER}


def _measure_size(scratch: Path, size: int, runs: int) -> dict[str, Any]:
    shutil.rmtree(scratch, ignore_errors=True)
    write_submissions(scratch / "submissions", CHAPTER, cheap_submissions(size))
    out = scratch / "out"
    grading = ["grade", str(scratch / "submissions"), "--out", str(out), "--jobs", "2"]
    watched = []
    for _ in range(runs):
        shutil.rmtree(out, ignore_errors=True)
        watched.append(run_watched(*grading))
    with clock() as resume:
        dojo(*grading)
    with clock() as report:
        dojo("report", str(out))
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    shutil.rmtree(scratch)
    return {
        "seconds": statistics.median(one.seconds for one in watched),
        "runs": runs,
        "memory": watched[-1].memory,
        "out_bytes": written,
        "resume": resume[0],
        "report": report[0],
    }


def cheap_submissions(size: int) -> list[bytes]:
    """Return `size` different stubs with the first exercise filled in."""
    course = load_course(ROOT)
    chapter = find_chapter(course, CHAPTER)
    text, stub = course.reference_file(chapter).read_text(encoding="utf-8"), load_stub(course, chapter)
    for exercise in chapter.exercises[1:]:
        text = restore_stub(text, stub, exercise.name)
    return [f"{text}\n# submission {number}\n".encode() for number in range(size)]
