"""Run a chapter's checks in this process, with pytest kept to itself: no options, plugins or files of others."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from torchdojo.course import Chapter, CourseError
from torchdojo.grading.author_files import author_error
from torchdojo.grading.chapter_run import ChapterRun
from torchdojo.grading.check_module import PREFIX, CheckModule, import_beside
from torchdojo.grading.collection import CollectedChecks, read_checks
from torchdojo.grading.marks import MARK_NAMES
from torchdojo.grading.plugin import GradingPlugin
from torchdojo.grading.pytest_session import OpenSession
from torchdojo.stand_in.generators import kept_random

UNUSED_PLUGINS = (
    *("terminal", "cacheprovider", "unraisableexception", "threadexception"),
    *("faulthandler", "logging", "junitxml", "doctest"),
    *("debugging", "legacypath", "pastebin", "setuponly", "setupplan", "stepwise", "subtests", "unittest"),
)
AUTOLOAD_OFF = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
EXAMPLES_FOLDER = "HYPOTHESIS_STORAGE_DIRECTORY"
PYTEST_VARIABLES = (AUTOLOAD_OFF, EXAMPLES_FOLDER, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
Collecting = Generator[None, pytest.CollectReport, pytest.CollectReport]


class CheckDriver:
    """Collects a chapter's checks once, and runs them for one submission after another."""

    def __init__(self, chapter: Chapter, folder: Path) -> None:
        self._chapter = chapter
        self._folder = folder
        self._plugin = _DrivenPlugin(chapter, folder)
        self._session: OpenSession | None = None
        self._modules: dict[str, ModuleType] = {}

    def start(self, run: ChapterRun) -> list[pytest.Item]:
        """Return the checks of a run, after a result was started for each.

        CourseError if something is wrong with the chapter's checks; the next run then collects them again.
        """
        if self._session is None and (files := self._find_files()):
            with self._importing(), _without_pytest_variables():
                self._session = self._collect(files)
        return run.take(self._plugin.collected)

    def run(self, run: ChapterRun) -> None:
        """Run a run's checks, and set its results. CourseError as in `start`, or if pytest itself fails."""
        items = self.start(run)
        if self._session is None:
            return
        self._plugin.run = run
        try:
            with self._importing(), _without_pytest_variables(), kept_random():
                self._session.run(items)
        except (pytest.exit.Exception, pytest.Session.Interrupted):  # a check ends the run
            self.close()
        except Exception as error:
            self.close()
            raise self._failure_of_pytest(error) from error
        except BaseException:
            self.close()
            raise
        finally:
            self._plugin.run = None

    def close(self) -> None:
        """End pytest's session. A later run collects the checks again."""
        session, self._session = self._session, None
        self._modules, self._plugin = {}, _DrivenPlugin(self._chapter, self._folder)
        if session is not None:
            with contextlib.suppress(Exception), _without_pytest_variables():
                session.close()

    def _collect(self, files: list[Path]) -> OpenSession:
        plugin = self._plugin = _DrivenPlugin(self._chapter, self._folder)
        arguments = [*map(str, files), f"--rootdir={self._folder}", f"--confcutdir={self._folder}", "-c", os.devnull]
        arguments += ["--strict-markers", "--import-mode=importlib", "--capture=no"]
        # pytest would list the folders above, and run an __init__.py or conftest.py that anyone may have left there.
        arguments.append("--noconftest")
        arguments += ["-o", "tmp_path_retention_policy=failed"]  # all else would be kept while the session is open
        for name in UNUSED_PLUGINS:
            arguments += ["-p", f"no:{name}"]
        try:
            session = OpenSession(arguments, [plugin, *self._import_conftests()])
        except CourseError:
            raise
        except Exception as error:
            raise self._failure_of_pytest(error) from error
        if problems := [*plugin.problems, *plugin.collected.problems]:
            session.close()
            raise problems[0]
        return session

    def _find_files(self) -> list[Path]:
        """Return the files of checks, one by one: pytest would search the folders below, hundreds of known mistakes."""
        files = sorted(self._folder.glob("test_*.py"))
        for path in files:
            if not path.is_file():
                raise CourseError(path, "is not a file")
        for path in self._folder.glob("*_test.py"):
            raise CourseError(path, "checks are in test_*.py")
        return files

    def _import_conftests(self) -> list[ModuleType]:
        """Return the conftest.py of all chapters' checks and that of this one's, so far as they are there."""
        found = []
        for folder in (self._folder.parent, self._folder):
            path = folder / "conftest.py"
            if path.is_file():
                try:
                    found.append(import_beside(self._folder, path))
                except (Exception, SystemExit, pytest.skip.Exception) as error:
                    raise author_error(path, error) from None
        return found

    def _failure_of_pytest(self, error: BaseException) -> CourseError:
        return CourseError(
            self._folder, f"pytest itself failed: {pytest.ExceptionInfo.from_exception(error).exconly()}"
        )

    @contextlib.contextmanager
    def _importing(self) -> Iterator[None]:
        """Import each file once; the same names in another driver are different files."""
        before = set(sys.modules)
        sys.modules.update(self._modules)
        try:
            yield
        finally:
            for name in set(sys.modules) - before:
                if name.startswith(PREFIX):
                    self._modules[name] = sys.modules.pop(name)


class _DrivenPlugin(GradingPlugin):
    """Grades one run after another, and keeps what is wrong with the checks for whoever drives it.

    run: that whose checks run, if any do
    """

    def __init__(self, chapter: Chapter, folder: Path) -> None:
        super().__init__(lambda folder: self.run)
        self.chapter = chapter
        self.folder = folder
        self.run: ChapterRun | None = None
        self.collected = CollectedChecks()
        self.problems: list[CourseError] = []

    def run_of(self, item: pytest.Item) -> ChapterRun | None:
        return self.run

    def pytest_configure(self, config: pytest.Config) -> None:
        super().pytest_configure(config)
        config.option.tbstyle = "no"  # tracebacks are not shown, and formatting them takes a tenth of the time

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        module: CheckModule = CheckModule.from_parent(parent, path=module_path)
        return module

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.collected = read_checks(items, self.chapter, self.folder)
        items[:] = [item for item, _ in self.collected.cases]

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
            self.problems.append(author_error(node.path, error.__cause__ or error, MARK_NAMES))


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
