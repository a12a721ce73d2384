"""Verdicts of the course's own right and wrong answers, on the simulated accelerator and on a CUDA device.

Where the environment names a folder in RECORD, what came out is kept
there for scripts/record_gpu.py.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.conftest import PROJECT
from torchdojo.batch import Job, run_jobs
from torchdojo.course import Chapter, load_course
from torchdojo.grading import Result
from torchdojo.sandbox import NONE
from torchdojo.verify import Subject, subjects_of

COURSE = load_course(PROJECT)
RECORD = "TORCHDOJO_GPU_RECORD"
PARTS = 8  # of a chapter, so that several processes share the work
PLACES = ("simulated", "cuda")
RIGHT = ("reference", "accepted")
KINDS = (*RIGHT, "mistake")


@dataclass(frozen=True)
class Verdict:
    """What one answer got in one place. passed: by check, "exercise/check"; words: of the checks that did not pass"""

    chapter: str
    name: str
    kind: str
    place: str
    seconds: float
    passed: dict[str, bool]
    words: dict[str, str]


def verdicts(chapter: Chapter, part: int) -> list[Verdict]:
    """Grade a part of a chapter's answers in both places. Answers, each in one place and then in the other."""
    chosen = [s for s in subjects_of(COURSE, chapter) if s.expectation.kind in KINDS][part::PARTS]
    found = [verdict for place in PLACES for verdict in _graded(chapter, chosen, place)]
    folder = os.environ.get(RECORD)
    if folder:
        lines = [json.dumps(asdict(verdict)) for verdict in found]
        (Path(folder) / f"{chapter.name}-{part}.json").write_text("\n".join(lines), encoding="utf-8")
    return found


def pairs_of(found: list[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Return each answer's verdict on the simulated accelerator with that on CUDA."""
    cuda = {(v.chapter, v.name): v for v in found if v.place == "cuda"}
    return [(v, cuda[v.chapter, v.name]) for v in found if v.place == "simulated"]


def differing(simulated: Verdict, cuda: Verdict) -> list[str]:
    """Return the checks that passed in one place only."""
    return [check for check, passed in cuda.passed.items() if simulated.passed[check] != passed]


def _graded(chapter: Chapter, subjects: list[Subject], place: str) -> list[Verdict]:
    jobs = [Job(s, chapter.name, s.source, b"gpu tests", s.only, accelerators=(place,)) for s in subjects]
    return [_verdict(job.label, place, result) for job, result in run_jobs(PROJECT, NONE, jobs, 1)]


def _verdict(subject: Subject, place: str, result: Result) -> Verdict:
    checks = {f"{check.exercise}/{check.check}": check for check in result.checks}
    return Verdict(
        chapter=result.chapter,
        name=subject.name,
        kind=subject.expectation.kind,
        place=place,
        seconds=result.seconds,
        passed={name: check.status == "passed" for name, check in checks.items()},
        words={name: f"{c.status}: {c.message}" for name, c in checks.items() if c.status != "passed"},
    )
