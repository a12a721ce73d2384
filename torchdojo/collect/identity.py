"""Compare ids and names as people mean them: however they are typed, encoded or copied."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

LEAST_ALIKE = 0.8
MAX_COMPARED = 1000
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


def may_be_one(one: str, other: str) -> bool:
    """Whether two full names may be one person's: they share a word, or cannot be compared.

    They cannot if one is not known, or only one is in Latin letters. Canvas writes a name as one word, "lovelaceada".
    """
    words, others = _words(one), _words(other)
    if not words or not others or "".join(words).isascii() != "".join(others).isascii():
        return True
    if words & others:
        return True
    long, short = (words, others) if len(words) == 1 else (others, words)
    return len(long) == 1 and any(word.startswith(part) or word.endswith(part) for word in long for part in short)


def _words(name: str) -> set[str]:
    """Return the words of a full name, without accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return set(re.findall(r"[^\W_]+", "".join(c for c in letters if not unicodedata.combining(c))))


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
    """Return an id to show beside one that looks like it: plain if it is in the usual form, else with escapes."""
    usual = identity.isprintable() and identity == unicodedata.normalize("NFC", identity).strip()
    return identity if usual else ascii(identity)


class NearIds:
    """Finds which of some ids was probably meant.

    A number without its leading zeros, or with ".0" behind it, is what a spreadsheet makes of an id; an e-mail
    address is close to the login before its @.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self._by_form = {_spreadsheet_form(identity): identity for identity in ids}
        # In a large class this would take long. Numbers that differ in one digit are two students.
        self._words = [form for form in self._by_form if not NUMBER.fullmatch(form)][:MAX_COMPARED]

    def find(self, identity: str) -> str:
        """Return the id that is close to another one, "" if none is."""
        form = _spreadsheet_form(identity)
        if form in self._by_form or NUMBER.fullmatch(form):
            return self._by_form.get(form, "")
        close = get_close_matches(form, self._words, 1, LEAST_ALIKE)
        return self._by_form[close[0]] if close else ""


def _spreadsheet_form(identity: str) -> str:
    key = identity_key(identity).partition("@")[0]
    number = NUMBER.fullmatch(key)
    return number[1] if number else key
