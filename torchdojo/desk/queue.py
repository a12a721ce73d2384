"""The submissions of a class, filtered, searched and sorted."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torchdojo.batch.results import ResultKey
from torchdojo.course import Course
from torchdojo.desk.query import VIEWS, QueueQuery
from torchdojo.desk.rows import CheckHead, CheckOutcome, Missing, MistakeId, QueueRow
from torchdojo.report.flags import URGENCY

PAGE_ROWS = 50
MAX_KEPT = 64  # selections
DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Neighbours:
    """Where a submission is in a selection.

    previous, next: None at an end; position: from 1, None if it is not in it; count: of the selection
    """

    previous: ResultKey | None
    next: ResultKey | None
    position: int | None
    count: int


@dataclass(frozen=True)
class QueuePage:
    """A page of a selection. rows: at most PAGE_ROWS; first: the first one's position, from 1; count: of all pages"""

    rows: Sequence[QueueRow]
    first: int
    count: int
    number: int
    pages: int


class Queue:
    """A class's submissions as they are at one moment.

    heads: of the checks, by id; missing: the students without any; regraded: those that the last run changed
    """

    def __init__(
        self,
        course: Course,
        rows: Iterable[QueueRow],
        heads: Mapping[str, CheckHead],
        missing: Iterable[Missing] = (),
        regraded: Collection[ResultKey] = (),
    ) -> None:
        self._chapters = {chapter.name: index for index, chapter in enumerate(course.chapters)}
        self._rows = sorted(rows, key=lambda row: (natural_order(row.student), self._chapters[row.chapter]))
        self._by_key = {row.key: row for row in self._rows}
        self._by_chapter: dict[str, list[QueueRow]] = defaultdict(list)
        for row in self._rows:
            self._by_chapter[row.chapter].append(row)
        self._lowest = frozenset(key for own in self._by_chapter.values() for key in _lowest_third(own))
        self._kept: dict[QueueQuery, list[QueueRow]] = {}
        self.heads = heads
        self.regraded = frozenset(regraded)
        self.missing = sorted(missing, key=lambda one: natural_order(one.student))

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> Collection[ResultKey]:
        """Return which submissions there are."""
        return self._by_key.keys()

    def find(self, key: ResultKey) -> QueueRow | None:
        """Return the row of a submission, or None."""
        return self._by_key.get(key)

    def select(self, query: QueueQuery) -> list[QueueRow]:
        """Return the rows that a query asks for, of all its pages, in its order."""
        query = query.selection
        if query not in self._kept:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[query] = self._select(query)
        return self._kept[query]

    def _select(self, query: QueueQuery) -> list[QueueRow]:
        tests = self._tests(query)
        rows = [row for row in self._rows if all(test(row) for test in tests)]
        if query.sort != "student":
            rows.sort(key=self._sort_key(query.sort), reverse=query.descending)
        elif query.descending:
            rows.reverse()
        return rows

    def _tests(self, query: QueueQuery) -> list[Callable[[QueueRow], bool]]:
        tests = [self._view(view) for view in query.views]
        if query.chapter:
            tests.append(lambda row: row.chapter == query.chapter)
        if query.status:
            tests.append(lambda row: row.status == query.status)
        if query.mistake:
            tests.append(lambda row: any(str(mistake) == query.mistake for mistake in row.mistakes))
        if query.check:
            tests.append(self._check_test(query.check, query.answer))
        if query.text:
            words = query.text.casefold().split()
            tests.append(lambda row: all(word in row.words for word in words))
        return tests

    def _view(self, view: str) -> Callable[[QueueRow], bool]:
        tests: dict[str, Callable[[QueueRow], bool]] = {
            "attention": lambda row: bool(row.flags),
            "unreviewed": lambda row: not row.review.reviewed_by,
            "lowest": lambda row: row.key in self._lowest,
            "regrade": lambda row: row.review.requests > 0,
            "changed": lambda row: row.review.is_changed,
            "doubtful": lambda row: row.review.doubts > 0,
            "regraded": lambda row: row.key in self.regraded,
            "hand": lambda row: row.review.to_grade > 0,
        }
        return tests[view]

    def _check_test(self, check: str, answer: str) -> Callable[[QueueRow], bool]:
        def test(row: QueueRow) -> bool:
            outcome = row.outcomes.get(check)
            if outcome is None:
                return False
            return outcome.id == answer if answer else not outcome.status.is_done

        return test

    def _sort_key(self, column: str) -> Callable[[QueueRow], Any]:
        keys: dict[str, Callable[[QueueRow], Any]] = {
            "chapter": lambda row: self._chapters[row.chapter],
            "points": lambda row: -1.0 if row.share is None else row.share,
            "attention": lambda row: min(map(URGENCY.index, row.flags), default=len(URGENCY)),
            "mistakes": lambda row: [mistake.title.casefold() for mistake in row.mistakes],
            "reviewed": lambda row: row.review.reviewed_by.casefold(),
            "status": lambda row: row.status,
        }
        return keys[column]

    def page(self, query: QueueQuery) -> QueuePage:
        """Return the page that a query asks for, or the last one if there are not so many."""
        rows = self.select(query)
        pages = max(1, math.ceil(len(rows) / PAGE_ROWS))
        number = min(query.page, pages)
        start = (number - 1) * PAGE_ROWS
        return QueuePage(rows[start : start + PAGE_ROWS], start + 1, len(rows), number, pages)

    def neighbours(self, query: QueueQuery, key: ResultKey) -> Neighbours:
        """Return what is before and after a submission in a selection.

        One that has left the selection, as when it was just reviewed, is looked for at its place in the same order.
        """
        keys = [row.key for row in self.select(query)]
        if key in keys:
            at = keys.index(key)
            before, after, position = keys[:at], keys[at + 1 :], at + 1
        else:
            everything = [row.key for row in self.select(QueueQuery(sort=query.sort, descending=query.descending))]
            at = everything.index(key) if key in everything else len(everything)
            earlier = set(everything[:at])
            before, position = [other for other in keys if other in earlier], None
            after = keys[len(before) :]
        return Neighbours(before[-1] if before else None, after[0] if after else None, position, len(keys))

    def view_counts(self, query: QueueQuery) -> dict[str, int]:
        """Return how many submissions each view has, beside the query's other filters."""
        rows = self.select(query.but(views=frozenset()))
        return {view: sum(map(self._view(view), rows)) for view in VIEWS}

    def mistakes(self, chapter: str = "") -> list[tuple[MistakeId, int]]:
        """Return the mistakes of a chapter, or of all, with how many submissions made each; frequent ones first."""
        counts = Counter(mistake for row in self._rows if chapter in ("", row.chapter) for mistake in row.mistakes)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0].title))

    def heads_of(self, chapter: str) -> list[CheckHead]:
        """Return a chapter's checks, in the order in which they run."""
        return [head for head in self.heads.values() if head.exercise.chapter == chapter]

    def answers(self, check: CheckHead) -> list[tuple[CheckOutcome, list[QueueRow]]]:
        """Return what a check gave, with the submissions that gave it; frequent answers first."""
        groups: dict[CheckOutcome, list[QueueRow]] = defaultdict(list)
        for row in self._by_chapter[check.exercise.chapter]:
            if outcome := row.outcomes.get(check.id):
                groups[outcome].append(row)
        return sorted(groups.items(), key=lambda item: -len(item[1]))


def natural_order(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers within texts by their value, and ignores case."""
    parts = DIGITS.split(text.casefold())
    return [_number_key(part) if index % 2 else (0, part) for index, part in enumerate(parts)]


def _number_key(digits: str) -> tuple[int, str]:
    """Return what sorts like the number, however long it is."""
    significant = digits.lstrip("0")
    return len(significant), significant


def _lowest_third(rows: Iterable[QueueRow]) -> set[ResultKey]:
    """Return the lowest third of a chapter's submissions by share of points; none with the highest share."""
    scored = [(row.share, row.key) for row in rows if row.share is not None]
    shares = sorted(share for share, _ in scored)
    limit = shares[math.ceil(len(shares) / 3) - 1] if shares else 0.0
    return {key for share, key in scored if share <= limit and share < shares[-1]}
