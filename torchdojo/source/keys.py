"""Which exercises a change of a chapter's file can touch: read off the text, nothing is run."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from torchdojo.source.files import Definition, parse


@dataclass(frozen=True)
class _Statement:
    """A top-level statement. binds, uses: names; always: it may matter to everything, whatever it binds."""

    dump: str
    binds: frozenset[str]
    uses: frozenset[str]
    always: bool


def code_keys(source: bytes, builds_on: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return, for each exercise, a hash of all code of the file that its answers can depend on.

    That is its own definition, the exercises it builds on, every name that these use, and what runs when the module is
    loaded. Comments and layout do not count. SourceError if the text does not parse.
    """
    statements = _statements(source)
    return {name: _digest(_reached(statements, {name, *others})) for name, others in builds_on.items()}


def definition_keys(source: bytes, names: Iterable[str]) -> dict[str, str]:
    """Return, for each exercise that is defined, a hash of its definition alone. SourceError as above."""
    statements = _statements(source)
    own = {name: [s for s in statements if name in s.binds] for name in names}
    return {name: _digest(found) for name, found in own.items() if found}


def _statements(source: bytes) -> list[_Statement]:
    return [_read(node) for node in parse(source).body if not _is_text(node)]


def _read(node: ast.stmt) -> _Statement:
    plain = isinstance(node, Definition | ast.Import | ast.ImportFrom)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        plain = not any(isinstance(n, ast.Call) for n in ast.walk(node))  # a call may do anything
    binds = _binds(node)
    uses = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return _Statement(ast.dump(node), binds, uses, always=not plain or not binds or "*" in binds)


def _binds(node: ast.stmt) -> frozenset[str]:
    """Return the plain names that a top-level statement binds."""
    if isinstance(node, Definition):
        return frozenset({node.name})
    if isinstance(node, ast.Import | ast.ImportFrom):
        return frozenset(alias.asname or alias.name.split(".")[0] for alias in node.names)
    stored = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return frozenset(n.id for n in stored)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _reached(statements: list[_Statement], names: set[str]) -> list[_Statement]:
    """Return the statements that the names lead to, and those that always matter, in the file's order."""
    wanted = set(names).union(*(s.uses for s in statements if s.always))
    while True:
        found = [s for s in statements if s.always or s.binds & wanted]
        more = set().union(*(s.uses for s in found)) - wanted
        if not more:
            return found
        wanted |= more


def _digest(statements: Iterable[_Statement]) -> str:
    return hashlib.sha256("\n".join(s.dump for s in statements).encode()).hexdigest()[:16]
