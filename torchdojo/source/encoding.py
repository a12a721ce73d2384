"""Turn a source text into UTF-8, once, where its bytes enter: what is scanned is then what is run.

A coding cookie (PEP 263) is honoured and then rewritten to `utf-8`, so that it says the same to whoever reads it next.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

# As in Python's tokenizer: a cookie is in a comment on the first line, or on the second below a comment or a blank.
COOKIE = re.compile(
    r"\A(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*(?P<name>[-\w.]+)", re.ASCII
)
FIRST_COOKIE = re.compile(r"\A[ \t\f]*#[^\r\n]*?coding[:=][ \t]*(?P<name>[-\w.]+)", re.ASCII)
MAX_HEAD = 2_000  # bytes in which a cookie is looked for
MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# What a cookie's encoding must leave as it is. UTF-7, raw_unicode_escape, IDNA and the like read something else in it.
PLAIN = bytes(range(128)) + rb" \u0041 \x41 \N{DIGIT ONE} +AGEAYg- ~{VPND~} .xn--bcher-kva. -" + bytes(range(32, 128))
MACHINE_DEPENDENT = ("mbcs", "oem", "ansi", "dbcs")


@dataclass(frozen=True)
class Utf8Source:
    """A source text in UTF-8. note: for its author, if it was not read as Python would, or ""."""

    source: bytes
    note: str = ""


class EncodingError(Exception):
    """A text that is not in the encoding that it claims. encoding: that one; start: the first wrong byte"""

    def __init__(self, encoding: str, start: int) -> None:
        super().__init__(encoding, start)
        self.encoding = encoding
        self.start = start


def to_utf8(source: bytes) -> Utf8Source:
    """Return a text as UTF-8, according to its byte order mark or its coding cookie; otherwise as it is.

    EncodingError if it is not in the encoding that it claims, and not in UTF-8 either.
    """
    for mark, name in MARKS:
        if source.startswith(mark):
            note = f"the file is {name} text, which Python does not run: save it as UTF-8"
            return Utf8Source(_claim_utf8(_decode(source, name)).encode(), note)
    head = source[:MAX_HEAD].decode("latin-1")
    cookie = find_cookie(head)
    if source.startswith(codecs.BOM_UTF8) or cookie is None or _normal_name(cookie["name"]) == "utf-8":
        return Utf8Source(source)
    name, line = cookie["name"], len(re.findall(r"\r\n|\r|\n", cookie[0])) + 1
    try:
        if is_charset(_normal_name(name)):
            return Utf8Source(_claim_utf8(_decode(source, _normal_name(name))).encode())
        reason = f"line {line} names the encoding {name}, which Python source cannot be in"
    except EncodingError:
        if not _is_utf8(source):
            raise
        reason = f"line {line} names the encoding {name}, but the text is not in it"
    note = f"{reason}: the file was read as UTF-8" if _is_utf8(source) else ""
    return Utf8Source(source, note)


def find_cookie(text: str) -> re.Match[str] | None:
    """Return the match of a text's coding cookie, with its `name`, or None."""
    return FIRST_COOKIE.match(text) or COOKIE.match(text)


def is_charset(name: str) -> bool:
    """Whether a cookie's name is that of an encoding in which ASCII characters are themselves, on every machine."""
    try:
        return codecs.lookup(name).name not in MACHINE_DEPENDENT and PLAIN.decode(name) == PLAIN.decode("ascii")
    except (LookupError, ValueError):
        return False


def _normal_name(name: str) -> str:
    """Return a name as Python's tokenizer reads it: without what Emacs adds, as in `utf-8-unix`."""
    plain = name.lower().replace("_", "-")
    known = ("utf-8", "latin-1", "iso-8859-1", "iso-latin-1")
    return next((each for each in known if plain == each or plain.startswith(f"{each}-")), name)


def _decode(source: bytes, name: str) -> str:
    try:
        return source.decode(name)
    except UnicodeDecodeError as error:
        raise EncodingError(name, error.start) from None


def _is_utf8(source: bytes) -> bool:
    try:
        source.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _claim_utf8(text: str) -> str:
    """Return a text whose coding cookie, if it has one, says utf-8."""
    cookie = find_cookie(text[:MAX_HEAD])
    return f"{text[: cookie.start('name')]}utf-8{text[cookie.end('name') :]}" if cookie else text


def is_likely_utf16(source: bytes) -> bool:
    """Whether every other byte of a text's beginning is zero."""
    return source[:40].count(0) > len(source[:40]) // 3


def guess_encoding(source: bytes, start: int) -> str:
    """Return what a byte that is not UTF-8 probably is, as the end of a sentence."""
    if is_likely_utf16(source):
        return "it looks like UTF-16 without a byte order mark"
    byte = source[start : start + 1]
    try:
        return f"its byte 0x{byte.hex().upper()} is “{byte.decode('cp1252')}” in Windows-1252 (“ANSI”), for example"
    except UnicodeDecodeError:
        return f"it has the byte 0x{byte.hex().upper()}"
