"""The pytest plugin: it hands checks their fixtures, and turns what pytest sees into verdicts."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from torchdojo.course import Chapter, CourseError, ExerciseId
from torchdojo.grading.author_files import not_loaded
from torchdojo.grading.calibration import FALSE_FAILURE
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.failure import CheckFailed, DeviceMissing, Finding
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Standing, Submission
from torchdojo.worker.protocol import Call, Reply

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
Collecting = Generator[None, pytest.CollectReport, pytest.CollectReport]
MOST_CHANCE = FALSE_FAILURE  # right work that misses a calibrated threshold is the least certain of all
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

    folder: the chapter's checks; problems: what is wrong with them; public: run the public checks only
    ask: runs calls on the submission, on a device, for the check of this name
    only: the exercises to check, or None for all
    stop: asked before each check; once it says yes no other check runs, and `stopped` is true
    """

    chapter: Chapter
    folder: Path
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
    problems: list[CourseError] = field(default_factory=list)
    stop: Callable[[], bool] = never
    stopped: bool = False
    interrupted: bool = False
    _standings: dict[str, Standing] = field(default_factory=dict)

    def pytest_configure(self, config: pytest.Config) -> None:
        for mark in MARKS:
            config.addinivalue_line("markers", mark)

        config.option.tbstyle = "no"  # nobody reads it here, and formatting it takes a tenth of the time

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Collecting:
        """Take a file that exits for one that cannot be loaded; pytest itself would end."""
        try:
            return (yield)
        except SystemExit as error:
            self.problems.append(not_loaded(collector.path, error))
            return pytest.CollectReport(collector.nodeid, "failed", str(error), [])

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        if isinstance(node, pytest.Collector) and call.excinfo is not None:
            error = call.excinfo.value
            self.problems.append(not_loaded(node.path, error.__cause__ or error))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self.problems.append(CourseError(self.folder, f"pytest itself failed: {excinfo.exconly()}"))
        return True  # it is said; pytest need not print it

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest derives its own Interrupted from it

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Open a result for every check, in the order of course.toml, and drop those nobody asked for."""
        order = {exercise.name: index for index, exercise in enumerate(self.chapter.exercises)}
        kept: list[tuple[int, pytest.Item]] = []
        for item in items:
            exercise = _mark(item, "exercise")
            if not isinstance(exercise, str) or exercise not in order:
                self._refuse(item, f"its exercise mark names {exercise!r}, which course.toml does not")
                continue
            if (self.only is None or exercise in self.only) and (not self.public or _is_public(item)):
                kept.append((order[exercise], item))
        kept.sort(key=lambda pair: pair[0])
        items[:] = [item for _, item in kept]
        for item in items:
            self._open(item)

    def _open(self, item: pytest.Item) -> None:
        exercise, check = _mark(item, "exercise"), item.name.removeprefix("test_")
        title = (getattr(item, "obj", None).__doc__ or "").strip().splitlines()
        points, chance, kept = _mark(item, "points"), _mark(item, "chance", 0.0), _mark(item, "kept", "")
        if not title:
            self._refuse(item, "a check needs a docstring: it is what learners read")
        elif not _is_number(points) or points < 0:
            self._refuse(item, "a check needs points: @pytest.mark.points(0.5)")
        elif not _is_number(chance) or not 0 <= chance <= MOST_CHANCE:
            self._refuse(item, f"chance takes a probability of at most {MOST_CHANCE:g}: @pytest.mark.chance(1e-7)")
        elif not isinstance(kept, str):
            self._refuse(item, 'kept takes the reason: @pytest.mark.kept("why")')
        else:
            self.results[item.nodeid] = CheckResult(
                exercise=ExerciseId(self.chapter.name, exercise),
                check=check,
                title=title[0].rstrip("."),
                points=float(points),
                chance=float(chance),
                kept=kept,
                public=_is_public(item),
            )

    def _refuse(self, item: pytest.Item, words: str) -> None:
        path, line, _ = item.reportinfo()
        number = None if line is None else line + 1
        self.problems.append(CourseError(Path(path), words, line=number, key=item.name))

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
        if standing.status is None:
            return
        result.finding = self._not_run(name, standing)
        result.status = standing.status
        raise _NotRun

    def _standing(self, name: str) -> Standing:
        if name not in self._standings:
            exercise = self.chapter.find(name)
            assert exercise is not None
            self._standings[name] = self.submission.standing(exercise)
        return self._standings[name]

    def _not_run(self, name: str, standing: Standing) -> Finding:
        if standing.status is CheckStatus.TODO:
            return Finding(line=standing.line, text="...")
        if standing.status is CheckStatus.FAILED:
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
            result.status, result.earned = CheckStatus.PASSED, result.points
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
                expected=finding.expected
                or (result.title if error.status in (CheckStatus.FAILED, CheckStatus.ERROR) else ""),
                got=finding.got,
                line=line,
                text=finding.text or self.submission.text_of(line),
                advice=finding.advice,
                theirs=finding.theirs,
            )
        elif isinstance(error, DeviceMissing):
            result.status = CheckStatus.SKIPPED
            result.finding = Finding(called=called, got=str(error))
        else:
            result.status = CheckStatus.GRADER_ERROR
            result.finding = Finding(called=called, got=f"{type(error).__name__}: {error}"[:2000])


def _mark(item: Any, name: str, default: Any = None) -> Any:
    """Return what a check's mark holds: the default without the mark, None if it holds nothing."""
    mark = item.get_closest_marker(name)
    return default if mark is None else mark.args[0] if mark.args else None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_public(item: pytest.Item) -> bool:
    return item.get_closest_marker("public") is not None


def run_pytest(plugin: GradingPlugin) -> float:
    """Run the chapter's checks in this process with this plugin alone; return the seconds it took.

    What keeps pytest itself from running them is added to the plugin's problems. Raises KeyboardInterrupt, which pytest
    would keep to itself.
    """
    started = time.perf_counter()
    # Named one by one, or pytest would look through what lies below: hundreds of known mistakes.
    files = sorted(plugin.folder.glob("test_*.py"))
    plugin.problems += [CourseError(path, "is not a file") for path in files if not path.is_file()]
    plugin.problems += [CourseError(path, "checks are in test_*.py") for path in plugin.folder.glob("*_test.py")]
    if not files or plugin.problems:  # without a name pytest would look in the working directory
        return 0.0
    folder = plugin.folder
    arguments = [*map(str, files), f"--rootdir={folder}", f"--confcutdir={folder}", "-c", os.devnull]
    arguments.append("--strict-markers")
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
