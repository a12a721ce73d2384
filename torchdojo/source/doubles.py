"""Find names that a module defines more than once at its top level: of these, Python uses the last."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from torchdojo.source.files import ParsedSource
from torchdojo.source.names import Definition, Statement, extended_by
from torchdojo.source.placeholders import is_untouched

MAX_LINES, MAX_NAME = 5, 80  # in a sentence
REGISTERS = ("overload", "register", "getter", "setter", "deleter")  # decorators of one of several that belong together


@dataclass(frozen=True)
class Double:
    """A name with the lines of its definitions. is_stub: whether the last is the stub, and another is not"""

    name: str
    lines: tuple[int, ...]
    is_stub: bool = False

    def describe(self) -> str:
        """Return a sentence for the author."""
        earlier = [*map(str, self.lines[:-1][:MAX_LINES]), *(["…"] if len(self.lines) > MAX_LINES + 1 else [])]
        lines = f"{', '.join(earlier)} and {self.lines[-1]}"
        used = ", which is still the stub: delete it" if self.is_stub else ""
        return f"{self.name[:MAX_NAME]} is defined on lines {lines}: Python uses the last{used}"


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
    return doubles


def belongs_to_another(node: Definition) -> bool:
    """Whether a definition is one of several that belong together, or extends the one before."""
    marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list)
    names = (mark.attr if isinstance(mark, ast.Attribute) else getattr(mark, "id", "") for mark in marks)
    is_one_of_several = any(name in REGISTERS for name in names) or bool(extended_by(node))
    return is_one_of_several or node.name in Statement(node).reads_at_load
