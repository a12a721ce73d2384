"""Save what is decided on a submission's page."""

from __future__ import annotations

import re
from functools import partial

from starlette.responses import Response

from torchdojo.batch.store import StoredRun
from torchdojo.desk.addresses import submission_address
from torchdojo.desk.submission_forms import ACTIONS, SubmissionForm
from torchdojo.desk.submission_page import RefusedForm, submission_page
from torchdojo.desk.visit import Visit, act_at
from torchdojo.review.decision import Decision
from torchdojo.review.decisions import Conflict
from torchdojo.review.history import describe

ANCHOR = re.compile(r"[\w-]{1,200}")
ANYWAY = "anyway"  # the button that decides although somebody else decided in the meantime


def decide(action: str, visit: Visit) -> Response:
    """Save the decision in a form, and return to the page; if somebody decided in the meantime, show both."""
    student, chapter = visit.path["student"], visit.path["chapter"]
    desk, form = visit.desk, visit.form
    with StoredRun(desk.out, desk.course) as run:
        sent = SubmissionForm(run, desk.decisions.current(), student, chapter, form)
        decision = sent.decision(action)
    return save(visit, decision, action)


def save(visit: Visit, decision: Decision, action: str) -> Response:
    """Save a decision, and return to the submission's page, which says so; or show what was decided in the meantime.

    action: the name of where the form was sent
    """
    form, decisions = visit.form, visit.desk.decisions
    student, chapter = visit.path["student"], visit.path["chapter"]
    try:
        decisions.decide(visit.user, decision, None if form.has(ANYWAY) else form.text("seen"))
    except Conflict as conflict:
        mine = describe(decision, decisions.current())
        fields = [(name, text) for name, text in form.pairs() if name != "seen"]
        return submission_page(visit, RefusedForm(conflict.entries, mine, action, fields))
    anchor = form.text("at")
    page = submission_address(student, chapter, visit.query)
    news = f"Saved: {describe(decision, decisions.current())}"
    return visit.back_to(f"{page}#{anchor}" if ANCHOR.fullmatch(anchor) else page, news)


ROUTES = [act_at(f"/submission/{{student}}/{{chapter}}/{action}", partial(decide, action)) for action in ACTIONS]
