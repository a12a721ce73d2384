"""Find near-duplicates while pages are shown: once per chapter, and again when its submissions change."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from dataclasses import dataclass
from threading import Lock

from torchdojo.report.code_lines import CodeLine
from torchdojo.report.similar import SimilarPair


@dataclass(frozen=True)
class _SimilarSearch:
    """A search for a chapter's near-duplicates. until: when pages stop to wait for it, by the monotonic clock"""

    version: Hashable
    pairs: Future[list[SimilarPair]]
    until: float


@dataclass(frozen=True)
class SimilarSubmission:
    """Another student's submission that shares lines which few others wrote.

    similarity: in [0, 1]; common: how many lines they share; shared: the first of them, this student's first
    """

    student: str
    similarity: float
    common: int
    shared: list[tuple[CodeLine, CodeLine]]


class NearDuplicates:
    """The near-duplicates of each chapter, found in the background when they are first asked for.

    find: returns the pairs of a chapter; may take long, and runs in a thread of its own
    """

    def __init__(self, find: Callable[[str], list[SimilarPair]]) -> None:
        self._find = find
        self._searches: dict[str, _SimilarSearch] = {}
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="near-duplicates")

    def of(self, chapter: str, student: str, version: Hashable, wait: float) -> list[SimilarSubmission] | None:
        """Return a submission's near-duplicates, the most similar first; None if they are not known yet.

        version: of the chapter's submissions; what was found for another one is found again
        wait: for how many seconds to wait for a search that begins now
        """
        with self._lock:
            search = self._searches.get(chapter)
            if search is None or search.version != version:
                pairs = self._thread.submit(self._find, chapter)
                search = self._searches[chapter] = _SimilarSearch(version, pairs, time.monotonic() + wait)
        try:
            return list(_others(search.pairs.result(max(0.0, search.until - time.monotonic())), student))
        except TimeoutError:
            return None

    def close(self) -> None:
        """Start no further search; one that is running ends with the process or before."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _others(pairs: Iterable[SimilarPair], student: str) -> Iterable[SimilarSubmission]:
    for pair in pairs:
        if student in pair.left:
            others, shared = [*pair.left, *pair.right] if pair.identical else list(pair.right), pair.shared
        elif student in pair.right:
            others, shared = list(pair.left), [(right, left) for left, right in pair.shared]
        else:
            continue
        yield from (
            SimilarSubmission(other, pair.similarity, pair.common, shared) for other in others if other != student
        )
