"""Only who was given a link gets in, and only from the desk's own pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from tests.desk.conftest import ORIGIN, OpenDesk
from torchdojo.desk.desk import Desk
from torchdojo.desk.errors import PageError
from torchdojo.desk.forms import FORM_TYPE, read_form
from torchdojo.desk.visit import Visit, act_at, show_at


def test_a_link_opens_the_desk(desk: OpenDesk) -> None:
    client = desk.enter("ann")
    page = client.get("/")
    assert page.status_code == 200
    assert "ann" in page.text


def test_without_a_link_there_is_nothing(desk: OpenDesk) -> None:
    page = desk.client().get("/")
    assert page.status_code == 401
    assert "Open the link" in page.text
    assert "ada" not in page.text


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk: OpenDesk) -> None:
    header = desk.client().get(desk.links[0][1]).headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header


def test_a_used_link_says_so_and_the_terminal_gets_one_new_one(desk: OpenDesk) -> None:
    first = desk.links[0][1]
    desk.enter("ann")
    assert [user for user, _ in desk.links] == ["ann", "ben"]
    for _ in range(2):
        page = desk.client().get(first)
        assert page.status_code == 403
        assert "already used" in page.text
    assert [user for user, _ in desk.links] == ["ann", "ben", "ann"]
    assert desk.enter("ann").get("/").status_code == 200


def test_going_back_to_the_link_keeps_the_session(desk: OpenDesk) -> None:
    client = desk.enter("ann")
    assert client.get(desk.links[0][1]).status_code == 200
    assert client.get("/").status_code == 200
    assert len(desk.links) == 2


def test_a_guessed_link_opens_nothing_and_prints_nothing(desk: OpenDesk) -> None:
    for token in ("", "x", "\udcff"):
        page = desk.client().get("/enter", params={"token": token.encode("utf-8", "replace")})
        assert page.status_code == 403
        assert "not a link of this desk" in page.text
    assert len(desk.links) == 2


def test_another_host_name_is_refused(desk: OpenDesk) -> None:
    client = desk.enter()
    for host in ("evil.example:8765", "127.0.0.1:9", "127.0.0.1", ""):
        page = client.get("/", headers={"Host": host})
        assert page.status_code == 421
        assert "ada" not in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert client.get("/", headers={"Host": "localhost:8765"}).status_code == 200


def test_every_answer_has_the_headers(desk: OpenDesk) -> None:
    client = desk.enter()
    for address in ("/", "/nothing", "/assets/desk.css", "/enter?token=x"):
        headers = client.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
    assert client.get("/nothing").status_code == 404
    assert client.post("/", headers={"Origin": ORIGIN}).status_code == 405


@pytest.fixture
def echo(desk: OpenDesk) -> TestClient:
    """A browser at a desk with one more form, which sends back what it got."""

    def answer(visit: Visit) -> Response:
        return PlainTextResponse(f"{visit.user}: {visit.form.text('note')} {visit.form.texts('box')}")

    client = desk.enter("ben")
    assert isinstance(client.app, Starlette)
    client.app.router.routes.append(act_at("/echo", answer))
    return client


def csrf_of(client: TestClient) -> str:
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    session = desk.access.find_session(client.cookies[desk.cookie])
    assert session
    return session.csrf


def test_a_form_of_the_desk_is_read(echo: TestClient) -> None:
    body = {"csrf": csrf_of(echo), "note": " ün\r\nicode\r& more = ", "box": ["1", "2"]}
    page = echo.post("/echo", data=body, headers={"Origin": ORIGIN})
    assert (page.status_code, page.text) == (200, "ben: ün\nicode\n& more = ['1', '2']")


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://127.0.0.1:9", "http://localhost:8765", "http://["]
)
def test_a_form_of_another_page_is_refused(echo: TestClient, origin: str) -> None:
    page = echo.post("/echo", data={"csrf": csrf_of(echo)}, headers={"Origin": origin} if origin else {})
    assert page.status_code == 403
    assert "Nothing was saved" in page.text


def test_a_form_needs_the_token_of_its_own_session(echo: TestClient, desk: OpenDesk) -> None:
    other = csrf_of(desk.enter("ann"))
    for fields in ({}, {"csrf": ""}, {"csrf": "ü"}, {"csrf": other}):
        page = echo.post("/echo", data=fields, headers={"Origin": ORIGIN})
        assert page.status_code in (403, 415)
        assert "Nothing was saved" in page.text or "not sent by a form" in page.text


def test_a_form_that_is_too_large_or_of_another_kind_is_refused(echo: TestClient) -> None:
    csrf = csrf_of(echo)
    large = echo.post("/echo", data={"csrf": csrf, "note": "x" * 1_000_001}, headers={"Origin": ORIGIN})
    assert large.status_code == 413
    many = echo.post("/echo", data={"csrf": csrf, "box": ["1"] * 30_000}, headers={"Origin": ORIGIN})
    assert many.status_code == 400
    other = echo.post("/echo", json={"csrf": csrf}, headers={"Origin": ORIGIN})
    assert other.status_code == 415


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    with contextlib.suppress(PageError):
        form = asyncio.run(read_form(FORM_TYPE, chunks(), "token"))
        assert form.text("csrf") == "token"


def test_a_bug_is_said_without_its_details(desk: OpenDesk) -> None:
    def fail(visit: Visit) -> Response:
        raise RuntimeError("secret")

    client = desk.enter()
    assert isinstance(client.app, Starlette)
    client.app.router.routes.append(show_at("/fail", fail))
    browser = TestClient(client.app, base_url=ORIGIN, raise_server_exceptions=False, cookies=client.cookies)
    page = browser.get("/fail")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert page.headers["content-security-policy"]
