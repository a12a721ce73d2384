"""Only who was given a link gets in, and only from the desk's own pages."""

from __future__ import annotations

from tests.desk.conftest import ORIGIN, OpenDesk


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
        assert headers["referrer-policy"] == "no-referrer"
    assert client.get("/nothing").status_code == 404
    assert client.post("/", headers={"Origin": ORIGIN}).status_code == 405
