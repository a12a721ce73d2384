"""On a real CUDA device: right answers pass there, and the simulated accelerator gives the verdicts that CUDA gives.

`make test-gpu` runs these; without a device they are skipped by name, never passed.
"""

from __future__ import annotations

import pytest
import torch

from tests.conftest import PROJECT
from torchdojo.batch import Job, run_jobs
from torchdojo.course import Chapter, load_course
from torchdojo.grading import Result
from torchdojo.sandbox import NONE
from torchdojo.verify import Subject, subjects_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
COURSE = load_course(PROJECT)
CHAPTERS = pytest.mark.parametrize("chapter", COURSE.chapter, ids=lambda chapter: chapter.name)


def graded(chapter: Chapter, subjects: list[Subject], accelerator: str) -> dict[str, Result]:
    jobs = [Job(s.name, chapter.name, s.source, b"gpu tests", s.only, accelerators=(accelerator,)) for s in subjects]
    return {job.label: result for job, result in run_jobs(PROJECT, NONE, jobs, 1)}


@CHAPTERS
def test_right_answers_pass_on_cuda(chapter: Chapter) -> None:
    right = [s for s in subjects_of(COURSE, chapter) if s.expectation.kind in ("reference", "accepted")]
    problems = [
        f"{name}: {check.exercise}/{check.check} is {check.status}: {check.message}"
        for name, result in graded(chapter, right, "cuda").items()
        for check in result.checks
        if check.status != "passed"
    ]
    assert problems == []


@CHAPTERS
def test_mistakes_get_the_same_verdicts_on_both(chapter: Chapter) -> None:
    wrong = [s for s in subjects_of(COURSE, chapter) if s.expectation.kind == "mistake"]
    simulated, real = (graded(chapter, wrong, accelerator) for accelerator in ("simulated", "cuda"))
    assert {name: verdicts(result) for name, result in real.items()} == {
        name: verdicts(result) for name, result in simulated.items()
    }


def verdicts(result: Result) -> dict[str, bool]:
    """Whether each check passed."""
    return {f"{check.exercise}/{check.check}": check.status == "passed" for check in result.checks}
