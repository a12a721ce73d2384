"""Write to consoles that do not know all of Unicode, such as Windows' older code pages, without a crash or a riddle."""

from __future__ import annotations

from typing import Any, TextIO

MARKS = "●✗○█░★…·“”"
STAND_INS = str.maketrans(
    {
        "●": "#",
        "○": ".",
        "◌": "?",
        "✗": "x",
        "✓": "+",
        "█": "#",
        "░": ".",
        "★": "*",
        "→": "->",
        "←": "<-",
        "·": "-",
        "…": "...",
        "–": "-",
        "—": "-",
        "−": "-",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "×": "x",
        "²": "^2",
        "⁻": "^-",
        "ˣ": "x",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "√": "sqrt ",
        "σ": "sigma",
        "η": "eta",
        "γ": "gamma",
        "β": "beta",
        "Φ": "Phi",
    }
)


def knows_marks(encoding: str | None) -> bool:
    """Whether text in this encoding can hold the marks that screens are made of."""
    try:
        MARKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class PlainStream:
    """A text stream before another one that cannot write everything: it writes stand-ins for what does not pass."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, with a stand-in, or a question mark, for each character that the stream does not know."""
        encoding = self._stream.encoding or "ascii"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(STAND_INS).encode(encoding, errors="replace").decode(encoding)
        self._stream.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def plain(stream: TextIO) -> Any:
    """Return the stream itself, or a careful one before it if its encoding is not up to the screens."""
    return stream if isinstance(stream, PlainStream) or knows_marks(stream.encoding) else PlainStream(stream)
