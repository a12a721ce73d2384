"""Words for a page: a submission's own words made harmless and short, an author's prose as HTML or Markdown."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MOST_LETTERS = 700
MOST_LINES = 12
DECIMAL = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?(?![\w.]*\w)")
MANY_NUMBERS = re.compile(r"(?:[-+]?(?:\d+|…)[\s,;:\[\]()]+){8,}[-+]?(?:\d+|…)")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:)]")
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&-])")


def without_inputs(words: str) -> str:
    """Return a submission's own words without numbers that could be a hidden input.

    A submission may raise an exception with its inputs in the message. Decimal numbers, and more than eight numbers in
    a row, become `…`; a shape or an index stays.
    """
    return MANY_NUMBERS.sub("…", DECIMAL.sub("…", words))


def shortened(words: str) -> str:
    """Return words cut to what a page can show, and without characters that no page can hold."""
    lines = ["".join(c if c.isprintable() else _shown(c) for c in line) for line in words.splitlines()]
    cut = lines[:MOST_LINES]
    text = "\n".join(cut)[:MOST_LETTERS]
    return text + " …" if len(lines) > MOST_LINES or len("\n".join(cut)) > MOST_LETTERS else text


def _shown(character: str) -> str:
    """Return a stand-in for a character that is invisible or turns the text around; a tab is four blanks."""
    return "    " if character == "\t" else "\N{REPLACEMENT CHARACTER}"


def prose(words: str) -> Markup:
    """Return an author's sentence as HTML: escaped, `code` set as code, addresses as links."""
    text = str(escape(words))
    text = LINK.sub(lambda found: f'<a href="{found[0]}" rel="noopener">{found[0]}</a>', text)
    return Markup(CODE.sub(r"<code>\1</code>", text))


def plain_markdown(words: str) -> str:
    """Return words that Markdown shows as they are, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(shortened(words).split()))


def fenced(words: str) -> str:
    """Return a Markdown code block that its own content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{words}\n{fence}"
