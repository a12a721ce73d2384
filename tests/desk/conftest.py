"""A desk over a small class, and browsers that have opened it."""

from __future__ import annotations

import contextlib
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.browser import Visit, visit
from tests.conftest import Tiny
from torchdojo.batch.store import Store
from torchdojo.course import Course
from torchdojo.desk.server import listen, make_app, make_server
from torchdojo.grading.result import Result

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def store_class(out: Path, course: Course, graded: list[tuple[str, bytes, Result]]) -> Path:
    """Store results in a folder, with one more student who has none; return the folder."""
    with Store(out, course) as store:
        for name, source, result in graded:
            store.save(name, result, "version", source)
        store.finish([*(name for name, *_ in graded), "nothing"], {(name, "ch1_tiny") for name, *_ in graded})
    return out


@pytest.fixture
def small_class(tmp_path: Path, tiny: Tiny, graded: list[tuple[str, bytes, Result]]) -> Path:
    """A folder of results."""
    return store_class(tmp_path / "results", tiny.course, graded)


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


@dataclass
class ServedDesk:
    """A desk that a real browser can open."""

    out: Path
    origin: str
    links: list[str]
    used: set[str] = field(default_factory=set)

    def link(self) -> str:
        """Return a link that nobody has used: the answer to a used one is to announce the next."""
        if self.links[-1] in self.used:
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(self.links[-1])
        self.used.add(self.links[-1])
        return self.links[-1]


@contextlib.contextmanager
def serving(course: Course, out: Path) -> Iterator[ServedDesk]:
    """Serve a desk over a folder of results on a free port, for ann."""
    links: list[str] = []
    with listen(0) as listener:
        port = listener.getsockname()[1]
        app = make_app(course, out, ["ann"], port=port, announce=lambda _, address: links.append(address))
        server = make_server(app)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield ServedDesk(out, f"http://127.0.0.1:{port}", links)
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def at_the_desk(browser: Browser, served: ServedDesk, path: str = "/?all", **options: Any) -> Iterator[Visit]:
    """Enter the desk in a window of its own, and open a page."""
    with visit(browser, served.link(), **options) as seen:
        seen.page.wait_for_url(f"{served.origin}/")
        seen.page.goto(f"{served.origin}{path}")
        yield seen
