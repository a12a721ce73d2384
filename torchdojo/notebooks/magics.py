"""Jupyter's own lines, `%magic`, `!shell` and `help?`, are no Python: make comments of them, and leave Python alone."""

from __future__ import annotations

import ast
import re
import warnings

RUN_PYTHON = ("time", "capture", "prun")  # cell magics whose cell is ordinary Python
ASSIGNED = re.compile(r"^(\s*[\w, .\[\]]+=\s*)[%!]")
TIMED = re.compile(r"^(\s*)%time\s+(\S.*)$")
MOST_TRIES = 16
MOST_TRIED = 100_000


def comment_out_magics(cell: str) -> str:
    """Return a cell's Python, line for line: what is Jupyter's becomes a comment or a `pass`.

    A `%` or `!` that belongs to Python, in a string or an expression over several lines, stays.
    """
    lines = cell.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].lstrip().startswith("%%"):
        name = lines[first].lstrip()[2:].split()[:1]
        if name and name[0] in RUN_PYTHON:
            lines[first] = f"# {lines[first]}"
        else:
            return "\n".join(f"# {line}" for line in lines)
    if len(cell) > MOST_TRIED:
        return "\n".join(_without_magic(line) for line in lines)
    return _tried(lines)


def _tried(lines: list[str]) -> str:
    """Mend line after line, each where the parser stumbles; all at once if that does not end."""
    mended = list(lines)
    for _ in range(MOST_TRIES):
        line = _first_error(mended)
        if line is None:
            return "\n".join(mended)
        if not 0 < line <= len(mended) or _without_magic(mended[line - 1]) == mended[line - 1]:
            break
        mended[line - 1] = _without_magic(mended[line - 1])
    whole = [_without_magic(line) for line in lines]
    return "\n".join(whole if _first_error(whole) is None else mended)


def _first_error(lines: list[str]) -> int | None:
    """Return the line where the text stops being Python, 0 where that is unknown, None if it is Python throughout."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines) + "\n")
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None


def _without_magic(line: str) -> str:
    words = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    timed = TIMED.match(line)
    if timed:
        return f"{timed[1]}{timed[2]}"
    if words.startswith(("%", "!", "?")) or (words.endswith("?") and not words.startswith("#")):
        return f"{indent}pass  # {words}"
    assigned = ASSIGNED.match(line)
    return f"{assigned[1]}None  # {words}" if assigned else line
