"""What torch raises when it cannot compute gradients."""

from __future__ import annotations

import ast

from torchdojo.explain.code import Method, as_code, parameters, walk_own
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
CUTS = {
    "item": "gives a plain number",
    "tolist": "gives plain numbers",
    "numpy": "leaves torch",
    "detach": "cuts a tensor off from its history",
    "argmax": "gives indices, which have no gradient",
    "round": "has the gradient 0 everywhere",
}
# What a text names that makes parameters: then they are not what is missing.
MAKES_PARAMETERS = {"requires_grad", "requires_grad_", "Parameter", "Linear", "Conv2d", "Sequential", "BatchNorm2d"}


@rules.on(
    "RuntimeError", r"(?:a leaf Variable|a view of a leaf Variable) that requires grad is being used in an in-place.*"
)
def changed_leaf(raised: Raised) -> str:
    return (
        f"The parameter in {raised.here} is changed in place while autograd records. An update is not part of the "
        "computation: put it under `with torch.no_grad():`."
    )


@rules.on("RuntimeError", r"element \d+ of (?:tensors|variables tuple) (?:does not|is not|does).*grad.*", anywhere=True)
def nothing_recorded(raised: Raised) -> str:
    text = "`backward()` cannot compute gradients: nothing that the loss was computed from requires grad."
    if called := _called_parameter(raised):
        return f"{text} {called}"
    cuts = _cuts(raised)
    if cuts:
        line, what, effect = cuts[0]
        return f"{text} Look at line {line}: `{what}` {effect}."
    if MAKES_PARAMETERS & _words(raised):
        return text
    return f"{text} Parameters need `requires_grad=True`, or to be an `nn.Parameter`."


def _called_parameter(raised: Raised) -> str:
    """Say how a function that was passed, such as a closure, gets its gradients back, "" if the line calls none."""
    function, code = raised.function, raised.code
    if function is None:
        return ""
    calls = [call.func.id for call in code.at(raised.line, ast.Call) if isinstance(call.func, ast.Name)]
    passed = next((name for name in calls if name in parameters(function)), "")
    around = [as_code(item.context_expr) for block in _around(function, raised.line) for item in block.items]
    if not passed or any("enable_grad" in text or "set_grad_enabled" in text for text in around):
        return ""
    around += [f"`@{text.strip('`')}`" for text in map(as_code, function.decorator_list)]
    off = next((text for text in around if "no_grad" in text or "inference_mode" in text), "")
    why = f"{off} switches gradients off" if off else f"Gradients may be switched off where `{function.name}` is called"
    return f"{why}: call `{passed}` in {raised.here} inside `with torch.enable_grad():`."


def _around(function: Method, line: int | None) -> list[ast.With]:
    """Return the `with` blocks of a function that a line is in, the innermost first."""
    blocks = [node for node in walk_own(function) if isinstance(node, ast.With)]
    inside = [node for node in blocks if line and node.lineno < line <= (node.end_lineno or 0)]
    return sorted(inside, key=lambda node: -node.lineno)


def _words(raised: Raised) -> set[str]:
    nodes = [node for function in raised.functions for node in ast.walk(function)]
    return {getattr(node, "attr", getattr(node, "arg", None)) or "" for node in nodes}


def _cuts(raised: Raised) -> list[tuple[int, str, str]]:
    """Return where the exercise and what it uses may cut a tensor off from its history: line, code, and why."""
    found: dict[int, tuple[str, str]] = {}
    for function in raised.functions:
        for node in walk_own(function):
            cut = _cut(node)
            if cut and not _runs_later(node, function, raised):
                found.setdefault(getattr(node, "lineno", 0), cut)
    return [(line, *found[line]) for line in sorted(found)]


