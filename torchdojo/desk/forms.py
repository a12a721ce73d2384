"""Read the form that a browser sent."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qs

from torchdojo.desk.errors import PageError

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_BYTES = 1_000_000
MAX_FIELDS = 20_000  # one decision about a large class has two per student
CSRF = "csrf"  # the field with the session's token


class FormFields:
    """The fields of a form, as texts with line ends of one kind."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = {name: [_normalised(text) for text in texts] for name, texts in fields.items()}

    def text(self, name: str, default: str = "") -> str:
        """Return a field's text without blanks around it, or `default` if it is not there."""
        return self._fields.get(name, [default])[0].strip()

    def texts(self, name: str) -> list[str]:
        """Return the texts of all fields of this name, as of several boxes that are ticked."""
        return list(self._fields.get(name, []))

    def pairs(self) -> list[tuple[str, str]]:
        """Return all names and texts but the session's token, to send the form again."""
        return [(name, text) for name, texts in self._fields.items() if name != CSRF for text in texts]

    def has(self, name: str) -> bool:
        """Whether there is such a field, as of a ticked box or of the button that was pressed."""
        return name in self._fields


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


async def read_form(kind: str, chunks: AsyncIterator[bytes], csrf: str) -> FormFields:
    """Return the form. PageError if it is none, is too large, or does not have the session's token.

    kind: the request's Content-Type; chunks: its body
    """
    if kind.partition(";")[0].strip().lower() != FORM_TYPE:
        raise PageError("This was not sent by a form of the desk.", status=415)
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BYTES:
            raise PageError(f"Nothing was saved: a form may hold {MAX_BYTES:,} bytes, and this is more.", status=413)
    try:
        text = body.decode("ascii", "replace")
        fields = parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise PageError("Nothing was saved: this form cannot be read.") from None
    form = FormFields(fields)
    if not secrets.compare_digest(form.text(CSRF).encode(), csrf.encode()):
        message = "Nothing was saved: this form is of another session. Reload the page, and send it again."
        raise PageError(message, status=403)
    return form
