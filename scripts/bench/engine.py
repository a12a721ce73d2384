"""Time this engine: sandboxed in bubblewrap, named mistakes included, and each submission with questions of its own.

Warm: in processes that have graded before, as in the middle of a class. Cold: a whole `dojo grade`, from the shell to
the last page of feedback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from scripts.bench.direct import SECRET
from scripts.bench.measure import ROOT, PartMissing, Setting, clock
from scripts.bench.submissions import student_names
from torchdojo.batch.jobs import Job, derive_secret
from torchdojo.batch.pool import run_jobs
from torchdojo.grading.result import Result
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.selftest.runner import run_selftest

COLD_RUNS = 2
ENVIRONMENT = {**os.environ, "COLUMNS": "120"}  # of a `dojo` that is run from here


def measure(
    setting: Setting, chapter: str, sources: list[bytes], warm_up: list[bytes], processes: int, passes: int
) -> dict[str, object]:
    """Return warm passes, the points that each submission earned, and with several processes the seconds of cold runs.

    warm_up: submissions that are graded before anything is measured
    """
    backend = backend_named("bubblewrap")
    if not all(test.passed for test in run_selftest(backend)):
        raise PartMissing("the self-test of the bubblewrap sandbox fails on this machine")
    warm, scores = _grade_warm(chapter, sources, warm_up, processes, setting.passes(passes))
    runs = setting.passes(COLD_RUNS) if processes > 1 else 0
    cold = [_grade_cold(setting, chapter, sources, processes) for _ in range(runs)]
    return {"passes": warm, "scores": scores, "cold": cold}


def _grade_warm(
    chapter: str, sources: list[bytes], warm_up: list[bytes], processes: int, rounds: int
) -> tuple[list[list[float]], list[float | None]]:
    jobs = [new_job(("warm", n), chapter, source) for n, source in enumerate(warm_up * processes)]
    for r in range(rounds):  # with another comment, or the second pass would ask the first one's questions again
        jobs += [new_job((r, n), chapter, b"%s# pass %d\n" % (source, r)) for n, source in enumerate(sources)]
    ends: dict[tuple[object, int], tuple[float, Result]] = {}
    with closing(run_jobs(ROOT, backend_named("bubblewrap"), jobs, processes)) as results:
        for job, result in results:
            ends[job.label] = time.perf_counter(), result
    passes = []
    before = max(when for (kind, _), (when, _) in ends.items() if kind == "warm")
    for r in range(rounds):
        when = sorted(when for (kind, _), (when, _) in ends.items() if kind == r)
        # The time between results: per submission with one process, what each one adds with several.
        passes.append([after - earlier for earlier, after in zip([before, *when], when, strict=False)])
        before = when[-1]
    return passes, [ends[0, n][1].score for n in range(len(sources))]


def new_job(label: object, chapter: str, source: bytes) -> Job:
    """Return a job as `dojo grade` makes it: each text is asked its own questions."""
    return Job(label, chapter, source, derive_secret(SECRET, source), withholds=True)


def _grade_cold(setting: Setting, chapter: str, sources: list[bytes], processes: int) -> float:
    """Return the seconds of one `dojo grade` with an empty OUT."""
    scratch = setting.build / "engine" / chapter
    shutil.rmtree(scratch, ignore_errors=True)
    write_submissions(scratch / "submissions", chapter, sources)
    with clock() as seconds:
        dojo("grade", str(scratch / "submissions"), "--out", str(scratch / "out"), "--jobs", str(processes))
    return seconds[0]


def write_submissions(folder: Path, chapter: str, sources: list[bytes]) -> None:
    """Write submissions into a folder for `dojo grade`."""
    for student, source in zip(student_names(len(sources)), sources, strict=True):
        (folder / student).mkdir(parents=True)
        (folder / student / f"{chapter}.py").write_bytes(source)


def dojo_command(*arguments: str, course: Path = ROOT) -> list[str]:
    """Return the command line that runs `dojo` on a course."""
    return [sys.executable, "-m", "torchdojo.cli", "--course", str(course), *arguments]


def dojo(*arguments: str, course: Path = ROOT, codes: tuple[int, ...] = (0,)) -> str:
    """Run `dojo`; return its output. RuntimeError if it ends with another code."""
    done = subprocess.run(dojo_command(*arguments, course=course), capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode not in codes:
        raise RuntimeError(f"dojo {arguments[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return done.stdout
