"""Make text safe for a page: a submission's messages redacted and shortened, an author's prose as HTML or Markdown."""

from __future__ import annotations

import re
from html import escape

MAX_CHARACTERS = 700
MAX_LINES = 12
DECIMAL = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?(?![\w.]*\w)")
MANY_NUMBERS = re.compile(r"(?:[-+]?(?:\d+|…)[\s,;:\[\]()]+){8,}[-+]?(?:\d+|…)")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:)]")
MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&-])")


def redact_inputs(text: str) -> str:
    """Return a submission's message without numbers that could be a hidden input.

    A submission may raise an exception with its inputs in the message. Decimal numbers, and more than eight numbers in
    a row, become `…`; a shape or an index stays.
    """
    return MANY_NUMBERS.sub("…", DECIMAL.sub("…", text))


def shorten(text: str) -> str:
    """Return text cut to what fits on a page, with unprintable characters replaced."""
    lines = ["".join(c if c.isprintable() else _visible(c) for c in line) for line in text.splitlines()]
    cut = "\n".join(lines[:MAX_LINES])
    return cut[:MAX_CHARACTERS] + (" …" if len(lines) > MAX_LINES or len(cut) > MAX_CHARACTERS else "")


def _visible(character: str) -> str:
    """Return a stand-in for an invisible or direction-changing character; a tab becomes four spaces."""
    return "    " if character == "\t" else "\N{REPLACEMENT CHARACTER}"


def render_prose(text: str) -> str:
    """Return an author's sentence as escaped HTML, with `code` as code and addresses as links."""
    linked = LINK.sub(lambda match: f'<a href="{match[0]}" rel="noopener">{match[0]}</a>', escape(text))
    return CODE.sub(r"<code>\1</code>", linked)


def escape_markdown(text: str) -> str:
    """Return text on one line that Markdown shows as it is."""
    return MARKDOWN_SPECIAL.sub(r"\\\1", " ".join(shorten(text).split()))


def fence(text: str) -> str:
    """Return a Markdown code block that its own content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}text\n{text}\n{marks}"
