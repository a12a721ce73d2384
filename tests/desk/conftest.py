"""A desk over a small class, and browsers that have opened it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import Tiny
from torchdojo.batch.store import Store
from torchdojo.desk.server import make_app
from torchdojo.grading.result import Result

PORT = 8765
ORIGIN = f"http://127.0.0.1:{PORT}"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
NAMES = ("ada", "bela", "cleo", "o'neil & sons", "../up", "Zoë <b>x</b>")


@dataclass
class OpenDesk:
    """A desk, with what it announced: (user, address) of each link."""

    out: Path
    client: Callable[[], TestClient]
    links: list[tuple[str, str]] = field(default_factory=list)

    def enter(self, user: str = "ann") -> TestClient:
        """Return a browser in which the user's newest link was opened."""
        address = next(address for name, address in reversed(self.links) if name == user)
        client = self.client()
        assert client.get(address).status_code == 200
        return client


def post(client: TestClient, address: str, page: str = "/", **fields: str) -> Response:
    """Send a form as the page that shows it does."""
    found = CSRF.search(client.get(page).text)
    assert found, page
    response: Response = client.post(address, data={"csrf": unescape(found[1]), **fields}, headers={"Origin": ORIGIN})
    return response


@pytest.fixture(scope="session")
def graded(tiny: Tiny) -> list[tuple[str, bytes, Result]]:
    """Students with what they handed in: right, wrong twice in the same way, rejected, a crash, and an exception."""
    sources = [
        tiny.reference,
        tiny.with_double("return x ** 2"),
        tiny.with_double("return x ** 2  # squared"),
        "def f(:\n",
        tiny.with_double("import os; os._exit(3)"),
        tiny.with_double("raise ValueError('<img src=http://127.0.0.1:9/x onerror=alert(1)>')"),
    ]
    return [(name, source.encode(), tiny.grade(source)) for name, source in zip(NAMES, sources, strict=True)]


@pytest.fixture
def small_class(tmp_path: Path, tiny: Tiny, graded: list[tuple[str, bytes, Result]]) -> Path:
    """A folder of results, and one student without any."""
    out = tmp_path / "results"
    with Store(out, tiny.course) as store:
        for name, source, result in graded:
            store.save(name, result, "version", source)
        store.finish([*NAMES, "nothing"], {(name, "ch1_tiny") for name in NAMES})
    return out


@pytest.fixture
def desk(small_class: Path, tiny: Tiny) -> OpenDesk:
    """A desk for ann and ben."""
    links: list[tuple[str, str]] = []
    app = make_app(
        tiny.course,
        small_class,
        ["ann", "ben"],
        port=PORT,
        announce=lambda user, address: links.append((user, address)),
    )
    return OpenDesk(small_class, lambda: TestClient(app, base_url=ORIGIN, follow_redirects=False), links)
