"""Compare ids and names as people mean them: however they are typed, encoded or copied."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

LEAST_ALIKE = 0.8
IGNORED = ("Cc", "Cf", "Zs", "Zl", "Zp")  # control and format characters, such as zero-width blanks; blanks
NUMBER = re.compile(r"0*(\d+)(?:[.,]0+)?")


def identity_key(identity: str) -> str:
    """Return what two spellings of an id share: NFKC, casefolded, without blanks and invisible characters."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", identity).casefold())
    # U+FFFD is what an unprintable character is shown as.
    text = "".join(c for c in text if unicodedata.category(c) not in IGNORED and c != "\ufffd")
    return unicodedata.normalize("NFKC", text) or identity


def name_key(name: str) -> str:
    """Return what spellings of a full name share, whichever part is first: "Lovelace, Ada" and "Ada Lovelace"."""
    return " ".join(sorted(filter(None, map(identity_key, re.split(r"[\s,;_\ufffd]+", name)))))


def difference(one: str, other: str) -> str:
    """Return in what two ids with one key differ, such as "upper and lower case"."""
    if one.casefold() == other.casefold():
        return "upper and lower case"
    if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
        return "how their accents are encoded (Unicode NFC and NFD)"
    if identity_key(one.replace(" ", "")) == identity_key(other) and " " in one + other:
        return "blanks"
    return "characters that look alike or are invisible"


def notes_on_twins(ids: Iterable[str]) -> list[str]:
    """Return a note for each pair of ids that differ only in case, encoding, blanks or invisible characters."""
    groups: dict[str, list[str]] = defaultdict(list)
    for identity in dict.fromkeys(ids):
        groups[identity_key(identity)].append(identity)
    return [
        f"{quoted(first)} and {quoted(other)} differ only in {difference(first, other)}; they were graded as two "
        "students: check whether they are one"
        for first, *others in groups.values()
        for other in others
    ]


def quoted(identity: str) -> str:
    """Return an id to show: plain if it can be read, else with its unusual characters as escapes."""
    usual = identity.isprintable() and identity == unicodedata.normalize("NFC", identity).strip()
    return identity if usual else ascii(identity)


def near_id(identity: str, others: Iterable[str]) -> str:
    """Return the one of some ids that an id was probably meant to be, "" if none is close.

    A number without its leading zeros, or with ".0" behind it, is what a spreadsheet makes of an id; an e-mail
    address is close to the login before its @.
    """
    by_key = {_spreadsheet_form(other): other for other in others}
    wanted = _spreadsheet_form(identity)
    if wanted in by_key:
        return by_key[wanted]
    if NUMBER.fullmatch(wanted):
        return ""  # numbers that differ in one digit are two students
    close = get_close_matches(wanted, [key for key in by_key if not NUMBER.fullmatch(key)], 1, LEAST_ALIKE)
    return by_key[close[0]] if close else ""


def _spreadsheet_form(identity: str) -> str:
    key = identity_key(identity).partition("@")[0]
    number = NUMBER.fullmatch(key)
    return number[1] if number else key
