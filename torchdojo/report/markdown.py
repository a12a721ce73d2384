"""Render what people write to students: Markdown without HTML and images, so that a page loads and runs nothing."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

ADDRESSES = ("https:", "http:", "mailto:")


def _is_harmless(url: str) -> bool:
    return url.strip().lower().startswith(ADDRESSES)


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    renderer.disable("image")
    renderer.validateLink = _is_harmless  # type: ignore[method-assign]
    return renderer


def render_markdown(text: str) -> Markup:
    """Return a comment as HTML. HTML in it is shown as text; links lead only to the web and to mail addresses."""
    return Markup(_renderer().render(text))
