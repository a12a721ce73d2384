"""The pytest plugin that gives checks their fixtures and turns pytest's reports into verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.outcomes import Skipped  # pytest.skip.Exception, as a class that can be derived from

from torchdojo.grading.chapter_run import ChapterRun, node_of
from torchdojo.grading.check_module import CheckModule
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.collection import read_checks
from torchdojo.grading.examples import own_constants
from torchdojo.grading.failure import CheckBroken
from torchdojo.grading.marks import MARKS
from torchdojo.grading.running import running
from torchdojo.probe import Draw, Probe


class CheckNotRun(Skipped):
    """Ends a check before it starts; its verdict is known. No debugger stops here, as at any test that is skipped."""


class GradingPlugin:
    """Runs the checks in some folders, each for a submission of its chapter. What is elsewhere is pytest's own affair.

    run_in: returns the run of the chapter whose checks are in a folder, None if it holds none
    """

    def __init__(self, run_in: Callable[[Path], ChapterRun | None]) -> None:
        self.run_in = run_in
        # What runs. Each fixture that a fixture asks for takes time in every check, even `request`.
        self._item: pytest.Item | None = None
        self._check: CheckRun | None = None

    def run_of(self, item: pytest.Item) -> ChapterRun | None:
        """Return the run that a check belongs to, None if the item is not one of its checks."""
        run = self.run_in(item.path.parent)
        return run if run is not None and node_of(item) in run.results else None

    def pytest_configure(self, config: pytest.Config) -> None:
        for mark in MARKS:
            config.addinivalue_line("markers", mark)

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        if self.run_in(module_path.parent) is None:
            return None
        module: CheckModule = CheckModule.from_parent(parent, path=module_path)
        return module

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks to run, in the order of course.toml."""
        checks: dict[int, tuple[ChapterRun, list[pytest.Item]]] = {}
        others = []
        for item in items:
            run = self.run_in(item.path.parent)
            if run is None:
                others.append(item)
            else:
                checks.setdefault(id(run), (run, []))[1].append(item)
        items[:] = [
            *(item for run, own in checks.values() for item in run.take(read_checks(own, run.chapter, run.folder))),
            *others,
        ]

    @pytest.fixture(autouse=True)
    def _conversing(self) -> Iterator[None]:
        """Let a check use its fixtures, and the submission's stand-in by an import."""
        item = self._item
        run = self.run_of(item) if item is not None else None
        if item is None or run is None:
            yield
            return
        self._check = run.start_check(item)
        try:
            with running(self._check), own_constants(item):
                yield
        finally:
            self._check = None

    def _running_check(self) -> CheckRun:
        if self._check is None:
            pytest.fail("this fixture is for the checks of a course, in graders/<chapter>/test_*.py", pytrace=False)
        return self._check

    @pytest.fixture
    def submission(self) -> Any:
        """What stands for the submission's module, which is in another process."""
        return self._running_check().submission

    @pytest.fixture
    def probes(self) -> SimpleNamespace:
        """The chapter's probes, by name."""
        return SimpleNamespace(**self._running_check().oracle.probes)

    @pytest.fixture
    def drawn(self) -> Draw:
        """What a check draws the parameters of its questions from, so that nobody knows them beforehand."""
        return self._running_check().drawn()

    @pytest.fixture
    def compare(self) -> Any:
        """Require the reference's answers to a probe."""
        return self._running_check().compare

    @pytest.fixture
    def observe(self) -> Any:
        """Return the submission's answers to a probe, which have the form of the reference's."""
        return self._running_check().observe

    @pytest.fixture
    def rejects(self) -> Any:
        """Require a ValueError in a probe."""
        return self._running_check().rejects

    @pytest.fixture
    def reaches(self) -> Any:
        """Require what a probe measures to reach its calibrated threshold."""
        return self._running_check().reaches

    @pytest.fixture
    def recompare(self) -> Any:
        """Repeat on a device what the exercise's checks that passed on the CPU have asked."""
        check, item = self._running_check(), self._item
        assert item is not None
        run = self.run_of(item)
        assert run is not None

        def repeat(*, device: str, without: Collection[Probe] = ()) -> None:
            run.recompare(node_of(item), check, device, without)

        return repeat

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End a check before it runs if its exercise cannot be run."""
        self._item, run = item, self.run_of(item)
        if run is None:
            return
        if run.stopped or run.stop():
            run.stopped = True
            raise CheckNotRun
        if run.is_given_up(item) or run.why_not_run(item):
            raise CheckNotRun

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Call a check. CheckBroken if it returns a value, which pytest would only warn of: it judges nothing."""
        if self.run_of(pyfuncitem) is None:
            return None
        names = pyfuncitem._fixtureinfo.argnames
        returned = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
        if returned is not None:
            raise CheckBroken(f"it returns a {type(returned).__name__}, which judges nothing: write assert, not return")
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Set the verdict by how a phase of the check ended."""
        report = yield
        run = self.run_of(item)
        error = call.excinfo.value if call.excinfo else None
        if run is not None and not isinstance(error, CheckNotRun):
            run.record(node_of(item), call.when, call.duration, error)
        return report
