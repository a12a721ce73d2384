"""Say what to do about a value of the wrong kind, from the difference and from the text of the function."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from torchdojo.explain.code import as_code
from torchdojo.explain.kinds import CONTAINERS, NUMBERS, KindDifference
from torchdojo.source.returns import find_returns, walk_own
from torchdojo.worker.returned import Form

# Methods that change something and return None.
RETURN_NONE = ("append", "extend", "insert", "sort", "reverse", "clear", "update", "backward", "zero_grad", "print")
REDUCTIONS = ("sum", "mean", "amax", "amin", "max", "min", "std", "var", "norm", "prod", "logsumexp")
CONVERSIONS = {"float32": "float", "float64": "double", "float16": "half", "int64": "long", "int32": "int"}
LEAVE_AUTOGRAD = (".item()", "float(…)", "int(…)", ".tolist()", ".numpy()", ".detach()", ".data", "torch.tensor(…)")


@dataclass(frozen=True)
class Place:
    """Where a value was returned: the name to call the function by, and what its text shows.

    function, line, found: its definition, the line, and the `return` there; None where that is not known, or the end of
    the function was reached
    """

    name: str
    function: ast.FunctionDef | None
    line: int | None
    found: ast.Return | None


@dataclass(frozen=True)
class Remedy:
    """What to do, "" if that is not known. line: where, if it is not where the value was returned"""

    text: str
    line: int | None = None


def find_remedy(difference: KindDifference, place: Place) -> Remedy:
    """Return what explains a difference in kind, and what to do."""
    got, expected = difference.got, difference.expected
    if difference.aspect == "grad":
        return _remedy_for_lost_grad(place)
    if difference.aspect == "shape":
        return Remedy(_shape_advice(got.shape, expected.shape, place))
    if difference.aspect == "dtype":
        return _remedy_for_dtype(got.dtype, expected.dtype, place)
    if got.kind == "None" and not difference.name:
        return _remedy_for_none(place)
    if difference.aspect == "size" or (expected.kind == "tuple" and got.kind not in (*CONTAINERS, "generator")):
        names = ", ".join(difference.item_names)
        return Remedy(f"The text asks for {expected.size} values" + (f": `return {names}`." if names else "."))
    find = REMEDIES.get(got.kind)
    return find(got, expected, place) if find else Remedy("")


def _remedy_for_none(place: Place) -> Remedy:
    start = f"`{place.name}` returned None: "
    if place.function is None or place.line is None:
        return Remedy(f"{start}is a `return` missing?")
    if place.found is not None:
        return Remedy(start + _why_none(place.found, place.function))
    returns = [node for node in find_returns(place.function) if node.value is not None]
    if returns:
        return Remedy(f"{start}its end was reached, and {_when_reached(returns[-1], place.function)}.", place.line)
    last = place.function.body[-1]
    if isinstance(last, ast.FunctionDef) and find_returns(last):
        line = find_returns(last)[-1].lineno
        return Remedy(f"{start}the `return` in line {line} is that of `{last.name}`, which is inside it.", line)
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        return Remedy(f"{start}is a `return {last.targets[0].id}` missing at its end?", last.end_lineno)
    if isinstance(last, ast.Expr) and not _returns_none(last.value):
        return Remedy(f"{start}is a `return` missing before what line {last.lineno} computes?", last.lineno)
    return Remedy(f"{start}is a `return` missing at its end?", last.end_lineno)


def _why_none(found: ast.Return, function: ast.FunctionDef) -> str:
    line, value = found.lineno, found.value
    if value is None:
        return f"the `return` in line {line} has no value after it."
    if isinstance(value, ast.Name):
        for node in walk_own(function):
            names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
            if isinstance(node, ast.Assign) and value.id in names and _returns_none(node.value):
                return f"`{value.id}` is None since line {node.lineno}: {_explain_none(node.value)}"
    if _returns_none(value):
        return f"in line {line}, {_explain_none(value)}"
    return f"that is what line {line} computes."


def _returns_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and _called(value) in RETURN_NONE


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _explain_none(value: ast.expr) -> str:
    assert isinstance(value, ast.Call)
    name = _called(value)
    call = f"`.{name}(…)`" if isinstance(value.func, ast.Attribute) else f"`{name}(…)`"
    return f"{call} does its work and returns None. Give it a line of its own."


def _when_reached(found: ast.Return, function: ast.FunctionDef) -> str:
    """Return under what condition a function comes to a `return`."""
    text = f"the `return` in line {found.lineno} is only reached"
    around = [n for n in walk_own(function) if isinstance(n, ast.If | ast.For | ast.While) and _holds(n, found)]
    if not around:
        return f"{text} on another way"
    inner = around[-1]
    if isinstance(inner, ast.If):
        is_else = any(found is node for part in inner.orelse for node in ast.walk(part))
        condition = as_code(inner.test) or f"the condition in line {inner.lineno}"
        return f"{text} if {condition} is {'false' if is_else else 'true'}"
    return f"{text} inside the loop of line {inner.lineno}"


def _holds(node: ast.AST, found: ast.Return) -> bool:
    return any(found is inner for inner in ast.walk(node))


def _remedy_for_array(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind != "tensor":
        return Remedy("")
    line = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr == "numpy")
    return Remedy(
        "Autograd cannot follow what numpy computes: use torch's functions, which have mostly the same names. "
        "`torch.from_numpy(a)` makes a tensor of an array.",
        line,
    )


def _remedy_for_number(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind != "tensor":
        return Remedy("Make it a Python number: `float(…)`." if expected.kind == "float" else "")
    line, words = _find_exit(place)
    if words:
        return Remedy(
            f"`{words}` in line {line} makes a Python number, which autograd cannot follow: leave it out.", line
        )
    return Remedy("Return the tensor itself, not a Python number made of it: autograd can follow only a tensor.")


def _remedy_for_tensor(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind not in (*NUMBERS, "bool", "string"):
        is_numbers = expected.kind == "list" and all(item.kind in NUMBERS for item in expected.items)
        return Remedy("`.tolist()` makes a list of Python numbers of a tensor." if is_numbers else "")
    if all(size == 1 for size in got.shape):
        return Remedy("A tensor with one value is still a tensor: `.item()` takes the Python number out.")
    return Remedy("Reduce it to one value first, with `.mean()` or `.sum()` as the text says; then `.item()`.")


def _remedy_for_tuple(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind == "list":
        return Remedy("Square brackets, or `list(…)`, make a list.")
    if place.function is None:
        return Remedy("One value is asked for: take it out of the tuple.")
    value = place.found.value if place.found else None
    names = {value.id} if isinstance(value, ast.Name) else set()
    for node in walk_own(place.function):
        is_it = node is place.found or (isinstance(node, ast.Assign) and _binds(node, names))
        if is_it and isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Tuple):
            if len(node.value.elts) == 1:
                text = f"The comma at the end of line {node.end_lineno} makes a tuple of one value: remove it."
                return Remedy(text, node.end_lineno)
            return Remedy(f"Line {node.lineno} has {got.size} values with commas between them: one is asked for.")
    return Remedy("One value is asked for: take it out of the tuple.")


def _binds(node: ast.Assign, names: set[str]) -> bool:
    return any(isinstance(target, ast.Name) and target.id in names for target in node.targets)


def _remedy_for_named_tuple(got: Form, expected: Form, place: Place) -> Remedy:
    fields = [name for name in ("values", "indices") if hasattr(getattr(torch.return_types, got.name, None), name)]
    likely = [
        name
        for name, item in zip(fields, got.items, strict=False)
        if (item.shape, item.dtype) == (expected.shape, expected.dtype)
    ]
    if len(fields) != 2:
        return Remedy("One value is asked for: take it out of the result.")
    chosen = " or ".join(f"`.{name}`" for name in (likely or fields))
    return Remedy(
        f"`torch.{got.name}` with a dimension returns two tensors, the values and their indices: take {chosen}."
    )


def _remedy_for_list(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind == "tuple":
        return Remedy("`tuple(…)` makes a tuple of a list.")
    if expected.kind != "tensor" or not got.items:
        return Remedy("")
    shape = got.items[0].shape
    if any(item.kind != "tensor" for item in got.items):
        return Remedy(
            "`torch.tensor(…)` makes a tensor of a list of numbers; autograd cannot follow what is in a list."
        )
    if len(shape) == len(expected.shape) and shape != expected.shape:
        return Remedy("`torch.cat(…)` makes one tensor of the list, along a dimension that there is.")
    return Remedy("`torch.stack(…)` makes one tensor of the list, along a new dimension.")


def _remedy_for_generator(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind in ("list", "tuple"):
        return Remedy(f"A generator can be read only once: `{expected.kind}(…)` keeps its values.")
    return Remedy("A generator computes nothing until it is read: compute the value, and `return` that.")


def _remedy_for_module(got: Form, expected: Form, place: Place) -> Remedy:
    if expected.kind != "tensor":
        return Remedy("")
    kind = got.name.removeprefix("nn.")
    if not (got.name.startswith("nn.") and hasattr(nn, kind)):
        return Remedy("That is the module itself: call it with its input, `module(x)`, and return what comes out.")
    names = (kind.lower(), re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower())
    function = next((name for name in names if hasattr(nn.functional, name)), "")
    other = f", or use `F.{function}(x)`" if function else ""
    made = f"`nn.{kind}(…)` makes a layer and applies it to nothing"
    if kind.endswith("Loss"):
        return Remedy(f"{made}: call what it makes, `nn.{kind}()(prediction, target)`.")
    return Remedy(f"{made}: call what it makes, `nn.{kind}()(x)`{other}.")


def _remedy_for_class(got: Form, expected: Form, place: Place) -> Remedy:
    name = got.name or "C"
    return Remedy(f"That is the class itself. Parentheses make an object of it: `{name}(…)`.")


def _remedy_for_function(got: Form, expected: Form, place: Place) -> Remedy:
    return Remedy(f"That is the function itself, not called: are parentheses missing, `{got.name or 'f'}(…)`?")


def _remedy_for_string(got: Form, expected: Form, place: Place) -> Remedy:
    return Remedy("Return the value itself, not a text of it: without `str(…)`, quotes or an f-string.")


def _remedy_for_bool(got: Form, expected: Form, place: Place) -> Remedy:
    return Remedy("A comparison gives True or False: return what is asked for, not whether it holds.")


REMEDIES: dict[str, Callable[[Form, Form, Place], Remedy]] = {
    "array": _remedy_for_array,
    "number": _remedy_for_number,
    "float": _remedy_for_number,
    "int": _remedy_for_number,
    "tensor": _remedy_for_tensor,
    "tuple": _remedy_for_tuple,
    "named tuple": _remedy_for_named_tuple,
    "list": _remedy_for_list,
    "generator": _remedy_for_generator,
    "module": _remedy_for_module,
    "class": _remedy_for_class,
    "function": _remedy_for_function,
    "string": _remedy_for_string,
    "bool": _remedy_for_bool,
}


def _remedy_for_lost_grad(place: Place) -> Remedy:
    start = "Autograd cannot follow the result back to what it was made of"
    line, words = _find_exit(place)
    if words:
        return Remedy(f"{start}: `{words}` in line {line} cuts the link.", line)
    line = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr == "no_grad")
    reason = f": line {line} switches recording off" if line else ""
    return Remedy(f"{start}{reason}.", line)


def _find_exit(place: Place) -> tuple[int | None, str]:
    """Return the line of what leaves autograd in a function, nearest to its end, and the words for it; or None, ""."""
    found = [(node.lineno, words) for node in _own(place) for words in [_exit_words(node)] if words in LEAVE_AUTOGRAD]
    return max(found, default=(None, ""), key=lambda pair: pair[0] or 0)


def _exit_words(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="tensor")):
            return "torch.tensor(…)"
        case ast.Call(func=ast.Attribute(attr=name), args=[]):
            return f".{name}()"
        case ast.Call(func=ast.Name(id=name)):
            return f"{name}(…)"
        case ast.Attribute(attr="data"):
            return ".data"
    return ""


def _own(place: Place) -> Iterator[ast.expr]:
    nodes = walk_own(place.function) if place.function else ()
    return (node for node in nodes if isinstance(node, ast.expr))


def _line_with(place: Place, holds: Callable[[ast.AST], bool]) -> int | None:
    return next((node.lineno for node in _own(place) if holds(node)), None)


def _shape_advice(got: tuple[int, ...], expected: tuple[int, ...], place: Place) -> str:
    """Return what makes one shape of the other, or how it came about, if that is likely."""
    extra, missing = _one_more(got, expected), _one_more(expected, got)
    if extra is not None:
        return f"It has a dimension of size 1 too many: `.squeeze({extra})` removes it."
    if missing is not None:
        reduces = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr in REDUCTIONS)
        other = "sums and means keep theirs with keepdim=True" if reduces else "or make it of that shape at once"
        return f"It lacks a dimension of size 1: `.unsqueeze({missing})` adds it; {other}."
    if len(got) == 2 and len(expected) == 1 and got[0] == got[1] == expected[0]:
        n = expected[0]
        return f"Shapes ({n}, 1) and ({n},) broadcast to ({n}, {n}): make both of shape ({n},) before you combine them."
    if len(got) == len(expected) and got != expected and sorted(got) == sorted(expected):
        return "The dimensions are in another order: `.T` or `.transpose(…)` swaps two."
    if not got:
        return "Everything was reduced to one number: sums, means and the like take the dimension to reduce, dim=…."
    if not expected:
        return "One number is asked for: reduce all dimensions."
    if torch.Size(got).numel() == torch.Size(expected).numel():
        return "The numbers are as many as asked for, in another shape: `.reshape(…)` or `.flatten(…)` changes it."
    return ""


def _one_more(long: tuple[int, ...], short: tuple[int, ...]) -> int | None:
    """Return which dimension, of size 1, one shape has beyond the other, the last if any would do."""
    places = range(len(long) - 1, -1, -1)
    return next((i for i in places if long[i] == 1 and long[:i] + long[i + 1 :] == short), None)


def _remedy_for_dtype(got: str, expected: str, place: Place) -> Remedy:
    is_float = expected.startswith(("float", "bfloat"))
    method = CONVERSIONS.get(got)
    line = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr == method)
    if line and is_float:
        return Remedy(
            f"`.{method}()` in line {line} makes {got} of it. `.to(x.dtype)` would keep the dtype of x.", line
        )
    if is_float and got == "bool":
        return Remedy("A comparison gives bools: `.to(x.dtype)` makes numbers of them.")
    if is_float and not got.startswith(("float", "bfloat", "complex")):
        return Remedy("Those are whole numbers: `.to(x.dtype)` makes floats of them.")
    if is_float:
        return Remedy(
            "A tensor that is made from numbers, or by numpy, does not have the input's dtype by itself: "
            f"make it with dtype=x.dtype, or use `.to(torch.{expected})`."
        )
    if expected == "int64":
        return Remedy("Whole numbers are asked for: positions and counts are whole from the start; `.long()` cuts.")
    return Remedy(f"`.to(torch.{expected})` changes it.")
