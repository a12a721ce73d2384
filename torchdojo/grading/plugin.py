"""The pytest plugin: it hands checks their fixtures, and turns what pytest sees into verdicts."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from torchdojo.course import Chapter
from torchdojo.grading.failure import CheckFailed, DeviceMissing, Finding
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.run import CheckRun
from torchdojo.grading.submission import Standing, Submission
from torchdojo.sandbox import Reply
from torchdojo.worker.run import Call

MARKS = (
    "exercise(name): the exercise that the checks of a file belong to",
    "points(n): what a check is worth",
    "chance(p): the probability that right work fails a check on randomness",
    "kept(why): why a check is there although others catch all that it does",
    "public: shipped to learners",
)
UNUSED = (
    *("terminal", "cacheprovider", "unraisableexception", "threadexception"),
    *("faulthandler", "logging", "junitxml", "doctest"),
    *("debugging", "legacypath", "pastebin", "setuponly", "setupplan", "stepwise", "subtests", "unittest"),
)
ALONE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
OUTSIDE = (ALONE, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def never() -> bool:
    """Nobody wants a run to stop."""
    return False


class _NotRun(Exception):
    """Ends a check before it starts: there is nothing to run."""


@dataclass
class GradingPlugin:
    """Lives for one pytest session: one submission, one chapter.

    public: run the public checks only
    ask: runs calls on the submission, on a device, for the check of this name
    only: the exercises to check, or None for all
    stop: asked before each check; once it says yes no other check runs, and `stopped` is true
    """

    chapter: Chapter
    submission: Submission
    oracle: Oracle
    ask: Callable[[tuple[Call, ...], str, str], Reply]
    secret: bytes
    thresholds: dict[str, float]
    accelerators: tuple[str, ...] = ("simulated",)
    only: set[str] | None = None
    public: bool = False
    results: dict[str, CheckResult] = field(default_factory=dict)
    runs: dict[str, CheckRun] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    stop: Callable[[], bool] = never
    stopped: bool = False
    interrupted: bool = False
    _standings: dict[str, Standing] = field(default_factory=dict)

    def pytest_configure(self, config: pytest.Config) -> None:
        for mark in MARKS:
            config.addinivalue_line("markers", mark)

        config.option.tbstyle = "no"  # nobody reads it here, and formatting it takes a tenth of the time

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid} cannot be loaded: {_last_line(report.longreprtext)}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.problems.append(f"pytest itself failed: {excinfo.exconly()}")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest derives its own Interrupted from it

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Open a result for every check, in the order of course.toml, and drop those nobody asked for."""
        order = {exercise.name: index for index, exercise in enumerate(self.chapter.exercise)}
        kept: list[tuple[int, pytest.Item]] = []
        for item in items:
            exercise = _mark(item, "exercise")
            if exercise not in order:
                self.problems.append(f"{item.nodeid}: its exercise mark names {exercise!r}, which course.toml does not")
                continue
            if (self.only is None or exercise in self.only) and (not self.public or _is_public(item)):
                kept.append((order[exercise], item))
        kept.sort(key=lambda pair: pair[0])
        items[:] = [item for _, item in kept]
        for item in items:
            self._open(item)

    def _open(self, item: pytest.Item) -> None:
        exercise, points, check = _mark(item, "exercise"), _mark(item, "points"), item.name.removeprefix("test_")
        title = (getattr(item, "obj", None).__doc__ or "").strip().splitlines()
        if not isinstance(points, int | float) or not title:
            self.problems.append(f"{item.nodeid}: a check needs points and a docstring")
            points = points or 0.0
        self.results[item.nodeid] = CheckResult(
            exercise=f"{self.chapter.name}/{exercise}",
            check=check,
            title=title[0].rstrip(".") if title else check,
            points=float(points),
            chance=float(_mark(item, "chance") or 0.0),
            kept=_mark(item, "kept") or "",
            public=_is_public(item),
        )

    @pytest.fixture(name="check_run")
    def _check_run(self, request: pytest.FixtureRequest) -> CheckRun:
        node = request.node
        run = CheckRun(
            ask=lambda calls, device: self.ask(calls, device, node.nodeid),
            oracle=self.oracle,
            secret=self.secret,
            name=f"{_mark(node, 'exercise')}/{node.name}",
            thresholds=self.thresholds,
            accelerators=self.accelerators,
        )
        self.runs[node.nodeid] = run
        return run

    @pytest.fixture
    def probes(self) -> SimpleNamespace:
        """The chapter's probes, by name."""
        return SimpleNamespace(**self.oracle.probes)

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

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Stop a check whose exercise cannot be run, before it asks anything."""
        if self.stopped or self.stop():
            self.stopped = True
            item.session.shouldstop = "stopped from outside"
            raise _NotRun
        result = self.results[item.nodeid]
        name = str(_mark(item, "exercise"))
        standing = self._standing(name)
        if standing.state == "ready":
            return
        result.finding = self._not_run(name, standing)
        result.status = {"todo": "todo", "missing": "failed", "forbidden": "forbidden"}[standing.state]
        raise _NotRun

    def _standing(self, name: str) -> Standing:
        if name not in self._standings:
            exercise = self.chapter.find(name)
            assert exercise is not None
            self._standings[name] = self.submission.standing(exercise)
        return self._standings[name]

    def _not_run(self, name: str, standing: Standing) -> Finding:
        if standing.state == "todo":
            return Finding(line=standing.line, text="...")
        if standing.state == "missing":
            return Finding(expected=f"{self.submission.filename} defines {name}", got="no definition of that name")
        return Finding(
            expected=f"{name} without {standing.words}",
            got=f"{standing.words} is used",
            line=standing.line,
            text=self.submission.text_of(standing.line),
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Read the verdict from how a phase of the check ended."""
        report = yield
        result = self.results[item.nodeid]
        result.seconds += call.duration
        error = call.excinfo.value if call.excinfo else None
        if call.when == "call" and error is None:
            result.status, result.earned = "passed", result.points
        elif error is not None and not isinstance(error, _NotRun):
            self._judge(item, result, error)
        run = self.runs.get(item.nodeid)
        if run:
            result.kinds, result.memory = run.kinds, run.memory
        return report

    def _judge(self, item: pytest.Item, result: CheckResult, error: BaseException) -> None:
        run = self.runs.get(item.nodeid)
        called = run.called if run else ""
        result.earned = 0.0
        if isinstance(error, CheckFailed):
            finding = error.finding
            line = finding.line if finding.line is not None else self.submission.line_of(str(_mark(item, "exercise")))
            result.status = error.status
            result.finding = Finding(
                called=finding.called or called,
                expected=finding.expected or (result.title if error.status in ("failed", "error") else ""),
                got=finding.got,
                line=line,
                text=finding.text or self.submission.text_of(line),
                advice=finding.advice,
                theirs=finding.theirs,
            )
        elif isinstance(error, DeviceMissing):
            result.status = "skipped"
            result.finding = Finding(called=called, got=str(error))
        else:
            result.status = "grader_error"
            result.finding = Finding(called=called, got=f"{type(error).__name__}: {error}"[:2000])


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1].removeprefix("E").strip()


