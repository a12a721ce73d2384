"""The desk as a web application, and the server that runs it on this machine's loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from torchdojo.course import Course
from torchdojo.desk import (
    changes_page,
    check_page,
    checks_page,
    entrance,
    publish_page,
    queue_page,
    submission_all,
    submission_decisions,
    submission_page,
)
from torchdojo.desk.access import LOOPBACK, Access, Addresses
from torchdojo.desk.assets import ASSETS
from torchdojo.desk.desk import Desk
from torchdojo.desk.errors import PageError
from torchdojo.desk.live import LiveQueue
from torchdojo.desk.live_changes import LiveChanges
from torchdojo.desk.live_decisions import LiveDecisions
from torchdojo.desk.render import render
from torchdojo.desk.submission_similar import NearDuplicates
from torchdojo.errors import UserError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, browsers send a form with the header Origin: null
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SHUTDOWN_SECONDS = 2
# One module per page. Each has the list ROUTES.
PAGES = (
    entrance,
    queue_page,
    submission_page,
    submission_decisions,
    submission_all,
    checks_page,
    check_page,
    changes_page,
    publish_page,
)


def make_app(
    course: Course,
    out: Path,
    users: Collection[str],
    *,
    port: int,
    announce: Callable[[str, str], None],
    host_names: Collection[str] = (),
) -> Starlette:
    """Return the desk over the results in `out`, for these users.

    announce: gets a user and the address of the link that lets the user in, whenever there is a new one
    host_names: under which browsers may ask, besides 127.0.0.1 and localhost

    OutError or ReviewsError if the results or the decisions cannot be read.
    """

    def announce_link(user: str, token: str) -> None:
        announce(user, f"http://{LOOPBACK}:{port}{entrance.address(token)}")

    access = Access(users, announce_link)
    near_duplicates = NearDuplicates(partial(submission_page.search_near_duplicates, out, course))
    decisions, changes = LiveDecisions(out), LiveChanges(out)
    cookie = f"dojo_desk_{port}"
    desk = Desk(
        course=course,
        out=out,
        access=access,
        addresses=Addresses(port, host_names),
        cookie=cookie,
        queue=LiveQueue(course, out, decisions, changes),
        decisions=decisions,
        changes=changes,
        near_duplicates=near_duplicates,
    )
    routes: list[Route] = [*ASSETS, *(route for page in PAGES for route in page.ROUTES)]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_Guard, addresses=desk.addresses)],
        exception_handlers={UserError: _on_user_error, HTTPException: _on_http_error, Exception: _on_bug},
    )
    app.state.desk = desk
    return app


class _Guard:
    """Answers only requests to the desk's own addresses, and gives every answer the headers that protect it."""

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        app = self._app
        host = Headers(scope=scope).get("host", "")
        if not self._addresses.is_known(host):
            app = PlainTextResponse(
                "The desk does not answer under this host name. "
                "If it is the name of a proxy or tunnel to it, start it with `dojo desk … --host-name NAME`.\n",
                421,
            )
        await app(scope, receive, send_guarded)


def error_page(message: str, status: int) -> HTMLResponse:
    """Return the page that says why there is no other."""
    return HTMLResponse(render("error.html.j2", message=message, status=status), status, HEADERS)


def _on_user_error(request: Request, error: Exception) -> Response:
    return error_page(str(error), error.status if isinstance(error, PageError) else 500)


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = "There is no such page." if error.status_code == 404 else error.detail
    return error_page(message, error.status_code)


def _on_bug(request: Request, error: Exception) -> Response:
    return error_page("The desk failed on this request. The terminal shows the error; nothing was saved.", 500)


def listen(port: int) -> socket.socket:
    """Return a socket on the loopback that listens on this port. UserError if another process has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UserError(f"port {port} cannot be used: {error.strerror}. Choose another with --port.") from None
    return listener


def make_server(app: Starlette) -> uvicorn.Server:
    """Return a server, whose `run` gets the sockets."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)


def serve(app: Starlette, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C, which raises KeyboardInterrupt unless whoever started the process ignores it."""
    make_server(app).run(sockets=[listener])
