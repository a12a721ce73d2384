"""Read a source text within bounds, parse it, and find its definitions. Nothing is executed here."""

from __future__ import annotations

import ast
import os
import stat
import warnings
from pathlib import Path

from torchdojo.errors import UserError

MAX_BYTES = 1_000_000
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class SourceError(UserError):
    """A source file that cannot be read or parsed; `line` where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        """Make the error cross between processes whole."""
        return SourceError, (self.message, self.line)


def read_source(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return a file's text as bytes; SourceError as in `read_bytes` and `check_text`."""
    source = read_bytes(path, most)
    check_text(source)
    return source


def read_bytes(path: Path, most: int) -> bytes:
    """Return the bytes of a regular file of at most `most` bytes, without following a link or blocking.

    SourceError for a symbolic link, a FIFO or another special file, and a file that is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise SourceError("is a symbolic link: hand in the file itself")
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SourceError(f"cannot be opened: {error.strerror}") from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):  # a folder can be opened, but not as a Python file
        os.close(descriptor)
        raise SourceError("is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        if info.st_size > most:
            raise SourceError(f"is too large: {info.st_size:,} bytes, at most {most:,} are read")
        source = file.read(most + 1)
    if len(source) > most:
        raise SourceError(f"is too large: at most {most:,} bytes are read")
    return source


def check_text(source: bytes) -> None:
    """Refuse, with a SourceError, what is empty, is not UTF-8 or holds a zero byte."""
    if not source.strip():
        raise SourceError("is empty")
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise SourceError(f"is not UTF-8 text (byte {error.start}); save it as UTF-8", line) from None
    if b"\0" in source:
        raise SourceError(
            "holds a zero byte, which Python source may not", source[: source.index(b"\0")].count(b"\n") + 1
        )


def parse(source: bytes, name: str = "<source>") -> ast.Module:
    """Parse a module without running it; SourceError says what is wrong and in which line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # As text, so that a coding cookie cannot make the scanner and the interpreter read different programs.
            return ast.parse(source.decode("utf-8-sig"), filename=name)
    except SyntaxError as error:
        words = f"does not parse: {error.msg}"
        if error.text:
            words += f": {error.text.strip()[:120]}"
        raise SourceError(words, error.lineno) from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise SourceError(f"does not parse: {type(error).__name__}: {error}") from None


def definitions(source: bytes, name: str = "<source>") -> dict[str, Definition]:
    """Return the top-level functions and classes by name, the last one of a name winning, as in Python."""
    return {node.name: node for node in parse(source, name).body if isinstance(node, Definition)}


def span(node: ast.stmt) -> tuple[int, int]:
    """Return a statement's first and last line, from 1, its decorators included."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno or node.lineno


def assigned_names(node: ast.stmt) -> list[str]:
    """Return the plain names that a top-level statement binds by definition or assignment."""
    if isinstance(node, Definition):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []
