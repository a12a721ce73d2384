"""The page that lists all checks, with how many passed each."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from torchdojo.desk.query import QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import CheckHead
from torchdojo.desk.visit import Visit, show_at
from torchdojo.review.decision import SwitchCheck
from torchdojo.review.decisions import Decisions


@dataclass(frozen=True)
class CheckLine:
    """A check in the list. passed: how many of `count` submissions; mistake: the most frequent one, or ""

    failed: the others, in the queue; switch: if it is switched off
    """

    head: CheckHead
    passed: int
    count: int
    mistake: str
    failed: QueueQuery
    switch: SwitchCheck | None


def show_checks(visit: Visit) -> Response:
    """Return the page with all checks, by chapter and exercise."""
    queue, decisions = visit.desk.queue.current(), visit.desk.decisions.current()
    chapters = [
        (chapter, [_line(queue, decisions, head) for head in queue.heads_of(chapter.name)])
        for chapter in visit.desk.course.chapters
    ]
    return visit.page("checks.html.j2", chapters=[(chapter, lines) for chapter, lines in chapters if lines])


def _line(queue: Queue, decisions: Decisions, head: CheckHead) -> CheckLine:
    answers = queue.answers(head)
    entry = decisions.switched_off.get(head.id)
    return CheckLine(
        head=head,
        passed=sum(len(rows) for outcome, rows in answers if outcome.status.is_done),
        count=sum(len(rows) for _, rows in answers),
        mistake=next((outcome.mistake for outcome, _ in answers if outcome.mistake), ""),
        failed=QueueQuery(check=head.id),
        switch=entry.decision if entry and isinstance(entry.decision, SwitchCheck) else None,
    )


ROUTES = [show_at("/checks", show_checks)]
