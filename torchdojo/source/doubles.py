"""Find names that a module defines, and then binds again at its top level: of these, Python uses the last."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Definition, Import, Statement, extended_by
from torchdojo.source.placeholders import is_untouched

MAX_LINES, MAX_NAME = 5, 80  # in a sentence
REGISTERS = ("overload", "register", "getter", "setter", "deleter")  # decorators of one of several that belong together


@dataclass(frozen=True)
class Double:
    """A name with the lines that bind it.

    is_stub: whether the last is the stub, and another is not
    value, star: whether the last gives it a value that is not its definition, or is a star import that may do so
    """

    name: str
    lines: tuple[int, ...]
    is_stub: bool = False
    value: bool = False
    star: bool = False

    def describe(self) -> str:
        """Return a sentence for the author."""
        name = self.name[:MAX_NAME]
        defined = f"{name} is defined on line {self.lines[0]}"
        if self.star:
            return f"{defined}: the star import on line {self.lines[-1]} may replace it"
        if self.value:
            return f"{defined} and bound again on line {self.lines[-1]}: Python uses the last"
        earlier = [*map(str, self.lines[:-1][:MAX_LINES]), *(["…"] if len(self.lines) > MAX_LINES + 1 else [])]
        lines = f"{', '.join(earlier)} and {self.lines[-1]}"
        used = ", which is still the stub: delete it" if self.is_stub else ""
        return f"{name} is defined on lines {lines}: Python uses the last{used}"


def find_doubles(source: ParsedSource, stub: Mapping[str, Definition]) -> list[Double]:
    """Return the functions and classes that are defined again by a definition that has nothing to do with the first.

    Not those in a block, such as `try:` or `if TYPE_CHECKING:`, overloads, and what extends itself, such as
    `class Linear(Linear)`. stub: the definitions of the chapter's stub, by name
    """
    found: dict[str, list[Definition]] = {}
    for node in source.tree.body:
        if isinstance(node, Definition) and node.name != "_":
            found.setdefault(node.name, []).append(node)
    doubles = []
    for name, nodes in found.items():
        if len(nodes) > 1 and not any(map(belongs_to_another, nodes)):
            to_do = [name in stub and is_untouched(node, stub[name]) for node in nodes]
            doubles.append(Double(name, tuple(n.lineno for n in nodes), to_do[-1] and not all(to_do)))
    return doubles + [double for name in stub if name in found for double in _find_values(source, found[name][-1])]


def _find_values(source: ParsedSource, node: Definition) -> Iterator[Double]:
    """Yield what gives the name of an exercise another value below its last definition, at most once."""
    bound = [s.node for s in source.statements.of(node.name) if node.name in s.binds]
    stars = [s.node for s in source.statements.of("*") if isinstance(s.node, ast.ImportFrom)]
    values = [each for each in bound if each.lineno > node.lineno and _replaces(each, node.name)]
    last = next(reversed(values or [each for each in stars if each.lineno > node.lineno]), None)
    if last is not None:
        yield Double(node.name, (node.lineno, last.lineno), value=bool(values), star=not values)


def _replaces(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives a name a value that is not made of what it was, as in `f = compile(f)`."""
    if isinstance(node, ast.For):
        return any(getattr(below, "id", "") == name for below in ast.walk(node.target))
    if not isinstance(node, ast.Assign):
        return isinstance(node, Import)
    called = {id(below.func) for below in ast.walk(node) if isinstance(below, ast.Call)}
    loads = [n for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id == name]
    return all(id(load) in called for load in loads)


def belongs_to_another(node: Definition) -> bool:
    """Whether a definition is one of several that belong together, or extends the one before."""
    marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list)
    names = (mark.attr if isinstance(mark, ast.Attribute) else getattr(mark, "id", "") for mark in marks)
    is_one_of_several = any(name in REGISTERS for name in names) or bool(extended_by(node))
    return is_one_of_several or node.name in Statement(node).reads_at_load
