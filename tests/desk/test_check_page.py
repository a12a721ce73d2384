"""The check page groups what submissions gave, and switches a wrong check off for the class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser import faults
from tests.conftest import Tiny
from tests.desk.conftest import OpenDesk, at_the_desk, post, serving
from torchdojo.batch.store import StoredRun
from torchdojo.course import Course
from torchdojo.review.decision import CheckMode, SwitchCheck
from torchdojo.review.decisions import Decisions, decide
from torchdojo.review.grades import all_grades
from torchdojo.review.log import ReviewLog

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

CHAPTER = "ch1_tiny"
CHECK = f"/check/{CHAPTER}/double/values"


def scores(course: Course, out: Path) -> dict[str, tuple[float | None, float]]:
    with StoredRun(out, course) as run:
        return {
            grades.student: (grade.score, grade.max_score)
            for grades in all_grades(run, Decisions.read(out))
            if (grade := grades.grades.get(CHAPTER))
        }


def test_answers_are_grouped_with_frequent_ones_first(desk: OpenDesk) -> None:
    page = desk.enter().get(CHECK).text
    counts = [int(count) for count in re.findall(r"<h3><b>(\d+)</b>", page)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], sum(counts)) == (2, 6)
    assert "1 of 6 passed" in page
    assert "<img" not in page


def test_all_checks_are_listed_with_how_many_passed(desk: OpenDesk) -> None:
    client = desk.enter()
    page = client.get("/checks").text
    assert page.count("<a data-item") == 5
    assert re.search(rf'href="{CHECK}">.*?<td class="n">1 <span class="soft">of 6', page, re.DOTALL)
    post(client, CHECK, CHECK, mode="left_out", reason="wrong", seen="")
    assert "left out" in client.get("/checks").text


def test_an_unknown_check_is_not_found(desk: OpenDesk) -> None:
    client = desk.enter()
    for address in ("/check/a/b/c", f"/check/{CHAPTER}/double/nothing", f"/check/{CHAPTER}/double"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(("mode", "gained", "lower"), [("full_points", True, False), ("left_out", False, True)])
def test_a_wrong_check_is_switched_off_and_on_again(
    desk: OpenDesk, tiny_course: Course, mode: str, gained: bool, lower: bool
) -> None:
    before = scores(tiny_course, desk.out)
    client = desk.enter()
    saved = post(client, CHECK, CHECK, mode=mode, reason="the grader was wrong", seen="")
    assert (saved.status_code, saved.headers["location"]) == (303, CHECK)
    page = client.get(CHECK).text
    assert "Saved." in page
    assert "the grader was wrong" in page
    assert "Saved." not in client.get(CHECK).text
    after = scores(tiny_course, desk.out)
    assert (after["bela"][0] > before["bela"][0]) == gained  # type: ignore[operator]
    assert (after["bela"][1] < before["bela"][1]) == lower
    seen = Decisions.read(desk.out).last_id
    assert post(client, CHECK, CHECK, mode="on", seen=seen).status_code == 303
    assert scores(tiny_course, desk.out) == before


def test_it_needs_a_mode_and_a_reason(desk: OpenDesk, tiny_course: Course) -> None:
    client = desk.enter()
    for fields in (
        {"mode": "nonsense"},
        {},
        {"mode": "left_out", "reason": " "},
        {"mode": "left_out", "reason": "x" * 2001},
    ):
        page = post(client, CHECK, CHECK, **fields)
        assert page.status_code == 400
        assert "Nothing was saved" in page.text
    assert not Decisions.read(desk.out).entries


def test_who_decided_in_the_meantime_is_shown_and_nothing_is_lost(desk: OpenDesk) -> None:
    ann, ben = desk.enter("ann"), desk.enter("ben")
    assert post(ben, CHECK, CHECK, mode="full_points", reason="ben's reason", seen="").status_code == 303
    page = post(ann, CHECK, CHECK, mode="left_out", reason="ann's reason", seen="")
    assert page.status_code == 409
    assert "ben&#39;s reason" in page.text
    assert "ann&#39;s reason" in page.text
    (entry,) = Decisions.read(desk.out).entries.values()
    assert entry.by == "ben"
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    assert seen
    assert post(ann, CHECK, CHECK, mode="left_out", reason="ann's reason", seen=seen[1]).status_code == 303
    assert "ann&#39;s reason" in ann.get(CHECK).text


def test_it_is_switched_off_in_place(small_class: Path, tiny: Tiny, browser: Browser) -> None:
    with serving(tiny.course, small_class) as served, at_the_desk(browser, served, CHECK) as seen:
        page = seen.page
        page.keyboard.press("w")
        page.get_by_label("Everybody gets its points").check()
        page.fill("#reason", "it asked for too much")
        page.evaluate("window.same = true")
        page.get_by_role("button", name="Save for all 6").click()
        page.get_by_text("Saved. Everybody gets its points.").wait_for()
        assert page.evaluate("window.same")
        assert "it asked for too much" in page.locator("#switch p.box").inner_text()
        assert Decisions.read(small_class).switched_off
        assert faults(page) == ""
        page.goto(f"{served.origin}/?show=changed")
        assert page.locator("tbody tr").count() == 5
        assert seen.errors == []


def test_a_conflict_is_settled_in_place(small_class: Path, tiny: Tiny, browser: Browser) -> None:
    with serving(tiny.course, small_class) as served, at_the_desk(browser, served, CHECK) as seen:
        page = seen.page
        switch = SwitchCheck(check=f"{CHAPTER}/double/values", mode=CheckMode.LEFT_OUT, reason="his")
        decide(ReviewLog(small_class), "ben", switch)
        page.keyboard.press("w")
        page.get_by_label("Everybody gets its points").check()
        page.fill("#reason", "hers")
        page.get_by_role("button", name="Save for all 6").click()
        page.get_by_role("button", name="Save mine").wait_for()
        assert "his" in page.locator("#refused").inner_text()
        assert faults(page) == ""
        page.get_by_role("button", name="Save mine").click()
        page.get_by_text("Saved.").wait_for()
        assert page.locator("#refused").inner_text().strip() == ""
        (entry,) = Decisions.read(small_class).switched_off.values()
        assert (entry.by, entry.decision.reason) == ("ann", "hers")  # type: ignore[union-attr]


def test_it_says_when_nothing_could_be_saved(small_class: Path, tiny: Tiny, browser: Browser) -> None:
    with serving(tiny.course, small_class) as served, at_the_desk(browser, served, CHECK) as seen:
        page = seen.page
        page.keyboard.press("w")
        page.get_by_label("It is left out").check()
        page.get_by_role("button", name="Save for all 6").click()
        page.get_by_text("give a reason").wait_for()
        page.fill("#reason", "kept")
        page.route("**/check/**", lambda route: route.abort())
        page.get_by_role("button", name="Save for all 6").click()
        page.get_by_text("Not saved: the desk does not answer").wait_for()
        assert page.input_value("#reason") == "kept"
        assert not Decisions.read(small_class).entries
