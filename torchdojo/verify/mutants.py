"""Generate mutants: the reference with one small change, made on the syntax tree.

Each operator is a slip that people make. A mutant that passes every check shows a hole in the checks, unless it is
equivalent to the reference.
"""

from __future__ import annotations

import ast
import copy
import difflib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torchdojo.course import Chapter
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.names import Definition

ARITHMETIC_SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
COMPARISON_SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
NEUTRAL_CALLS = {"clone", "detach", "contiguous", "item", "float", "double", "long", "eval", "train", "cpu"}
PLACEMENT_KEYWORDS = {"device", "dtype"}
GRAD_MODES = {"no_grad", "enable_grad", "inference_mode"}


@dataclass(frozen=True)
class Mutant:
    """An exercise's definition with one change.

    id: stable as long as the reference's definition is; what: the operator and the line of the reference
    line: that line
    """

    exercise: str
    id: str
    what: str
    source: bytes
    diff: str
    line: int


Edit = tuple[str, Callable[[ast.AST], ast.AST | list[ast.stmt] | None]]


def generate_mutants(chapter: Chapter, reference: ParsedSource) -> list[Mutant]:
    """Return every mutant of a chapter's exercises, in the order of the reference."""
    names = {exercise.name for exercise in chapter.graded_exercises}
    definitions = (node for node in reference.tree.body if isinstance(node, Definition) and node.name in names)
    return [mutant for definition in definitions for mutant in _mutate(definition, reference)]


def _mutate(definition: Definition, reference: ParsedSource) -> Iterator[Mutant]:
    original = ast.unparse(definition)
    seen = {original}
    for index, node in enumerate(ast.walk(definition)):
        for number, (what, edit) in enumerate(_edits(node, definition)):
            changed = _apply(definition, index, edit)
            if changed is None:
                continue
            text = ast.unparse(changed)
            if text in seen or not _compiles(text):
                continue
            seen.add(text)
            line = getattr(node, "lineno", definition.lineno)
            digest = hashlib.sha256(f"{what}:{number}:{text}".encode()).hexdigest()[:10]
            diff = "\n".join(difflib.unified_diff(original.splitlines(), text.splitlines(), lineterm="", n=1))
            source = _splice(reference, definition, text)
            yield Mutant(definition.name, digest, f"{what} (line {line})", source, diff.partition("\n+++")[2], line)


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _splice(reference: ParsedSource, definition: Definition, text: str) -> bytes:
    lines = list(reference.lines)
    first, last = span(definition)
    lines[first - 1 : last] = text.splitlines()
    return ("\n".join(lines) + "\n").encode("utf-8")


