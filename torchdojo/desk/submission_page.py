"""The page of one submission: its code with its checks beside it, and what it can be compared with."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from torchdojo.batch.store import StoredRun
from torchdojo.course import Course
from torchdojo.course.stub import load_stub
from torchdojo.desk.addresses import submission_address
from torchdojo.desk.submission_comparison import REFERENCE, STUB
from torchdojo.desk.submission_view import view_submission
from torchdojo.desk.visit import Visit, show_at
from torchdojo.report.similar import SimilarPair, find_near_duplicates

AGAINST = "against"  # the key of the text that the submission is compared with, in the query string
KEYS = {REFERENCE: "d", STUB: "s"}  # on the keyboard
SIMILAR_SECONDS = 0.5  # that a page waits for near-duplicates


def show_submission(visit: Visit) -> Response:
    """Return the page of a submission."""
    desk = visit.desk
    student, chapter = visit.path["student"], visit.path["chapter"]
    queue, against = split_query(visit.query)
    with StoredRun(desk.out, desk.course) as run:
        view = view_submission(run, student, chapter, against)
        version, _ = run.saved_since(0)

    def address(key: str = "") -> str:
        return submission_address(student, chapter, with_comparison(queue, key))

    similar = desk.near_duplicates.of(chapter, student, version, SIMILAR_SECONDS)
    return visit.page("submission.html.j2", view=view, address=address, keys=KEYS, similar=similar)


def split_query(query: str) -> tuple[str, str]:
    """Return the queue in which a submission is looked at, as a query string, and the key of its comparison."""
    pairs = parse_qsl(query, keep_blank_values=True)
    against = next((value for name, value in pairs if name == AGAINST), "")
    return urlencode([pair for pair in pairs if pair[0] != AGAINST]), against


def with_comparison(queue: str, key: str) -> str:
    """Return the query string of a submission's page that compares it. key: "" for its code alone"""
    return "&".join(filter(None, (queue, urlencode({AGAINST: key}) if key else "")))


def search_near_duplicates(out: Path, course: Course, chapter_name: str) -> list[SimilarPair]:
    """Return the near-duplicates among a chapter's submissions; takes seconds in a large class."""
    chapter = next(chapter for chapter in course.chapters if chapter.name == chapter_name)
    with StoredRun(out, course) as run:
        return find_near_duplicates(chapter_name, run.sources(chapter_name), load_stub(course, chapter))


ROUTES = [show_at("/submission/{student}/{chapter}", show_submission)]
