"""Comment out what is Jupyter's and not Python: `%magic`, `!shell` and `help?`."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

# Cell magics whose cell is Python and runs in the notebook, is Python and runs elsewhere, or is not Python. A cell with
# another one, which a course or a package has brought, is read if it parses and defines something.
DEFINING = ("time", "capture", "prun", "debug", "memit", "mprun", "lprun", "snakeviz", "pyinstrument", "wandb")
ASIDE = ("timeit", "writefile", "file", "python", "python3")
FOREIGN = (
    *(
        "bash",
        "sh",
        "cmd",
        "script",
        "system",
        "sx",
        "!",
        "perl",
        "ruby",
        "python2",
        "pypy",
        "cython",
        "writefile",
        "file",
    ),
    *("html", "HTML", "svg", "SVG", "latex", "markdown", "js", "javascript", "sql", "bigquery", "R", "julia"),
)
DEFINES = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]", re.MULTILINE)
HELP = re.compile(r"%{0,2}[\w.*]+\?{1,2}$")
SCRIPT = re.compile(r"(?:\S*/)?python(?:3[\d.]*)?(?:\s|$)")
ASSIGNED = re.compile(r"^(\s*[\w, .\[\]]+=\s*)[%!]")
TIMED = re.compile(r"^(\s*)%time\s+(\S.*)$")
MAX_FIXES = 16
MAX_PARSED_CHARACTERS = 100_000


@dataclass(frozen=True)
class _CellMagic:
    """The `%%magic` at the top of a cell.

    line: its index; arguments: what follows the name on its line; body: the lines below
    """

    line: int
    name: str
    arguments: str
    body: str

    @property
    def is_aside(self) -> bool:
        """Whether its cell is Python, but leaves its names undefined in the notebook."""
        if self.name == "script":
            return SCRIPT.match(self.arguments) is not None
        if self.name in ("writefile", "file"):
            return self.arguments.strip("\"' ").endswith(".py")
        return self.name in ASIDE or self.is_unknown

    @property
    def is_unknown(self) -> bool:
        """Whether it is none that is known, above Python that defines something."""
        if self.name in (*DEFINING, *ASIDE, *FOREIGN) or len(self.body) > MAX_PARSED_CHARACTERS:
            return False
        return DEFINES.search(self.body) is not None and _first_error(self.body.split("\n")) is None


def _cell_magic(lines: list[str]) -> _CellMagic | None:
    """Return the magic of a cell, which blank lines and comments, such as Colab's forms, may be above."""
    above = (line.strip() for line in lines)
    index = next((index for index, line in enumerate(above) if line and not line.startswith("#")), 0)
    code = lines[index].strip()
    if not code.startswith("%%"):
        return None
    name, _, arguments = code[2:].strip().partition(" ")
    return _CellMagic(index, name, arguments.strip(), "\n".join(lines[index + 1 :]))


def aside_magic(cell: str) -> str:
    """Return the magic of a cell whose Python is read, although Jupyter may not define its names, or ""."""
    magic = _cell_magic(cell.split("\n"))
    return f"%%{magic.name}" if magic is not None and magic.is_aside else ""


def foreign_magic(cell: str) -> str:
    """Return the magic for which a cell is not read, or ""."""
    magic = _cell_magic(cell.split("\n"))
    return f"%%{magic.name}" if magic is not None and not magic.is_aside and magic.name not in DEFINING else ""


def comment_out_magics(cell: str) -> str:
    """Return a cell with Jupyter's lines replaced by a comment or a `pass`, each in its place.

    A `%` or `!` of Python, in a string or in an expression of several lines, stays.
    """
    lines = cell.split("\n")
    magic = _cell_magic(lines)
    if magic is not None:
        if magic.name not in DEFINING and not magic.is_aside:
            return "\n".join(f"# {line}" for line in lines)
        lines[magic.line] = f"# {lines[magic.line]}"
    if len(cell) > MAX_PARSED_CHARACTERS:
        return "\n".join(_comment_out_all(lines))
    return _fix_errors(lines)


def _fix_errors(lines: list[str]) -> str:
    """Comment out the lines at which the parser fails, one after the other; all of Jupyter's if that does not help."""
    fixed = list(lines)
    for _ in range(MAX_FIXES):
        line = _first_error(fixed)
        if line is None:
            return "\n".join(fixed)
        if not 0 < line <= len(fixed) or not _comment_out(fixed, line - 1):
            break
    whole = _comment_out_all(lines)
    return "\n".join(whole if _first_error(whole) is None else fixed)


def _comment_out_all(lines: list[str]) -> list[str]:
    changed = list(lines)
    for index in range(len(changed)):
        _comment_out(changed, index)
    return changed


def _comment_out(lines: list[str], index: int) -> bool:
    """Comment out a line of Jupyter's in place, and those that a backslash adds to it. False if it is none."""
    line = lines[index]
    lines[index] = _comment_out_magic(line)
    is_changed = lines[index] != line
    while is_changed and line.rstrip().endswith("\\") and index + 1 < len(lines):
        index += 1
        line = lines[index]
        lines[index] = f"# {line}"
    return is_changed


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
    if code.startswith(("%", "!", "?")) or HELP.match(code):
        return f"{indent}pass  # {code}"
    assigned = ASSIGNED.match(line)
    return f"{assigned[1]}None  # {code}" if assigned else line
