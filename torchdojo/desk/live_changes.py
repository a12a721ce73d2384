"""Keep what the last completed run changed, and read it again only when another run was completed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.review.changes import Change, ChangeSummary
from torchdojo.review.last_run import LAST_RUN, PREVIOUS_RUN, changes_of_last_run, regraded


@dataclass(frozen=True)
class RunChanges:
    """What a run changed. is_known: whether there is a run before it; regraded: changed not only by a decision"""

    is_known: bool = False
    summary: ChangeSummary = field(default_factory=ChangeSummary)
    changes: list[Change] = field(default_factory=list)
    regraded: frozenset[ResultKey] = frozenset()


class LiveChanges:
    """What the last completed run in `out` changed."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._files: list[tuple[int, int] | None] = []
        self._current = RunChanges()

    def current(self) -> RunChanges:
        """Return what it changed, the same object until another run is completed."""
        with self._lock:
            files = [self._stamp(name) for name in (LAST_RUN, PREVIOUS_RUN)]
            if files != self._files:
                found = changes_of_last_run(self._out)
                self._current = RunChanges(True, *found, regraded(found[1])) if found else RunChanges()
                self._files = files
            return self._current

    def _stamp(self, name: str) -> tuple[int, int] | None:
        try:
            status = (self._out / name).stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns
