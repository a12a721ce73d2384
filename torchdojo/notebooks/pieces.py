"""Split the cells of a notebook into top-level statements that know their lines."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from torchdojo.notebooks.magics import comment_out_magics
from torchdojo.source.doubles import belongs_to_another
from torchdojo.source.files import SourceError, span
from torchdojo.source.names import Definition, Statement, is_future

MAX_JOINED_CELLS = 8
MAX_STAND_INS = 100
MAX_STATEMENTS = 10_000
HEADER = re.compile(r"^(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
Line = tuple[str, "CellLine | None"]


@dataclass(frozen=True)
class CellLine:
    """A line of a cell. cell: its index, from 0; line: from 1; first: the first line of code of the cell"""

    cell: int
    line: int
    first: str


class Piece(Statement):
    """A top-level statement, or several that share a line, with their lines."""

    def __init__(self, lines: list[Line], *nodes: ast.stmt) -> None:
        super().__init__(*nodes)
        self.lines = lines

    @property
    def cell(self) -> int:
        """The index of the cell that it begins in, 0 if it is from elsewhere."""
        place = self.lines[0][1]
        return place.cell if place else 0

    @property
    def place(self) -> tuple[int, int]:
        """Its cell, and its first line there: what is larger is further down."""
        place = self.lines[0][1]
        return (place.cell, place.line) if place else (-1, 0)

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The functions and classes that it defines, be it under an `if` or a `try`, by name."""
        found = {n.name: n for n, scope in self.walked if isinstance(n, Definition) and scope.outer is None}
        return found | {node.name: node for node in self.nodes if isinstance(node, Definition)}

    @cached_property
    def lambdas(self) -> frozenset[str]:
        """The names that it gives to a lambda, as in `name = lambda x: x`."""
        given = [node for node in self.nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)]
        return frozenset(target.id for node in given for target in node.targets if isinstance(target, ast.Name))

    def definition(self, name: str) -> Definition | None:
        """Return what it defines as a function or class of this name, or None."""
        return self.definitions.get(name)

    def defines_anew(self, name: str) -> bool:
        """Whether it defines a function or class of this name that has nothing to do with an earlier one."""
        node = self.definition(name)
        return name in self.lambdas if node is None else not belongs_to_another(node)

    @property
    def is_future(self) -> bool:
        """Whether it is a future import, which has to come first."""
        return is_future(self.node)


def split_cells(cells: list[str]) -> tuple[list[Piece], list[Piece]]:
    """Return the statements of the cells that parse, and stand-ins for the definitions of those that do not."""
    pieces: list[Piece] = []
    broken: list[Piece] = []
    for lines in _join_split_cells(
        [_number_lines(index, comment_out_magics(text)) for index, text in enumerate(cells)]
    ):
        error = _syntax_error(lines)
        if error is None:
            pieces += _split(lines)
        else:
            broken += _stand_ins(lines, error)
        if len(pieces) > MAX_STATEMENTS:
            raise SourceError(f"holds more than {MAX_STATEMENTS:,} statements")
    return pieces, broken


def _number_lines(cell: int, text: str) -> list[Line]:
    lines = text.split("\n")
    first = next((line.strip()[:80] for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return [(line, CellLine(cell, number, first)) for number, line in enumerate(lines, start=1)]


def _join_split_cells(cells: list[list[Line]]) -> list[list[Line]]:
    """Join a definition that was split: a cell that begins with an indented line continues the cell before."""
    runs: list[list[list[Line]]] = []
    for lines in cells:
        first = next((text for text, _ in lines if text.strip()), "")
        if runs and first[:1] in (" ", "\t"):
            runs[-1].append(lines)
        elif first:
            runs.append([lines])
    return [part for run in runs for part in _join_longest(run)]


def _join_longest(run: list[list[Line]]) -> list[list[Line]]:
    """Join a cell with as many of its continuations as parse together; the others stay alone."""
    for count in range(len(run), max(1, len(run) - MAX_JOINED_CELLS), -1):
        whole = [line for lines in run[:count] for line in lines]
        if _syntax_error(whole) is None:
            return [whole, *run[count:]]
    return run


def _text(lines: Iterable[Line]) -> str:
    return "\n".join(text for text, _ in lines) + "\n"


def _syntax_error(lines: list[Line]) -> Exception | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(_text(lines))
            symtable.symtable(_text(lines), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _split(lines: list[Line]) -> list[Piece]:
    """Return the statements of a cell; those that share a line stay together."""
    groups: list[list[ast.stmt]] = []
    last = 0
    for node in ast.parse(_text(lines)).body:
        first, end = _span(lines, node)
        if first > last and Statement(node).is_inert:
            continue
        if groups and first <= last:
            groups[-1].append(node)
        else:
            groups.append([node])
        last = max(last, end)
    if len(groups) > MAX_STATEMENTS:
        raise SourceError(f"holds {len(groups):,} statements, at most {MAX_STATEMENTS:,} are read")
    return [_piece(lines, nodes) for nodes in groups]


def _span(lines: list[Line], node: ast.stmt) -> tuple[int, int]:
    """Return a statement's first and last line, from 1, with the lines that a backslash after it adds."""
    first, end = span(node)
    rest = lines[end - 1][0].encode()[node.end_col_offset :].decode()
    while rest.endswith("\\") and "#" not in rest and end < len(lines):
        rest = lines[end][0]
        end += 1
    return first, end


def _piece(lines: list[Line], nodes: list[ast.stmt]) -> Piece:
    spans = [_span(lines, node) for node in nodes]
    return Piece(lines[spans[0][0] - 1 : max(end for _, end in spans)], *nodes)


def _stand_ins(lines: list[Line], error: Exception) -> list[Piece]:
    """Return a definition for each name that a broken cell defines; it raises an error that says why."""
    message = f"its cell does not parse: {getattr(error, 'msg', None) or type(error).__name__}"
    number = getattr(error, "lineno", None)
    if number and number <= len(lines):
        text, cell_line = lines[number - 1]
        message += f", in line {cell_line.line if cell_line else number}: {text.strip()[:80]}"
    made: dict[str, list[Piece]] = {}
    for text, cell_line in lines:
        header = HEADER.match(text)
        if header is None or header[2] in made or len(made) == MAX_STAND_INS:
            continue
        body = f"raise SyntaxError({message!r})"
        stand_in = [f"def {header[2]}(*_, **__):", f"    {body}"]
        if header[1] == "class":
            stand_in = [f"class {header[2]}:", "    def __init__(self, *_, **__):", f"        {body}"]
        stand_in_lines: list[Line] = [(line, cell_line) for line in stand_in]
        made[header[2]] = _split(stand_in_lines) if _syntax_error(stand_in_lines) is None else []
    return [piece for pieces in made.values() for piece in pieces]
