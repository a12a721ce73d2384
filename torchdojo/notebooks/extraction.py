"""Tell the submission in a notebook from the scratch work around it. Read from the text; nothing is run.

A module is run from top to bottom. A notebook is not: its cells show, try and train things, some fail, some were run in
another order, and one may still loop. All of this is fine in a notebook, and would end a module. So only what the
exercises need is taken: their definitions, and every statement that binds or changes a name which they use. In a file
that loads, this changes nothing that an exercise could see, except settings that only a bare call makes
(`torch.set_default_dtype(…)`).
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from torchdojo.course import Chapter, Course
from torchdojo.notebooks.cells import read_cells
from torchdojo.notebooks.magics import comment_out_magics
from torchdojo.source.files import MAX_BYTES, SourceError, span
from torchdojo.source.names import Definition, Import, Statement, Statements
from torchdojo.source.placeholders import placeholder_line

MOST_JOINS = 8
MOST_STAND_INS = 100
MOST_STATEMENTS = 10_000
HEADER = re.compile(r"^(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
DISPLAY = "def display(*objects, **options): pass  # Jupyter shows things; nobody looks here"
Line = tuple[str, "CellLine | None"]


@dataclass(frozen=True)
class CellLine:
    """A line of a cell. cell: its index in the notebook, from 0; line: from 1; first: the cell's first line of code"""

    cell: int
    line: int
    first: str


@dataclass(frozen=True)
class ExtractedSource:
    """The submission in a notebook. source: a module's text; cell_lines: where each of its lines comes from"""

    source: bytes
    cell_lines: tuple[CellLine | None, ...]

    def cell_line(self, line: int | None) -> CellLine | None:
        """Return where in the notebook a line of the source is, or None."""
        return self.cell_lines[line - 1] if line and 0 < line <= len(self.cell_lines) else None


class Piece(Statement):
    """One top-level statement, or several that share a line, with its lines."""

    def __init__(self, lines: list[Line], *nodes: ast.stmt) -> None:
        super().__init__(*nodes)
        self.lines = lines

    @property
    def is_future(self) -> bool:
        """Whether it is an import that has to come first."""
        return isinstance(self.node, ast.ImportFrom) and self.node.module == "__future__"


def extract_chapter(notebook: bytes, course: Course, chapter: Chapter) -> ExtractedSource:
    """Return the submission in a notebook of a chapter; SourceError if it cannot be read."""
    path = course.exercise_file(chapter)
    given = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return extract_submission(notebook, [exercise.name for exercise in chapter.exercises], given)


def extract_submission(notebook: bytes, names: Collection[str], given: str = "") -> ExtractedSource:
    """Return the submission in a notebook: the definitions of `names`, and everything that they use.

    given: a chapter's own text, from which the notebook's missing imports and helpers are taken
    """
    texts = [cell.text if cell.kind == "code" else "" for cell in read_cells(notebook)]
    if not any(text.strip() for text in texts):
        raise SourceError("is a notebook without code")
    size = sum(len(text.encode()) for text in texts)
    if size > MAX_BYTES:
        raise SourceError(f"is too large: {size:,} bytes of code, at most {MAX_BYTES:,} are read")
    return extract_from_cells(texts, names, given)


def extract_from_cells(
    cells: Iterable[str], names: Collection[str], given: str = "", *, newest: bool = False
) -> ExtractedSource:
    """Return the submission in the texts of code cells.

    names: the exercises; given: a chapter's text, for imports and helpers that the cells have lost
    newest: of several definitions the last counts, even if it is still to do (for cells in the order they were run)
    """
    pieces, broken = _pieces(list(cells))
    known = {name for piece in pieces for name in piece.binds}
    pieces = [piece for piece in broken if not piece.binds & known] + pieces
    if not newest:
        pieces = _without_spare_stubs(pieces, names)
    known = {name for piece in pieces for name in piece.binds}
    from_given, _ = _pieces([given])
    pieces = [p for p in from_given if p.binds and not p.binds & known and not p.binds & set(names)] + pieces
    kept = _in_order(_needed(pieces, names))
    lines: list[Line] = []
    used = {name for piece in kept for name in piece.reads}
    if "display" in used - known:
        lines.append((DISPLAY, None))
    for piece in sorted(kept, key=lambda piece: not piece.is_future):
        lines += [*([("", None)] if lines else []), *piece.lines]
    lines = lines or [("pass", None)]
    source = "\n".join(text for text, _ in lines) + "\n"
    return ExtractedSource(source.encode(), tuple(cell_line for _, cell_line in lines))


