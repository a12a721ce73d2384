"""Read what parses of a text that does not: its broken top-level blocks are left out, and every line keeps its number.

A block is a top-level statement as its first line shows it, with what is indented below. Brackets and strings that are
left open are followed by a small lexer, so that one of them costs its own block only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from torchdojo.source.files import (
    BrokenBlock,
    ParsedSource,
    SourceError,
    check_length,
    check_text,
    parse_decoded,
    read_text,
)

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
BLANK = " \t\f\r\n"  # to Python; other blanks and marks that cannot be seen are errors outside of strings and comments
MARK = r"\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
UNSEEN = re.compile(rf"(?:[^\S \t]|[{MARK}])*")
UNSEEN_LINE = re.compile(rf"(?![{BLANK}])[\s{MARK}]+(?:#|$)")
NO_START = re.compile(r"[\s#)\]}]|(?:else|elif|except|finally)\b|$")
COMPOUND = re.compile(r"@|(?:async|def|class|if|for|while|with|try|match)\b")
HEADER = re.compile(r"@|(?:async[ \t]+def|def|class|import)[ \t]|from[ \t]+\S+[ \t]+import\b")
# What cannot be inside brackets.
STATEMENT = re.compile(rf"{HEADER.pattern}|(?:with|while|try|raise|del|pass|global|assert|return)\b")
DEFINED = re.compile(r"(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=(?!=))")
TOKEN = re.compile(r"#|\"\"\"|'''|[\"'()\[\]{}]")
REST_OF_STRING = {quote: re.compile(rf"(?:[^\\{quote}]|\\.)*?{quote}", re.DOTALL) for quote in ('"', "'", '"""', "'''")}
# Hostile text must not make this slow: how often a character may be read, and how many blocks may be broken.
WORK_PER_CHARACTER, MAX_BROKEN = 8, 100


def read_around_errors(path: Path) -> ParsedSource | SourceError:
    """Return a file's text as `parse_around_errors` does, or the error of reading it."""
    try:
        text = read_text(path)
        return parse_around_errors(text.source, path.name, text.note)
    except SourceError as error:
        return error


def parse_around_errors(source: bytes, name: str = "<source>", note: str = "") -> ParsedSource:
    """Return a text as ParsedSource, without the top-level blocks that do not parse; these are its `broken`.

    note: for its author, on how it was read. SourceError as for ParsedSource, for a text of which nothing parses too.
    """
    check_text(source)
    check_length(source)
    try:
        return ParsedSource(source, name, note=note)
    except SourceError as error:
        whole = error
    lines = LINE.findall(source.decode("utf-8-sig").lstrip("\ufeff"))
    try:
        broken = _Reader(lines).find_broken()
        for block in broken:
            for number in range(block.first - 1, block.last):
                lines[number] = "#" + lines[number][len(lines[number].rstrip("\r\n")) :]
        return ParsedSource(source, name, "".join(lines).encode(), tuple(broken), note)
    except SourceError:
        raise whole from None


