"""Reduce a submission to its author's logical lines: without the stub's, and normalized for names and spacing."""

from __future__ import annotations

import builtins
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from torchdojo.source.files import MAX_TOKENS, count_tokens

MIN_TOKENS = 4  # in a line: `pass`, `else:` and `return x` prove nothing
MAX_CHARACTERS = 200  # of a line that is shown
IGNORED_TOKENS = (
    *(tokenize.COMMENT, tokenize.NL, tokenize.ENCODING),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
)
PYTHON_NAMES = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
PARSE_ERRORS = (tokenize.TokenError, SyntaxError, ValueError)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A logical line: its number, the text of its first row, and its tokens with chosen names as `_`."""

    number: int
    text: str
    normalized: str


@dataclass
class CodeLineReader:
    """Reads the submissions of one chapter, given its stub.

    Most rows of a class occur in many files, so each different row is normalized only once.
    """

    stub: str
    _stub_names: frozenset[str] = field(init=False)
    _stub_lines: frozenset[str] = frozenset()
    _cache: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stub_names = frozenset(re.findall(r"\w+", self.stub))
        self._stub_lines = frozenset(line.normalized for line in self._lines(self.stub))

    def own_lines(self, source: bytes) -> list[CodeLine]:
        """Return the lines of a submission that are not the stub's and not too short to be evidence, in order.

        None of a text that is too long to be analysed.
        """
        text = source.decode("utf-8-sig", "replace")
        lines = self._lines(text) if count_tokens(text) <= MAX_TOKENS else []
        return [line for line in lines if line.normalized not in self._stub_lines and _is_evidence(line)]

    def _lines(self, text: str) -> list[CodeLine]:
        """Return the logical lines of a text, or its rows if it is not Python."""
        rows = [row.strip() for row in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        try:
            lines = list(self._logical_lines(rows))
        except PARSE_ERRORS:
            lines = [_line(number, row, " ".join(row.split())) for number, row in enumerate(rows, start=1)]
        return [line for line in lines if line.normalized and not line.normalized.startswith("#")]

    def _logical_lines(self, rows: list[str]) -> Iterator[CodeLine]:
        index = 0
        while index < len(rows):
            row = rows[index]
            normalized, count = self._cache.get(row), 1
            if normalized is None:
                normalized, count = self._normalize(rows, index)
                if count == 1 and not row.startswith("#"):
                    self._cache[row] = normalized
            if normalized:
                yield _line(index + 1, row, normalized)
            index += count

    def _normalize(self, rows: list[str], start: int) -> tuple[str, int]:
        """Return the logical line that begins in a row, normalized ("" for a docstring), and how many rows it has.

        The rows come without their indentation, so that a line is normalized alike at any depth.
        """
        if not rows[start] or rows[start].startswith("#"):
            return "", 1
        tokens: list[str] = []
        remaining = (f"{rows[index]}\n" for index in range(start, len(rows)))
        for token in tokenize.generate_tokens(lambda: next(remaining, "")):
            if token.type == tokenize.NEWLINE:
                is_docstring = len(tokens) == 1 and tokens[0][-1:] in "\"'"
                return "" if is_docstring else " ".join(tokens), token.start[0]
            if token.type not in IGNORED_TOKENS:
                is_attribute = bool(tokens) and tokens[-1] == "."
                keep = is_attribute or token.string in PYTHON_NAMES or token.string in self._stub_names
                tokens.append(token.string if keep or token.type != tokenize.NAME else "_")
        return " ".join(tokens), len(rows) - start


def _line(number: int, row: str, normalized: str) -> CodeLine:
    return CodeLine(number, row[:MAX_CHARACTERS], normalized)


def _is_evidence(line: CodeLine) -> bool:
    return line.normalized.count(" ") >= MIN_TOKENS - 1
