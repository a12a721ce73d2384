"""Run a chapter's checks in this process, with pytest kept to itself: no options, plugins or files of others."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import Any

import pytest

from torchdojo.course import CourseError
from torchdojo.grading.author_files import author_error
from torchdojo.grading.chapter_run import ChapterRun
from torchdojo.grading.check_module import import_beside
from torchdojo.grading.marks import MARK_NAMES
from torchdojo.grading.plugin import GradingPlugin

UNUSED_PLUGINS = (
    *("terminal", "cacheprovider", "unraisableexception", "threadexception"),
    *("faulthandler", "logging", "junitxml", "doctest"),
    *("debugging", "legacypath", "pastebin", "setuponly", "setupplan", "stepwise", "subtests", "unittest"),
)
AUTOLOAD_OFF = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
EXAMPLES_FOLDER = "HYPOTHESIS_STORAGE_DIRECTORY"
PYTEST_VARIABLES = (AUTOLOAD_OFF, EXAMPLES_FOLDER, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
Collecting = Generator[None, pytest.CollectReport, pytest.CollectReport]


class _DrivenPlugin(GradingPlugin):
    """Grades one run, and keeps what is wrong with its checks for whoever drives it."""

    def __init__(self, run: ChapterRun) -> None:
        super().__init__(lambda folder: run)
        self.run = run
        self.interrupted = False

    def pytest_configure(self, config: pytest.Config) -> None:
        super().pytest_configure(config)
        config.option.tbstyle = "no"  # tracebacks are not shown, and formatting them takes a tenth of the time

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Collecting:
        """Report a file that exits as one that cannot be loaded; pytest itself would end."""
        try:
            return (yield)
        except SystemExit as error:
            self.run.problems.append(author_error(collector.path, error))
            return pytest.CollectReport(collector.nodeid, "failed", str(error), [])

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        if isinstance(node, pytest.Collector) and call.excinfo is not None:
            error = call.excinfo.value
            self.run.problems.append(author_error(node.path, error.__cause__ or error, MARK_NAMES))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self.run.problems.append(CourseError(self.run.folder, f"pytest itself failed: {excinfo.exconly()}"))
        return True  # pytest need not print it

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest derives its own Interrupted from it


def run_pytest(run: ChapterRun) -> float:
    """Run the chapter's checks in this process with no other plugins; return the seconds it took.

    What keeps pytest from running them is added to the run's problems. KeyboardInterrupt is raised, which pytest
    would swallow.
    """
    started = time.perf_counter()
    folder = run.folder
    # Named one by one, or pytest would search the folders below: hundreds of known mistakes.
    files = sorted(folder.glob("test_*.py"))
    run.problems += [CourseError(path, "is not a file") for path in files if not path.is_file()]
    run.problems += [CourseError(path, "checks are in test_*.py") for path in folder.glob("*_test.py")]
    if not files or run.problems:  # without files pytest would search the working directory
        return 0.0
    plugin, shared = _DrivenPlugin(run), _import_conftests(run)
    if run.problems:
        return 0.0
    arguments = [*map(str, files), f"--rootdir={folder}", f"--confcutdir={folder}", "-c", os.devnull]
    arguments += ["--strict-markers", "--import-mode=importlib", "--capture=no"]
    # pytest would list the folders above, and run an __init__.py or conftest.py that anyone may have left there.
    arguments.append("--noconftest")
    for name in UNUSED_PLUGINS:
        arguments += ["-p", f"no:{name}"]
    with _without_pytest_variables():
        pytest.main(arguments, plugins=[plugin, *shared])
    if plugin.interrupted:
        raise KeyboardInterrupt
    return time.perf_counter() - started


def _import_conftests(run: ChapterRun) -> list[ModuleType]:
    """Return the conftest.py of all chapters' checks and that of this one's, so far as they are there."""
    found = []
    for folder in (run.folder.parent, run.folder):
        path = folder / "conftest.py"
        if path.is_file():
            try:
                found.append(import_beside(run.folder, path))
            except (Exception, SystemExit, pytest.skip.Exception) as error:
                run.problems.append(author_error(path, error))
    return found


@contextlib.contextmanager
def _without_pytest_variables() -> Iterator[None]:
    """Hide plugins and options that environment variables would add: they change what a check sees."""
    hidden = {name: os.environ.pop(name) for name in PYTEST_VARIABLES if name in os.environ}
    os.environ[AUTOLOAD_OFF] = "1"
    os.environ[EXAMPLES_FOLDER] = os.devnull  # hypothesis does without, and leaves none where a learner works
    try:
        yield
    finally:
        del os.environ[AUTOLOAD_OFF], os.environ[EXAMPLES_FOLDER]
        os.environ.update(hidden)