class _Reader:
    """Finds the broken blocks of a text. starts: the lines, from 0, where its blocks begin, and where it ends"""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.work = WORK_PER_CHARACTER * sum(map(len, lines)) + 1000
        self.starts: list[int] = []
        decorated = False
        for number, line in enumerate(lines):
            text = line.lstrip("\f")
            if NO_START.match(text) and not UNSEEN_LINE.match(text):
                continue
            if not (decorated and COMPOUND.match(self._text(number))):
                self.starts.append(number)
            decorated = self._text(number).startswith("@")
        self.starts.append(len(lines))

    def find_broken(self) -> list[BrokenBlock]:
        """Return the blocks that do not parse, in the order of the text. SourceError if that takes too much work."""
        broken: list[BrokenBlock] = []
        if self.starts[0] and (error := self._error(0, self.starts[0])):
            broken.append(self._block(0, self.starts[0], error))
        before, first = 0, 0  # the start of the block before, and the number of this one's
        while first < len(self.starts) - 1:
            last = self._end(first)
            start = self.starts[first]
            if self._error(start, self.starts[last]):
                last = self._cut(first, last)
                end = self.starts[last]
                error = self._error(start, end) or SourceError("does not parse", start + 1)
                if first and self._continues_a_block(start, end) and COMPOUND.match(self._text(before)):
                    start = before
                    if broken and broken[-1].first == before + 1:
                        error = SourceError(broken[-1].message, broken[-1].line)
                        broken.pop()
                broken.append(self._block(start, end, error))
                if len(broken) > MAX_BROKEN:
                    raise error
            before, first = start, last
        return broken

    def _text(self, number: int) -> str:
        """Return a line without what cannot be seen at its start."""
        return UNSEEN.sub("", self.lines[number], count=1)

    def _end(self, first: int) -> int:
        """Return where the block ends that begins at a start: at the next one that no bracket or string spans."""
        lexer = _Lexer()
        last = first
        while True:
            self._spend(self.starts[last], self.starts[last + 1])
            for line in self.lines[self.starts[last] : self.starts[last + 1]]:
                lexer.feed(line)
            last += 1
            if last == len(self.starts) - 1 or not lexer.is_open:
                return last
            if not lexer.string and STATEMENT.match(self._text(self.starts[last])):
                return last

    def _cut(self, first: int, last: int) -> int:
        """Return where a broken block ends, which a bracket or a string that was left open may have made too long."""
        headers = (n for n in range(first + 1, last) if HEADER.match(self._text(self.starts[n])))
        lexer = _Lexer()
        for line in self.lines[self.starts[first] : self.starts[last]]:
            lexer.feed(line)
        return next(headers, first + 1 if lexer.is_open and not lexer.string else last)

    def _continues_a_block(self, start: int, end: int) -> bool:
        """Whether a broken block is a stray line with an indented rest, which must belong to the block before it."""
        if COMPOUND.match(self._text(start)):
            return False
        text = self._text(start)
        if text[:1] in (" ", "\t") and not UNSEEN_LINE.match(
            self.lines[start].lstrip("\f")
        ):  # indented, but for a mark
            return True
        lexer = _Lexer()
        for number in range(start, end):
            lexer.feed(self.lines[number])
            if not lexer.is_open:
                rest = self.lines[number + 1 : end]
                return any(line[0] in " \t" and line.strip() and not line.lstrip().startswith("#") for line in rest)
        return False

    def _error(self, start: int, end: int) -> SourceError | None:
        self._spend(start, end)
        try:
            parse_decoded("".join(self.lines[start:end]))
        except SourceError as error:
            return SourceError(error.message, start + (error.line or 1))
        return None

    def _block(self, start: int, end: int, error: SourceError) -> BrokenBlock:
        """Return a broken block, without the blank lines and comments after it."""
        while end > start + 1 and (self.lines[end - 1][0] == "#" or not self.lines[end - 1].strip(BLANK)):
            end -= 1
        found = (DEFINED.match(UNSEEN.sub("", text, count=1)) for text in self.lines[start:end])
        names = frozenset(match[1] or match[2] for match in found if match)
        return BrokenBlock(start + 1, end, min(error.line or end, end), error.message, names)

    def _spend(self, start: int, end: int) -> None:
        self.work -= sum(map(len, self.lines[start:end]))
        if self.work < 0:
            raise SourceError("does not parse")


@dataclass
class _Lexer:
    """What is open after some lines. string: the quotes of a string over several lines, "" outside of one"""

    string: str = ""
    depth: int = 0
    continued: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the next line belongs to the same statement."""
        return bool(self.string) or self.depth > 0 or self.continued

    def feed(self, line: str) -> None:
        """Read the next line."""
        position, self.continued = 0, False
        while position < len(line):
            if self.string:
                end = REST_OF_STRING[self.string].match(line, position)
                if end is None:
                    return
                position, self.string = end.end(), ""
            token = TOKEN.search(line, position)
            if token is None or token[0] == "#":
                self.continued = token is None and line.rstrip("\r\n").endswith("\\")
                return
            position = token.end()
            if len(token[0]) == 3:
                self.string = token[0]
            elif token[0] in "\"'":
                end = REST_OF_STRING[token[0]].match(line, position)
                if end is None:  # it does not end on its line, which is an error of that line
                    return
                position = end.end()
            elif token[0] in "([{":
                self.depth += 1
            else:
                self.depth = max(0, self.depth - 1)
