"""Find exercises that are still to do: their `...` is where the work goes."""

from __future__ import annotations

import ast

from torchdojo.source.names import Definition


def placeholder_line(definition: Definition) -> int | None:
    """Return the line of a definition's first placeholder, or None if it is filled in.

    A placeholder is `...` as the whole body of a function (after a docstring and calls of super), as the whole body of
    a block in it, or as a value that is assigned or returned. A `...` left over beside other code is none.
    """
    return next((line for node in ast.walk(definition) if (line := _line_in(node)) is not None), None)


def _line_in(node: ast.AST) -> int | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return _only_ellipsis([statement for statement in node.body if not _is_preface(statement)])
        case ast.If() | ast.For() | ast.While() | ast.With():
            return _only_ellipsis(node.body)
        case ast.Assign() | ast.AnnAssign() | ast.Return() if _is_ellipsis(node.value):
            return node.lineno
    return None


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
