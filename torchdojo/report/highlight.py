"""Turn the text of a submission into highlighted lines of HTML."""

from __future__ import annotations

from functools import cache
from html import escape

from markupsafe import Markup
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

MAX_HIGHLIGHTED_CHARACTERS = 200_000
CLASSES: tuple[tuple[_TokenType, str], ...] = (
    *((Comment, "c"), (String.Doc, "c"), (String, "s"), (Number, "m"), (Operator.Word, "k"), (Keyword, "k")),
    *((Name.Function, "f"), (Name.Class, "f"), (Name.Decorator, "f"), (Name.Builtin, "b")),
)


def decode(source: bytes) -> str:
    """Return a submission's text with `\\n` at the end of each line; what is not UTF-8 becomes a replacement sign."""
    return source.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def highlight(text: str) -> list[Markup]:
    """Return the lines of a text as HTML. Characters that are invisible or change the direction become visible."""
    shown = _visible(text)
    if len(shown) > MAX_HIGHLIGHTED_CHARACTERS:
        return [Markup.escape(line) for line in shown.removesuffix("\n").split("\n")]
    lines = [""]
    for token, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(shown):
        style = _style(token)
        first, *others = value.split("\n")
        lines[-1] += _span(style, first)
        lines += [_span(style, part) for part in others]
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return list(map(Markup, lines))


def _visible(text: str) -> str:
    if text.translate({ord("\n"): None, ord("\t"): None}).isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


@cache  # of the kinds of tokens, which are few
def _style(token: _TokenType) -> str:
    return next((style for kind, style in CLASSES if token in kind), "")


def _span(style: str, text: str) -> str:
    escaped = escape(text)
    return f'<span class="{style}">{escaped}</span>' if style and text.strip() else escaped
