"""A function or class that the text does not define: under another name, or in another place."""

from __future__ import annotations

from torchdojo.explain.code import Code
from torchdojo.explain.known import near_name
from torchdojo.source.names import Definition


def explain_undefined(code: Code, name: str) -> str:
    """Say what the text defines in place of what a course asks for, "" if nothing is like it."""
    for node, outer in code.definitions:
        if node.name == name and outer:
            return f"`{name}` (line {node.lineno}) is inside `{outer[-1].name}`: move it to the left margin."
    given = set(code.stub) | {name}
    own = {node.name: node.lineno for node in code.tree.body if isinstance(node, Definition) and node.name not in given}
    near = near_name(name, own, 0.7)
    return f"`{near}` in line {own[near]} is close: rename it to `{name}`." if near else ""
