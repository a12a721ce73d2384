"""The course as a site, in a headless Chromium: links, search, code, formulas, a phone; and no solution in it."""

from __future__ import annotations

import functools
import http.server
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import browser, visit
from tests.conftest import PROJECT, TESTS
from torchdojo.authoring import site as site_module
from torchdojo.authoring.place import ReleaseError
from torchdojo.authoring.site import make_site
from torchdojo.course import Chapter, load_course

__all__ = ["browser"]


def paint(chapter: Chapter, path: Path) -> None:
    """Write a small grey PNG: what a chapter's picture shows is tested with `dojo run`."""
    rows = b"".join(b"\0" + b"\x80" * 40 for _ in range(20))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 40, 20, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole course's site, served on the loopback."""
    folder = make_site(load_course(PROJECT), tmp_path_factory.mktemp("site") / "site", paint)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_every_page_is_whole_and_asks_nobody_else(browser: Browser, address: str) -> None:
    course = load_course(PROJECT)
    for page in ("index", *(chapter.name for chapter in course.chapter)):
        with visit(browser, f"{address}/{page}.html") as seen:
            seen.page.wait_for_load_state("networkidle")
            assert seen.errors == []
            assert seen.outside(address) == []
            assert "xmathx" not in seen.page.content()
            assert seen.page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)") == []


def test_every_link_inside_leads_somewhere(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/index.html") as seen:
        links = seen.page.evaluate("[...document.querySelectorAll('article a')].map(a => a.href)")
        assert len([link for link in links if "#exercise-" in link]) == 38
        for page in sorted({link.partition("#")[0] for link in links}):
            assert page.startswith(address)
            assert seen.page.goto(page).status == 200
            wanted = [link.partition("#")[2] for link in links if link.partition("#")[0] == page and "#" in link]
            there = set(seen.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
            assert [anchor for anchor in wanted if anchor not in there] == []


def test_search_finds_an_exercise(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/index.html") as seen:
        seen.page.get_by_placeholder("Search").click()
        seen.page.get_by_placeholder("Search").press_sequentially("DropLayer", delay=30)
        result = seen.page.locator(".md-search-result__link").first
        result.wait_for(timeout=20_000)
        assert "ch3_modules" in str(result.get_attribute("href"))
        assert seen.errors == []


def test_stubs_formulas_and_folded_hints(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/ch1_fundamentals.html#exercise-sigmoid") as seen:
        code = seen.page.locator("pre", has_text="def sigmoid(x: Tensor)")
        assert code.inner_text().rstrip().endswith("...")
        assert seen.page.locator("math mfrac").first.is_visible()
        hint = seen.page.locator("#exercise-sigmoid ~ details").first
        assert hint.get_attribute("open") is None
        assert not hint.locator("p").last.is_visible()
        hint.locator("summary").click()
        assert "It is one line." in hint.inner_text()


def test_on_a_phone_nothing_sticks_out(browser: Browser, address: str) -> None:
    for page in ("index", "ch3_modules", "ch6_optimizers"):
        with visit(browser, f"{address}/{page}.html", width=390, height=844) as seen:
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
            outside = "[...document.querySelectorAll('article p, article h2, article li')]"
            outside += ".filter(e => e.getBoundingClientRect().right > 391).map(e => e.innerText)"
            assert seen.page.evaluate(outside) == []


def test_a_site_with_a_solution_is_not_made(tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "make_stub", lambda text: text)
    with pytest.raises(ReleaseError, match="would leak"):
        make_site(load_course(tiny_root), tmp_path / "sites/out", None)
    assert list((tmp_path / "sites").iterdir()) == []


def test_a_folder_of_somebody_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ReleaseError, match="is not empty"):
        make_site(load_course(TESTS / "tiny"), tmp_path, None)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
