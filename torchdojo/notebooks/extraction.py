"""Extract the submission from a notebook, without the scratch work around it.

A module is run from top to bottom. A notebook is not: some of its cells show, try or train things, some fail, some were
run in another order, and one may never end. None of this matters in a notebook, but all of it breaks a module. So only
what the exercises need is extracted: their definitions, and every statement that binds or changes a name that they use.
Extracted from a file that loads, this changes nothing that an exercise could notice, except settings that only a call
makes (`torch.set_default_dtype(…)`).
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from torchdojo.course import Chapter, Course
from torchdojo.notebooks.cells import Cell, read_cells
from torchdojo.notebooks.choice import Note, OwnCells, choose, filled_in, without_replaced, without_spare_stubs
from torchdojo.notebooks.magics import aside_magic, foreign_magic
from torchdojo.notebooks.percent import split_percent
from torchdojo.notebooks.pieces import HEADER, CellLine, Line, Piece, split_cells
from torchdojo.notebooks.values import keep_values, star_imports_first
from torchdojo.source.files import MAX_SOURCE_BYTES, SourceError, check_length
from torchdojo.source.names import Definition, Import, Statements, has_effect

MAX_NOTES, MAX_NOTE_LENGTH = 10, 300
DISPLAY = "def display(*objects, **options): pass  # a function that Jupyter brings"


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


def extract_chapter(notebook: bytes, course: Course, chapter: Chapter) -> ExtractedSource:
    """Return the submission in a notebook of a chapter; SourceError if it cannot be read."""
    path = course.exercise_file(chapter)
    given = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return extract_submission(notebook, [exercise.name for exercise in chapter.exercises], given)


def extract_submission(notebook: bytes, names: Collection[str], given: str = "") -> ExtractedSource:
    """Return the submission in a notebook: the definitions of `names`, and everything that they use. SourceError

    given: a chapter's text, which provides imports and helpers that the notebook has lost
    """
    cells = read_cells(notebook)
    texts = [cell.text for cell in cells if cell.kind == "code"]
    if not any(text.strip() for text in texts):
        raise SourceError("is a notebook without code")
    size = sum(len(text.encode()) for text in texts)
    if size > MAX_SOURCE_BYTES:
        raise SourceError(f"is too large: {size:,} bytes of code, at most {MAX_SOURCE_BYTES:,} are read")
    check_length("\n".join(texts).encode())
    return _Extraction(cells, names, given).extract(newest=False)


def extract_from_cells(
    cells: Iterable[str], names: Collection[str], given: str = "", *, newest: bool = False
) -> ExtractedSource:
    """Return the submission in the texts of code cells.

    names: the exercises; given: a chapter's text, which provides imports and helpers that the cells have lost
    newest: use the last definition of a name, even if it is still to do (for cells in the order in which they were run)
    """
    return _Extraction([Cell("code", text) for text in cells], names, given).extract(newest)


class _Extraction:
    """Extracts the submission from cells. notes: what there is to tell, each with the name that it is about"""

    def __init__(self, cells: Sequence[Cell], names: Collection[str], given: str) -> None:
        self.cells = cells
        self.names = set(names)
        self.given = given
        self.from_given = split_cells([given])[0]
        self.stubs = {piece.node.name: piece.node for piece in self.from_given if isinstance(piece.node, Definition)}
        self.notes: list[Note] = []

    def extract(self, newest: bool) -> ExtractedSource:
        """Return the submission. newest: use the last definition of a name, even if it is still to do"""
        pieces = self._pieces(newest)
        if not newest:
            own = OwnCells(self.cells, self.given, self.stubs)
            pieces, chosen = choose(without_spare_stubs(pieces, self.names, self.stubs), self.names, own)
            pieces, kept_values = keep_values(star_imports_first(pieces), self.names)
            self.notes += chosen + kept_values
        known = {name for piece in pieces for name in piece.binds}
        lost = [p for p in self.from_given if p.binds and not p.binds & known and not p.binds & self.names]
        kept = _in_order(_needed([*lost, *pieces], self.names))
        kept = kept if newest else without_replaced(kept)
        used = {name for piece in kept for name in piece.reads | piece.binds}
        lines: list[Line] = [(DISPLAY, None)] if "display" in used - known else []
        for piece in sorted(kept, key=lambda piece: not piece.is_future):
            lines += [*([("", None)] if lines else []), *piece.lines]
        lines = lines or [("pass", None)]
        source = "\n".join(text for text, _ in lines) + "\n"
        told = used | self.names
        notes = tuple(dict.fromkeys(note[:MAX_NOTE_LENGTH] for name, note in self.notes if name in told))
        return ExtractedSource(source.encode(), tuple(cell_line for _, cell_line in lines), notes[:MAX_NOTES])

    def _pieces(self, newest: bool) -> list[Piece]:
        """Return the statements of the code cells, and stand-ins for what is defined only where it does not parse."""
        texts = [cell.text if cell.kind == "code" else "" for cell in self.cells]
        aside = {index: magic for index, text in enumerate(texts) if (magic := aside_magic(text))}
        if newest:
            texts = ["" if index in aside else text for index, text in enumerate(texts)]
        pieces, broken = split_cells(texts)
        plain = [piece for piece in pieces if piece.cell not in aside]
        defined = filled_in(plain, self.names, self.stubs, finished=True)
        pieces = [p for p in pieces if p.cell not in aside or (p.binds and not p.binds & defined)]
        for piece in pieces:
            told = (piece.binds & self.names) | piece.definitions.keys()
            for name in sorted(told) if piece.cell in aside else ():
                words = f"begins with {aside[piece.cell]}, so that Jupyter may not define {name}; it was taken"
                self._note(name, piece.cell, f"{words} all the same")
        known = {name for piece in pieces for name in piece.binds}
        found = known if newest else filled_in(pieces, self.names, self.stubs)
        for piece in broken:
            for name in piece.binds & found:
                self._note(name, piece.cell, f"defines {name} too, but does not parse, so that it was ignored")
        self._note_unread(found)
        return [piece for piece in broken if not piece.binds & found] + pieces

    def _note_unread(self, found: Collection[str]) -> None:
        """Note the cells that are not read and define an exercise. found: what is defined elsewhere"""
        released = {cell.text for cell in split_percent(self.given)}
        for index, cell in enumerate(self.cells):
            magic = foreign_magic(cell.text) if cell.kind == "code" else ""
            why = (
                f"it begins with {magic}, so that it was not read"
                if magic
                else "it is not a Python cell: nothing runs it"
            )
            is_read = (cell.kind == "code" and not magic) or cell.text in released
            for line in () if is_read else cell.text.split("\n"):
                if (header := HEADER.match(line)) and header[2] in self.names and header[2] not in found:
                    self._note(header[2], index, f"defines {header[2]}, but {why}")

    def _note(self, name: str, cell: int, words: str) -> None:
        self.notes.append((name, f"cell {cell + 1} {words}"))


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