def _apply(
    definition: Definition, index: int, edit: Callable[[ast.AST], ast.AST | list[ast.stmt] | None]
) -> ast.AST | None:
    """Return a copy of the definition with one node edited, or None if it cannot be. index: in ast.walk's order"""
    mutated = copy.deepcopy(definition)
    target = next(node for i, node in enumerate(ast.walk(mutated)) if i == index)
    new = edit(target)
    if new is None:
        return None
    if new is target:
        return ast.fix_missing_locations(mutated)
    if not _replace(mutated, target, new):
        return None
    return ast.fix_missing_locations(mutated)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST | list[ast.stmt]) -> bool:
    """Replace a node by another or by statements; return whether it was found."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old and isinstance(new, ast.AST):
                setattr(parent, name, new)
                return True
            if isinstance(value, list) and any(item is old for item in value):
                at = next(i for i, item in enumerate(value) if item is old)
                value[at : at + 1] = new if isinstance(new, list) else [new]
                return True
    return False


def _edits(node: ast.AST, definition: Definition) -> Iterator[Edit]:
    """Yield the edits of a node. Docstrings, annotations and messages of exceptions are left alone."""
    if _is_prose(node, definition):
        return
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC_SWAPS:
        yield "arithmetic", lambda n: _set(n, "op", ARITHMETIC_SWAPS[type(n.op)]())  # type: ignore[attr-defined]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign or not removed", lambda n: n.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.Compare):
        yield "comparison", _edit_comparison
    elif isinstance(node, ast.BoolOp):
        yield "and/or", lambda n: _set(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And())  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        yield from _constant_edits(node)
    elif isinstance(node, ast.Call):
        yield from _call_edits(node)
    elif isinstance(node, ast.If):
        yield "condition always true", lambda n: _set(n, "test", ast.Constant(True))
        yield "condition always false", lambda n: _set(n, "test", ast.Constant(False))
    elif isinstance(node, ast.With) and any(_is_grad_mode(item.context_expr) for item in node.items):
        yield "gradient mode removed", lambda n: n.body  # type: ignore[attr-defined]
    if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise) and not _is_super_init(node):
        yield "statement deleted", lambda n: ast.Pass()
    if isinstance(node, ast.FunctionDef) and any(_is_grad_mode(d) for d in node.decorator_list):
        yield "gradient mode removed", lambda n: _set(n, "decorator_list", [])
    if isinstance(node, ast.FunctionDef) and node.name != "__init__":
        yield "body deleted", lambda n: _set(n, "body", [ast.Pass()])
        if inputs := [a.arg for a in node.args.args if a.arg != "self"]:
            yield "first argument returned", lambda n: _set(n, "body", [ast.Return(ast.Name(inputs[0]))])


def _is_prose(node: ast.AST, definition: Definition) -> bool:
    """Whether a node is prose: in a docstring, an annotation, or an exception's message."""
    return any(node is child for parent in ast.walk(definition) for child in _prose_in(parent))


def _prose_in(parent: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below a node that are prose."""
    roots: list[ast.AST | None] = [getattr(parent, "annotation", None), getattr(parent, "returns", None)]
    if isinstance(parent, ast.Raise):
        roots.append(parent.exc)
    if isinstance(parent, ast.Expr) and isinstance(parent.value, ast.Constant) and isinstance(parent.value.value, str):
        roots.append(parent)
    for root in roots:
        if isinstance(root, ast.AST):
            yield from ast.walk(root)


def _set(node: ast.AST, name: str, value: object) -> ast.AST:
    setattr(node, name, value)
    return node


def _edit_comparison(node: ast.AST) -> ast.AST | None:
    assert isinstance(node, ast.Compare)
    if type(node.ops[0]) not in COMPARISON_SWAPS:
        return None
    node.ops[0] = COMPARISON_SWAPS[type(node.ops[0])]()
    return node


def _constant_edits(node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", lambda n: _set(n, "value", not value)
    elif isinstance(value, int):
        yield "constant", lambda n: _set(n, "value", value + 1)
        if value > 0:
            yield "constant", lambda n: _set(n, "value", value - 1)
    elif isinstance(value, float):
        yield "constant", lambda n: _set(n, "value", value * 2 if value else 1.0)
    elif isinstance(value, str) and value:
        yield "constant", lambda n: _set(n, "value", value + "_")


def _call_edits(node: ast.Call) -> Iterator[Edit]:
    if len(node.args) >= 2 and not any(isinstance(a, ast.Starred) for a in node.args[:2]):
        yield "arguments swapped", lambda n: _set(n, "args", [n.args[1], n.args[0], *n.args[2:]])  # type: ignore[attr-defined]
    for index, keyword in enumerate(node.keywords):
        if keyword.arg:
            what = "placement removed" if keyword.arg in PLACEMENT_KEYWORDS else "keyword removed"
            yield what, lambda n, i=index: _set(n, "keywords", n.keywords[:i] + n.keywords[i + 1 :])  # type: ignore[misc]
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in NEUTRAL_CALLS and not node.args:
            yield f"{node.func.attr}() removed", lambda n: n.func.value  # type: ignore[attr-defined]
        elif node.func.attr == "to":
            yield "to(…) removed", lambda n: n.func.value  # type: ignore[attr-defined]


def _is_grad_mode(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    return isinstance(function, ast.Attribute) and function.attr in GRAD_MODES


def _is_super_init(node: ast.stmt) -> bool:
    return "super().__init__" in ast.unparse(node)
