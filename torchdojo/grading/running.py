"""Which check runs in this process, for what a check file imports in place of its learner's module."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.failure import CheckBroken
from torchdojo.stand_in.lazy import LazyModule

_running: list[CheckRun] = []


@contextlib.contextmanager
def running(run: CheckRun) -> Iterator[None]:
    """Let a check run, which may use the submission's stand-in, also by importing the chapter."""
    _running.append(run)
    try:
        with importable_as(run.oracle.chapter.name), run.conversing():
            yield
    finally:
        _running.pop()


def find_submission() -> Any:
    """Return what stands for the submission's module in the check that runs, None if none does."""
    return _running[-1].submission if _running else None


def running_submission() -> Any:
    """Return what stands for the submission's module in the check that runs. CheckBroken if none does."""
    if not _running:
        raise CheckBroken("the submission can be used only while a check runs: in a test or in its fixtures")
    return _running[-1].submission


@contextlib.contextmanager
def importable_as(name: str) -> Iterator[None]:
    """Let check files import the submission as the module of this name, such as the chapter's own."""
    before = sys.modules.get(name)
    sys.modules[name] = LazyModule(name, find_submission, running_submission)
    try:
        yield
    finally:
        if before is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = before
