"""The page that lists which grades changed, and why: in the last run, or since they were published."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from torchdojo.batch.store import StoredRun
from torchdojo.desk.visit import Visit, show_at
from torchdojo.review.changes import Cause, Change, ChangeSummary, collect
from torchdojo.review.publication import PublicationError, find_publication
from torchdojo.review.record import current_records, shown_time

PAGE_ROWS = 100
MAX_TOTALS = 100
RUN, PUBLICATION = "run", "publication"  # what grades are compared with


@dataclass(frozen=True)
class ChangesQuery:
    """What of the changes somebody looks at. since: RUN or PUBLICATION; cause: a Cause, or ""; page: from 1"""

    since: str = RUN
    cause: str = ""
    page: int = 1

    @classmethod
    def parse(cls, query: str) -> ChangesQuery:
        """Return what a query string asks for; what it cannot mean is left out."""
        try:
            values = dict(parse_qsl(query, errors="replace", max_num_fields=20))
        except ValueError:
            return cls()
        page = values.get("page", "")
        return cls(
            since=PUBLICATION if values.get("since") == PUBLICATION else RUN,
            cause=values["cause"] if values.get("cause") in list(Cause) else "",
            page=min(max(int(page), 1), 10**6) if page.isascii() and page.isdigit() else 1,
        )

    def but(self, **changes: str | int) -> ChangesQuery:
        """Return the same with these fields, from its first page."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        """The address of the page with it."""
        fields = {"since": self.since, "cause": self.cause, "page": self.page if self.page > 1 else ""}
        return f"/changes?{urlencode({name: value for name, value in fields.items() if value})}"


@dataclass(frozen=True)
class FoundChanges:
    """What changed. problem: why it is not known, or "" """

    summary: ChangeSummary
    changes: Sequence[Change]
    since: str
    problem: str = ""


def show_changes(visit: Visit) -> Response:
    """Return the page."""
    query = ChangesQuery.parse(visit.query)
    found = _since_publication(visit) if query.since == PUBLICATION else _in_last_run(visit)
    causes = Counter(cause for change in found.changes for cause in change.causes)
    rows = [change for change in found.changes if not query.cause or query.cause in change.causes]
    pages = max(1, math.ceil(len(rows) / PAGE_ROWS))
    query = replace(query, page=min(query.page, pages))
    start = (query.page - 1) * PAGE_ROWS
    totals = list(found.summary.totals.items())
    return visit.page(
        "changes.html.j2",
        current="changes",
        query=query,
        found=found,
        causes=[(cause, causes[cause]) for cause in Cause if causes[cause]],
        rows=rows[start : start + PAGE_ROWS],
        first=start + 1,
        count=len(rows),
        pages=pages,
        totals=totals[:MAX_TOTALS],
        more_totals=len(totals) - MAX_TOTALS,
        shown=set(visit.desk.queue.current().keys()),
    )


def _in_last_run(visit: Visit) -> FoundChanges:
    run = visit.desk.changes.current()
    if not run.is_known:
        problem = "There is only one completed run, so there is nothing to compare it with."
        return FoundChanges(ChangeSummary(), [], "", problem)
    return FoundChanges(run.summary, run.changes, f"the run of {shown_time(run.summary.at)}")


def _since_publication(visit: Visit) -> FoundChanges:
    out = visit.desk.out
    try:
        publication = find_publication(out)
        if publication is None:
            return FoundChanges(ChangeSummary(), [], "", "Nothing is published yet.")
        with publication.records() as published, StoredRun(out, visit.desk.course) as run:
            summary, changes = collect(published, current_records(run, visit.desk.decisions.current()))
    except PublicationError as error:
        return FoundChanges(ChangeSummary(), [], "", str(error))
    return FoundChanges(summary, changes, f"the grades were published on {publication.words}")


ROUTES = [show_at("/changes", show_changes)]
