"""Hashes of the code that an exercise depends on, which tell what a change of a text affects."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Statement


def code_keys(source: ParsedSource, builds_on: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return, for each exercise, a hash of all the code that its answers can depend on.

    That is its own definition, those it builds on, whatever has an effect when the module is loaded, and all that these
    depend on. Comments and layout do not count.
    """
    effects = [statement for statement in source.statements if statement.has_effect]
    return {name: _digest(source.statements.closure([name, *others], effects)) for name, others in builds_on.items()}


def definition_keys(source: ParsedSource, names: Iterable[str]) -> dict[str, str]:
    """Return, for each exercise that is defined, a hash of its definition alone."""
    own = {name: [s for s in source.statements.of(name) if name in s.binds] for name in names}
    return {name: _digest(statements) for name, statements in own.items() if statements}


def affected_names(before: ParsedSource, after: ParsedSource, names: Iterable[str]) -> set[str]:
    """Return the names whose own code, or anything that it depends on, differs between two texts."""
    alone: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
    old, new = code_keys(before, alone), code_keys(after, alone)
    return {name for name in alone if old[name] != new[name]}


def _digest(statements: Iterable[Statement]) -> str:
    return hashlib.sha256("\n".join(s.dump for s in statements).encode()).hexdigest()[:16]
