"""A pytest plugin with the fixtures of the course's checks, for a submission in the same process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.bench.direct import SECRET, Direct, answer_directly
from torchdojo.grading.check_run import CheckRun


class Fixtures:
    """The fixtures for one submission; writes the points it earned to a file at the end of the session."""

    def __init__(self) -> None:
        source = Path(os.environ["BENCH_SUBMISSION"]).read_bytes()
        self.direct = Direct(Path(__file__).parents[2], os.environ["BENCH_CHAPTER"], Path(os.environ["BENCH_ANSWERS"]))
        self.module: Any = None
        try:
            self.module = self.direct.load(source)
        except Exception as error:
            self.error = error
        self.earned = 0.0

    @pytest.fixture(name="check_run")
    def _check_run(self, request: pytest.FixtureRequest) -> CheckRun:
        if self.module is None:
            raise self.error
        direct, node = self.direct, request.node
        return CheckRun(
            lambda calls, device: answer_directly(direct.oracle, direct.chapter, self.module, calls, device),
            direct.oracle,
            SECRET,
            f"{node.get_closest_marker('exercise').args[0]}/{node.name}",
            direct.thresholds,
        )

    @pytest.fixture
    def probes(self) -> SimpleNamespace:
        return self.direct.probes

    @pytest.fixture
    def compare(self, check_run: CheckRun) -> Any:
        return check_run.compare

    @pytest.fixture
    def observe(self, check_run: CheckRun) -> Any:
        return check_run.observe

    @pytest.fixture
    def rejects(self, check_run: CheckRun) -> Any:
        return check_run.rejects

    @pytest.fixture
    def reaches(self, check_run: CheckRun) -> Any:
        return check_run.reaches

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        if call.when == "call" and call.excinfo is None:
            marker = item.get_closest_marker("points")
            assert marker is not None
            self.earned += marker.args[0]
        return (yield)

    def pytest_sessionfinish(self) -> None:
        Path(os.environ["BENCH_SCORE"]).write_text(json.dumps(self.earned))


def pytest_configure(config: pytest.Config) -> None:
    for mark in ("exercise(name)", "points(n)", "chance(p)", "kept(why)", "public"):
        config.addinivalue_line("markers", mark)
    config.pluginmanager.register(Fixtures(), "bench-fixtures")
