"""Any text is one part of an address."""

from __future__ import annotations

from urllib.parse import unquote, urljoin

from hypothesis import example, given
from hypothesis import strategies as st

from torchdojo.desk.addresses import submission_address, text_of


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
@example("..")
@example("../up")
@example("%2e%2e")
@example("a.b@x.org")
def test_a_students_id_comes_back_from_the_address(student: str) -> None:
    address = submission_address(student, "ch1", "show=attention")
    assert urljoin("http://127.0.0.1/check/x/y/z", address) == f"http://127.0.0.1{address}"
    path, _, query = address.partition("?")
    parts = unquote(path).split("/")  # as a server does it, once
    assert [text_of(part) for part in parts] == ["", "submission", student, "ch1"]
    assert query == "show=attention"


def test_a_common_id_is_left_readable() -> None:
    assert submission_address("a.b@x.org", "ch1") == "/submission/a.b@x.org/ch1"
