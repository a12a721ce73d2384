"""What a text's functions return: find it, and let a function report it when it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchdojo.source.names import Function


def find_functions(node: ast.stmt) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the function that a top-level statement defines, or the methods of its class, each with its name.

    A method is called Class.method; those that Python itself calls, such as __init__, are left out.
    """
    if isinstance(node, ast.FunctionDef):
        yield node.name, node
    elif isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("__"):
                yield f"{node.name}.{method.name}", method


def walk_own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield what a function itself runs, in the order of the text: not what is in functions and classes inside it."""
    waiting: list[ast.AST] = [*function.body[::-1]]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef):
            waiting += list(ast.iter_child_nodes(node))[::-1]


def find_returns(function: ast.FunctionDef) -> list[ast.Return]:
    """Return a function's own `return` statements."""
    return [node for node in walk_own(function) if isinstance(node, ast.Return)]


def find_computation(function: ast.FunctionDef, line: int) -> int | None:
    """Return the line that computes what the `return` in a line gives; None if that is not known.

    That is the line itself, or of a mere name the only line that sets it.
    """
    values = [found.value for found in find_returns(function) if found.lineno == line]
    if len(values) != 1 or not isinstance(values[0], ast.Name):
        return line if values else None
    name = values[0].id
    stores = (node for node in walk_own(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    lines = {node.lineno for node in stores if node.id == name}
    return line if not lines else lines.pop() if len(lines) == 1 else None


def is_generator(function: ast.FunctionDef) -> bool:
    """Whether calling a function makes a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in walk_own(function))


def report_returns(node: ast.stmt, reporter: str) -> None:
    """Change a statement so that what it defines calls a function with each value that is returned.

    The function is called with the name of what returns, the line of the `return`, or of the last statement if the end
    is reached, and the value; it returns the value.
    """
    for name, function in find_functions(node):
        if is_generator(function):
            continue
        for found in find_returns(function):
            found.value = _call(reporter, name, found, found.value)
        last = function.body[-1]
        if not isinstance(last, ast.Return | ast.Raise):
            function.body.append(ast.copy_location(ast.Return(_call(reporter, name, last, None)), last))


def _call(reporter: str, name: str, place: ast.stmt, value: ast.expr | None) -> ast.expr:
    arguments = [ast.Constant(name), ast.Constant(place.lineno), value or ast.Constant(None)]
    call = ast.Call(ast.Name(reporter, ast.Load()), arguments, [])
    for made in (call, call.func, *(argument for argument in arguments if argument is not value)):
        ast.copy_location(made, place)
    return call
