"""The page behind a one-time link."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from torchdojo.desk.access import LinkRefused
from torchdojo.desk.addresses import QUEUE
from torchdojo.desk.errors import PageError
from torchdojo.desk.render import render

PATH = "/enter"
USED = "This link was already used, and each works once. The terminal of `dojo desk` shows a new one."
UNKNOWN = "This is not a link of this desk. The terminal of `dojo desk` shows the links that work."


def address(token: str) -> str:
    """Return the address of a link."""
    return f"{PATH}?{urlencode({'token': token})}"


async def _enter(request: Request) -> Response:
    """Begin a session. Somebody who has one, as after going back, keeps it."""
    desk = request.app.state.desk
    cookie = request.cookies.get(desk.cookie, "")
    session = desk.access.find_session(cookie)
    if session is None:
        try:
            cookie, session = await run_in_threadpool(desk.access.enter, request.query_params.get("token", ""))
        except LinkRefused as refused:
            raise PageError(USED if refused.was_used else UNKNOWN, status=403) from None
    # Not a redirect: a browser that comes from another site, such as web mail, would not send a strict cookie with it.
    response = HTMLResponse(render("entered.html.j2", user=session.user, address=QUEUE))
    response.set_cookie(desk.cookie, cookie, httponly=True, samesite="strict")
    return response


ROUTES = [Route(PATH, _enter, methods=["GET"])]