def _pieces(cells: list[str]) -> tuple[list[Piece], list[Piece]]:
    """Return the statements of all cells that parse, and stand-ins for what the others define."""
    pieces: list[Piece] = []
    broken: list[Piece] = []
    for lines in _joined([_placed(index, comment_out_magics(text)) for index, text in enumerate(cells)]):
        error = _syntax_error(lines)
        if error is None:
            pieces += _split(lines)
        else:
            broken += _stand_ins(lines, error)
        if len(pieces) > MOST_STATEMENTS:
            raise SourceError(f"holds more than {MOST_STATEMENTS:,} statements")
    return pieces, broken


def _placed(cell: int, text: str) -> list[Line]:
    lines = text.split("\n")
    first = next((line.strip()[:80] for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return [(line, CellLine(cell, number, first)) for number, line in enumerate(lines, start=1)]


def _joined(cells: list[list[Line]]) -> list[list[Line]]:
    """Put together what was split in the middle of a definition: a cell that begins indented goes on with the last."""
    runs: list[list[list[Line]]] = []
    for lines in cells:
        first = next((text for text, _ in lines if text.strip()), "")
        if runs and first[:1] in (" ", "\t"):
            runs[-1].append(lines)
        elif first:
            runs.append([lines])
    return [part for run in runs for part in _longest(run)]


def _longest(run: list[list[Line]]) -> list[list[Line]]:
    """Return a cell with as many of those that go on with it as make sense together, and the others one by one."""
    for count in range(len(run), max(1, len(run) - MOST_JOINS), -1):
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
    """Return a cell's statements; those that share a line stay together."""
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
    if len(groups) > MOST_STATEMENTS:
        raise SourceError(f"holds {len(groups):,} statements, at most {MOST_STATEMENTS:,} are read")
    return [_piece(lines, nodes) for nodes in groups]


def _span(lines: list[Line], node: ast.stmt) -> tuple[int, int]:
    """Return a statement's first and last line, from 1, those included that a backslash behind it continues it to."""
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
    """Return, for each name that a broken cell meant to define, a definition that says why it is broken."""
    words = f"its cell does not parse: {getattr(error, 'msg', None) or type(error).__name__}"
    line = getattr(error, "lineno", None)
    if line and line <= len(lines):
        text, place = lines[line - 1]
        words += f", in line {place.line if place else line}: {text.strip()[:80]}"
    made: dict[str, list[Piece]] = {}
    for text, place in lines:
        header = HEADER.match(text)
        if header is None or header[2] in made or len(made) == MOST_STAND_INS:
            continue
        body = f"raise SyntaxError({words!r})"
        stand_in = [f"def {header[2]}(*_, **__):", f"    {body}"]
        if header[1] == "class":
            stand_in = [f"class {header[2]}:", "    def __init__(self, *_, **__):", f"        {body}"]
        placed = [(line, place) for line in stand_in]
        made[header[2]] = _split(placed) if _syntax_error(placed) is None else []
    return [piece for pieces in made.values() for piece in pieces]


def _without_spare_stubs(pieces: list[Piece], names: Collection[str]) -> list[Piece]:
    """Drop an exercise's stub where another definition is filled in: a cell that was copied undoes nothing."""
    todo: dict[int, str] = {}
    filled: set[str] = set()
    for index, piece in enumerate(pieces):
        node = piece.node
        if len(piece.nodes) == 1 and isinstance(node, Definition) and node.name in names:
            if placeholder_line(node) is None:
                filled.add(node.name)
            else:
                todo[index] = node.name
    return [piece for index, piece in enumerate(pieces) if todo.get(index) not in filled]


def _needed(pieces: list[Piece], names: Collection[str]) -> list[Piece]:
    """Return the pieces that bind or change what the exercises use, and imports that change the whole text."""
    imports = [piece for piece in pieces if piece.has_effect and isinstance(piece.node, Import)]
    return Statements(pieces).closure(names, imports)


def _in_order(pieces: list[Piece]) -> list[Piece]:
    """Put the binder of a name before what reads the name while it is run; leave what is in order as it is."""
    binders: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        for name in piece.binds:
            binders.setdefault(name, index)
    order: list[int] = []
    begun: set[int] = set()
    for start in range(len(pieces)):
        stack = [start] if start not in begun else []
        while stack:
            begun.add(stack[-1])
            read = pieces[stack[-1]].reads_at_load
            ahead = sorted(binders[name] for name in read if name in binders and not hasattr(builtins, name))
            missing = next((index for index in ahead if index not in begun), None)
            if missing is None:
                order.append(stack.pop())
            else:
                stack.append(missing)
    return [pieces[index] for index in order]
