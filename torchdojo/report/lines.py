"""What the author of a submission wrote: its logical lines without the stub's, and without names and spacing."""

from __future__ import annotations

import builtins
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

FEWEST_WORDS = 4  # in a line: `pass`, `else:` and `return x` say nothing
LONGEST = 200  # characters of a line that are kept to be shown
SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
KNOWN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
ERRORS = (tokenize.TokenError, SyntaxError, ValueError)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one's own: its number, its text, and what it reads like without names and spacing."""

    number: int
    text: str
    norm: str


@dataclass
class Reader:
    """Reads the submissions of one chapter, whose stub it knows.

    Most rows of a class are the same in many files. What a row reads like is worked out once, the first time it is met.
    """

    stub: str
    _vocabulary: frozenset[str] = field(init=False)
    _given: frozenset[str] = frozenset()
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._vocabulary = frozenset(re.findall(r"\w+", self.stub))
        self._given = frozenset(norm for _, _, norm in self._lines(self.stub))

    def own_lines(self, source: bytes) -> list[Line]:
        """Return the lines of a submission that are not the stub's and say something, in order."""
        lines = self._lines(source.decode("utf-8-sig", "replace"))
        return [Line(number, row[:LONGEST], norm) for number, row, norm in lines if self._tells(norm)]

    def _tells(self, norm: str) -> bool:
        return norm not in self._given and norm.count(" ") >= FEWEST_WORDS - 1

    def _lines(self, text: str) -> list[tuple[int, str, str]]:
        """Return number, first row and norm of each logical line; of a text that is no Python, of each row."""
        rows = [row.strip() for row in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        try:
            found = list(self._logical(rows))
        except ERRORS:
            found = [(number, row, " ".join(row.split())) for number, row in enumerate(rows, start=1)]
        return [line for line in found if line[2] and not line[2].startswith("#")]

    def _logical(self, rows: list[str]) -> Iterator[tuple[int, str, str]]:
        at = 0
        while at < len(rows):
            row = rows[at]
            norm, taken = self._known.get(row), 1
            if norm is None:
                norm, taken = self._first(rows, at)
                if taken == 1 and not row.startswith("#"):
                    self._known[row] = norm
            yield at + 1, row, norm
            at += taken

    def _first(self, rows: list[str], at: int) -> tuple[str, int]:
        """Return the logical line that begins in a row, normalised ("" if it says nothing), and how many rows it takes.

        The rows come without their indentation, so that a line reads the same wherever it stands.
        """
        if not rows[at] or rows[at].startswith("#"):
            return "", 1
        words: list[str] = []
        ahead = (f"{rows[n]}\n" for n in range(at, len(rows)))
        for token in tokenize.generate_tokens(lambda: next(ahead, "")):
            if token.type == tokenize.NEWLINE:
                alone = len(words) == 1 and words[0][-1:] in "\"'"  # a docstring
                return "" if alone else " ".join(words), token.start[0]
            if token.type not in SKIPPED:
                words.append(self._word(token, words))
        return " ".join(words), len(rows) - at

    def _word(self, token: tokenize.TokenInfo, before: list[str]) -> str:
        attribute = bool(before) and before[-1] == "."
        known = attribute or token.string in KNOWN or token.string in self._vocabulary
        return token.string if token.type != tokenize.NAME or known else "_"
