"""The page that lists the submissions."""

from __future__ import annotations

from starlette.responses import Response

from torchdojo.desk.visit import Visit, show_at


def show_queue(visit: Visit) -> Response:
    """Return the page with the submissions."""
    return visit.page("queue.html.j2")


ROUTES = [show_at("/", show_queue)]
