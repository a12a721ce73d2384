"""Verdicts of the course's own right and wrong answers, on the simulated accelerator and on a CUDA device.

Where the environment names a folder in RECORD, each verdict is kept there as soon as it is known, a line of JSON in a
file of the process, for scripts/record_gpu.py: a run that is stopped loses only what it was at.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.conftest import PROJECT
from torchdojo.batch.jobs import Job
from torchdojo.batch.pool import run_jobs
from torchdojo.course import Chapter, load_course
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import NONE
from torchdojo.verify.subjects import Subject, load_subjects

COURSE = load_course(PROJECT)
RECORD = "TORCHDOJO_GPU_RECORD"
PARTS = 8  # of a chapter, so that several processes share the work
PLACES = ("simulated", "cuda")
RIGHT = ("reference", "accepted")
KINDS = (*RIGHT, "mistake")
SANDBOX = "sandbox"  # the third place: in bubblewrap, on both of the others
TOO_MUCH = "more than the device holds"  # the one answer that is not part of the course


@dataclass(frozen=True)
class Verdict:
    """What one answer got in one place.

    place: one of PLACES, or SANDBOX; passed: by check, "exercise/check"; words: of the checks that did not pass
    """

    chapter: str
    name: str
    kind: str
    place: str
    seconds: float
    passed: dict[str, bool]
    words: dict[str, str]


def verdicts(chapter: Chapter, part: int) -> list[Verdict]:
    """Grade a part of a chapter's answers in both places. Answers, each in one place and then in the other."""
    chosen = answers(chapter)[part::PARTS]
    return [verdict for place in PLACES for verdict in _graded(chapter, chosen, place)]


def answers(chapter: Chapter) -> list[Subject]:
    """Return the answers to a chapter that are compared."""
    return [s for s in load_subjects(COURSE, chapter) if s.expectation.kind in KINDS]


def keep(verdict: Verdict) -> None:
    """Write a verdict where RECORD says, if it is set."""
    folder = os.environ.get(RECORD)
    if folder:
        with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(verdict)) + "\n")


def pairs_of(found: list[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Return each answer's verdict on the simulated accelerator with that on CUDA, where both are known."""
    simulated, cuda = ({(v.chapter, v.name): v for v in found if v.place == place} for place in PLACES)
    return [(verdict, cuda[key]) for key, verdict in simulated.items() if key in cuda]


def differing(simulated: Verdict, cuda: Verdict) -> list[str]:
    """Return the checks that passed in one place only, or were answered in one only."""
    checks = simulated.passed | cuda.passed
    return [check for check in checks if simulated.passed.get(check) != cuda.passed.get(check)]


def broken(verdict: Verdict) -> list[str]:
    """Return the checks that could not be judged: no verdict, so nothing that two places could agree on."""
    return [check for check, words in verdict.words.items() if words.startswith("grader_error")]


def verdict_of(name: str, kind: str, place: str, result: Result) -> Verdict:
    """Put a result into a verdict, and keep it."""
    checks = {f"{check.exercise}/{check.check}": check for check in result.checks}
    words = {name: f"{c.status}: {c.message}" for name, c in checks.items() if c.status != "passed"}
    if not checks:  # a result without checks is the grader's failure, not full points
        words = {"grading": f"grader_error: {result.message}"}
    verdict = Verdict(
        chapter=result.chapter,
        name=name,
        kind=kind,
        place=place,
        seconds=result.seconds,
        passed={name: name not in words for name in checks | words},
        words=words,
    )
    keep(verdict)
    return verdict


def _graded(chapter: Chapter, subjects: list[Subject], place: str) -> list[Verdict]:
    jobs = [Job(s, chapter.name, s.source, b"gpu tests", s.only, accelerators=(place,)) for s in subjects]
    results = run_jobs(PROJECT, NONE, jobs, 1)
    return [verdict_of(job.label.name, job.label.expectation.kind, place, result) for job, result in results]
