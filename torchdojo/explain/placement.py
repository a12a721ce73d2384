"""What to do where an operation got tensors on the CPU and on the GPU."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import torch

from torchdojo.explain.code import Code, Method, as_code, parameters
from torchdojo.explain.rules import Raised

MIXED_DEVICES = (
    "all tensors to be on the same device",
    "be either on cpu or on the same device",
    "attempting to assign a gradient with device type",
)
HAVE_LIKE = ("empty", "ones", "rand", "randn", "zeros")  # torch.zeros_like(x), and so on
FACTORIES = {*HAVE_LIKE, "arange", "as_tensor", "eye", "full", "linspace", "randint", "randperm", "tensor"}
MOVED = (
    "The model, the inputs and the targets must be on the same device. `inputs.to(device)` returns the moved tensor, "
    "so use what it returns; `model.to(device)` moves the model itself."
)
OTHER = "but the other tensor is on the GPU"


def explain_placement(raised: Raised, made_at: Sequence[tuple[int, str]]) -> str:
    """Return which tensor is on the wrong device and what to do, or "" if an exception is about something else.

    made_at: the lines that created the tensors at fault, each with the function, as the submission's process claims
    """
    code = raised.code
    line, maker = made_at[0] if made_at else (0, "")
    name = maker.removeprefix("torch.")
    if _is_of_torch(name) and 0 < line <= len(code.source.lines):
        if name in FACTORIES:
            calls = [call for call in _calls(code.tree) if _name(call) == name and _is_at(call, line)]
            return _created(code, line, name, calls[0] if len(calls) == 1 else None)
        if name == "Tensor.to":
            return f"A tensor is moved to the CPU in line {line}, {OTHER}: leave that out."
        return f"The tensor created in line {line} (`{maker}`) is on the CPU, {OTHER}. Create it there."
    return _search(raised) if any(words in raised.message for words in MIXED_DEVICES) else ""


def _search(raised: Raised) -> str:
    """Return what an exercise's text shows, where it is not known which line created the tensor on the CPU."""
    inside: list[ast.AST] = [n for n, outer in raised.code.definitions if n.name == raised.exercise and not outer]
    if any(isinstance(node, Method) and "device" in parameters(node) for node in inside):
        return MOVED
    calls = [call for definition in inside for call in _calls(definition)]
    for call in calls:
        if _name(call) == "cpu" or (_name(call) == "to" and any(map(_is_cpu, call.args))):
            quoted = "`.cpu()`" if _name(call) == "cpu" else '`.to("cpu")`'
            return f"{quoted} in line {call.lineno} moves to the CPU what should stay on its device: leave it out."
    for call in calls:
        if _is_factory(call) and not any(keyword.arg in ("device", None) for keyword in call.keywords):
            return _created(raised.code, call.lineno, _name(call), call)
    where = f"In line {raised.line}, one" if raised.line else "One"
    return (
        f"{where} tensor is on the CPU and another on the GPU. Create tensors with `device=x.device`, and leave the "
        "module and its inputs where they are."
    )


def _created(code: Code, line: int, name: str, call: ast.Call | None) -> str:
    """Return the advice for a function of torch that created a tensor on the CPU."""
    text = f"`torch.{name}` in line {line} creates its tensor on the CPU, {OTHER}."
    known = code.function_at(line)
    if known and "device" in parameters(known):
        return f"{text} Add `device=device` to the call."
    owner = _tensor_in(call) if call else ""
    if call and _may_be_like(call, owner):
        return f"{text} Write `torch.{name}_like({owner})`, or add `device={owner}.device`."
    owner = owner or (_tensor_in(known, parameters(known)) if known else "")
    return (
        f"{text} Add `device={owner}.device` to the call."
        if owner
        else f"{text} Add `device=`, with that tensor's device, to the call."
    )


def _may_be_like(call: ast.Call, owner: str) -> bool:
    """Whether a call makes what its `_like` makes of this tensor: of its shape, and at most of its dtype."""
    if _name(call) not in HAVE_LIKE or [as_code(argument) for argument in call.args] != [f"`{owner}.shape`"]:
        return False
    return all(k.arg == "dtype" and as_code(k.value) == f"`{owner}.dtype`" for k in call.keywords)


def _tensor_in(node: ast.AST, names: Sequence[str] = ()) -> str:
    """Return the text of the first tensor whose shape, dtype or device is asked for, "" if there is none.

    names: which it may be, if not any
    """
    for attribute in ("shape", "dtype", "device"):
        for found in ast.walk(node):
            if isinstance(found, ast.Attribute) and found.attr == attribute and _is_dotted(found.value):
                text = ast.unparse(found.value)
                if text in names or not names:
                    return text
    return ""


def _is_dotted(node: ast.AST) -> bool:
    """Whether a node is a name or an attribute of one, such as `p.grad`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def _name(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "attr", "") or getattr(function, "id", "")


def _is_at(call: ast.Call, line: int) -> bool:
    return call.lineno <= line <= (call.end_lineno or call.lineno)


def _is_factory(call: ast.Call) -> bool:
    return _name(call) in FACTORIES and ast.unparse(call.func).startswith("torch.")


def _is_cpu(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == "cpu"


def _is_of_torch(name: str) -> bool:
    """Whether torch has something of this dotted name."""
    found: object = torch
    for part in name.split("."):
        found = None if part.startswith("_") or not part else getattr(found, part, None)
    return found is not None
