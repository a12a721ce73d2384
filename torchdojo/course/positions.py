"""Find the line of each key and value of a TOML text, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from typing import Any

Location = tuple[int | str, ...]
BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The closing quotes of a multi-line string may follow one or two quotes of its text.
STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
SCALAR = re.compile(r"[^,\]}#\n]*")


def find_lines(text: str) -> dict[Location, int]:
    """Return the line, from 1, of each table, key and value of a text that tomllib can read.

    A location is the path from the root, such as ("chapter", 0, "points"); an element of an array is a number. The
    line of a key is where it is first written, that of an element of an array of tables is its [[header]].
    """
    scanner = _TomlScanner(text)
    scanner.document()
    return scanner.lines


class _TomlScanner:
    """Walks through a text. It need not look for errors: tomllib has found none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Location, int] = {(): 1}
        self.sizes: dict[Location, int] = {}  # of each array of tables, so far
        self._counted = (0, 1)

    def document(self) -> None:
        table: Location = ()
        while self.skip_blank():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def skip_blank(self) -> bool:
        """Go to the next character that is neither white space nor in a comment; return whether there is one."""
        match = BLANK.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.at < len(self.text)

    def header(self) -> Location:
        """Read [a.b] or [[a.b]]; return where the keys below it belong."""
        line = self.line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        *parents, key = self.key()
        self.at = self.text.index("]", self.at) + (2 if is_array else 1)
        table: Location = ()
        for parent in parents:
            table = self.enter((*table, parent), line)
        table = (*table, key)
        if not is_array:
            return self.enter(table, line)
        self.lines.setdefault(table, line)
        index = self.sizes[table] = self.sizes.get(table, -1) + 1
        self.lines[(*table, index)] = line
        return (*table, index)

    def enter(self, table: Location, line: int) -> Location:
        """Return a table, of an array of tables the last one."""
        self.lines.setdefault(table, line)
        return (*table, self.sizes[table]) if table in self.sizes else table

    def pair(self, table: Location) -> None:
        """Read `a.b = value`."""
        line = self.line()
        for key in self.key():
            table = (*table, key)
            self.lines.setdefault(table, line)
        self.at = self.text.index("=", self.at) + 1
        self.value(table)

    def key(self) -> list[str]:
        """Read a key, with or without dots and quotes."""
        parts: list[str] = []
        while True:
            self.skip_blank()
            match = BARE_KEY.match(self.text, self.at) or STRING.match(self.text, self.at)
            assert match is not None
            parts.append(_spelled_out(match[0]))
            self.at = match.end()
            self.skip_blank()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def value(self, location: Location) -> None:
        self.skip_blank()
        opening = self.text[self.at]
        if opening == "[":
            self.items("]", location)
        elif opening == "{":
            self.items("}", location)
        else:
            match = STRING.match(self.text, self.at) or SCALAR.match(self.text, self.at)
            assert match is not None
            self.at = match.end()

    def items(self, closing: str, location: Location) -> None:
        """Read the values of an array, or the pairs of an inline table."""
        self.at += 1
        index = 0
        while self.skip_blank() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self.at += 1
            elif closing == "]":
                self.lines[(*location, index)] = self.line()
                self.value((*location, index))
                index += 1
            else:
                self.pair(location)
        self.at += 1

    def line(self) -> int:
        """Return the line that the scanner is at."""
        at, line = self._counted
        self._counted = self.at, line + self.text.count("\n", at, self.at)
        return self._counted[1]


def _spelled_out(key: str) -> str:
    """Return a key without its quotes and escapes."""
    if key[0] not in "\"'":
        return key
    table: dict[str, Any] = tomllib.loads(f"key = {key}")
    name = table["key"]
    assert isinstance(name, str)
    return name
