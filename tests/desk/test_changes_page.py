"""The desk says what changed and why, in the last run and since the publication, and publishes grades."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.browser import faults
from tests.conftest import Tiny
from tests.desk.conftest import NAMES, OpenDesk, at_the_desk, post, serving
from tests.results import CHAPTER
from torchdojo.batch.store import Store
from torchdojo.course import Course
from torchdojo.desk.changes_page import ChangesQuery
from torchdojo.grading.result import Result
from torchdojo.review.decision import Override
from torchdojo.review.decisions import decide
from torchdojo.review.last_run import LAST_RUN, complete_run
from torchdojo.review.log import ReviewLog
from torchdojo.review.publication import find_publication
from torchdojo.review.record import open_records
from torchdojo.review.works import target_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def run_again(out: Path, course: Course, results: dict[str, Result], engine: str = "e") -> None:
    """Complete a run in which these results are new."""
    with Store(out, course) as store:
        for student, result in results.items():
            store.save(student, result, f"s:{engine}:g:none:cpu", b"x = 1\n")
        store.finish(list(NAMES), {(name, CHAPTER) for name in NAMES})
        complete_run(store, open_records(out / LAST_RUN))


@pytest.fixture
def regraded_class(small_class: Path, tiny: Tiny) -> Path:
    """A class in which a second run graded bela's new submission, and a person then decided about cleo's."""
    run_again(small_class, tiny.course, {})
    run_again(small_class, tiny.course, {"bela": tiny.grade(tiny.reference)})
    with Store(small_class, tiny.course) as store:
        target = target_of(store, "cleo", CHAPTER, "double")
    override = Override(targets=(target,), item="double", points=1, reason="close")
    decide(ReviewLog(small_class), "ann", override)
    return small_class


def changed_students(text: str) -> set[str]:
    return set(re.findall(r'<a data-item href="/submission/([^/]+)/', text))


def test_one_run_has_nothing_to_be_compared_with(desk: OpenDesk) -> None:
    client = desk.enter()
    assert "only one completed run" in client.get("/changes").text
    assert "Nothing is published yet." in client.get("/changes?since=publication").text


def test_what_the_last_run_changed_is_listed_with_its_causes(regraded_class: Path, desk: OpenDesk) -> None:
    client = desk.enter()
    page = client.get("/changes").text
    assert changed_students(page) == {"bela"}
    assert "<b>1</b> grade changed since the run of" in page
    assert "submission <b>" in page
    assert changed_students(client.get("/changes?cause=submission").text) == {"bela"}
    assert changed_students(client.get("/changes?cause=grader").text) == set()
    assert changed_students(client.get("/?show=regraded").text) == {"bela"}
    assert 'class="tag note">regraded' in client.get("/?all").text


def test_the_queue_learns_of_another_run_without_a_restart(regraded_class: Path, desk: OpenDesk, tiny: Tiny) -> None:
    client = desk.enter()
    assert changed_students(client.get("/?show=regraded").text) == {"bela"}
    run_again(regraded_class, tiny.course, {"ada": tiny.grade(tiny.with_double("return x"))})
    assert changed_students(client.get("/?show=regraded").text) == {"ada"}
    run_again(regraded_class, tiny.course, {})
    assert changed_students(client.get("/?show=regraded").text) == set()


def test_grades_are_published_and_compared_with(regraded_class: Path, desk: OpenDesk, tiny: Tiny) -> None:
    client = desk.enter()
    page = client.get("/publish").text
    assert "Nothing is published yet" in page
    assert "Publish the grades of 6 students" in page
    done = publish(client)
    assert (done.status_code, done.headers["location"]) == (303, "/publish")
    publication = find_publication(regraded_class)
    assert publication
    assert publication.by == "ann"
    assert (regraded_class / "feedback/bela/index.html").is_file()
    page = client.get("/publish").text
    assert "No grade changed since." in page
    run_again(regraded_class, tiny.course, {"ada": tiny.grade(tiny.with_double("return x"))})
    page = client.get("/publish").text
    assert "<b>1</b> grade differs now" in page
    assert changed_students(client.get("/changes?since=publication").text) == {"ada"}
    assert publish(client).status_code == 303
    assert changed_students(client.get("/changes?since=publication").text) == set()


def publish(client: TestClient, digest: str = "") -> Response:
    found = re.search(r'name="digest" value="(\w+)"', client.get("/publish").text)
    assert found
    return post(client, "/publish", "/publish", digest=digest or found[1])


def test_only_what_was_shown_is_published(regraded_class: Path, desk: OpenDesk) -> None:
    client = desk.enter()
    assert publish(client, "another").status_code == 303
    assert "the grades changed since this page was shown" in client.get("/publish").text
    assert find_publication(regraded_class) is None
    assert post(client, "/publish", "/publish").status_code == 400
    assert find_publication(regraded_class) is None


def test_nothing_is_published_while_a_run_is_writing(regraded_class: Path, desk: OpenDesk, tiny: Tiny) -> None:
    client = desk.enter()
    found = re.search(r'name="digest" value="(\w+)"', client.get("/publish").text)
    assert found
    with Store(regraded_class, tiny.course):
        assert 'name="digest"' not in client.get("/publish").text
        assert post(client, "/publish", f"/check/{CHAPTER}/double/values", digest=found[1]).status_code == 409
    assert find_publication(regraded_class) is None


def test_names_are_escaped(small_class: Path, desk: OpenDesk, tiny: Tiny) -> None:
    run_again(small_class, tiny.course, {})
    run_again(small_class, tiny.course, {NAMES[-1]: tiny.grade(tiny.reference)})
    client = desk.enter()
    assert "<b>x</b>" not in client.get("/changes").text
    publish(client)
    run_again(small_class, tiny.course, {NAMES[-1]: tiny.grade(tiny.with_double("return x"))})
    for address in ("/changes?since=publication", "/publish"):
        page = client.get(address).text
        assert "<b>x</b>" not in page
        assert "&lt;b&gt;x" in page


@given(st.text(max_size=40))
def test_any_query_string_is_read(text: str) -> None:
    query = ChangesQuery.parse(text)
    assert ChangesQuery.parse(query.address.partition("?")[2]) == query
    assert ChangesQuery.parse(urlencode({"cause": text, "since": text, "page": text})).page >= 1


def test_the_pages_in_a_browser(regraded_class: Path, tiny_course: Course, browser: Browser) -> None:
    with serving(tiny_course, regraded_class) as served, at_the_desk(browser, served, "/changes") as seen:
        page = seen.page
        assert faults(page) == ""
        page.get_by_text("Totals of 1 student").click()
        assert faults(page) == ""
        page.get_by_role("link", name="submission").first.click()
        page.wait_for_url("**cause=submission*")
        page.goto(f"{served.origin}/publish")
        assert faults(page) == ""
        page.get_by_role("button", name="Publish the grades").click()
        page.get_by_text("Published. Feedback was written again.").wait_for()
        assert faults(page) == ""
        assert find_publication(regraded_class) is not None
        page.set_viewport_size({"width": 390, "height": 800})
        for address in ("/publish", "/changes"):
            page.goto(f"{served.origin}{address}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
