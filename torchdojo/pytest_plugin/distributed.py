"""Keep pytest-xdist, where it runs, from separating the checks of an exercise, which are judged together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def exercise_scheduler(config: pytest.Config, log: Any, group_of: Callable[[str], str]) -> Any:
    """Return what distributes groups of tests to the processes of pytest-xdist.

    group_of: returns the group of a test by its id: an exercise, or the test itself if it is not a check
    """
    from xdist.scheduler import LoadScopeScheduling

    class ExerciseScheduling(LoadScopeScheduling):  # type: ignore[misc]
        """Gives all checks of an exercise to one process."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ExerciseScheduling(config, log)


@contextlib.contextmanager
def reporting(item: pytest.Item) -> Iterator[None]:
    """Let reports of a check that ran before be accepted: pytest-xdist takes only those of the test that runs."""
    plugins = item.config.pluginmanager.get_plugins()
    process = next((plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor"), None)
    if process is None:
        yield
        return
    running = process.item_index
    process.item_index = item.session.items.index(item)
    try:
        yield
    finally:
        process.item_index = running
