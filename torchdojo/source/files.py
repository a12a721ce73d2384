"""Read a source text within bounds, and parse it. Nothing is run."""

from __future__ import annotations

import ast
import os
import re
import stat
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torchdojo.errors import UserError
from torchdojo.source.encoding import EncodingError, Utf8Source, guess_encoding, is_likely_utf16, to_utf8
from torchdojo.source.names import Definition, Statement, Statements

MAX_SOURCE_BYTES = 1_000_000
# A chapter's reference has some 2,000 words and signs, nested 15 deep. Whoever analyses a text may rely on these.
MAX_TOKENS, MAX_DEPTH = 50_000, 200
# A comment on a line of its own counts as one, unless it may be code in a string that is formatted.
TOKEN = re.compile(r"^[ \t\f]*#[^\r\n{]*$|\w+|[^\w\s]", re.MULTILINE)


class SourceError(UserError):
    """A source text that cannot be read or parsed. line: its line, from 1, or None"""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle all of the error, so that it can be raised in another process."""
        return SourceError, (self.message, self.line)


def read_source(path: Path, max_bytes: int = MAX_SOURCE_BYTES) -> bytes:
    """Return a file's text in UTF-8; SourceError as in `read_text`."""
    return read_text(path, max_bytes).source


def read_text(path: Path, max_bytes: int = MAX_SOURCE_BYTES) -> Utf8Source:
    """Return a file's text with a note on its encoding; SourceError as in `read_bytes` and `decode_source`."""
    return decode_source(read_bytes(path, max_bytes))


def decode_source(data: bytes) -> Utf8Source:
    """Return a file's text in UTF-8, whatever encoding its coding cookie or byte order mark names.

    SourceError as in `check_text`, or if it is not in that encoding.
    """
    try:
        text = to_utf8(data)
    except EncodingError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"is not {error.encoding} text, although it says so; save it as UTF-8", line) from None
    check_text(text.source)
    return text


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a regular file of at most `max_bytes` bytes, without following a link or blocking.

    SourceError for a symbolic link, a FIFO or another special file, and a file that is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise SourceError("is a symbolic link; submit the file itself")
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SourceError(f"cannot be opened: {error.strerror}") from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):  # a folder can be opened, but not as a Python file
        os.close(descriptor)
        raise SourceError("is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        if info.st_size > max_bytes:
            raise SourceError(f"is too large: {info.st_size:,} bytes, at most {max_bytes:,} are read")
        source = file.read(max_bytes + 1)
    if len(source) > max_bytes:
        raise SourceError(f"is too large: at most {max_bytes:,} bytes are read")
    return source


def check_text(source: bytes) -> None:
    """Raise SourceError if a text is empty, is not UTF-8 or contains a zero byte."""
    if not source.strip():
        raise SourceError("is empty")
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        guess = guess_encoding(source, error.start)
        raise SourceError(f"is not UTF-8 text: {guess}; save the file as UTF-8", line) from None
    if b"\0" in source:
        line = source[: source.index(b"\0")].count(b"\n") + 1
        guess = "; it looks like UTF-16 without a byte order mark: save it as UTF-8" if is_likely_utf16(source) else ""
        raise SourceError(f"contains a zero byte, which Python source must not{guess}", line)


def count_tokens(text: str) -> int:
    """Return how many words and signs a text holds: at least as many as its syntax tree has leaves."""
    return sum(1 for _ in TOKEN.finditer(text))


def check_length(source: bytes) -> None:
    """Raise SourceError if a text holds more code than is analysed."""
    if len(source) <= MAX_TOKENS:  # a word or sign takes at least a byte, and counting takes as long as parsing
        return
    count = count_tokens(source.decode("utf-8-sig"))
    if count > MAX_TOKENS:
        raise SourceError(f"is too long: {count:,} words and signs, at most {MAX_TOKENS:,} are read")


def parse(source: bytes, name: str = "<source>") -> ast.Module:
    """Return the syntax tree of a module; SourceError, with the line, if it does not parse or is nested too deep."""
    # As text, so that a coding cookie cannot make the scanner and the interpreter read different programs.
    return parse_decoded(source.decode("utf-8-sig"), name)


def parse_decoded(text: str, name: str = "<source>") -> ast.Module:
    """Return the syntax tree of a text without its byte order mark, as `parse` does; another mark is an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename=name)
    except SyntaxError as error:
        message = f"does not parse: {error.msg}"
        if error.text:
            message += f": {error.text.strip()[:120]}"
        raise SourceError(message, error.lineno) from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise SourceError(f"does not parse: {type(error).__name__}: {error}") from None
    _check_depth(tree)
    return tree


def _check_depth(tree: ast.Module) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        line = next((node.lineno for node in level if hasattr(node, "lineno")), None)
        raise SourceError(f"does not parse: nested more than {MAX_DEPTH} levels deep", line)


@dataclass(frozen=True)
class BrokenBlock:
    """A top-level block of a text that does not parse.

    first, last: its lines, from 1; line, message: where and why it does not parse; names: what it would define
    """

    first: int
    last: int
    line: int
    message: str
    names: frozenset[str]


class ParsedSource:
    """A module's text with its syntax tree, statements and definitions. The tree must not be changed.

    SourceError if the text is empty, is not UTF-8, contains a zero byte, is too long or does not parse.

    code: the text with a `#` for each line of its broken blocks, which is what the tree is of; broken: these blocks
    note: for its author, on how it was read, or ""
    """

    def __init__(
        self,
        source: bytes,
        name: str = "<source>",
        code: bytes | None = None,
        broken: tuple[BrokenBlock, ...] = (),
        note: str = "",
    ) -> None:
        self.source = source
        self.note = note
        self.code = source if code is None else code
        self.broken = broken
        self.name = name
        check_text(self.code)
        check_length(self.code)
        self.tree = parse(self.code, name)

    @cached_property
    def text(self) -> str:
        """The text, without a byte order mark."""
        return self.source.decode("utf-8").lstrip("\ufeff")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, as Python counts them: form feeds and the like do not end a line."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")

    @cached_property
    def statements(self) -> Statements[Statement]:
        """The top-level statements, with what each binds, reads and does."""
        return Statements(map(Statement, self.tree.body))

    def extract(self, names: Iterable[str]) -> bytes:
        """Return a text of the statements that these names depend on, without comments."""
        effects = [statement for statement in self.statements if statement.has_effect]
        needed = self.statements.closure(names, effects)
        return "\n".join(ast.unparse(node) for statement in needed for node in statement.nodes).encode("utf-8")

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The top-level functions and classes by name; of several with one name the last, as in Python."""
        return {node.name: node for node in self.tree.body if isinstance(node, Definition)}


def span(node: ast.stmt) -> tuple[int, int]:
    """Return a statement's first and last line, from 1, its decorators included."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno or node.lineno
