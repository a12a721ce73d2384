"""Walk a syntax tree that is walked many times: each node's children are listed once, and kept with the node."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def children(node: ast.AST) -> list[ast.AST]:
    """Return a node's direct children, as ast.iter_child_nodes yields them. The tree must not change any more."""
    found: list[ast.AST] | None = node.__dict__.get("_children")
    if found is None:
        found = list(ast.iter_child_nodes(node))
        node.__dict__["_children"] = found
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and everything below it, in the order of ast.walk."""
    waiting = [node]
    for here in waiting:
        waiting += children(here)
        yield here
