"""What people write to students is shown as Markdown, and nothing in it is run or loaded."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchdojo.report.markdown import render_markdown

PARTS = st.sampled_from(
    [
        *("<script>", "</p>", "![x](https://a.b/c.png)", "[x](javascript:alert)", "[x]: data:text/html,1"),
        *("<https://a.b>", "`", "```\n", "*", "> ", "&lt;", "<!--", "[x](JAVA\tSCRIPT:1)", "[x](&#106;avascript:1)"),
        *("\n", "|a|\n|-|\n", "[x](/exit)"),
    ]
)


class Elements(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href", "title", "class", "start"}


@given(st.lists(PARTS | st.text(max_size=10), max_size=12).map("".join))
def test_nothing_in_a_comment_is_run_or_loaded(text: str) -> None:
    elements = Elements(render_markdown(text))
    assert not elements.names & {"script", "img", "iframe", "style", "svg", "form", "input"}
    assert all((address or "").lower().startswith(("http:", "https:", "mailto:")) for address in elements.addresses)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Use `sum`, *not* a loop.", "<p>Use <code>sum</code>, <em>not</em> a loop.</p>\n"),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("see [this](https://a.b/c)", '<p>see <a href="https://a.b/c">this</a></p>\n'),
        ("a < b <b>", "<p>a &lt; b &lt;b&gt;</p>\n"),
    ],
)
def test_markdown_is_rendered(text: str, html: str) -> None:
    assert render_markdown(text) == html
