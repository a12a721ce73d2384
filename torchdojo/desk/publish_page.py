"""The page on which grades are published: what is published, what would change, and what is not settled."""

from __future__ import annotations

from starlette.responses import Response

from torchdojo.batch.store import OutError, Store, StoredRun
from torchdojo.desk.errors import PageError
from torchdojo.desk.visit import Visit, act_at, show_at
from torchdojo.report.write import publish
from torchdojo.review.publication import PublicationError, preview_publication
from torchdojo.review.record import shown_time
from torchdojo.review.warnings import publish_warnings

ADDRESS = "/publish"
MAX_TOTALS = 50


def show_publish(visit: Visit) -> Response:
    """Return the page. Nothing is written."""
    decisions = visit.desk.decisions.current()
    with StoredRun(visit.desk.out, visit.desk.course) as run:
        preview = preview_publication(run, decisions)
        warnings = publish_warnings(run, decisions)
    totals = list(preview.changes.totals.items())
    return visit.page(
        "publish.html.j2",
        current="publish",
        preview=preview,
        published=shown_time(preview.publication.at) if preview.publication else "",
        warnings=warnings,
        students=len(preview.changes.points),
        totals=totals[:MAX_TOTALS] if preview.publication else [],
        more_totals=len(totals) - MAX_TOTALS,
    )


def publish_shown(visit: Visit) -> Response:
    """Publish the grades that the page showed. PageError if they changed since, or `dojo grade` is running."""
    digest = visit.form.text("digest")
    if not digest:
        raise PageError("Nothing was published: this form does not say which grades it shows.")
    try:
        with Store(visit.desk.out, visit.desk.course) as store:
            publish(store, visit.user, digest)
    except OutError as error:
        raise PageError(f"Nothing was published: {error}.", status=409) from None
    except PublicationError:
        visit.session.news.append("Nothing was published: the grades changed since this page was shown. Look again.")
        return visit.back_to(ADDRESS)
    return visit.back_to(ADDRESS, "Published. Feedback was written again.")


ROUTES = [show_at(ADDRESS, show_publish), act_at(ADDRESS, publish_shown)]
