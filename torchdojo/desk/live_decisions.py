"""Keep what people decided up to date, whoever writes the file, reading it only when it changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from torchdojo.review.decision import Decision, ReviewEntry
from torchdojo.review.decisions import Decisions, decide
from torchdojo.review.log import ReviewLog


class LiveDecisions:
    """The decisions about the results in `out`, as all users of the desk and other processes make them."""

    def __init__(self, out: Path) -> None:
        self._log = ReviewLog(out)
        self._lock = threading.Lock()
        self._entries: Sequence[ReviewEntry] = []
        self._decisions = Decisions()

    def current(self) -> Decisions:
        """Return what counts now, the same object until somebody decides. ReviewsError if it cannot be read."""
        with self._lock:
            entries = self._log.entries()
            if entries != self._entries:
                self._decisions = Decisions.of(entries)
                self._entries = entries
            return self._decisions

    def decide(self, by: str, decision: Decision, seen: str | None) -> ReviewEntry:
        """Save a decision, and return its entry once it is on the disk. It raises what `review.decide` raises.

        seen: the id of the last entry that whoever decides has seen; None: to decide in any case
        """
        with self._lock:
            return decide(self._log, by, decision, seen)
