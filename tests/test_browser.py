"""The browser that other tests look through sees what it should: a page that is at fault shows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import find_chromium, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_missing_browser_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssertionError, match=r"install_chromium\.sh"):
        find_chromium()


def test_it_hears_the_console_and_sees_every_request(tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><title>At fault</title><img src='http://127.0.0.1:9/pixel.png'>"
        "<script>console.error('said'); setTimeout(() => { throw new Error('thrown'); })</script>"
    )
    with visit(browser, page.as_uri()) as seen:
        assert seen.page.title() == "At fault"
        seen.page.wait_for_timeout(50)
        assert "said" in seen.errors
        assert "thrown" in seen.errors
        assert seen.outside() == ["http://127.0.0.1:9/pixel.png"]
        assert not seen.outside("file://", "http://127.0.0.1")


def test_a_quiet_page_is_quiet(tmp_path: Path, browser: Browser) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>Quiet</title><link rel=icon href='data:,'><p>Nothing.")
    with visit(browser, page.as_uri(), width=390, color_scheme="dark") as seen:
        assert seen.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert seen.page.evaluate("innerWidth") == 390
        assert (seen.errors, seen.outside()) == ([], [])
