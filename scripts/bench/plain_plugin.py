"""A pytest plugin with the fixtures of the course's checks, for a submission in the same process."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scripts.bench.direct import Direct
from scripts.bench.measure import ROOT
from torchdojo.grading.chapter_run import ChapterRun, Rejection
from torchdojo.grading.plugin import GradingPlugin


class PlainPlugin(GradingPlugin):
    """The fixtures and verdicts for one submission; writes the points it earned to a file at the end of the session."""

    def __init__(self) -> None:
        direct = Direct(ROOT, os.environ["BENCH_CHAPTER"], Path(os.environ["BENCH_ANSWERS"]))
        source = Path(os.environ["BENCH_SUBMISSION"]).read_bytes()
        self._run = _start_run(direct, source)
        super().__init__(lambda folder: self._run if folder == direct.folder else None)

    def pytest_sessionfinish(self) -> None:
        earned = sum(result.earned for result in self._run.results.values())
        Path(os.environ["BENCH_SCORE"]).write_text(json.dumps(earned))


def _start_run(direct: Direct, source: bytes) -> ChapterRun:
    """Load a submission; return the run of its checks, of which none is run if it cannot be loaded."""
    try:
        return direct.new_run(direct.load(source), source)
    except Exception as error:
        run = direct.new_run(None)
        run.rejection = Rejection(f"{type(error).__name__}: {error}")
        return run


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(PlainPlugin(), "bench-fixtures")
