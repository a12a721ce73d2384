"""Time ten, a hundred and a thousand cheap submissions in `dojo grade`: do cost per submission or memory grow?"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil

from scripts.bench.engine import dojo, dojo_command, write_submissions
from scripts.bench.measure import ROOT, Setting, clock
from torchdojo.authoring.reset import restore_stub
from torchdojo.course import load_course
from torchdojo.course.stub import load_stub

CHAPTER = "ch7_gradient_noise"
SIZES = (10, 100, 1000)
MB = 2**20


def measure(setting: Setting) -> dict[str, object]:
    """Return, by size, the seconds of grading, resuming and reporting, the parent's memory, and the bytes of OUT."""
    found = {}
    for size in (3, 6, 12) if setting.quick else SIZES:
        scratch = setting.build / "growth" / str(size)
        shutil.rmtree(scratch, ignore_errors=True)
        write_submissions(scratch / "submissions", CHAPTER, cheap_submissions(size))
        grading = ["grade", str(scratch / "submissions"), "--out", str(scratch / "out"), "--jobs", "2"]
        seconds, memory = _run_watched(grading)
        with clock() as resume:
            dojo(*grading)
        report = _time_report(scratch / "out")
        out = sum(path.stat().st_size for path in (scratch / "out").rglob("*") if path.is_file())
        found[str(size)] = {
            "seconds": seconds,
            "parent_bytes": memory,
            "out_bytes": out,
            "resume": resume[0],
            "report": report,
        }
        shutil.rmtree(scratch)
    return {"sizes": found, "chapter": CHAPTER}


def cheap_submissions(size: int) -> list[bytes]:
    """Return `size` different stubs with the first exercise filled in."""
    course = load_course(ROOT)
    chapter = next(one for one in course.chapters if one.name == CHAPTER)
    text, stub = course.reference_file(chapter).read_text(encoding="utf-8"), load_stub(course, chapter)
    for exercise in chapter.exercises[1:]:
        text = restore_stub(text, stub, exercise.name)
    return [f"{text}\n# submission {number}\n".encode() for number in range(size)]


def _time_report(out: Path) -> float | None:
    """Return the seconds that `dojo report` takes; None where there is no such command."""
    if "report" not in dojo("--help"):
        return None
    with clock() as seconds:
        dojo("report", str(out))
    return seconds[0]


def _run_watched(arguments: list[str]) -> tuple[float, int]:
    """Run `dojo`; return its seconds and the peak resident memory of its first process, in bytes, as sampled."""
    started = time.perf_counter()
    with subprocess.Popen(
        dojo_command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ}
    ) as child:
        process, most = psutil.Process(child.pid), 0
        while child.poll() is None:
            try:
                most = max(most, process.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.05)
        child.wait()
        seconds = time.perf_counter() - started
        if child.returncode:
            assert child.stderr is not None
            raise RuntimeError(f"dojo grade ended with {child.returncode}: {child.stderr.read().decode()[-400:]}")
    return seconds, most
