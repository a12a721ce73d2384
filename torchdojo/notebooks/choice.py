"""Choose among definitions of one name in several cells: that of the exercise's own cell.

A notebook is not run from top to bottom, so that the last definition need not be the answer: it may be an experiment
below it. The exercise's own cell is the one with its nbgrader metadata, or else the first below its text, or else the
one with its docstring. If no cell is distinctive, the last definition counts, as in Python. A helper is taken from the
cell of an exercise in which it is defined. What is chosen is told.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from torchdojo.notebooks.cells import Cell, is_locked
from torchdojo.notebooks.percent import split_percent
from torchdojo.notebooks.pieces import HEADER, Piece
from torchdojo.source.doubles import belongs_to_another
from torchdojo.source.names import Definition, Import
from torchdojo.source.placeholders import is_unfinished, is_untouched, only_placeholder, placeholder_line

MAX_NAMED = 5  # cells in one sentence
Note = tuple[str, str]  # the name that it is about, and a sentence for the student
Evidence = tuple[bool, bool, bool]  # metadata, section, docstring: a cell with more is more distinctive


class OwnCells:
    """What makes a cell an exercise's own.

    cells: of the notebook; given: the chapter's text, as released; stubs: its definitions, by name
    """

    def __init__(self, cells: Sequence[Cell], given: str, stubs: Mapping[str, Definition]) -> None:
        self.stubs = stubs
        self._sections: dict[str, str] = {}
        section = ""
        for cell in split_percent(given):
            section = _words(cell.text) if cell.kind == "markdown" else section
            for line in cell.text.split("\n") if cell.kind == "code" else ():
                if header := HEADER.match(line):
                    self._sections.setdefault(header[2], section)
        self._names = list(map(_graded_names, cells))
        self._section = _find_sections(cells, set(self._sections.values()))

    def evidence(self, piece: Piece, name: str) -> Evidence:
        """Return why a piece may be in the own cell of the definition with this name."""
        node, stub = piece.definition(name), self.stubs.get(name)
        docstring = ast.get_docstring(stub) if stub else None
        same = node is not None and bool(docstring) and ast.get_docstring(node) == docstring
        section = self._sections.get(name)
        return name in self._names[piece.cell], bool(section) and self._section[piece.cell] == section, same

    def is_to_do(self, piece: Piece, name: str) -> bool:
        """Return whether a piece holds the stub of an exercise."""
        node = piece.definition(name)
        return node is not None and _is_to_do(node, self.stubs.get(name))

    def is_unfinished(self, piece: Piece, name: str) -> bool:
        """Return whether a piece begins an exercise and does not finish it."""
        node = piece.definition(name)
        return node is not None and is_unfinished(node, self.stubs.get(name))


def _graded_names(cell: Cell) -> list[str]:
    """Return the names of the exercises that nbgrader expects in a cell."""
    nbgrader = cell.metadata.get("nbgrader")
    if not isinstance(nbgrader, dict) or is_locked(cell):
        return []
    return str(nbgrader.get("grade_id")).split("-")


def _find_sections(cells: Sequence[Cell], released: Collection[str]) -> list[str]:
    """Return the chapter's text that each cell is below. released: those of the chapter"""
    sections, section = [], ""
    for cell in cells:
        text = _words(cell.text) if cell.kind == "markdown" else ""
        section = text if text in released and text else section
        sections.append(section)
    return sections


def _words(text: str) -> str:
    return " ".join(text.split())


def choose(pieces: list[Piece], names: Collection[str], own: OwnCells) -> tuple[list[Piece], list[Note]]:
    """Return the pieces without what defines or overwrites a name again in a cell that is not its own, and notes.

    names: the exercises
    """
    notes: list[Note] = []
    lost: dict[int, tuple[Piece, str]] = {}
    chosen: dict[str, Piece] = {}
    binders: dict[str, list[Piece]] = {}
    for piece in pieces:
        for name in piece.binds:
            binders.setdefault(name, []).append(piece)
    for name in sorted(binders, key=lambda name: (name not in names, name)):
        rivals = [piece for piece in binders[name] if piece.defines_anew(name)]
        is_exercise = name in names
        if not rivals or (is_exercise and all(own.is_to_do(piece, name) for piece in rivals)):
            continue  # where there is only a stub, whatever else binds the name may be the answer
        finished = [piece for piece in rivals if not (is_exercise and own.is_unfinished(piece, name))] or rivals
        best, why = _best(finished, name, own, {} if is_exercise else chosen)
        if is_exercise:
            chosen[name] = best
        losers = [piece for piece in finished if why and piece.cell != best.cell]
        if why or is_exercise:
            losers += [piece for piece in binders[name] if overwrites(piece, name, best)]
        notes += [(name, note) for note in _tell(name, finished, losers, best, why)]
        known = set(map(id, finished))
        unfinished = [piece for piece in rivals if id(piece) not in known]
        cells = sorted({piece.cell + 1 for piece in unfinished if not own.is_to_do(piece, name)})
        notes += [
            (name, f"cell {cell} does not finish {name}; cell {best.cell + 1}, which does, was graded")
            for cell in cells
        ]
        lost |= {id(piece): (piece, name) for piece in [*losers, *unfinished]}
    # What binds other names too, such as an import, is not dropped: what comes after it wins.
    several = [piece for piece, name in lost.values() if piece.binds != {name}]
    first = [piece for piece in several if len(piece.nodes) > 1 or isinstance(piece.node, Import)]
    return [*first, *(piece for piece in pieces if id(piece) not in lost)], notes


