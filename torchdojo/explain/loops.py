"""Which loop may never end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchdojo.explain.code import Code, as_code, walk_own

GROWING = ("append", "extend", "insert", "add", "update")
MAX_LOOPS = 2


def explain_endless(code: Code, exercise: str) -> list[str]:
    """Return a sentence about each loop of an exercise, and of what it uses, that may never end; at most two."""
    found: dict[int, str] = {}
    for statement in code.source.statements.closure([exercise]):
        for node in ast.walk(statement.node):
            if isinstance(node, ast.While | ast.For) and (sentence := _describe(node)):
                found[node.lineno] = sentence
    lines = sorted(found, key=lambda line: ("may" in found[line], line))
    return [found[line] for line in lines[:MAX_LOOPS]]


def _describe(loop: ast.While | ast.For) -> str:
    if isinstance(loop, ast.For):
        return _growing(loop)
    head = as_code(loop.test) or "its condition"
    exits = sorted(_exits(loop))
    if isinstance(loop.test, ast.Constant) and loop.test.value:
        if not exits:
            quoted = as_code(loop.test).strip("`")
            what = f", `while {quoted}`," if quoted else ""
            return f"The loop in line {loop.lineno}{what} has no `break` and no `return`."
        return f"The loop in line {loop.lineno} may never end: it ends only in line {exits[0]}."
    names = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
    changes = sorted(_changes(loop, names))
    plain = not any(isinstance(node, ast.Call | ast.Attribute | ast.Subscript) for node in ast.walk(loop.test))
    if not changes and not exits and plain:
        return f"The loop in line {loop.lineno} runs while {head}, and nothing in it changes that."
    if not changes:
        return f"The loop in line {loop.lineno} may never end: it runs while {head}."
    where = f"only line {changes[0]}" if len(changes) == 1 else f"lines {_listed(changes)}"
    return f"The loop in line {loop.lineno} may never end: it runs while {head}, which {where} can change."


def _listed(lines: list[int]) -> str:
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"


def _exits(loop: ast.AST) -> Iterator[int]:
    """Yield the lines that leave a loop from within; a break of a loop inside it does not."""
    waiting = [(child, True) for child in getattr(loop, "body", [])]
    while waiting:
        node, is_own = waiting.pop()
        if isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom) or (
            isinstance(node, ast.Break) and is_own
        ):
            yield node.lineno
        own = is_own and not isinstance(node, ast.For | ast.While)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting += [(child, own) for child in ast.iter_child_nodes(node)]


def _changes(loop: ast.While, names: set[str]) -> set[int]:
    """Return the lines of a loop that may change what one of these names stands for, or what it holds."""
    lines = set()
    in_test = {id(node) for node in ast.walk(loop.test)}
    for node in walk_own(loop):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in names:
                lines.add(node.lineno)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name in names and id(node) not in in_test:
                lines.add(node.lineno)
            case ast.Call(args=arguments) if id(node) not in in_test:
                lines |= {node.lineno for a in arguments if isinstance(a, ast.Name) and a.id in names}
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in names:
                lines.add(node.lineno)
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in names:
                lines.add(node.lineno)
    return lines


def _growing(loop: ast.For) -> str:
    """Say that a loop adds to the list that it runs over, "" if it does not."""
    for node in walk_own(loop):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in GROWING:
                if isinstance(loop.iter, ast.Name) and loop.iter.id == name:
                    return f"The loop in line {loop.lineno} runs over `{name}`, which grows in line {node.lineno}."
    return ""
