"""What each top-level statement binds, changes, reads and does, and which statements the code of a name depends on.

All of it is read off the syntax tree. Names are resolved scope by scope, as Python resolves them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeGuard, TypeVar

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Import = ast.Import | ast.ImportFrom
Assignment = ast.Assign | ast.AnnAssign


@dataclass(eq=False)
class Scope:
    """The scope of a function, a class or a comprehension, or the module's own, which has no outer one.

    at_load: whether its code runs when the module is loaded; binds, reads: the names that its code binds and reads
    """

    node: ast.AST
    outer: Scope | None = None
    at_load: bool = True
    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    def owner(self, name: str) -> Scope:
        """Return the scope whose variable this name stands for here: this one, one around it, or the module's."""
        scope, declared = self, False
        while scope.outer is not None:
            declared = declared or name in scope.declared_global
            own = name in scope.binds and name not in scope.declared_nonlocal
            if own and not declared and (scope is self or not isinstance(scope.node, ast.ClassDef)):
                return scope
            scope = scope.outer
        return scope

    def module_reads(self) -> Iterator[str]:
        """Yield the names that are read from the module. A class may find there what it binds itself only later."""
        for name in self.reads | self.declared_global:
            owner = self.owner(name)
            if owner.outer is None or isinstance(owner.node, ast.ClassDef):
                yield name


def walk_scopes(node: ast.AST) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield a node and everything below it, in the order of ast.walk, each with the scope that it is evaluated in.

    What a scope binds and reads is complete once the walk has ended.
    """
    found = [(node, Scope(node))]
    for here, scope in found:
        _note_names(here, scope)
        found += _below(here, scope)
        yield here, scope


def _note_names(node: ast.AST, scope: Scope) -> None:
    """Add the names that a node itself, without what is below it, binds and reads in its scope."""
    match node:
        case ast.Name(ctx=ast.Load()):
            scope.reads.add(node.id)
        case ast.Name():
            scope.binds.add(node.id)
        case ast.AugAssign(target=ast.Name(id=name)):
            scope.reads.add(name)
        case ast.Import() | ast.ImportFrom():
            scope.binds.update(local_name(alias) for alias in node.names)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.binds.add(node.name)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            scope.binds.add(name)
        case ast.MatchMapping(rest=str(name)):
            scope.binds.add(name)
        case ast.Global():
            scope.declared_global.update(node.names)
        case ast.Nonlocal():
            scope.declared_nonlocal.update(node.names)


def _below(node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
    """Return a node's children, each with its scope: defaults, decorators and bases are evaluated outside."""
    if isinstance(node, ast.NamedExpr):
        outside = scope
        while outside.outer is not None and isinstance(outside.node, Comprehension):
            outside = outside.outer
        return [(node.value, scope), (node.target, outside)]
    if not isinstance(node, Function | ast.ClassDef | Comprehension):
        return [(child, scope) for child in ast.iter_child_nodes(node)]
    inner = Scope(node, scope, scope.at_load and not isinstance(node, Function))
    if isinstance(node, Comprehension):
        first = node.generators[0]
        rest = (child for child in ast.iter_child_nodes(node) if child is not first)
        return [(first.iter, scope), *((child, inner) for child in (first.target, *first.ifs, *rest))]
    body = node.body if isinstance(node.body, list) else [node.body]
    if isinstance(node, Function):
        given = node.args
        every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        inner.binds |= {argument.arg for argument in every if argument}
    inside = set(map(id, body))
    return [(child, inner if id(child) in inside else scope) for child in ast.iter_child_nodes(node)]


class Statement:
    """A top-level statement, or several that share a line.

    binds: the module's names that it binds or deletes, "*" for a star import
    changes: what it changes in place, as in `name.x = …`, `name[0] = …`, `setattr(name, …)` or `@add_to_class(name)`
    calls: what it calls a method of without using the result, which changes a value, but hardly a module or a class
    reads: the module's names that it reads, its functions included; reads_at_load: without those of its functions
    has_effect: whether it may do more than bind its names
    is_inert: whether it does nothing in a module: a text, a pass, a block under `if __name__ == "__main__":`
    walked: everything below it with its scope, nothing if it is inert
    """

    def __init__(self, *nodes: ast.stmt) -> None:
        self.nodes = nodes
        self.is_inert = all(map(_is_inert, nodes))
        self.walked = () if self.is_inert else tuple(walk_scopes(ast.Module(list(nodes), [])))
        scopes = {id(scope): scope for _, scope in self.walked}.values()
        self.binds = frozenset(name for scope in scopes if scope.outer is None for name in scope.binds)
        self.reads = frozenset(name for scope in scopes for name in scope.module_reads())
        self.reads_at_load = frozenset(name for scope in scopes if scope.at_load for name in scope.module_reads())
        acting = [] if isinstance(self.node, Definition) else [node for node, _ in self.walked]
        marked = [name for node in nodes if isinstance(node, Definition) for name in extended_by(node)]
        self.changes = frozenset([*marked, *(name for node in acting for name in _changed_by(node))])
        self.calls = frozenset(name for node in acting for name in _called_by(node))
        self.has_effect = any(map(has_effect, nodes))

    @property
    def node(self) -> ast.stmt:
        """The statement's syntax tree, the first one of several."""
        return self.nodes[0]

    @property
    def defines(self) -> frozenset[str]:
        """The names that it binds by a definition or an assignment."""
        return self.binds if isinstance(self.node, Definition | Assignment) else frozenset()

    @property
    def imports(self) -> frozenset[str]:
        """The names that it imports into the module, in its blocks too."""
        nodes = (node for node, scope in self.walked if isinstance(node, Import) and scope.outer is None)
        return frozenset(local_name(alias) for node in nodes for alias in node.names)

    @cached_property
    def dump(self) -> str:
        """The statement as text, the same for any layout and comments."""
        return "\n".join(map(ast.dump, self.nodes))


