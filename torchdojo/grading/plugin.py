"""The pytest plugin that gives checks their fixtures and turns pytest's reports into verdicts."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from torchdojo.course import Chapter, CourseError, ExerciseId
from torchdojo.explain.code import Code
from torchdojo.explain.definitions import explain_undefined
from torchdojo.grading.author_files import author_error
from torchdojo.grading.budget import TimeBudget
from torchdojo.grading.calibration import FALSE_FAILURE_RATE
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.failure import CheckBroken, CheckFailed, DeviceMissing, Finding
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Readiness, Submission
from torchdojo.probe import Draw, Probe
from torchdojo.worker.protocol import Call, Reply

MARKS = (
    "exercise(name): the exercise that the checks of a file belong to",
    "points(n): the points of a check",
    "chance(p): the probability that correct work fails a check on randomness",
    "kept(why): why a check exists although others catch all that it does",
    "public: released to learners",
    "core: the point of its exercise, which earns at most a quarter of its points without it",
    "guessable: an answer without work may pass it, so it earns only beside a check that is not",
    "hint(text): the first hint to show while the check fails",
    "rests_on(*words): the words of the learner's text that state what the check demands",
)
UNUSED_PLUGINS = (
    *("terminal", "cacheprovider", "unraisableexception", "threadexception"),
    *("faulthandler", "logging", "junitxml", "doctest"),
    *("debugging", "legacypath", "pastebin", "setuponly", "setupplan", "stepwise", "subtests", "unittest"),
)
Collecting = Generator[None, pytest.CollectReport, pytest.CollectReport]
MAX_CHANCE = FALSE_FAILURE_RATE  # no check is less certain than one with a calibrated threshold
AUTOLOAD_OFF = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
PYTEST_VARIABLES = (AUTOLOAD_OFF, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def never() -> bool:
    """Return False: the default of a `stop` callback."""
    return False


def no_budget() -> TimeBudget | None:
    """Return None: by default an exercise has no time budget."""
    return None


class _NotRun(Exception):
    """Ends a check before it starts."""


@dataclass
class GradingPlugin:
    """Grades one submission of one chapter in one pytest session.

    folder: with the chapter's checks; problems: what is wrong with them; public: run the public checks only
    ask: runs calls on the submission, on a device, for the check with this id; only: exercises to check, None for all
    trains: whether checks that train ask anything
    stop: called before each check; once it returns True, no other check runs and `stopped` is set
    new_budget: returns the time budget of an exercise, if it has one
    unforeseen: the checks that raised, after an answer, what no check is meant to raise
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
    trains: bool = True
    results: dict[str, CheckResult] = field(default_factory=dict)
    runs: dict[str, CheckRun] = field(default_factory=dict)
    problems: list[CourseError] = field(default_factory=list)
    unforeseen: set[str] = field(default_factory=set)
    new_budget: Callable[[], TimeBudget | None] = no_budget
    budgets: dict[str, TimeBudget | None] = field(default_factory=dict)
    stop: Callable[[], bool] = never
    stopped: bool = False
    interrupted: bool = False
    _readiness: dict[str, Readiness] = field(default_factory=dict)

    def pytest_configure(self, config: pytest.Config) -> None:
        for mark in MARKS:
            config.addinivalue_line("markers", mark)
        config.option.tbstyle = "no"  # tracebacks are not shown, and formatting them takes a tenth of the time

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Collecting:
        """Report a file that exits as one that cannot be loaded; pytest itself would end."""
        try:
            return (yield)
        except SystemExit as error:
            self.problems.append(author_error(collector.path, error))
            return pytest.CollectReport(collector.nodeid, "failed", str(error), [])

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        if isinstance(node, pytest.Collector) and call.excinfo is not None:
            error = call.excinfo.value
            self.problems.append(author_error(node.path, error.__cause__ or error))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self.problems.append(CourseError(self.folder, f"pytest itself failed: {excinfo.exconly()}"))
        return True  # pytest need not print it

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest derives its own Interrupted from it

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks to run, in the order of course.toml, and start a result for each."""
        order = {exercise.name: index for index, exercise in enumerate(self.chapter.exercises)}
        selected: list[tuple[int, bool, pytest.Item]] = []
        for item in items:
            exercise = _mark(item, "exercise")
            if not isinstance(exercise, str) or exercise not in order:
                self._refuse(item, f"its exercise mark names {exercise!r}, which is not in course.toml")
                continue
            if (self.only is None or exercise in self.only) and (not self.public or _has_mark(item, "public")):
                # What is repeated on a device comes after what it repeats.
                selected.append((order[exercise], "recompare" in getattr(item, "fixturenames", ()), item))
        selected.sort(key=lambda entry: entry[:2])
        items[:] = [item for _, _, item in selected]
        for item in items:
            self._start_result(item)

    def _start_result(self, item: pytest.Item) -> None:
        exercise, check = _mark(item, "exercise"), item.name.removeprefix("test_")
        title = (getattr(item, "obj", None).__doc__ or "").strip().splitlines()
        rests_on = getattr(item.get_closest_marker("rests_on"), "args", ())
        points, chance, kept = _mark(item, "points"), _mark(item, "chance", 0.0), _mark(item, "kept", "")
        hint = _mark(item, "hint", "")
        if not title:
            self._refuse(item, "a check needs a docstring: it is what learners read")
        elif not _is_number(points) or points < 0:
            self._refuse(item, "a check needs points: @pytest.mark.points(0.5)")
        elif not _is_number(chance) or not 0 <= chance <= MAX_CHANCE:
            self._refuse(item, f"chance takes a probability of at most {MAX_CHANCE:g}: @pytest.mark.chance(1e-7)")
        elif not isinstance(kept, str):
            self._refuse(item, 'kept takes the reason: @pytest.mark.kept("why")')
        elif not isinstance(hint, str):
            self._refuse(item, 'hint takes a text: @pytest.mark.hint("Which dimension is summed?")')
        elif not all(isinstance(words, str) and words.strip() for words in rests_on):
            self._refuse(item, 'rests_on takes words of the text: @pytest.mark.rests_on("in place")')
        else:
            self.results[item.nodeid] = CheckResult(
                exercise=ExerciseId(self.chapter.name, exercise),
                check=check,
                title=title[0].rstrip("."),
                points=float(points),
                chance=float(chance),
                kept=kept,
                public=_has_mark(item, "public"),
                core=_has_mark(item, "core"),
                guessable=_has_mark(item, "guessable"),
                rests_on=rests_on,
                hint=hint,
            )

    def _refuse(self, item: pytest.Item, message: str) -> None:
        path, line, _ = item.reportinfo()
        number = None if line is None else line + 1
        self.problems.append(CourseError(Path(path), message, line=number, key=item.name))

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
            budget=self._find_budget(str(_mark(node, "exercise"))),
            trains=self.trains,
        )
        self.runs[node.nodeid] = run
        return run

    def _find_budget(self, exercise: str) -> TimeBudget | None:
        if exercise not in self.budgets:
            self.budgets[exercise] = self.new_budget()
        return self.budgets[exercise]

    @pytest.fixture
    def probes(self) -> SimpleNamespace:
        """The chapter's probes, by name."""
        return SimpleNamespace(**self.oracle.probes)

    @pytest.fixture
    def drawn(self, check_run: CheckRun) -> Draw:
        """What a check draws the parameters of its questions from, so that nobody knows them beforehand."""
        return check_run.drawn()

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
    def recompare(self, request: pytest.FixtureRequest, check_run: CheckRun) -> Any:
        """Repeat on a device what the exercise's checks that passed on the CPU have asked."""

        def repeat(*, device: str, without: Collection[Probe] = ()) -> None:
            exercise = self.results[request.node.nodeid].exercise
            left_out = {probe.name for probe in without}
            passed = (node for node, result in self.results.items() if result.status is CheckStatus.PASSED)
            runs = [self.runs[node] for node in passed if self.results[node].exercise == exercise]
            check_run.called = f"{exercise.name} on {device}"
            if not sum(check_run.repeat(run, device, left_out) for run in runs):
                finding = Finding(expected="a right answer on the CPU first", got="no check of its values passes yet")
                raise CheckFailed(finding, self._how_it_was_stopped(exercise))

        return repeat

    def _how_it_was_stopped(self, exercise: ExerciseId) -> CheckStatus:
        """Return what stopped an exercise's checks, such as a time limit; "failed" if nothing did."""
        statuses = (result.status for result in self.results.values() if result.exercise == exercise)
        return next((status for status in statuses if status.stopped), CheckStatus.FAILED)

    @pytest.fixture
    def reaches(self, check_run: CheckRun) -> Any:
        return check_run.reaches

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End a check before it runs if its exercise cannot be run."""
        if self.stopped or self.stop():
            self.stopped = True
            item.session.shouldstop = "stopped from outside"
            raise _NotRun
        result = self.results[item.nodeid]
        name = str(_mark(item, "exercise"))
        readiness = self._find_readiness(name)
        if readiness.status is None:
            return
        result.finding = self._explain_not_run(name, readiness)
        result.status = readiness.status
        raise _NotRun

    def _find_readiness(self, name: str) -> Readiness:
        if name not in self._readiness:
            exercise = self.chapter.find(name)
            assert exercise is not None
            self._readiness[name] = self.submission.readiness(exercise)
        return self._readiness[name]

    def _explain_not_run(self, name: str, readiness: Readiness) -> Finding:
        if readiness.status is CheckStatus.TODO:
            return Finding(line=readiness.line, text="...")
        code = Code(self.submission.parsed, self.submission.stub)
        if readiness.status is CheckStatus.FAILED:
            return Finding(
                expected=f"{self.submission.filename} defines {name}",
                got="no definition of that name",
                advice=explain_undefined(code, name),
            )
        if readiness.status is CheckStatus.ERROR:
            return Finding(
                expected=f"{self.submission.filename} defines {name}",
                got=readiness.reason,
                line=readiness.line,
                text=self.submission.source_line(readiness.line),
                advice=self.submission.explain_omission(self.submission.omission_of(name)),
            )
        return Finding(
            expected=f"{name} without {readiness.forbidden}",
            got=f"{readiness.forbidden} is used",
            line=readiness.line,
            text=self.submission.source_line(readiness.line),
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Set the verdict by how a phase of the check ended."""
        report = yield
        result = self.results[item.nodeid]
        result.seconds += call.duration
        error = call.excinfo.value if call.excinfo else None
        if call.when == "call" and error is None:
            result.status, result.earned = CheckStatus.PASSED, result.points
        elif error is not None and not isinstance(error, _NotRun):
            self._record_error(item, result, error)
        run = self.runs.get(item.nodeid)
        if run:
            result.kinds, result.memory, result.called = run.kinds, run.memory, run.called
        return report

    def _record_error(self, item: pytest.Item, result: CheckResult, error: BaseException) -> None:
        run = self.runs.get(item.nodeid)
        called = run.called if run else ""
        result.earned = 0.0
        if isinstance(error, CheckFailed):
            finding, result.status = error.finding, error.status
            defaults = {CheckStatus.FAILED: result.title, CheckStatus.ERROR: "no exception"}
            line, advice = self._line_to_show(result, finding, run)
            result.finding = replace(
                finding,
                called=finding.called or called,
                expected=finding.expected or defaults.get(result.status, ""),
                line=line,
                text=finding.text or self.submission.source_line(line),
                advice=f"{finding.advice}\n{advice}".strip(),
            )
        elif isinstance(error, DeviceMissing):
            result.status = CheckStatus.SKIPPED
            result.finding = Finding(called=called, got=str(error))
        else:
            result.status = CheckStatus.GRADER_ERROR
            result.finding = Finding(called=called, got=f"{type(error).__name__}: {error}"[:2000])
            if run and run.answered and not isinstance(error, CheckBroken):
                self.unforeseen.add(item.nodeid)

    def _line_to_show(self, result: CheckResult, finding: Finding, run: CheckRun | None) -> tuple[int | None, str]:
        """Return the line of an exercise to look at, and what to say of it.

        That is where an exception was raised, or if another exercise raised it, the line that used that one; of a wrong
        value, the method that computed it, and of options that should be refused, __init__; or else the definition.
        """
        name, text = result.exercise.name, self.submission.source_line(finding.line)
        if text:
            owner = self.submission.owner(finding.line)
            lines = run.exchanges[-1].reply.lines if run and run.exchanges else []
            own = [line for line in lines if self.submission.owner(line) == name]
            if owner != name and self.chapter.find(owner) and own:
                inner = f"line {finding.line}, `{text}`"
                return own[-1], f"The exception was raised in `{owner}`, which is used here: {inner}."
            return finding.line, ""
        methods, called = self.submission.methods(name), run.called if run else ""
        likely: list[str] = []
        if run and "raises" in run.kinds and finding.expected == "a ValueError":
            likely = ["__init__"]
        elif "values differ" in finding.got and not any(f".{method}(" in called for method in methods):
            likely = ["forward", "step"]
        known = (methods[method] for method in likely if method in methods)
        return next(known, self.submission.definition_line(name)), ""


