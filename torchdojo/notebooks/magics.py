"""Comment out what is Jupyter's and not Python: `%magic`, `!shell` and `help?`."""

from __future__ import annotations

import ast
import re
import warnings

PYTHON_CELL_MAGICS = ("time", "capture", "prun")  # those whose cell is ordinary Python
ASSIGNED = re.compile(r"^(\s*[\w, .\[\]]+=\s*)[%!]")
TIMED = re.compile(r"^(\s*)%time\s+(\S.*)$")
MAX_FIXES = 16
MAX_PARSED_CHARACTERS = 100_000


def comment_out_magics(cell: str) -> str:
    """Return a cell with Jupyter's lines replaced by a comment or a `pass`, each in its place.

    A `%` or `!` of Python, in a string or in an expression of several lines, stays.
    """
    lines = cell.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].lstrip().startswith("%%"):
        name = lines[first].lstrip()[2:].split()[:1]
        if name and name[0] in PYTHON_CELL_MAGICS:
            lines[first] = f"# {lines[first]}"
        else:
            return "\n".join(f"# {line}" for line in lines)
    if len(cell) > MAX_PARSED_CHARACTERS:
        return "\n".join(_comment_out_magic(line) for line in lines)
    return _fix_errors(lines)


def _fix_errors(lines: list[str]) -> str:
    """Comment out the lines at which the parser fails, one after the other; all of Jupyter's if that does not help."""
    fixed = list(lines)
    for _ in range(MAX_FIXES):
        line = _first_error(fixed)
        if line is None:
            return "\n".join(fixed)
        if not 0 < line <= len(fixed) or _comment_out_magic(fixed[line - 1]) == fixed[line - 1]:
            break
        fixed[line - 1] = _comment_out_magic(fixed[line - 1])
    whole = [_comment_out_magic(line) for line in lines]
    return "\n".join(whole if _first_error(whole) is None else fixed)


def _first_error(lines: list[str]) -> int | None:
    """Return the line of the first syntax error, 0 if that is unknown, None if there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines) + "\n")
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return 0
    return None


def _comment_out_magic(line: str) -> str:
    code = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    timed = TIMED.match(line)
    if timed:
        return f"{timed[1]}{timed[2]}"
    if code.startswith(("%", "!", "?")) or (code.endswith("?") and not code.startswith("#")):
        return f"{indent}pass  # {code}"
    assigned = ASSIGNED.match(line)
    return f"{assigned[1]}None  # {code}" if assigned else line
