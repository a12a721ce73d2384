"""The course as pages: `dojo site` of the real course, served as docs/releasing.md says, in a headless Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag

import pytest

from tests.browser import visit
from tests.conftest import PROJECT
from tests.jobs.conftest import MadeOnce, copy_one_chapter, dojo, make
from torchdojo.course import load_course

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHAPTERS = load_course(PROJECT).chapters
PAGES = ("index", "course-toml", *(chapter.name for chapter in CHAPTERS))
PHONE = {"width": 390, "height": 844}


class Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if name in found}
        self.links += [found[name] for name in ("href", "src") if name in found]


def make_site(folder: Path) -> None:
    done = dojo("site", "--no-pictures", "--out", folder)
    assert done.code == 0, done.text
    assert f"{folder}/index.html" in done.out


@pytest.fixture(scope="module")
def site(made_once: MadeOnce) -> Path:
    """The folder of the whole course's pages, without pictures."""
    return made_once("site", make_site)


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site, served by Python's own server."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0", "--directory", str(site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = re.search(r"port (\d+)", server.stdout.readline())
        assert port is not None
        yield f"http://127.0.0.1:{port[1]}"
        server.terminate()


def test_every_page_is_whole_and_asks_nobody_else(browser: Browser, address: str) -> None:
    for page in PAGES:
        with visit(browser, f"{address}/{page}.html") as seen:
            seen.page.wait_for_load_state("networkidle")
            assert seen.errors == []
            assert seen.outside(address) == []
            assert seen.page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)") == []
            text = seen.page.locator("article").inner_text()
            assert [words for words in ("xmathx", "$$", "\\frac", "BEGIN SOLUTION") if words in text] == []


def test_every_exercise_and_formula_is_there(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/ch1_fundamentals.html#exercise-sigmoid") as seen:
        code = seen.page.locator("pre", has_text="def sigmoid(x: Tensor)")
        assert code.inner_text().rstrip().endswith("...")
        assert seen.page.locator("math mfrac").first.is_visible()
        hint = seen.page.locator("#exercise-sigmoid ~ details").first
        assert hint.get_attribute("open") is None
        assert not hint.locator("p").last.is_visible()
        hint.locator("summary").click()
        assert "It is one line." in hint.inner_text()
    for chapter in CHAPTERS:
        with visit(browser, f"{address}/{chapter.name}.html") as seen:
            heads = seen.page.evaluate("[...document.querySelectorAll('[id^=exercise-]')].map(e => e.id)")
            assert heads == [f"exercise-{exercise.name}" for exercise in chapter.exercises]
            formulas = (PROJECT / f"exercises/{chapter.name}.py").read_text(encoding="utf-8").count("# $$ ")
            assert seen.page.locator("math[display=block]").count() >= formulas


def test_every_link_inside_leads_somewhere(site: Path) -> None:
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    assert {path.stem for path in pages} == set(PAGES)
    lost = []
    for path, page in pages.items():
        for link in page.links:
            name, anchor = urldefrag(link)
            if re.match(r"[a-z]+:", link):
                continue
            target = (path.parent / unquote(name)).resolve() if name else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (anchor and target in pages and unquote(anchor) not in pages[target].ids):
                lost.append((path.name, link))
    assert lost == []
    told = [link for link in pages[(site / "index.html").resolve()].links if "#exercise-" in link]
    assert len(told) == sum(len(chapter.exercises) for chapter in CHAPTERS)


def test_search_finds_an_exercise(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/index.html") as seen:
        seen.page.get_by_placeholder("Search").click()
        seen.page.get_by_placeholder("Search").press_sequentially("DropLayer", delay=30)
        result = seen.page.locator(".md-search-result__link").first
        result.wait_for(timeout=60_000)
        assert "ch3_modules" in str(result.get_attribute("href"))
        assert seen.errors == []


def test_on_a_phone_nothing_sticks_out(browser: Browser, address: str) -> None:
    for page in PAGES:
        with visit(browser, f"{address}/{page}.html", **PHONE) as seen:
            assert seen.errors == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            outside = "[...document.querySelectorAll('article p, article h2, article li')]"
            outside += f".filter(e => e.getBoundingClientRect().right > {PHONE['width'] + 1}).map(e => e.innerText)"
            assert seen.page.evaluate(outside) == []


def test_make_site_draws_what_a_chapter_trains(browser: Browser, tmp_path: Path) -> None:
    course = copy_one_chapter(tmp_path / "course", "ch1_fundamentals")
    done = make("-o", f"{sys.prefix}/installed-site", "site", cwd=course)
    assert done.code == 0, done.text
    with visit(browser, (course / "dist/site/ch1_fundamentals.html").as_uri()) as seen:
        picture = seen.page.locator("img[src^='pictures/']")
        picture.scroll_into_view_if_needed()
        assert "dojo run ch1_fundamentals" in seen.page.locator("article").inner_text()
        assert picture.evaluate("image => image.naturalWidth") > 500