def _mark(item: Any, name: str, default: Any = None) -> Any:
    """Return the argument of a check's mark, None if it has none, or the default if there is no such mark."""
    mark = item.get_closest_marker(name)
    return default if mark is None else mark.args[0] if mark.args else None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _has_mark(item: pytest.Item, name: str) -> bool:
    return item.get_closest_marker(name) is not None


def run_pytest(plugin: GradingPlugin) -> float:
    """Run the chapter's checks in this process with no other plugins; return the seconds it took.

    What keeps pytest from running them is added to the plugin's problems. KeyboardInterrupt is raised, which pytest
    would swallow.
    """
    started = time.perf_counter()
    # Named one by one, or pytest would search the folders below: hundreds of known mistakes.
    files = sorted(plugin.folder.glob("test_*.py"))
    plugin.problems += [CourseError(path, "is not a file") for path in files if not path.is_file()]
    plugin.problems += [CourseError(path, "checks are in test_*.py") for path in plugin.folder.glob("*_test.py")]
    if not files or plugin.problems:  # without files pytest would search the working directory
        return 0.0
    folder = plugin.folder
    arguments = [*map(str, files), f"--rootdir={folder}", f"--confcutdir={folder}", "-c", os.devnull]
    arguments += ["--strict-markers", "--import-mode=importlib", "--capture=no"]
    # pytest would list the folders above, and run an __init__.py or conftest.py that anyone may have left there.
    arguments.append("--noconftest")
    for name in UNUSED_PLUGINS:
        arguments += ["-p", f"no:{name}"]
    with _without_pytest_variables():
        pytest.main(arguments, plugins=[plugin])
    if plugin.interrupted:
        raise KeyboardInterrupt
    return time.perf_counter() - started


@contextlib.contextmanager
def _without_pytest_variables() -> Iterator[None]:
    """Hide plugins and options that environment variables would add: they change what a check sees."""
    hidden = {name: os.environ.pop(name) for name in PYTEST_VARIABLES if name in os.environ}
    os.environ[AUTOLOAD_OFF] = "1"
    try:
        yield
    finally:
        del os.environ[AUTOLOAD_OFF]
        os.environ.update(hidden)