AnyStatement = TypeVar("AnyStatement", bound=Statement)
Index = dict[str, list[AnyStatement]]


class Statements(Generic[AnyStatement]):
    """The statements of a text, in its order, with what depends on what among them."""

    def __init__(self, statements: Iterable[AnyStatement]) -> None:
        self._all = tuple(statements)
        values = [s for s in self._all if not any(isinstance(node, Definition | Import) for node in s.nodes)]
        self._values = {name for s in values for name in s.binds}
        self._makers: Index[AnyStatement] = {}
        self._readers: Index[AnyStatement] = {}
        for statement in self._all:
            for index, names in ((self._makers, self._makes(statement)), (self._readers, statement.reads)):
                for name in names:
                    index.setdefault(name, []).append(statement)

    def __iter__(self) -> Iterator[AnyStatement]:
        return iter(self._all)

    def of(self, name: str) -> list[AnyStatement]:
        """Return the statements that bind or change a name."""
        return self._makers.get(name, [])

    def closure(self, names: Iterable[str] = (), start: Iterable[AnyStatement] = ()) -> list[AnyStatement]:
        """Return the statements that names and statements depend on, these included, in the order of the text."""
        first = [*start, *(statement for name in names for statement in self.of(name))]
        return self._follow(first, lambda statement: statement.reads, self._makers)

    def dependents(self, start: Iterable[AnyStatement]) -> list[AnyStatement]:
        """Return the statements that depend on these, these included, in the order of the text."""
        return self._follow(start, self._makes, self._readers)

    def _makes(self, statement: AnyStatement) -> frozenset[str]:
        return statement.binds | statement.changes | (statement.calls & self._values)

    def _follow(
        self,
        start: Iterable[AnyStatement],
        names_of: Callable[[AnyStatement], frozenset[str]],
        index: Index[AnyStatement],
    ) -> list[AnyStatement]:
        """Return what is found from statement to statement, over their names; each name is followed once."""
        found: set[int] = set()
        seen: set[str] = set()
        waiting = list(start)
        while waiting:
            statement = waiting.pop()
            if id(statement) not in found:
                found.add(id(statement))
                fresh = names_of(statement) - seen
                seen |= fresh
                waiting += (other for name in fresh for other in index.get(name, ()))
        return [statement for statement in self._all if id(statement) in found]


def local_name(alias: ast.alias) -> str:
    """Return the name that an import binds, "*" for all of a module's names."""
    return alias.asname or alias.name.split(".")[0]


def is_future(node: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    """Whether a statement is a future import, which changes how the whole text is compiled."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level


def _is_inert(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            sides = {getattr(side, "id", None) or getattr(side, "value", None) for side in (left, right)}
            return sides == {"__name__", "__main__"}
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
    return False


def has_effect(node: ast.stmt) -> bool:
    """Whether a statement may do more than bind its names. A call may do anything."""
    if isinstance(node, ast.ImportFrom):
        return is_future(node) or node.names[0].name == "*"
    if isinstance(node, Assignment):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inside = [below for target in targets for below in ast.walk(target)]
        calls = any(isinstance(below, ast.Call) for below in ast.walk(node))
        return calls or any(isinstance(below, ast.Attribute | ast.Subscript) for below in inside)
    return not (isinstance(node, Definition | ast.Import) or _is_inert(node))


def _changed_by(node: ast.AST) -> Iterator[str]:
    """Yield the name of what a node changes in place."""
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield from _root(node)
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[changed, *_]):
            yield from _root(changed)


def extended_by(node: Definition) -> list[str]:
    """Return the names of classes to which decorators add a function: `@add_to_class(name)`, or fastcore's `@patch`."""
    calls = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
    given = [argument.id for call in calls for argument in call.args if isinstance(argument, ast.Name)]
    if isinstance(node, ast.FunctionDef) and any(getattr(mark, "id", "") == "patch" for mark in node.decorator_list):
        given += [first.id for a in node.args.args[:1] if isinstance(first := a.annotation, ast.Name)]
    return given


def _called_by(node: ast.AST) -> Iterator[str]:
    """Yield the name of what a statement calls a method of."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
            yield from _root(method)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
