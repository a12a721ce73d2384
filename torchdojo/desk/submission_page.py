"""The page of one submission: its code with its checks beside it, and what it can be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import StoredRun
from torchdojo.course import Course
from torchdojo.course.zone import describe_time
from torchdojo.desk.addresses import action_address, submission_address
from torchdojo.desk.errors import NoSuchPage
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import QueueRow
from torchdojo.desk.submission_comparison import REFERENCE, STUB, stub_text
from torchdojo.desk.submission_view import view_submission
from torchdojo.desk.visit import Visit, show_at
from torchdojo.report.similar import SimilarPair, find_near_duplicates
from torchdojo.review.decision import ReviewEntry
from torchdojo.review.decisions import Decisions
from torchdojo.review.history import describe, targets_of

AGAINST, LINE = "against", "line"  # in the query string: what to compare it with, and the line to comment on
KEYS = {REFERENCE: "d", STUB: "s"}  # on the keyboard
SIMILAR_SECONDS = 0.5  # that a page waits for near-duplicates


@dataclass(frozen=True)
class RefusedForm:
    """A form that was not saved. theirs: what was decided in the meantime; mine: what it would have decided

    action: the name of where it was sent; fields: its own, to send it again
    """

    theirs: list[ReviewEntry]
    mine: str
    action: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class MistakeLinks:
    """How to continue with a mistake that a submission makes.

    count: of the submissions that make it; next: another one's page, or ""; queue: all of them, as a query string
    """

    count: int
    next: str
    queue: str


def show_submission(visit: Visit) -> Response:
    """Return the page of a submission."""
    return submission_page(visit)


def submission_page(visit: Visit, refused: RefusedForm | None = None) -> Response:
    """Return the page of a submission. refused: what could not be saved, because somebody decided in the meantime"""
    desk, parameters = visit.desk, dict(parse_qsl(visit.query))
    student, chapter = visit.path["student"], visit.path["chapter"]
    query = QueueQuery.parse(visit.query)
    queue, decisions = desk.queue.current(), desk.decisions.current()
    against, line = parameters.get(AGAINST, ""), parameters.get(LINE, "")
    grade = desk.queue.grades(student, decisions).get(chapter)
    if grade is None:
        raise NoSuchPage(f"{student} has no graded submission of {chapter}.")
    with StoredRun(desk.out, desk.course) as run:
        number = int(line) if line.isascii() and line.isdigit() else None
        view = view_submission(run, grade, decisions, against, number)
        version, _ = run.saved_since(0)
    row = queue.find((student, chapter))

    def address(key: str = "", line: int | None = None) -> str:
        return submission_address(student, chapter, page_query(query, key, line))

    def action(name: str) -> str:
        return action_address(student, chapter, name, page_query(query, against))

    last = decisions.undoable(visit.user)
    return visit.page(
        "submission.html.j2",
        status=409 if refused else 200,
        view=view,
        name=row.name if row else "",
        query=query,
        against=against,
        address=address,
        action=action,
        keys=KEYS,
        exercises={panel.exercise.name: panel for panel in view.panels},
        neighbours=queue.neighbours(query, (student, chapter)),
        mistakes=_mistake_links(queue, query, row) if row else {},
        similar=desk.near_duplicates.of(chapter, student, version, SIMILAR_SECONDS),
        seen=decisions.last_id,
        last=last,
        last_words=_last_words(last, decisions, (student, chapter)) if last else "",
        refused=refused,
        describe=lambda entry: describe(entry.decision, decisions),
        when=partial(_when, desk.course),
    )


def _when(course: Course, at: str) -> str:
    """Return an entry's time by the course's clocks."""
    return describe_time(datetime.fromisoformat(at).astimezone(course.tzinfo).replace(second=0))


def _last_words(last: ReviewEntry, decisions: Decisions, key: ResultKey) -> str:
    """Return what undoing would take back, and of whom, unless it is of this submission alone."""
    words, targets = describe(last.decision, decisions), targets_of(last.decision, decisions)
    others = [target for target in targets if target.key != key]
    return f"{words} ({others[0].student}, {others[0].chapter})" if len(targets) == len(others) == 1 else words


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


def page_query(query: QueueQuery, against: str = "", line: int | None = None) -> str:
    """Return the query string of a submission's page.

    against: the key of what it is compared with, "" for its code alone; line: the one to comment on
    """
    own = {AGAINST: against, LINE: str(line or "")}
    return "&".join(filter(None, (str(query), urlencode({name: value for name, value in own.items() if value}))))


def search_near_duplicates(out: Path, course: Course, chapter_name: str) -> list[SimilarPair]:
    """Return the near-duplicates among a chapter's submissions; takes seconds in a large class."""
    chapter = next(chapter for chapter in course.chapters if chapter.name == chapter_name)
    with StoredRun(out, course) as run:
        return find_near_duplicates(chapter_name, run.sources(chapter_name), stub_text(course, chapter))


ROUTES = [show_at("/submission/{student}/{chapter}", show_submission)]
