"""Pages as a reader gets them: a headless Chromium, and a page that remembers what went wrong on it.

A test takes the fixture `browser` and calls `visit(browser, url)`; it gets playwright's page with what the page said on
its console and what it asked for. scripts/install_chromium.sh installs the browser, `make test` calls it.
`make test BROWSER=0` runs pytest with --without-browser, which skips these tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str:
    """Return the path of Chromium; AssertionError if it is not installed."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert path, "Chromium is missing: run scripts/install_chromium.sh"
    return path


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A headless Chromium; its absence fails the tests, because `make test` installs it, unless told --without-browser.

    One for a module, not for the whole run: while it is there, its event loop would be in the way of asyncio.run.
    """
    if request.config.getoption("--without-browser"):
        pytest.skip("needs Chromium, and --without-browser was given")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page. errors: what its console called an error, and exceptions; requests: every address it asked for"""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def outside(self, *allowed: str) -> list[str]:
        """Return the requests that do not begin with one of the allowed prefixes, by default local files and data."""
        return [
            address for address in self.requests if not address.startswith(allowed or ("file://", "data:", "blob:"))
        ]


@contextmanager
def visit(browser: Browser, url: str, *, width: int = 1280, height: int = 900, **context: Any) -> Iterator[Visit]:
    """Open an address in a window of its own; further options go to playwright's new_context (color_scheme="dark")."""
    window = browser.new_context(viewport={"width": width, "height": height}, **context)
    try:
        seen = Visit(window.new_page())

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                seen.errors.append(message.text)

        def on_request(request: Request) -> None:
            seen.requests.append(request.url)

        seen.page.on("console", on_console)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("request", on_request)
        seen.page.goto(url)
        yield seen
    finally:
        window.close()


def faults(page: Page) -> str:
    """Return what axe-core finds on a page, "" if that is nothing."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""
