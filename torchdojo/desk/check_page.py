"""The page on all answers to one check, grouped by what they gave; there a wrong check is switched off."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from torchdojo.desk.addresses import check_address
from torchdojo.desk.errors import NoSuchPage, PageError
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import CheckHead, CheckOutcome, QueueRow
from torchdojo.desk.visit import Visit, act_at, show_at
from torchdojo.review.decision import CheckMode, SwitchCheck
from torchdojo.review.decisions import Conflict

MAX_NAMED = 12  # submissions of a group that are linked one by one
MAX_REASON = 2_000
MODES = {
    CheckMode.ON: "It counts",
    CheckMode.FULL_POINTS: "Everybody gets its points",
    CheckMode.LEFT_OUT: "It is left out: nobody gets its points, and the maximum is lower",
}
SAID = {
    CheckMode.ON: "Saved. The check counts again.",
    CheckMode.FULL_POINTS: "Saved. Everybody gets its points.",
    CheckMode.LEFT_OUT: "Saved. The check is left out.",
}


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
    switch = _switch_now(visit)
    return _page(visit, switch.mode if switch else CheckMode.ON, switch.reason if switch else "")


def _switch_now(visit: Visit) -> SwitchCheck | None:
    head = _find(visit, visit.desk.queue.current())
    entry = visit.desk.decisions.current().switched_off.get(head.id)
    return entry.decision if entry and isinstance(entry.decision, SwitchCheck) else None


def _page(visit: Visit, mode: CheckMode, reason: str, conflict: Conflict | None = None) -> Response:
    """Return the page. mode, reason: what the form says; conflict: why it was not saved"""
    queue = visit.desk.queue.current()
    decisions = visit.desk.decisions.current()
    head = _find(visit, queue)
    groups = [
        AnswerGroup(outcome, rows, QueueQuery(check=head.id, answer=outcome.id))
        for outcome, rows in queue.answers(head)
    ]
    checks = [other for other in queue.heads_of(head.exercise.chapter) if other.exercise == head.exercise]
    return visit.page(
        "check.html.j2",
        status=409 if conflict else 200,
        head=head,
        groups=groups,
        total=sum(len(group.rows) for group in groups),
        passed=sum(len(group.rows) for group in groups if group.outcome.status.is_done),
        failed_query=QueueQuery(check=head.id),
        siblings=_siblings(checks, head),
        switched=decisions.switched_off.get(head.id),
        mode=mode,
        reason=reason,
        modes=MODES,
        conflict=conflict,
        address=_address(head),
        seen=decisions.last_id,
    )


def _find(visit: Visit, queue: Queue) -> CheckHead:
    head = queue.heads.get("/".join(visit.path[part] for part in ("chapter", "exercise", "check")))
    if head is None:
        raise NoSuchPage("No submission was graded by a check of this name.")
    return head


def _siblings(checks: list[CheckHead], head: CheckHead) -> tuple[CheckHead | None, CheckHead | None]:
    """Return the check before this one and the one after it, in the order in which they run."""
    at = checks.index(head)
    return checks[at - 1] if at else None, checks[at + 1] if at + 1 < len(checks) else None


def switch_check(visit: Visit) -> Response:
    """Switch a check off or on for the whole class. PageError if the form does not say how, or why."""
    head = _find(visit, visit.desk.queue.current())
    mode, reason = _mode(visit.form.text("mode")), visit.form.text("reason")
    if mode is not CheckMode.ON and not reason:
        raise PageError("Nothing was saved: give a reason. Students see it beside their points.")
    if len(reason) > MAX_REASON:
        raise PageError(f"Nothing was saved: a reason may hold {MAX_REASON:,} characters.")
    decision = SwitchCheck(check=head.id, mode=mode, reason=reason)
    try:
        visit.desk.decisions.decide(visit.user, decision, visit.form.text("seen"))
    except Conflict as conflict:
        return _page(visit, mode, reason, conflict)
    return visit.back_to(_address(head), SAID[mode])


def _address(head: CheckHead) -> str:
    return check_address(head.exercise.chapter, head.exercise.name, head.name)


def _mode(text: str) -> CheckMode:
    try:
        return CheckMode(text)
    except ValueError:
        raise PageError("Nothing was saved: choose what becomes of the check.") from None


PATH = "/check/{chapter}/{exercise}/{check}"
ROUTES = [show_at(PATH, show_check), act_at(PATH, switch_check)]
