"""Decide about all submissions with one mistake at once: first who they are and what changes, then one decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from torchdojo.batch.store import StoredRun
from torchdojo.desk.addresses import action_address, submission_address
from torchdojo.desk.errors import NoSuchPage, PageError
from torchdojo.desk.live import LiveQueue
from torchdojo.desk.query import QueueQuery
from torchdojo.desk.rows import MistakeId, QueueRow
from torchdojo.desk.submission_decisions import save
from torchdojo.desk.submission_forms import comment_from, item_of, override_from
from torchdojo.desk.visit import Visit, act_at
from torchdojo.review.decision import Comment, Override, ReviewEntry
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade
from torchdojo.review.history import describe
from torchdojo.review.works import target_of

KINDS = ("points", "comment")
CHANGED = "Nothing was saved: a submission changed since the list was shown. Go back, and reload."


@dataclass(frozen=True)
class AffectedSubmission:
    """A submission that a decision would be about.

    shown: what identifies it as it is now; before, after: points of the item and of the chapter, None if not graded
    decided: who gave the item points before, "" if nobody did
    """

    row: QueueRow
    shown: str
    before: tuple[float | None, float | None]
    after: tuple[float | None, float | None]
    decided: str


def preview(kind: str, visit: Visit) -> Response:
    """Show what a decision about all submissions with a mistake would change. Nothing is saved."""
    decisions = visit.desk.decisions.current()
    mistake, rows = _find_rows(visit)
    with StoredRun(visit.desk.out, visit.desk.course) as run:
        decision = _decision(kind, run, visit, rows)
    affected = list(_affected(visit.desk.queue, decisions, decision, rows))
    path = (visit.path["student"], visit.path["chapter"])
    return visit.page(
        "submission_all.html.j2",
        words=describe(decision.model_copy(update={"targets": decision.targets[:1]}), decisions),
        mistake=mistake,
        affected=affected,
        has_points=isinstance(decision, Override),
        action=action_address(*path, f"{kind}-for-chosen", visit.query),
        fields=[(name, text) for name, text in visit.form.pairs() if name != "seen"],
        seen=decisions.last_id,
        back=submission_address(*path, visit.query),
    )


def decide_for_chosen(kind: str, visit: Visit) -> Response:
    """Save one decision about the submissions that were left ticked in the preview."""
    chosen = set(visit.form.texts("student"))
    rows = [row for row in _find_rows(visit)[1] if row.student in chosen]
    if not chosen:
        raise PageError("Nothing was saved: no submission was chosen.")
    if len(rows) < len(chosen):
        raise PageError(CHANGED, status=409)
    with StoredRun(visit.desk.out, visit.desk.course) as run:
        decision = _decision(kind, run, visit, rows)
    if not {_shown(target.student, target.submission) for target in decision.targets} <= set(visit.form.texts("shown")):
        raise PageError(CHANGED, status=409)
    return save(visit, decision, f"{kind}-for-chosen")


def _find_rows(visit: Visit) -> tuple[MistakeId, list[QueueRow]]:
    """Return the mistake that a form names, "<exercise>/<mistake>", and who makes it in the item that it is about."""
    name, chapter = visit.form.text("mistake"), visit.path["chapter"]
    queue = visit.desk.queue.current()
    found = next((one for one, _ in queue.mistakes(chapter) if str(one) == f"{chapter}/{name}"), None)
    if found is None:
        raise NoSuchPage("No submission makes this mistake any more.")
    rows = queue.select(QueueQuery(mistake=str(found)))
    item = visit.form.text("item")
    if "/" in item:
        rows = [row for row in rows if _makes_it_in(row, f"{chapter}/{item}", found)]
    return found, rows


def _makes_it_in(row: QueueRow, check: str, mistake: MistakeId) -> bool:
    outcome = row.outcomes.get(check)
    return outcome is not None and outcome.mistake == mistake.title


def _decision(kind: str, run: StoredRun, visit: Visit, rows: Sequence[QueueRow]) -> Override | Comment:
    """Return what a form decides about these submissions, as they are now."""
    student, name = visit.path["student"], visit.path["chapter"]
    chapter, result = run.course.find(name), run.result(student, name)
    if chapter is None or result is None or not rows:
        raise NoSuchPage("No submission makes this mistake any more.")
    item = item_of(visit.form, chapter, result)
    targets = tuple(target_of(run, row.student, name, item) for row in rows)
    if kind == "points":
        return override_from(visit.form, item, chapter, result, targets)
    # A line is another one in each submission.
    return comment_from(visit.form, chapter, result, targets).model_copy(update={"line": None})


def _affected(
    queue: LiveQueue, decisions: Decisions, decision: Override | Comment, rows: Sequence[QueueRow]
) -> Iterator[AffectedSubmission]:
    entry = ReviewEntry(id="preview", at="9999", by="", decision=decision)
    then = Decisions.of([*decisions.entries.values(), entry])
    item = decision.item
    for row, target in zip(rows, decision.targets, strict=True):
        now = queue.grades(row.student, decisions)[row.chapter]
        after = queue.grades(row.student, then)[row.chapter]
        standing = decisions.overrides.get(row.key, {}).get(item)
        yield AffectedSubmission(
            row=row,
            shown=_shown(row.student, target.submission),
            before=(_earned(now, item), now.score),
            after=(_earned(after, item), after.score),
            decided=standing.entry.by if standing else "",
        )


def _earned(grade: Grade, item: str) -> float | None:
    """Return the points of an exercise, or of one of its checks."""
    name, _, part = item.partition("/")
    exercise = grade.exercise(name)
    if exercise is None or not part:
        return exercise.earned if exercise else None
    return next((check.earned for check in exercise.checks if check.name == part), None)


def _shown(student: str, submission: str) -> str:
    return f"{submission} {student}"


ROUTES = [
    act_at(f"/submission/{{student}}/{{chapter}}/{kind}-for-{who}", partial(act, kind))
    for kind in KINDS
    for who, act in (("all", preview), ("chosen", decide_for_chosen))
]
