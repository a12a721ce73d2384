"""A pytest session that stays open: its tests are collected once, and run whenever they are asked to.

pytest does not promise that this works, but its plugins do the same: pytest-xdist prepares a configuration and runs
items in a loop of its own, pytest-rerunfailures runs an item again. The private names of pytest are in this file alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from _pytest.config import _prepareconfig  # the first half of pytest.main, as pytest-xdist uses it


class OpenSession:
    """Tests as pytest collected them.

    items: those collected, after the plugins have chosen and sorted them
    """

    def __init__(self, arguments: Sequence[str], plugins: Sequence[object]) -> None:
        """Collect the tests. Whatever pytest or a plugin raises is raised here."""
        self._finders: list[Any] = []
        self._config: pytest.Config | None = None
        with self._active():
            before = list(sys.meta_path)
            config = self._config = _prepareconfig(list(arguments), list(plugins))
            self._finders = [finder for finder in sys.meta_path if finder not in before]
            try:
                # Not config._do_configure, which would change the process's warning filters until the end; each check
                # gets those of pytest while it runs.
                config.hook.pytest_configure.call_historic(kwargs={"config": config})
                self._session = pytest.Session.from_config(config)
                config.hook.pytest_sessionstart(session=self._session)
                config.hook.pytest_collection(session=self._session)
            except BaseException:
                _unconfigure(config)
                raise
        self.items = list(self._session.items)
        self._marks = {item: list(item.own_markers) for item in self.items}

    def run(self, items: Iterable[pytest.Item]) -> None:
        """Run tests as in a session of their own: fixtures of every scope are set up and torn down.

        Whatever ends pytest is raised: KeyboardInterrupt, pytest.exit.Exception, pytest.Session.Interrupted or an error
        of a plugin. The session can then only be closed.
        """
        chosen, folder = list(items), os.getcwd()
        with self._active():
            try:
                for item, following in zip(chosen, [*chosen[1:], None], strict=False):
                    self._renew(item)
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    if stopped := self._session.shouldfail or self._session.shouldstop:
                        raise pytest.Session.Interrupted(stopped)
            finally:
                os.chdir(folder)
                # pytest keeps the warnings of all tests, for plugins that are registered later.
                self._session.config.hook.pytest_warning_recorded._call_history = []

    def close(self) -> None:
        """Tear down what is still set up, and let the plugins end the session."""
        config = self._session.config
        with self._active():
            try:
                config.hook.pytest_sessionfinish(session=self._session, exitstatus=pytest.ExitCode.OK)
            finally:
                _unconfigure(config)

    def _renew(self, item: pytest.Item) -> None:
        """Let a test know nothing of its last run: not what that added to it, and of a class, not its instance."""
        item.own_markers[:] = self._marks[item]
        item.user_properties.clear()
        if isinstance(item, pytest.Function) and item.cls is not None:
            for name in ("_instance", "_obj"):  # pytest makes those that are not there
                vars(item).pop(name, None)

    @contextlib.contextmanager
    def _active(self) -> Iterator[None]:
        """Let this be pytest's session: other code of this process, such as another session, must not notice it."""
        mark: Any = pytest.mark
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_VERSION", pytest.__version__)
            patch.setattr(mark, "_config", self._config or mark._config)  # which knows the marks that there are
            sys.meta_path[:0] = self._finders  # which rewrite the assertions of what is imported
            try:
                yield
            finally:
                sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in self._finders]


def _unconfigure(config: pytest.Config) -> None:
    try:
        config.hook.pytest_unconfigure(config=config)
    finally:
        config._ensure_unconfigure()
