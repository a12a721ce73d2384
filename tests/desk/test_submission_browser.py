"""A submission's page in a real browser: by keyboard, without a script, on a phone, and for all who look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import faults
from tests.conftest import Tiny
from tests.desk.conftest import NAMES, ServedDesk, at_the_desk, serving
from torchdojo.desk.addresses import submission_address
from torchdojo.review.decision import Override
from torchdojo.review.decisions import Decisions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BELA = submission_address("bela", "ch1_tiny")
FAILED = "article.panel.failed"


@pytest.fixture
def served(tiny: Tiny, small_class: Path) -> Iterator[ServedDesk]:
    with serving(tiny.course, small_class) as desk:
        yield desk


def points_in(out: Path) -> list[float | None]:
    """Return the points that people gave bela, as they are on the disk."""
    standing = Decisions.read(out).overrides.get(("bela", "ch1_tiny"), {}).values()
    return [one.entry.decision.points for one in standing if isinstance(one.entry.decision, Override)]


def wait_for_news(page: Page, text: str) -> None:
    page.locator("#news p", has_text=text).wait_for()


def test_points_are_given_and_undone_by_keyboard(browser: Browser, served: ServedDesk, small_class: Path) -> None:
    with at_the_desk(browser, served, BELA) as seen:
        page = seen.page
        page.keyboard.press("j")
        page.keyboard.press("j")
        panel = page.evaluate("document.activeElement.id")
        assert panel.startswith("check-double")
        page.keyboard.press("e")
        assert page.evaluate("document.activeElement.name") == "points"
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("0.25")
        page.keyboard.press("Tab")
        page.keyboard.type("nearly: just a sign")  # these letters are keys elsewhere
        assert points_in(small_class) == []
        page.keyboard.press("Enter")
        wait_for_news(page, "Saved: 0.25 points")
        assert points_in(small_class) == [0.25]
        assert page.evaluate("document.activeElement.id") == panel
        assert "0.25 of" in page.locator(f"#{panel}").inner_text()
        assert "by review" in page.locator("#score").inner_text()
        page.keyboard.press("u")
        wait_for_news(page, "Saved: undone")
        assert points_in(small_class) == []
        assert seen.errors == []


def test_keys_compare_mark_and_move(browser: Browser, served: ServedDesk, small_class: Path) -> None:
    with at_the_desk(browser, served, BELA) as seen:
        page = seen.page
        page.keyboard.press("d")
        page.wait_for_url("**against=reference*")
        page.keyboard.press("d")
        page.wait_for_url(lambda url: "against" not in url)
        page.keyboard.press("s")
        page.wait_for_url("**against=stub*")
        page.keyboard.press("Control+s")  # with a modifier it is the browser's
        page.keyboard.press("r")
        wait_for_news(page, "Saved: marked as reviewed")
        assert ("bela", "ch1_tiny") in Decisions.read(small_class).reviewed
        page.keyboard.press("m")
        page.wait_for_url("**/cleo/**")
        page.keyboard.press("p")
        page.wait_for_url("**/bela/**")
        page.keyboard.press("n")
        page.wait_for_url("**/cleo/**")
        page.keyboard.press("?")
        keys = page.locator("#keys kbd").all_inner_texts()
        assert {"j / k", "n", "p", "m", "c", "e", "r", "u", "d", "s", "?"} <= set(keys)


def test_a_check_is_commented_at_its_line_by_keyboard(browser: Browser, served: ServedDesk) -> None:
    address = submission_address("Zoë <b>x</b>", "ch1_tiny")
    with at_the_desk(browser, served, address) as seen:
        page = seen.page
        before = page.locator("article.panel").count()
        panel = page.locator(".notes > article.panel.error").first
        panel.focus()
        page.keyboard.press("c")
        page.keyboard.type("Do *not* raise here")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        wait_for_news(page, "Saved: comment")
        comment = page.locator(".notes:has(> article.panel.error) > .comment")
        assert comment.locator("em").inner_text() == "not"
        assert page.locator("article.panel").count() == before
        comment.locator("summary").click()
        comment.get_by_role("button", name="Delete").click()
        wait_for_news(page, "Saved: comment deleted")
        assert page.locator(".comment").count() == 0
        assert seen.errors == []


def test_what_was_typed_elsewhere_survives_a_decision(browser: Browser, served: ServedDesk) -> None:
    with at_the_desk(browser, served, BELA) as seen:
        page = seen.page
        page.locator("#exercise-double-comment > summary").click()
        page.locator("#exercise-double-text").fill("half a comm")
        check = page.locator(FAILED).first
        check.locator("details.edit").first.locator("summary").click()
        check.locator("input[name=points]").fill("0.25")
        check.locator("input[name=reason]").fill("half right")
        check.get_by_role("button", name="Save").first.click()
        wait_for_news(page, "Saved: 0.25 points")
        assert page.locator("#exercise-double-text").input_value() == "half a comm"
        assert page.locator("#exercise-double-text").is_visible()
        assert not page.locator(f"{FAILED} input[name=points]").first.is_visible()


def test_two_who_decide_at_once_see_both(browser: Browser, served: ServedDesk, small_class: Path) -> None:
    with at_the_desk(browser, served, BELA) as one, at_the_desk(browser, served, BELA) as other:
        for seen, value in ((one, "1"), (other, "0.5")):
            page = seen.page
            page.locator("#exercise-double-edit > summary").click()
            page.locator("#exercise-double-points").fill(value)
            page.locator("#exercise-double-reason").fill(f"worth {value}")
            page.locator("#exercise-double-edit").get_by_role("button", name="Save").click()
            page.locator("#news p:not(.soft)").wait_for()
        box = other.page.locator("#refused [role=alert]")
        assert "1 point for double: worth 1" in box.inner_text()
        assert "you: 0.5 points for double: worth 0.5" in box.inner_text()
        assert other.page.locator("#exercise-double-reason").input_value() == "worth 0.5"
        assert points_in(small_class) == [1]
        box.get_by_role("button", name="Save mine").click()
        wait_for_news(other.page, "Saved: 0.5 points")
        assert points_in(small_class) == [0.5]
        assert not other.page.locator("#refused [role=alert]").count()


def test_it_says_when_nothing_was_saved(browser: Browser, served: ServedDesk, small_class: Path) -> None:
    with at_the_desk(browser, served, BELA) as seen:
        page = seen.page
        page.locator("#chapter-edit > summary").click()
        page.locator("#chapter-points").fill("many")
        page.locator("#chapter-reason").fill("why not")
        page.locator("#chapter-edit").get_by_role("button", name="Save").click()
        wait_for_news(page, "Nothing was saved: points are a number")
        assert page.locator("#chapter-reason").input_value() == "why not"
        page.route("**/points*", lambda route: route.abort())
        page.locator("#chapter-points").fill("2")
        page.locator("#chapter-edit").get_by_role("button", name="Save").click()
        wait_for_news(page, "Not saved: the desk does not answer")
        assert points_in(small_class) == []


def test_all_of_it_works_without_a_script(browser: Browser, served: ServedDesk, small_class: Path) -> None:
    with at_the_desk(browser, served, BELA, java_script_enabled=False) as seen:
        page = seen.page
        page.get_by_role("link", name="line 7", exact=True).click()
        page.locator("#notes-7 textarea").fill("Is this **needed**?")
        page.locator("#notes-7").get_by_role("button", name="Save").click()
        assert page.locator("#notes-7 strong").inner_text() == "needed"
        page.locator(f"{FAILED} summary", has_text="change").first.click()
        form = page.locator(f"{FAILED} form").first
        form.locator("input[name=points]").fill("0.25")
        form.locator("input[name=reason]").fill("half right")
        form.get_by_role("button", name="with this mistake").click()
        assert "One decision for 2 submissions" in page.locator("h1").inner_text()
        page.get_by_role("button", name="Save as one decision").click()
        assert "for 2 submissions" in page.locator("#news").inner_text()
        page.get_by_role("button", name="Undo:").click()
        assert "Saved: undone" in page.locator("#news").inner_text()
        assert points_in(small_class) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_decision_for_all_can_be_read_and_narrowed(
    browser: Browser, served: ServedDesk, small_class: Path, width: int
) -> None:
    with at_the_desk(browser, served, BELA, width=width) as seen:
        page = seen.page
        form = page.locator(f"{FAILED} form").first
        page.locator(f"{FAILED} summary", has_text="change").first.click()
        form.locator("input[name=points]").fill("0.25")
        form.locator("input[name=reason]").fill("half right")
        form.get_by_role("button", name="with this mistake").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults(page) == ""
        page.get_by_role("checkbox", name="cleo").uncheck()
        page.get_by_role("button", name="Save as one decision").click()
        wait_for_news(page, "Saved: 0.25 points")
        assert points_in(small_class) == [0.25]
        assert not Decisions.read(small_class).overrides.get(("cleo", "ch1_tiny"))
        assert seen.errors == []


@pytest.mark.parametrize("name", [name for name in NAMES if not name.isalpha()])
def test_any_name_has_a_page_and_nothing_of_it_is_run(browser: Browser, served: ServedDesk, name: str) -> None:
    with at_the_desk(browser, served, submission_address(name, "ch1_tiny")) as seen:
        assert name in seen.page.locator("h1").inner_text()
        assert seen.errors == []
        assert seen.outside(served.origin) == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_everybody_can_read_and_use_it(browser: Browser, served: ServedDesk, width: int, scheme: str) -> None:
    for query in ("", "against=reference", "line=3"):
        address = submission_address("bela", "ch1_tiny", query)
        with at_the_desk(browser, served, address, width=width, color_scheme=scheme) as seen:
            page = seen.page
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert faults(page) == ""
