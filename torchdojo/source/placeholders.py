"""Find exercises that are still to do: their `...` is where the work goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torchdojo.source.names import Definition, Function


def describe_unfinished(exercise: str, others: Sequence[str]) -> str:
    """Return the sentence that an exercise uses others that are still to do."""
    return f"{exercise} uses {' and '.join(others)}, which {'is' if len(others) == 1 else 'are'} still to do."


def placeholder_line(definition: Definition) -> int | None:
    """Return the line of a definition's first placeholder as a stub has them, or None.

    That is `...` as the whole body of a function (after a docstring and calls of super), as the whole body of a block
    in it, or as a value that is assigned or returned.
    """
    return next((line for node in ast.walk(definition) if (line := _line_in(node)) is not None), None)


def is_untouched(definition: Definition, stub: Definition) -> bool:
    """Whether a definition is that of a stub with work to do: the same code, whatever its comments and docstrings."""
    return placeholder_line(stub) is not None and same_code(definition, stub)


def is_unfinished(definition: Definition, stub: Definition | None) -> bool:
    """Whether a definition has a placeholder left, or a function that does nothing where its stub has work to do."""
    if placeholder_line(definition) is not None or _does_nothing(definition):
        return True
    asked = {node.name for node in ast.walk(stub) if isinstance(node, Definition)} if stub else set()
    return any(isinstance(n, Definition) and n.name in asked and _does_nothing(n) for n in ast.walk(definition))


def _does_nothing(node: Definition) -> bool:
    """Whether a body, after a docstring and calls of super, is empty, `pass`, `return None` or NotImplementedError."""
    return all(map(_is_nothing, [statement for statement in node.body if not _is_preface(statement)]))


def _is_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def same_code(one: ast.AST, other: ast.AST) -> bool:
    """Whether two syntax trees are the same code, whatever their layout, comments and docstrings.

    Compared without recursion: a submission may nest as deeply as it likes.
    """
    waiting: list[tuple[Any, Any]] = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            if left is not right:
                waiting += ((_code(left, field), _code(right, field)) for field in left._fields)
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _code(node: ast.AST, field: str) -> Any:
    """Return a field of a node, of a definition's body without the docstring."""
    value = getattr(node, field, None)
    if field == "body" and isinstance(node, Definition) and _is_docstring(node.body[0]):
        return node.body[1:]
    return value


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _line_in(node: ast.AST) -> int | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return only_placeholder(node)
        case ast.If() | ast.For() | ast.While() | ast.With():
            return _only_ellipsis(node.body)
        case ast.Assign() | ast.AnnAssign() | ast.Return() if _is_ellipsis(node.value):
            return node.lineno
    return None


def only_placeholder(node: Definition | ast.While) -> int | None:
    """Return the line of the `...` that a body consists of, after a docstring and calls of super, or None."""
    return _only_ellipsis([statement for statement in node.body if not _is_preface(statement)])


def _only_ellipsis(body: list[ast.stmt]) -> int | None:
    is_only = bool(body) and all(isinstance(node, ast.Expr) and _is_ellipsis(node.value) for node in body)
    return body[0].lineno if is_only else None


def _is_ellipsis(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def _is_preface(node: ast.stmt) -> bool:
    """Whether a statement is a docstring, or `super().method(…)`."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
            return True
    return False


@dataclass(frozen=True)
class Placeholder:
    """A `...` that a function runs as a statement or as a value. is_left_over: whether code follows it in its block

    field, index: where its parent holds it
    """

    parent: ast.AST
    field: str
    index: int | None
    value: ast.expr
    is_left_over: bool = False


def find_placeholders(node: ast.AST) -> Iterator[Placeholder]:
    """Yield each `...` in the functions of a node that is more than an index, a default, a hint or a comparison.

    Several in one tuple are one. Found without recursion: a submission may nest as deeply as it likes.
    """
    waiting: list[tuple[ast.AST, bool]] = [(node, False)]
    while waiting:
        parent, inside = waiting.pop()
        for field, value in ast.iter_fields(parent):
            children = value if isinstance(value, list) else [value]
            is_body = inside or (isinstance(parent, Function) and field == "body")
            is_value = is_body and _may_hold(parent, field)
            for index, child in enumerate(children):
                if not isinstance(child, ast.AST):
                    continue
                if is_value and isinstance(child, ast.expr) and _stands_for_work(child):
                    yield Placeholder(parent, field, index if isinstance(value, list) else None, child)
                elif is_body and isinstance(child, ast.Expr) and _is_ellipsis(child.value):
                    yield Placeholder(child, "value", None, child.value, index + 1 < len(children))
                else:
                    waiting.append((child, is_body and not isinstance(child, ast.ClassDef | ast.arguments)))


def _may_hold(parent: ast.AST, field: str) -> bool:
    """Whether a `...` in this place stands for work to do."""
    if isinstance(parent, ast.Subscript | ast.Compare | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Starred):
        return False
    return field not in ("annotation", "returns", "decorator_list")


def _stands_for_work(value: ast.expr) -> bool:
    if isinstance(value, ast.Tuple | ast.List) and isinstance(value.ctx, ast.Load):
        return bool(value.elts) and all(map(_is_ellipsis, value.elts))
    return _is_ellipsis(value)


def report_placeholders(node: ast.AST, reporter: str) -> None:
    """Change a tree so that each of its placeholders calls a function with its line and its value when it is run."""
    for found in list(find_placeholders(node)):
        arguments = [ast.copy_location(ast.Constant(found.value.lineno), found.value), found.value]
        name = ast.copy_location(ast.Name(reporter, ast.Load()), found.value)
        call = ast.copy_location(ast.Call(name, arguments, []), found.value)
        if found.index is None:
            setattr(found.parent, found.field, call)
        else:
            getattr(found.parent, found.field)[found.index] = call
