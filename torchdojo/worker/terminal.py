"""What a submission finds in place of a terminal: a keeper of the last lines it prints, and no debugger."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import warnings
from bdb import BdbQuit
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_LINES, MAX_LINE, MAX_PRINTED = 20, 200, 4000  # of what is kept: lines, the characters of each, and of all
TORCH_PLACE = re.compile(r"\s*\(Triggered internally at [^)]*\)")  # a line of torch's own source, in its warnings
KEPT_BYTES = 16_000  # enough for MAX_PRINTED characters of UTF-8


class PrintedTail(io.RawIOBase):
    """A stream that keeps the end of what is written to it; a flood takes no memory."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Return standard output's descriptor, which is the null device."""
        return 1

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._kept += view[-KEPT_BYTES:]
        if len(self._kept) > 2 * KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]
        return len(view)

    @property
    def text(self) -> str:
        """The last lines."""
        return last_lines(self._kept.decode("utf-8", "replace"))

    @contextlib.contextmanager
    def keeping(self, filename: str) -> Iterator[None]:
        """Keep what is printed to standard output and error, and the warnings about a file; `breakpoint()` raises."""
        binary: Any = self
        stream = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", write_through=True)
        show, hook = warnings.showwarning, sys.breakpointhook

        def show_own(message: Any, category: Any, where: str, *rest: Any) -> None:
            if where == filename:
                show(TORCH_PLACE.sub("", str(message)), category, where, *rest)

        warnings.showwarning, sys.breakpointhook = show_own, _refuse_debugger  # type: ignore[assignment]
        try:
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                yield
        finally:
            # The stream stays open: a logger that was set up meanwhile keeps it, and writes to it later.
            warnings.showwarning, sys.breakpointhook = show, hook


def _refuse_debugger(*_: Any, **__: Any) -> NoReturn:
    raise BdbQuit


def last_lines(text: str) -> str:
    """Return the last lines of a text, long ones shortened, without control characters.

    A line "…" stands for those above. Of a line that was written over, as progress bars do, the last
    state is left.
    """
    all_lines = text[-KEPT_BYTES:].rstrip().split("\n")
    lines = [_plain(line) for line in all_lines[-MAX_LINES:]]
    while sum(map(len, lines)) + len(lines) > MAX_PRINTED + 1:
        del lines[0]
    if len(lines) < len(all_lines):
        lines[:1] = ["…"]
    return "\n".join(lines)


def _plain(line: str) -> str:
    shown = line.rstrip().rpartition("\r")[2].expandtabs(4)
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    return shown if len(shown) <= MAX_LINE else shown[: MAX_LINE - 2] + " …"