def _mark(item: Any, name: str) -> Any:
    mark = item.get_closest_marker(name)
    return mark.args[0] if mark and mark.args else None


def _is_public(item: pytest.Item) -> bool:
    return item.get_closest_marker("public") is not None


def run_pytest(plugin: GradingPlugin, folder: str) -> float:
    """Run the folder's checks in this process with this plugin alone; return the seconds it took.

    What keeps pytest itself from running them is added to the plugin's problems. Raises KeyboardInterrupt, which pytest
    would keep to itself.
    """
    started = time.perf_counter()
    # Named one by one, or pytest would look through what lies below: hundreds of known mistakes.
    files = [str(path) for path in sorted(Path(folder).glob("test_*.py"))]
    plugin.problems += [f"{path.name}: checks are in test_*.py" for path in Path(folder).glob("*_test.py")]
    if not files:  # without a name pytest would look in the working directory
        return 0.0
    arguments = [*files, f"--rootdir={folder}", f"--confcutdir={folder}", "-c", os.devnull]
    arguments += ["--import-mode=importlib", "--capture=no"]
    # pytest would list the folders above, and run an __init__.py or conftest.py that anyone may have left there.
    arguments.append("--noconftest")
    for name in UNUSED:
        arguments += ["-p", f"no:{name}"]
    with _undisturbed():
        pytest.main(arguments, plugins=[plugin])
    if plugin.interrupted:
        raise KeyboardInterrupt
    return time.perf_counter() - started


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep out what the environment would add: other people's plugins and options change what a check sees."""
    kept = {name: os.environ.pop(name) for name in OUTSIDE if name in os.environ}
    os.environ[ALONE] = "1"
    try:
        yield
    finally:
        del os.environ[ALONE]
        os.environ.update(kept)
