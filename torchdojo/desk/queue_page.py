"""The page that lists the submissions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import RedirectResponse, Response

from torchdojo.desk.addresses import queue_address
from torchdojo.desk.query import VIEWS, QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.visit import Visit, show_at
from torchdojo.grading.status import ResultStatus

EVERYTHING = "all"  # a query string that means the whole queue, not the one that was looked at last
YEAR_SECONDS = 365 * 24 * 3600
MAX_KEPT = 2_000  # characters of a query string that is remembered
ALWAYS_SHOWN = ("attention", "unreviewed", "lowest")  # other views only if there is something in them
KEYS = {"attention": "a", "lowest": "l", "unreviewed": "v"}  # of views
# Columns: what they are called, whether they hold numbers, and whether large values are the interesting ones.
COLUMNS = {
    "student": ("student", False, False),
    "chapter": ("chapter", False, False),
    "points": ("points", True, False),
    "attention": ("attention", False, False),
    "mistakes": ("mistakes", False, True),
    "reviewed": ("reviewed", False, False),
    "status": ("status", False, False),
}


@dataclass(frozen=True)
class ViewLink:
    """A view that can be chosen or given up. query: then; count: of its submissions; key: on the keyboard"""

    label: str
    query: QueueQuery
    count: int
    is_chosen: bool
    key: str


def show_queue(visit: Visit) -> Response:
    """Return the page with the submissions; without filters in the address, those that were looked at last."""
    cookie = _cookie_name(visit.desk.out)
    last = _unpacked(visit.cookies.get(cookie, ""))
    if not visit.query and last:
        return RedirectResponse(queue_address(last), 303)
    query = QueueQuery.parse(visit.query)
    queue = visit.desk.queue.current()
    response = visit.page(
        "queue.html.j2",
        query=query,
        page=queue.page(query),
        total=len(queue),
        missing=[] if query.is_filtered and query.views != {"attention"} else queue.missing,
        regraded=queue.regraded,
        views=_view_links(queue, query),
        columns=COLUMNS,
        chapters={chapter.name: chapter.short for chapter in visit.desk.course.chapters},
        mistakes=queue.mistakes(query.chapter),
        check=queue.heads.get(query.check),
        statuses=list(ResultStatus),
        everything=queue_address(EVERYTHING),
    )
    response.set_cookie(cookie, _packed(str(query)), max_age=YEAR_SECONDS, httponly=True, samesite="strict")
    return response


def _view_links(queue: Queue, query: QueueQuery) -> list[ViewLink]:
    counts = queue.view_counts(query)
    return [
        ViewLink(VIEWS[view], query.toggled(view), counts[view], view in query.views, KEYS.get(view, ""))
        for view in VIEWS
        if view in ALWAYS_SHOWN or view in query.views or counts[view]
    ]


def _cookie_name(out: Path) -> str:
    """Return the name of the cookie that remembers the queue of these results, also for the next `dojo desk`."""
    return f"dojo_queue_{hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:12]}"


def _packed(query: str) -> str:
    """Return a query string as a cookie's value."""
    return base64.urlsafe_b64encode(query.encode()).decode() if len(query) <= MAX_KEPT else ""


def _unpacked(value: str) -> str:
    """Undo `_packed`; return "" for what cannot be one."""
    try:
        return str(QueueQuery.parse(base64.urlsafe_b64decode(value.encode()).decode()))
    except (binascii.Error, UnicodeError, ValueError):
        return ""


ROUTES = [show_at("/", show_queue)]
