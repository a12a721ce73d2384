"""On a real CUDA device: right answers pass there, and the simulated accelerator gives the verdicts that CUDA gives.

`make test-gpu` runs these; without a device they are skipped by name, never passed.
"""

from __future__ import annotations

import pytest
import torch

from tests.conftest import PROJECT
from tests.gpu.verdicts import (
    COURSE,
    PARTS,
    PLACES,
    RIGHT,
    SANDBOX,
    TOO_MUCH,
    broken,
    differing,
    pairs_of,
    verdict_of,
    verdicts,
)
from torchdojo.course import Chapter
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.sandbox import gpu
from torchdojo.sandbox.backend import SandboxBackend

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
CHAPTERS = [chapter.name for chapter in COURSE.chapters]


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts may be formed side by side: they are about the answers, and a large device holds several."""
    monkeypatch.setattr(gpu.GpuLock, "acquire", lambda _: None)


def chapter_of(name: str) -> Chapter:
    chapter = COURSE.find(name)
    assert chapter is not None
    return chapter


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.usefixtures("shared")
def test_verdicts_on_cuda_are_those_of_the_simulated_accelerator(name: str, part: int) -> None:
    found = verdicts(chapter_of(name), part)
    pairs = pairs_of(found)
    assert len(pairs) * len(PLACES) == len(found) > 0
    problems = [
        f"{cuda.name} is right, and on CUDA {check} is {words}"
        for _, cuda in pairs
        if cuda.kind in RIGHT
        for check, words in cuda.words.items()
    ]
    problems += [f"{v.name} in {v.place}: {check} is {v.words[check]}" for v in found for check in broken(v)]
    problems += [
        f"{cuda.name}: {check} {'passes' if cuda.passed.get(check) else 'fails'} on CUDA only: {cuda.words.get(check, '')}"
        for simulated, cuda in pairs
        for check in differing(simulated, cuda)
    ]
    assert problems == []


def sandboxed(name: str, source: bytes, settings: Settings, only: list[str] | None = None) -> Result:
    grader = Grader(COURSE, chapter_of(name), settings)
    try:
        return grader.grade(source, only)
    finally:
        grader.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_reference_passes_in_the_sandbox_in_both_places(name: str, bubblewrap: SandboxBackend) -> None:
    settings = Settings(bubblewrap, b"gpu tests", PLACES)
    result = sandboxed(name, COURSE.reference_file(chapter_of(name)).read_bytes(), settings)
    verdict_of("reference", "reference", SANDBOX, result)
    assert result.device == "simulated+cuda"
    assert {f"{c.check} is {c.status}: {c.message}" for c in result.checks if c.status != "passed"} == set()


def test_more_than_the_device_holds_is_memory(bubblewrap: SandboxBackend) -> None:
    text = (PROJECT / "reference/ch3_modules.py").read_text(encoding="utf-8")
    multiplies = "        y = x @ self.weight.T\n"
    assert multiplies in text
    fills = "        if x.is_cuda:\n            torch.empty(1 << 44, dtype=torch.uint8, device=x.device)\n"
    source = text.replace(multiplies, fills + multiplies).encode()
    result = sandboxed("ch3_modules", source, Settings(bubblewrap, b"gpu tests", ("cuda",)), ["Linear"])
    verdict_of(TOO_MUCH, TOO_MUCH, SANDBOX, result)
    assert {c.check: c.status for c in result.checks if c.status != "passed"} == {"placement": "memory"}
