"""Find exercises that are still to do: their `...` is where the work goes. Read from the text; nothing is run."""

from __future__ import annotations

import ast

from torchdojo.source.files import Definition

FunctionDefinition = ast.FunctionDef | ast.AsyncFunctionDef


def placeholder_line(definition: Definition) -> int | None:
    """Return the line of a definition's first placeholder, or None if it is filled in.

    A placeholder is `...` as the whole body of a function (after a docstring and calls of super), as the whole body of
    a block in it, or as a value that is assigned or returned. A `...` left over beside other code is none.
    """
    for node in ast.walk(definition):
        if isinstance(node, FunctionDefinition):
            line = _in_body(node.body)
        elif isinstance(node, ast.If | ast.For | ast.While | ast.With):
            line = _only_ellipsis(node.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) and _is_ellipsis(node.value):
            line = node.lineno
        else:
            line = None
        if line is not None:
            return line
    return None


def _in_body(body: list[ast.stmt]) -> int | None:
    return _only_ellipsis([node for node in body if not _is_docstring(node) and not _is_super_call(node)])


def _only_ellipsis(body: list[ast.stmt]) -> int | None:
    is_only = bool(body) and all(isinstance(node, ast.Expr) and _is_ellipsis(node.value) for node in body)
    return body[0].lineno if is_only else None


def _is_ellipsis(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_super_call(node: ast.stmt) -> bool:
    """Whether a statement is `super().method(…)`."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    function = node.value.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "super"
    )
