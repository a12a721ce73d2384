"""Replace characters that the console cannot encode, such as those of Windows' older code pages."""

from __future__ import annotations

import codecs
import io

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
        "✎": "/",
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


def use_stand_ins(*streams: object) -> None:
    """Make text streams write a stand-in, or a question mark, for each character that they cannot encode."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="stand-in")


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(STAND_INS)
    return text.encode(error.encoding, "replace").decode(error.encoding), error.end


codecs.register_error("stand-in", _stand_in)
