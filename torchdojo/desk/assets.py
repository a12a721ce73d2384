"""The style sheets and the script, which every page asks for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from torchdojo.desk.render import PAGES as OWN
from torchdojo.report.render import PAGES as REPORT

FILES = {path.name: path for path in (REPORT / "base.css", *OWN.glob("*.css"), *OWN.glob("*.js"))}
TYPES = {".css": "text/css", ".js": "text/javascript"}


def _route(name: str) -> Route:
    path = FILES[name]

    async def send(request: Request) -> Response:
        return Response(path.read_bytes(), media_type=TYPES[path.suffix])

    return Route(f"/assets/{name}", send, methods=["GET"])


ASSETS = [_route(name) for name in FILES]
