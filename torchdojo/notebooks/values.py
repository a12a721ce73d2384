"""Keep the values and imports that exercises use from what scratch work below them makes of their names.

In a notebook, `N, F = x.shape` at the end does not matter to an exercise further up that has used `F` for a module. As
in nbgrader's order, a name has the value that it was given last up to the exercise, not one from below all that use it.
"""

from __future__ import annotations

from collections.abc import Collection

from torchdojo.notebooks.choice import Note, overwrites
from torchdojo.notebooks.pieces import Piece
from torchdojo.source.names import Definition, Import, Statements


def star_imports_first(pieces: list[Piece]) -> list[Piece]:
    """Move star imports above the first definition, so that none of them replaces a definition."""
    first = next((index for index, piece in enumerate(pieces) if isinstance(piece.node, Definition)), len(pieces))
    stars = [piece for piece in pieces[first:] if isinstance(piece.node, Import) and "*" in piece.binds]
    return [*pieces[:first], *stars, *(piece for piece in pieces[first:] if piece not in stars)] if stars else pieces


def keep_values(pieces: list[Piece], names: Collection[str]) -> tuple[list[Piece], list[Note]]:
    """Return the pieces without values for names below all exercises that use these, and notes.

    names: the exercises
    """
    statements = Statements(pieces)
    last_use: dict[str, tuple[int, int]] = {}
    used: set[str] = set()
    for exercise in names:
        places = [piece.place for piece in statements.of(exercise) if exercise in piece.binds]
        for name in {name for piece in statements.closure([exercise]) for name in piece.reads} if places else ():
            last_use[name] = max(last_use.get(name, (-1, 0)), *places)
        used.add(exercise)
    used |= last_use.keys()
    notes: list[Note] = []
    lost: set[int] = set()
    for name in sorted(last_use.keys() - set(names)):
        binders = [piece for piece in statements.of(name) if name in piece.binds]
        above = [piece for piece in binders if piece.place < last_use[name]]
        for piece in binders if above else ():
            is_scratch = piece.place > last_use[name] and piece.dump != above[-1].dump
            if is_scratch and overwrites(piece, name, above[-1]) and piece.binds & used == {name}:
                lost.add(id(piece))
                words = f"gives {name} another value below what uses it; that of cell {above[-1].cell + 1} was graded"
                notes.append((name, f"cell {piece.cell + 1} {words}"))
    return [piece for piece in pieces if id(piece) not in lost], notes