def _runs_later(node: ast.AST, function: Method, raised: Raised) -> bool:
    """Whether a node of the function that raised runs only after the line that did."""
    line = getattr(node, "lineno", 0)
    if function is not raised.function or raised.line is None or line <= raised.line:
        return False
    loops = [loop for loop in walk_own(function) if isinstance(loop, ast.For | ast.While)]
    return not any(loop.lineno <= raised.line and line <= (loop.end_lineno or 0) for loop in loops)


def _cut(node: ast.AST) -> tuple[str, str] | None:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in CUTS:
            return f".{name}()", CUTS[name]
        case ast.Attribute(attr="data"):
            return ".data", "cuts a tensor off from its history"
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="torch"), attr="tensor" | "as_tensor" as name), args=[first, *_]
        ):
            is_constant = isinstance(first, ast.Constant | ast.UnaryOp)
            return None if is_constant else (f"torch.{name}(…)", "makes a new tensor without a history")
        case ast.With(items=[ast.withitem(context_expr=context), *_]):
            text = as_code(context).strip("`")
            return (text, "switches gradients off") if "no_grad" in text or "inference_mode" in text else None
        case ast.Call(func=ast.Attribute(attr="set_grad_enabled"), args=[argument]):
            is_on = isinstance(argument, ast.Constant) and argument.value
            text = as_code(node).strip("`") or "set_grad_enabled(…)"
            return None if is_on else (text, "switches gradients off where its argument is False")
        case ast.Call(func=ast.Name(id="float" | "int" as name)):
            return f"{name}(…)", "gives a plain number"
    return None


@rules.on("RuntimeError", r"Trying to backward through the graph a second time.*", anywhere=True)
def second_backward(raised: Raised) -> str:
    return (
        "`backward()` frees what it needed, so it works once for each computation. Compute the loss again before each "
        "`backward()`, and `.detach()` what is kept from an earlier step."
    )


@rules.on("RuntimeError", r"grad can be implicitly created only for scalar outputs")
def not_a_scalar(raised: Raised) -> str:
    return (
        f"`backward()` in {raised.here} starts from a single number: reduce the loss first, with `.mean()`, or with "
        "`.sum()` if a sum is asked for."
    )


@rules.on(
    "RuntimeError",
    r"one of the variables needed for gradient computation has been modified by an inplace.*",
    anywhere=True,
)
def changed_in_place(raised: Raised) -> str:
    lines: list[int] = []
    for statement in raised.code.source.statements.closure([raised.exercise]):
        lines += [getattr(node, "lineno", 0) for node in ast.walk(statement.node) if _is_in_place(node)]
    where = f" Look at line {sorted(lines)[0]}." if lines else ""
    return (
        "A tensor was changed in place (`+=`, `x[…] = …`, or a method that ends in `_`), and `backward()` "
        f"still needs its old values: make a new tensor, as in `x = x + y`.{where}"
    )


def _is_in_place(node: ast.AST) -> bool:
    match node:
        case ast.AugAssign() | ast.Assign(targets=[ast.Subscript()]):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name.endswith("_") and not name.endswith("__")
    return False


@rules.on("RuntimeError", r"Can't call numpy\(\) on Tensor that requires grad.*")
def numpy_of_recorded(raised: Raised) -> str:
    return f"numpy computes no gradients, and the tensor in {raised.here} needs some: use torch's own function instead."


@rules.on("ValueError", r"can't optimize a non-leaf Tensor")
def not_a_leaf(raised: Raised) -> str:
    return "A parameter must not be the result of a computation: compute its value, then `.detach().requires_grad_()`."


@rules.on("RuntimeError", r"only Tensors of floating point dtype can require gradients.*")
def integers_require_grad(raised: Raised) -> str:
    return f"The tensor in {raised.here} holds integers, and only floats can require gradients."


@rules.on("RuntimeError", r"Attempted to call `variable\.set_data\(tensor\)`, but .*")
def other_data(raised: Raised) -> str:
    return (
        f"Setting `.data` in {raised.here} cannot move a tensor to another device: create a new tensor, with `.to(…)`, "
        "and use that."
    )
