"""A submission's text, as it is searched for the reason of an exception."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Definition

Method = ast.FunctionDef | ast.AsyncFunctionDef
AnyNode = TypeVar("AnyNode", bound=ast.AST)
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
MAX_BASES = 20  # how far up a class's bases are followed
SETTERS = ("register_buffer", "register_parameter", "add_module", "register_module", "setattr")


class Code:
    """A submission's text. stub: the definitions of the chapter's stub, by name"""

    def __init__(self, source: ParsedSource, stub: Mapping[str, Definition] = MappingProxyType({})) -> None:
        self.source = source
        self.stub = stub
        self.tree = source.tree

    @cached_property
    def definitions(self) -> list[tuple[Definition, tuple[Definition, ...]]]:
        """Every function and class, with those around it, the outermost first."""
        found: list[tuple[Definition, tuple[Definition, ...]]] = []
        waiting: list[tuple[ast.AST, tuple[Definition, ...]]] = [(self.tree, ())]
        while waiting:
            node, outer = waiting.pop()
            if isinstance(node, Definition):
                found.append((node, outer))
                outer = (*outer, node)
            waiting += ((child, outer) for child in ast.iter_child_nodes(node))
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes, by name."""
        return {node.name: node for node, _ in self.definitions if isinstance(node, ast.ClassDef)}

    @cached_property
    def functions(self) -> dict[str, Method]:
        """The functions outside classes, by name."""
        found = ((node, outer) for node, outer in self.definitions if isinstance(node, Method))
        return {node.name: node for node, outer in found if not outer or not isinstance(outer[-1], ast.ClassDef)}

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the text."""
        return frozenset(re.findall(r"\w+", self.source.text))

    @cached_property
    def module_names(self) -> set[str]:
        """What the file itself binds."""
        return {name for statement in self.source.statements for name in statement.binds}

    def around(self, line: int | None) -> list[Definition]:
        """Return the functions and classes that a line is in, the innermost first."""
        inside = [n for n, _ in self.definitions if line and n.lineno <= line <= (n.end_lineno or n.lineno)]
        return sorted(inside, key=lambda node: -node.lineno)

    def function_at(self, line: int | None) -> Method | None:
        """Return the innermost function that a line is in."""
        return next((node for node in self.around(line) if isinstance(node, Method)), None)

    def class_at(self, line: int | None) -> ast.ClassDef | None:
        """Return the innermost class that a line is in."""
        return next((node for node in self.around(line) if isinstance(node, ast.ClassDef)), None)

    def at(self, line: int | None, kind: type[AnyNode]) -> list[AnyNode]:
        """Return the nodes of a kind in the statement at a line, without the blocks that it holds."""
        holding = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and line and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        if not holding:
            return []
        innermost = max(holding, key=lambda node: node.lineno)
        return [node for node in walk_header(innermost) if isinstance(node, kind)]

    def family(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """Return a class and the classes of the text that it derives from, the nearest first."""
        found = level = {id(owner): owner}
        for _ in range(MAX_BASES):
            names = [base.id for one in level.values() for base in one.bases if isinstance(base, ast.Name)]
            bases = [self.classes[name] for name in names if name in self.classes]
            level = {id(base): base for base in bases if id(base) not in found}
            found = found | level
        return list(found.values())

    def methods(self, owner: ast.ClassDef) -> dict[str, Method]:
        """Return the methods of a class and of those it derives from, by name."""
        found: dict[str, Method] = {}
        for one in reversed(self.family(owner)):
            found |= {node.name: node for node in one.body if isinstance(node, Method)}
        return found

    def attributes(self, owner: ast.ClassDef) -> dict[str, list[int]]:
        """Return what a class and those it derives from set, each with the lines."""
        found: dict[str, list[int]] = {}
        for one in self.family(owner):
            for node in ast.walk(one):
                for name, line in _sets(node):
                    found.setdefault(name, []).append(line)
            for statement in one.body:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
                named = [getattr(t, "id", "") or getattr(getattr(t, "target", None), "id", "") for t in targets]
                named += [statement.name] if isinstance(statement, Definition) else []
                for name in filter(None, named):
                    found.setdefault(name, []).append(statement.lineno)
        return found

    def scope_names(self, line: int | None) -> set[str]:
        """Return the names that code at a line can use: those of the functions around it, and the file's."""
        found = set(self.module_names)
        for node in self.around(line):
            if isinstance(node, Method):
                found |= set(parameters(node)) | set(bindings(node))
        return found


def _sets(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield what a node sets on `self`, with its line."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            yield name, node.lineno
        case ast.Call(func=ast.Attribute(attr=setter), args=[ast.Constant(value=str(name)), *_]) if setter in SETTERS:
            yield name, node.lineno
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
            yield name, node.lineno


def walk_header(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement and what is in it, without its blocks."""
    yield statement
    for field, value in ast.iter_fields(statement):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in BLOCKS:
                yield from ast.walk(child)


def walk_own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, a loop or a block, without the functions and classes defined in it."""
    waiting = deque(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.popleft()
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def parameters(function: Method) -> list[str]:
    """Return the names of a function's parameters."""
    known = function.args
    more = [known.vararg, known.kwarg]
    return [a.arg for a in (*known.posonlyargs, *known.args, *known.kwonlyargs, *(a for a in more if a))]


def bindings(function: ast.AST) -> dict[str, list[int]]:
    """Return the local names that a function's own code assigns, each with the lines."""
    found: dict[str, list[int]] = {}
    for node in walk_own(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(node.lineno)
        elif isinstance(node, Definition):
            found.setdefault(node.name, []).append(node.lineno)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name.split(".")[0], []).append(node.lineno)
    return found


def is_self(node: ast.expr) -> bool:
    """Whether an expression is `self`."""
    return isinstance(node, ast.Name) and node.id == "self"


def is_optimizer(owner: ast.ClassDef) -> bool:
    """Whether a class derives from torch's Optimizer."""
    return any(getattr(base, "id", getattr(base, "attr", "")) == "Optimizer" for base in owner.bases)


def counted(number: str, noun: str) -> str:
    """Return a number with its noun, "1 row" or "2 rows"."""
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def returns_value(function: Method) -> bool:
    """Whether a function may give something else than None."""
    kinds = ast.Return | ast.Yield | ast.YieldFrom
    return any(isinstance(node, kinds) and getattr(node, "value", None) is not None for node in walk_own(function))


def unparse(node: ast.AST) -> str:
    """Return the text of a node, "" if Python cannot write it: it is nested too deep, or a number is too long."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return ""


def as_code(node: ast.AST, most: int = 50) -> str:
    """Return an expression's text as it is quoted, "" if it is long."""
    text = unparse(node)
    return f"`{text}`" if text and len(text) <= most and "`" not in text and "\n" not in text else ""
