"""Shared fixtures: a tiny course to grade with, and the sandbox where the machine has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser import browser as browser
from torchdojo.course import Course, load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP, why_no_bubblewrap
from torchdojo.sandbox.selftest.runner import PROBES
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Call, Limits, Request

TESTS = Path(__file__).parent
PROJECT = TESTS.parent
SECRET = b"a secret of the tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without-browser", action="store_true", help="skip the tests that need Chromium")


@pytest.fixture
def tiny_root(tmp_path: Path) -> Path:
    """A copy of the tiny course that a test may change."""
    root = tmp_path / "tiny"
    shutil.copytree(TESTS / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="session")
def tiny_course() -> Course:
    return load_course(TESTS / "tiny")


@pytest.fixture(scope="session")
def bubblewrap() -> SandboxBackend:
    """The sandbox; its absence fails the tests, because `make test` installs it."""
    reason = why_no_bubblewrap()
    assert reason is None, reason
    return BUBBLEWRAP


@pytest.fixture(scope="session")
def plain_worker(tiny_course: Course) -> Iterator[Worker]:
    with Worker(NONE, [tiny_course.graders_folder(tiny_course.chapters[0]) / "probes.py"]) as worker:
        yield worker


class Tiny:
    """Grades texts as submissions of the tiny course."""

    def __init__(self, course: Course, worker: Worker) -> None:
        self.course = course
        self.chapter = course.chapters[0]
        self.worker = worker
        self.reference = course.reference_file(self.chapter).read_text(encoding="utf-8")

    def grade(self, source: str | bytes, only: list[str] | None = None, seconds: float | None = None) -> Result:
        """Grade a text. seconds: a limit on each check, for texts that run into it; None for the course's own"""
        text = source.encode() if isinstance(source, str) else source
        grader = Grader(self.course, self.chapter, Settings(self.worker.backend, SECRET), self.worker)
        if seconds is not None:
            grader.limits = replace(grader.limits, seconds=seconds)
        return grader.grade(text, only)

    def with_double(self, body: str) -> str:
        """The reference with another body of `double`."""
        head, _, rest = self.reference.partition("    ### BEGIN SOLUTION\n")
        _, _, tail = rest.partition("    ### END SOLUTION\n")
        return head + "".join(f"    {line}\n" for line in body.splitlines()) + tail


@pytest.fixture(scope="session")
def tiny(tiny_course: Course, plain_worker: Worker) -> Tiny:
    return Tiny(tiny_course, plain_worker)


def ask(
    worker: Worker, source: str, target: str = "", seconds: float = 10.0, limits: Limits | None = None
) -> tuple[str, object]:
    """Send a worker a program with a function attempt(target); return the reply's status, and what it said."""
    request = Request("attempt", source.encode(), "attempt.py", (Call("attempt", {"target": target}, 0),))
    reply = worker.run(request, PROBES, limits or Limits(seconds=seconds))
    return reply.status, reply.outputs[0]["said"] if reply.outputs else reply.message
