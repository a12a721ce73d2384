"""The queue and the check page in a browser: quiet, alone, keyboard first, and never wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import faults
from tests.conftest import Tiny
from tests.desk.conftest import ServedDesk, at_the_desk, serving, store_class
from torchdojo.batch.store import Store
from torchdojo.grading.result import Result

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHECK = "/check/ch1_tiny/double/values"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, tiny: Tiny, graded: list[tuple[str, bytes, Result]]
) -> Iterator[ServedDesk]:
    """A desk with more than a page of submissions."""
    out = store_class(tmp_path_factory.mktemp("class") / "results", tiny.course, graded)
    with Store(out, tiny.course) as store:
        names = [f"s{number}" for number in range(60)]
        for name in names:
            store.save(name, graded[0][2], "version", graded[0][1])
        everybody = [*(name for name, *_ in graded), *names]
        store.finish(everybody, {(name, "ch1_tiny") for name in everybody})
    with serving(tiny.course, out) as desk:
        yield desk


def listed(page: Page) -> list[str]:
    return page.locator("tbody [data-item]").all_inner_texts()


@pytest.mark.parametrize("options", [{}, PHONE, {"color_scheme": "dark"}, {**PHONE, "color_scheme": "dark"}])
def test_the_pages_are_quiet_alone_accessible_and_fit(
    served: ServedDesk, browser: Browser, options: dict[str, object]
) -> None:
    for path in ("/?all", "/?q=nobody", "/?show=attention", "/checks", CHECK):
        with at_the_desk(browser, served, path, **options) as seen:
            assert seen.page.locator("h1").count() == 1
            assert (seen.errors, seen.outside(served.origin, "data:")) == ([], [])
            width, room = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert width <= room
            assert faults(seen.page) == ""


def test_it_works_without_a_script(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served, java_script_enabled=False) as seen:
        page = seen.page
        page.select_option("[name=status]", "rejected")
        page.get_by_role("button", name="Apply").click()
        assert listed(page) == ["o'neil & sons"]
        page.get_by_role("link", name="Clear").click()
        page.locator("thead").get_by_role("link", name="points").click()
        assert page.locator("[aria-sort=ascending]").inner_text().startswith("points")
        page.get_by_role("link", name="Next").click()
        assert len(listed(page)) == 16


def test_a_choice_applies_at_once(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served) as seen:
        page = seen.page
        with page.expect_navigation():
            page.select_option("[name=mistake]", index=1)
        assert listed(page) == ["bela", "cleo"]


def test_the_keyboard_is_enough(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served) as seen:
        page = seen.page
        keys = page.keyboard
        names = listed(page)
        keys.press("j")
        keys.press("j")
        keys.press("k")
        keys.press("j")
        assert page.evaluate("document.activeElement.textContent") == names[1]
        keys.press("]")
        page.wait_for_url("**page=2")
        keys.press("/")
        keys.type("j a?")  # in a field, letters are letters
        assert page.input_value("[type=search]") == "j a?"
        assert page.locator("dialog[open]").count() == 0
        page.fill("[type=search]", "ada")
        keys.press("Enter")
        page.wait_for_url("**q=ada*")
        assert listed(page) == ["ada"]
        keys.press("x")
        page.wait_for_url("**/?all")
        keys.press("?")
        dialog = page.locator("dialog[open]")
        assert "clear the filters" not in dialog.inner_text()
        assert "needs attention" in dialog.inner_text()
        assert faults(page) == ""
        keys.press("j")
        keys.press("Escape")
        assert dialog.count() == 0
        page.keyboard.press("Control+a")
        assert page.url.endswith("/?all")
        with page.expect_navigation():
            keys.press("a")
        assert page.url.endswith("show=attention")


def test_the_keys_can_be_turned_off(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served) as seen:
        page = seen.page
        page.get_by_role("button", name="Keys").click()
        page.get_by_label("Turn these keys off").check()
        page.get_by_role("button", name="Close").click()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.tagName") in ("BODY", "BUTTON")
        page.reload()
        page.keyboard.press("a")
        assert page.url.endswith("/?all")


def test_a_check_leads_to_those_who_gave_the_same(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served, CHECK) as seen:
        page = seen.page
        group = page.locator(".answers li", has_text="bela")
        assert group.locator("h3 b").inner_text() == "2"
        group.get_by_role("link", name="cleo").click()
        page.wait_for_url("**/submission/cleo/ch1_tiny?*")
        page.goto(f"{served.origin}{CHECK}")
        page.get_by_role("link", name="in the queue").click()
        assert listed(page) == ["../up", "bela", "cleo", "o'neil & sons", "Zoë <b>x</b>"]


def test_every_name_leads_to_its_submission(served: ServedDesk, browser: Browser) -> None:
    with at_the_desk(browser, served, "/?show=attention") as seen:
        names = listed(seen.page)
        assert "../up" in names
        for name in names:
            seen.page.goto(f"{served.origin}/?show=attention")
            seen.page.get_by_role("link", name=name, exact=True).click()
            assert name in seen.page.locator("main").inner_text()
            assert "There is no such page" not in seen.page.locator("main").inner_text()


def test_what_axe_finds_is_a_fault(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<!doctype html><html lang=en><title>Title</title><main><h1>Picture</h1><img src='data:,'></main>")
    assert "image-alt" in faults(page)
    page.close()
