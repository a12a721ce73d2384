"""Extract the submission from a notebook, without the scratch work around it.

A module is run from top to bottom. A notebook is not: some of its cells show, try or train things, some fail, some were
run in another order, and one may never end. None of this matters in a notebook, but all of it breaks a module. So only
what the exercises need is extracted: their definitions, and every statement that binds or changes a name that they use.
Extracted from a file that loads, this changes nothing that an exercise could notice, except settings that only a call
makes (`torch.set_default_dtype(…)`).
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from torchdojo.course import Chapter, Course
from torchdojo.notebooks.cells import read_cells
from torchdojo.notebooks.magics import comment_out_magics
from torchdojo.source.files import MAX_SOURCE_BYTES, SourceError, check_length, span
from torchdojo.source.names import Definition, Import, Statement, Statements, has_effect, is_future
from torchdojo.source.placeholders import is_untouched, only_placeholder, placeholder_line

MAX_JOINED_CELLS = 8
MAX_STAND_INS = 100
MAX_STATEMENTS = 10_000
HEADER = re.compile(r"^(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
DISPLAY = "def display(*objects, **options): pass  # a function that Jupyter brings"
Line = tuple[str, "CellLine | None"]


@dataclass(frozen=True)
class CellLine:
    """A line of a cell. cell: its index, from 0; line: from 1; first: the first line of code of the cell"""

    cell: int
    line: int
    first: str


@dataclass(frozen=True)
class ExtractedSource:
    """The submission in a notebook.

    source: a module's text; cell_lines: where each of its lines comes from
    notes: for the student, on definitions that were not taken
    """

    source: bytes
    cell_lines: tuple[CellLine | None, ...]
    notes: tuple[str, ...] = ()

    def cell_line(self, line: int | None) -> CellLine | None:
        """Return where a line of the source is in the notebook, None if it is not from there."""
        return self.cell_lines[line - 1] if line and 0 < line <= len(self.cell_lines) else None


class Piece(Statement):
    """A top-level statement, or several that share a line, with their lines."""

    def __init__(self, lines: list[Line], *nodes: ast.stmt) -> None:
        super().__init__(*nodes)
        self.lines = lines

    @property
    def is_future(self) -> bool:
        """Whether it is a future import, which has to come first."""
        return is_future(self.node)


def extract_chapter(notebook: bytes, course: Course, chapter: Chapter) -> ExtractedSource:
    """Return the submission in a notebook of a chapter; SourceError if it cannot be read."""
    path = course.exercise_file(chapter)
    given = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return extract_submission(notebook, [exercise.name for exercise in chapter.exercises], given)


def extract_submission(notebook: bytes, names: Collection[str], given: str = "") -> ExtractedSource:
    """Return the submission in a notebook: the definitions of `names`, and everything that they use. SourceError

    given: a chapter's text, which provides imports and helpers that the notebook has lost
    """
    texts = [cell.text if cell.kind == "code" else "" for cell in read_cells(notebook)]
    if not any(text.strip() for text in texts):
        raise SourceError("is a notebook without code")
    size = sum(len(text.encode()) for text in texts)
    if size > MAX_SOURCE_BYTES:
        raise SourceError(f"is too large: {size:,} bytes of code, at most {MAX_SOURCE_BYTES:,} are read")
    check_length("\n".join(texts).encode())
    return extract_from_cells(texts, names, given)


def extract_from_cells(
    cells: Iterable[str], names: Collection[str], given: str = "", *, newest: bool = False
) -> ExtractedSource:
    """Return the submission in the texts of code cells.

    names: the exercises; given: a chapter's text, which provides imports and helpers that the cells have lost
    newest: use the last definition of a name, even if it is still to do (for cells in the order in which they were run)
    """
    pieces, broken = _pieces(list(cells))
    known = {name for piece in pieces for name in piece.binds}
    pieces = [piece for piece in broken if not piece.binds & known] + pieces
    from_given, _ = _pieces([given])
    if not newest:
        stubs = {piece.node.name: piece.node for piece in from_given if isinstance(piece.node, Definition)}
        pieces = _without_spare_stubs(pieces, names, stubs)
    known = {name for piece in pieces for name in piece.binds}
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


def _without_spare_stubs(pieces: list[Piece], names: Collection[str], stubs: Mapping[str, Definition]) -> list[Piece]:
    """Drop the stub of an exercise that is also filled in, so that a copied cell does not undo it."""
    todo: dict[int, str] = {}
    filled: set[str] = set()
    for index, piece in enumerate(pieces):
        node = piece.node
        if len(piece.nodes) == 1 and isinstance(node, Definition) and node.name in names:
            if _is_to_do(node, stubs.get(node.name)):
                todo[index] = node.name
            else:
                filled.add(node.name)
    return [piece for index, piece in enumerate(pieces) if todo.get(index) not in filled]


def _is_to_do(node: Definition, stub: Definition | None) -> bool:
    """Whether a definition is still the stub's or, where no stub is known, looks like one."""
    if stub is None or placeholder_line(stub) is None:
        return placeholder_line(node) is not None
    # A function that consists of `...` is to do with any signature and docstring.
    is_bare = isinstance(node, ast.FunctionDef) and only_placeholder(node) is not None
    return is_bare or is_untouched(node, stub)


def _needed(pieces: list[Piece], names: Collection[str]) -> list[Piece]:
    """Return the pieces that bind or change what the exercises use, and imports that change the whole text."""
    imports = [p for p in pieces if any(isinstance(node, Import) and has_effect(node) for node in p.nodes)]
    return Statements(pieces).closure(names, imports)


def _in_order(pieces: list[Piece]) -> list[Piece]:
    """Move the first statement that binds a name before those that read it at load; keep the order otherwise."""
    binders: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        for name in piece.binds:
            binders.setdefault(name, index)
    order: list[int] = []
    visited: set[int] = set()
    for start in range(len(pieces)):
        stack = [(start, _binding(pieces[start], binders))] if start not in visited else []
        visited.add(start)
        while stack:
            index, binding = stack[-1]
            unvisited = next((index for index in binding if index not in visited), None)
            if unvisited is None:
                order.append(index)
                stack.pop()
            else:
                visited.add(unvisited)
                stack.append((unvisited, _binding(pieces[unvisited], binders)))
    return [pieces[index] for index in order]


def _binding(piece: Piece, binders: Mapping[str, int]) -> Iterator[int]:
    """Return the numbers of the pieces that bind what a piece reads at load, in order."""
    return iter(
        sorted(binders[name] for name in piece.reads_at_load if name in binders and not hasattr(builtins, name))
    )
