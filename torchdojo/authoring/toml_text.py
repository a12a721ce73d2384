"""Write TOML."""

from __future__ import annotations

import json


def toml_string(text: str) -> str:
    """Return a text as a TOML string, with its quotation marks."""
    # TOML escapes strings as JSON does, except DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
