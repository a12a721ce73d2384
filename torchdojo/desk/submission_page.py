"""The page of one submission: its code with its checks beside it, and what it can be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from torchdojo.batch.store import StoredRun
from torchdojo.course import Course
from torchdojo.course.stub import load_stub
from torchdojo.desk.addresses import submission_address
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import QueueRow
from torchdojo.desk.submission_comparison import REFERENCE, STUB
from torchdojo.desk.submission_view import view_submission
from torchdojo.desk.visit import Visit, show_at
from torchdojo.report.similar import SimilarPair, find_near_duplicates

AGAINST = "against"  # the key of the text that the submission is compared with, in the query string
KEYS = {REFERENCE: "d", STUB: "s"}  # on the keyboard
SIMILAR_SECONDS = 0.5  # that a page waits for near-duplicates


@dataclass(frozen=True)
class MistakeLinks:
    """How to go on with a mistake that a submission makes.

    count: of the submissions that make it; next: another one's page, or ""; queue: all of them, as a query string
    """

    count: int
    next: str
    queue: str


def show_submission(visit: Visit) -> Response:
    """Return the page of a submission."""
    desk = visit.desk
    student, chapter = visit.path["student"], visit.path["chapter"]
    query = QueueQuery.parse(visit.query)
    queue = desk.queue.current()
    with StoredRun(desk.out, desk.course) as run:
        view = view_submission(run, student, chapter, dict(parse_qsl(visit.query)).get(AGAINST, ""))
        version, _ = run.saved_since(0)
    row = queue.find((student, chapter))

    def address(key: str = "") -> str:
        return submission_address(student, chapter, with_comparison(str(query), key))

    return visit.page(
        "submission.html.j2",
        view=view,
        name=row.name if row else "",
        query=query,
        address=address,
        keys=KEYS,
        neighbours=queue.neighbours(query, (student, chapter)),
        mistakes=_mistake_links(queue, query, row) if row else {},
        similar=desk.near_duplicates.of(chapter, student, version, SIMILAR_SECONDS),
    )


def _mistake_links(queue: Queue, query: QueueQuery, row: QueueRow) -> dict[str, MistakeLinks]:
    """Return the links for each mistake, by "<exercise>/<mistake>". After the last one comes the first."""
    links = {}
    for mistake in row.mistakes:
        own = QueueQuery(mistake=str(mistake), sort=query.sort, descending=query.descending)
        keys = [other.key for other in queue.select(own)]
        following = keys[(keys.index(row.key) + 1) % len(keys)] if row.key in keys else row.key
        address = submission_address(*following, str(query)) if following != row.key else ""
        links[f"{mistake.exercise.name}/{mistake.name}"] = MistakeLinks(len(keys), address, str(own))
    return links


def with_comparison(query: str, key: str) -> str:
    """Return the query string of a submission's page that compares it. key: "" for its code alone"""
    return "&".join(filter(None, (query, urlencode({AGAINST: key}) if key else "")))


def search_near_duplicates(out: Path, course: Course, chapter_name: str) -> list[SimilarPair]:
    """Return the near-duplicates among a chapter's submissions; takes seconds in a large class."""
    chapter = next(chapter for chapter in course.chapters if chapter.name == chapter_name)
    with StoredRun(out, course) as run:
        return find_near_duplicates(chapter_name, run.sources(chapter_name), load_stub(course, chapter))


ROUTES = [show_at("/submission/{student}/{chapter}", show_submission)]
