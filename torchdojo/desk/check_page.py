"""The page on all answers to one check, grouped by what they gave."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from torchdojo.course import ExerciseId
from torchdojo.desk.errors import NoSuchPage
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.rows import CheckHead, CheckId, CheckOutcome, QueueRow
from torchdojo.desk.visit import Visit, show_at

MAX_NAMED = 12  # submissions of a group that are linked one by one


@dataclass(frozen=True)
class AnswerGroup:
    """The submissions that gave one answer. query: all of them, in the queue"""

    outcome: CheckOutcome
    rows: list[QueueRow]
    query: QueueQuery

    @property
    def named(self) -> list[QueueRow]:
        """Those that are linked one by one."""
        return self.rows[:MAX_NAMED]


def show_check(visit: Visit) -> Response:
    """Return the page of a check. NoSuchPage if no submission was graded by it."""
    queue = visit.desk.queue.current()
    head = queue.heads.get(_check_id(visit))
    if head is None:
        raise NoSuchPage("No submission was graded by a check of this name.")
    groups = [
        AnswerGroup(outcome, rows, QueueQuery(check=str(head.id), answer=outcome.id))
        for outcome, rows in queue.answers(head.id)
    ]
    checks = [other for other in queue.heads.values() if other.id.exercise == head.id.exercise]
    return visit.page(
        "check.html.j2",
        head=head,
        groups=groups,
        total=sum(len(group.rows) for group in groups),
        passed=sum(len(group.rows) for group in groups if group.outcome.status.is_done),
        failed_query=QueueQuery(check=str(head.id)),
        siblings=_siblings(checks, head),
    )


def _check_id(visit: Visit) -> CheckId:
    return CheckId(ExerciseId(visit.path["chapter"], visit.path["exercise"]), visit.path["check"])


def _siblings(checks: list[CheckHead], head: CheckHead) -> tuple[CheckHead | None, CheckHead | None]:
    """Return the check before this one and the one after it, in the order in which they run."""
    at = checks.index(head)
    return checks[at - 1] if at else None, checks[at + 1] if at + 1 < len(checks) else None


ROUTES = [show_at("/check/{chapter}/{exercise}/{check}", show_check)]
