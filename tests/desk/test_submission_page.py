"""The page of a submission, as a browser gets it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.conftest import Tiny
from tests.desk.conftest import NAMES, OpenDesk
from torchdojo.batch.store import Store
from torchdojo.desk.addresses import submission_address


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def code_of(page: str) -> list[str]:
    return [unescape(re.sub(r"<[^>]+>", "", code)) for code in re.findall(r"<code>(.*?)</code></div>", page)]


# The test client decodes an address twice, so names with a slash are tested in a browser.
@pytest.mark.parametrize("student", [name for name in NAMES if "/" not in name])
def test_every_submission_has_a_page_with_its_code(
    desk: OpenDesk, graded: list[tuple[str, bytes, object]], student: str
) -> None:
    answer = desk.enter().get(submission_address(student, "ch1_tiny"))
    assert answer.status_code == 200
    (source,) = (source for name, source, _ in graded if name == student)
    assert code_of(answer.text) == source.decode().removesuffix("\n").split("\n")
    assert "<img" not in answer.text
    assert "<b>x" not in answer.text


def test_a_failed_check_says_what_was_called_expected_and_got(
    desk: OpenDesk, graded: list[tuple[str, bytes, object]]
) -> None:
    page = desk.enter().get(submission_address("bela", "ch1_tiny")).text
    assert "called" in page
    assert "of 3.5 points" in text_of(page)


def test_pages_that_do_not_exist_say_so(desk: OpenDesk) -> None:
    client = desk.enter()
    for address in (
        submission_address("nobody", "ch1_tiny"),
        submission_address("ada", "ch9"),
        submission_address("nothing", "ch1_tiny"),
        submission_address("ada", "ch1_tiny", "against=earlier%3A7"),
        submission_address("ada", "ch1_tiny", "against=student%3Anobody"),
        submission_address("ada", "ch1_tiny", "against=..%2F..%2Fcourse.toml"),
    ):
        assert client.get(address).status_code == 404, address


def test_it_is_compared_with_the_reference_the_stub_and_another_student(desk: OpenDesk) -> None:
    client = desk.enter()

    def changes(against: str) -> set[str]:
        page = client.get(submission_address("bela", "ch1_tiny", f"against={against}")).text
        rows = re.findall(r'<div class="row (added|removed)[^>]*>(?:.*?)<code>(.*?)</code>', page)
        return {f"{kind} {unescape(re.sub('<[^>]+>', '', code)).strip()}" for kind, code in rows}

    assert {"added return x ** 2", "removed return 2 * x"} <= changes("reference")
    assert not any("SOLUTION" in line and line.startswith("removed") for line in changes("reference"))
    assert {"added return x ** 2", "removed ..."} <= changes("stub")
    assert changes("student%3Acleo") == {"added return x ** 2", "removed return x ** 2  # squared"}


def test_an_earlier_hand_in_and_what_changed_in_it(desk: OpenDesk, tiny: Tiny) -> None:
    newer = tiny.with_double("return x + x")
    with Store(desk.out, tiny.course) as store:
        store.save("bela", tiny.grade(newer), "version", newer.encode())
    client = desk.enter()
    assert "what changed" in client.get(submission_address("bela", "ch1_tiny")).text
    page = client.get(submission_address("bela", "ch1_tiny", "against=earlier%3A1")).text
    assert "return x ** 2" in " ".join(code_of(page))
    assert "replaced on" in text_of(page)


def test_the_queue_it_was_opened_from_stays_in_its_links(desk: OpenDesk) -> None:
    page = unescape(desk.enter().get(submission_address("ada", "ch1_tiny", "q=ada&against=stub")).text)
    assert f'{submission_address("ada", "ch1_tiny", "q=ada&against=reference")}"' in page
    assert "1 of 1 in this filter" in text_of(page)
    assert 'rel="next"' not in page


def test_previous_and_next_are_those_of_the_queue(desk: OpenDesk) -> None:
    page = unescape(desk.enter().get(submission_address("bela", "ch1_tiny", "sort=-student")).text)
    assert f'href="{submission_address("ada", "ch1_tiny", "sort=-student")}" rel="next"' in page
    assert f'href="{submission_address("cleo", "ch1_tiny", "sort=-student")}" rel="prev"' in page


def test_a_mistake_leads_to_the_others_who_make_it(desk: OpenDesk) -> None:
    client = desk.enter()
    page = unescape(client.get(submission_address("bela", "ch1_tiny")).text)
    assert "2 submissions make this mistake" in text_of(page)
    assert f'href="{submission_address("cleo", "ch1_tiny")}" data-key="m"' in page
    page = unescape(client.get(submission_address("cleo", "ch1_tiny")).text)
    assert f'href="{submission_address("bela", "ch1_tiny")}" data-key="m"' in page


def test_what_a_submission_printed_is_shown(desk: OpenDesk, tiny: Tiny) -> None:
    newer = tiny.with_double("print('half way there')\nreturn x ** 2")
    with Store(desk.out, tiny.course) as store:
        store.save("bela", tiny.grade(newer), "version", newer.encode())
    page = desk.enter().get(submission_address("bela", "ch1_tiny")).text
    assert re.search(r"<dt>printed</dt><dd>[^<]*half way there", page)


def test_a_file_that_could_not_be_loaded_says_why(desk: OpenDesk) -> None:
    name = next(name for name in NAMES if "sons" in name)
    page = text_of(desk.enter().get(submission_address(name, "ch1_tiny")).text)
    assert "could not be read or loaded" in page
    assert "0 of 3.5 points" in page