def _best(rivals: list[Piece], name: str, own: OwnCells, exercises: Mapping[str, Piece]) -> tuple[Piece, str]:
    """Return the definition to use, and what its cell is, "" if no cell is distinctive.

    exercises: for a helper, the definitions of the exercises
    """
    best = max(own.evidence(piece, name) for piece in rivals)
    alike = [piece for piece in rivals if own.evidence(piece, name) == best]
    if any(best[:2]):
        cell = alike[0].cell
        return [piece for piece in alike if piece.cell == cell][-1], "the exercise's own cell"
    if best[2] and len(alike) == 1:
        return alike[0], "the cell with its docstring"
    users = {piece.cell: exercise for exercise, piece in exercises.items() if name in piece.reads}
    beside = [rival for rival in rivals if rival.cell in users]
    return (beside[-1], f"the cell of {users[beside[-1].cell]}") if beside else (rivals[-1], "")


def overwrites(piece: Piece, name: str, best: Piece) -> bool:
    """Whether a piece gives a name a value that is neither made of what it was, as in `f = g(f)`, nor its definition.

    In the cell of the definition, what the name is assigned may be meant, unless it is a constant or `f = f(x)`.
    """
    if piece is best or piece.definition(name) or name in piece.lambdas:
        return False
    for node, _ in piece.walked:
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return False
        if isinstance(node, ast.For) and any(getattr(below, "id", "") == name for below in ast.walk(node.target)):
            return True
    reads = [node for node, _ in piece.walked if isinstance(node, ast.Name) and node.id == name]
    loads = [node for node in reads if isinstance(node.ctx, ast.Load)]
    called = {id(node.func) for node, _ in piece.walked if isinstance(node, ast.Call)}
    is_meant = isinstance(piece.node, ast.Assign) and not loads and not isinstance(piece.node.value, ast.Constant)
    return all(id(node) in called for node in loads) and not (is_meant and piece.cell == best.cell)


def _tell(name: str, rivals: list[Piece], losers: list[Piece], best: Piece, why: str) -> list[str]:
    """Return the sentences for the student about a name with several definitions."""
    notes = []
    again = sorted({piece.cell + 1 for piece in losers if piece.defines_anew(name)})
    others = [piece for piece in rivals if piece is not best and piece.dump != best.dump]
    if why and any(piece.cell != best.cell for piece in others):
        notes.append(f"{_cells(again)} {name} again; cell {best.cell + 1}, {why}, was graded")
    elif others and any(piece.cell != best.cell for piece in others):
        earlier = sorted({piece.cell + 1 for piece in others} - {best.cell + 1})
        notes.append(f"{_cells(earlier)} {name} too; the last definition, in cell {best.cell + 1}, was graded")
    if any(piece.cell == best.cell for piece in others):
        notes.append(f"cell {best.cell + 1} defines {name} more than once; its last definition was graded")
    for cell in sorted({p.cell for p in losers if not p.defines_anew(name) and p.place > best.place}):
        where = f" in cell {best.cell + 1}" if cell != best.cell else ""
        notes.append(f"cell {cell + 1} gives {name} another value; its definition{where} was graded")
    return notes


def _cells(numbers: list[int]) -> str:
    """Return which cells define something, as the start of a sentence."""
    if len(numbers) == 1:
        return f"cell {numbers[0]} defines"
    shown = [*numbers[:MAX_NAMED], f"{len(numbers) - MAX_NAMED} more"] if len(numbers) > MAX_NAMED + 1 else numbers
    return f"cells {', '.join(map(str, shown[:-1]))} and {shown[-1]} define"


def without_spare_stubs(pieces: list[Piece], names: Collection[str], stubs: Mapping[str, Definition]) -> list[Piece]:
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


def filled_in(
    pieces: list[Piece], names: Collection[str], stubs: Mapping[str, Definition], *, finished: bool = False
) -> set[str]:
    """Return the names that pieces bind, but those of exercises of which there is only the stub.

    finished: leave those out too that are only begun
    """
    is_open = is_unfinished if finished else _is_to_do
    bound = {name for piece in pieces for name in piece.binds}
    to_do = set()
    for name in bound & set(names):
        nodes = [piece.definition(name) for piece in pieces if name in piece.binds]
        if all(node is not None and is_open(node, stubs.get(name)) for node in nodes):
            to_do.add(name)
    return bound - to_do


def _is_to_do(node: Definition, stub: Definition | None) -> bool:
    """Whether a definition is still the stub's or, where no stub is known, looks like one."""
    if stub is None or placeholder_line(stub) is None:
        return placeholder_line(node) is not None
    # A function that consists of `...` is to do with any signature and docstring.
    is_bare = isinstance(node, ast.FunctionDef) and only_placeholder(node) is not None
    return is_bare or is_untouched(node, stub)


def without_replaced(pieces: list[Piece]) -> list[Piece]:
    """Drop each definition that a later one replaces before anything can have used it."""
    kept: list[Piece] = []
    last: dict[str, int] = {}
    dropped: set[int] = set()
    for piece in pieces:
        node = piece.node
        if len(piece.nodes) == 1 and isinstance(node, Definition) and not belongs_to_another(node):
            between = [*kept[last[node.name] + 1 :], piece] if node.name in last else []
            if between and not any(each.has_effect or node.name in each.reads_at_load for each in between):
                dropped.add(last[node.name])
            last[node.name] = len(kept)
        kept.append(piece)
    return [piece for index, piece in enumerate(kept) if index not in dropped]
