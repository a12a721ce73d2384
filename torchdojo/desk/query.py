"""What of the queue somebody looks at: filters, a search, an order and a page, as a query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

# Views narrow the queue together: a submission must be in each that is chosen.
VIEWS = {
    "attention": "needs attention",
    "unreviewed": "not reviewed",
    "lowest": "lowest third",
    "regrade": "regrade requests",
    "hand": "to grade by hand",
    "changed": "changed by review",
    "regraded": "changed by the last run",
    "doubtful": "decisions to look at again",
}
SORTS = ("student", "chapter", "points", "attention", "mistakes", "reviewed", "status")
FILTERS = ("chapter", "status", "mistake", "check", "answer")
DESCENDING = "-"
MAX_TEXT = 400
MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class QueueQuery:
    """Filters and an order.

    views: of VIEWS; chapter, status: names; mistake: "<chapter>/<exercise>/<mistake>"
    check: "<chapter>/<exercise>/<check>", which was not passed, or which gave `answer`, the id of a `CheckOutcome`
    text: words that each appear in the student's id or name, or in a mistake's title; sort: one of SORTS
    page: from 1
    """

    views: frozenset[str] = frozenset()
    chapter: str = ""
    status: str = ""
    mistake: str = ""
    check: str = ""
    answer: str = ""
    text: str = ""
    sort: str = SORTS[0]
    descending: bool = False
    page: int = 1

    @classmethod
    def parse(cls, query: str) -> QueueQuery:
        """Return what a query string asks for. What it cannot mean is left out, and so are parts of other pages."""
        try:
            pairs = parse_qsl(query, errors="replace", max_num_fields=100)
        except ValueError:
            return cls()
        values = {name: _printable(value) for name, value in reversed(pairs)}
        sort = values.get("sort", "").removeprefix(DESCENDING)
        known = sort in SORTS
        return cls(
            views=frozenset(value for name, value in pairs if name == "show" and value in VIEWS),
            chapter=values.get("chapter", ""),
            status=values.get("status", ""),
            mistake=values.get("mistake", ""),
            check=values.get("check", ""),
            answer=values.get("answer", ""),
            text=" ".join(values.get("q", "").split()),
            sort=sort if known else SORTS[0],
            descending=known and values["sort"].startswith(DESCENDING),
            page=_page_number(values.get("page", "")),
        )

    def __str__(self) -> str:
        """Return the query string, without what is as it is by default."""
        pairs = [("show", view) for view in VIEWS if view in self.views]
        pairs += [(name, value) for name, value in self.filters.items() if value]
        if self.text:
            pairs.append(("q", self.text))
        if self.sort != SORTS[0] or self.descending:
            pairs.append(("sort", f"{DESCENDING if self.descending else ''}{self.sort}"))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    @property
    def filters(self) -> Mapping[str, str]:
        """The filters by name, "" where there is none."""
        return {name: getattr(self, name) for name in FILTERS}

    @property
    def selection(self) -> QueueQuery:
        """The same without its page."""
        return replace(self, page=1)

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves out anything."""
        return bool(self.views or self.text or any(self.filters.values()))

    def but(self, **changes: Any) -> QueueQuery:
        """Return the same with these fields, from its first page."""
        return replace(self, **{"page": 1, **changes})

    def toggled(self, view: str) -> QueueQuery:
        """Return the same with or without a view."""
        return self.but(views=self.views ^ {view})

    def sorted_by(self, column: str, *, descending: bool) -> QueueQuery:
        """Return the same in a column's order, or in the opposite one if it is already in that."""
        if column == self.sort:
            return self.but(descending=not self.descending)
        return self.but(sort=column, descending=descending)

    def only_mistake(self, mistake: str) -> QueueQuery:
        """Return the whole queue in the same order, narrowed to one mistake."""
        return QueueQuery(mistake=mistake, sort=self.sort, descending=self.descending)


def _printable(value: str) -> str:
    return "".join(c for c in value[:MAX_TEXT] if c.isprintable())


def _page_number(value: str) -> int:
    return min(max(int(value), 1), MAX_PAGE) if value.isascii() and value.isdigit() else 1
