"""A request of somebody who has opened a link, and how a page answers it.

A page is a function that takes a `Visit` and returns a response. `show_at` and `act_at` make a route of it, after whose
checks it is called: the session, and for a form its origin, size and token. It may raise PageError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from torchdojo.desk.access import DeskSession
from torchdojo.desk.addresses import text_of
from torchdojo.desk.errors import PageError
from torchdojo.desk.forms import FormFields, read_form
from torchdojo.desk.render import render

if TYPE_CHECKING:
    from torchdojo.desk.desk import Desk

NOT_ENTERED = "Open the link that the terminal shows beside your name. It begins a session in this browser."


@dataclass(frozen=True)
class Visit:
    """One request.

    path: what stands for the names in the route, decoded; query: the query string
    form: of a POST; cookies: by name
    """

    desk: Desk
    session: DeskSession
    path: Mapping[str, str]
    query: str
    form: FormFields
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def user(self) -> str:
        """Who is looking, and decides."""
        return self.session.user

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page. The template gets the values and `visit`."""
        return HTMLResponse(render(template, visit=self, **values), status)

    def back_to(self, address: str, *news: str) -> RedirectResponse:
        """Return what sends the browser to a page after a form, so that reloading it sends nothing again.

        news: what that page says first, such as "Saved"
        """
        self.session.news += news
        return RedirectResponse(address, 303)


PageFunction = Callable[[Visit], Response]


def show_at(path: str, function: PageFunction) -> Route:
    """Return the route of a page. A name in braces stands for any text: "/submission/{student}/{chapter}"."""
    return Route(path, _endpoint(function), methods=["GET"])


def act_at(path: str, function: PageFunction) -> Route:
    """Return the route of a form, whose fields the function gets."""
    return Route(path, _endpoint(function), methods=["POST"])


def _endpoint(function: PageFunction) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        session = desk.access.find_session(request.cookies.get(desk.cookie, ""))
        if session is None:
            raise PageError(NOT_ENTERED, status=401)
        form = await _read(request, desk, session) if request.method == "POST" else FormFields({})
        path = {name: text_of(part) for name, part in request.path_params.items()}
        visit = Visit(desk, session, path, request.url.query, form, request.cookies)
        return await run_in_threadpool(function, visit)

    return answer


async def _read(request: Request, desk: Desk, session: DeskSession) -> FormFields:
    headers = request.headers
    if not desk.addresses.is_same(headers.get("origin", ""), headers.get("host", "")):
        raise PageError("Nothing was saved: this form was sent by a page that is not the desk's.", status=403)
    return await read_form(headers.get("content-type", ""), request.stream(), session.csrf)
