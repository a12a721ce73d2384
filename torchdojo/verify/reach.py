"""Which exercises a change can reach: those whose code, followed through its names, holds a changed definition."""

from __future__ import annotations

import ast

from torchdojo.course import Chapter
from torchdojo.source.files import assigned_names, parse


def affected_exercises(chapter: Chapter, reference: bytes, changed: bytes) -> set[str]:
    """Return the exercises that may behave otherwise in `changed`; all others run the reference's very code."""
    before, after = _statements(reference), _statements(changed)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    uses = {name: _names_in(dump) for name, dump in _trees(changed).items()}
    reached = set(differing)
    grown = True
    while grown:
        more = {name for name, used in uses.items() if name not in reached and used & reached}
        reached |= more
        grown = bool(more)
    return {exercise.name for exercise in chapter.exercises if exercise.name in reached}


def _trees(source: bytes) -> dict[str, list[ast.stmt]]:
    trees: dict[str, list[ast.stmt]] = {}
    for node in parse(source).body:
        for name in assigned_names(node):
            trees.setdefault(name, []).append(node)
    return trees


def _statements(source: bytes) -> dict[str, str]:
    return {name: "\n".join(ast.dump(node) for node in nodes) for name, nodes in _trees(source).items()}


def _names_in(nodes: list[ast.stmt]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}
