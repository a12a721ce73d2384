"""Say what to do about a value of the wrong kind, from the difference and from the text of the function."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn

from torchdojo.explain.code import as_code
from torchdojo.explain.dtypes import find_conversion
from torchdojo.explain.kinds import CONTAINERS, NUMBERS, KindDifference, describe_form
from torchdojo.source.returns import find_returns, walk_own
from torchdojo.worker.form import Form

# Methods that change something and return None.
RETURN_NONE = ("append", "extend", "insert", "sort", "reverse", "clear", "update", "backward", "zero_grad", "print")
REDUCTIONS = ("sum", "mean", "amax", "amin", "max", "min", "std", "var", "norm", "prod", "logsumexp")
FACTORIES = ("tensor", "zeros", "ones", "full", "empty", "rand", "randn", "linspace", "eye")
WITH_NAMES = ("named_parameters", "named_buffers", "named_modules", "named_children")
LEAVE_AUTOGRAD = (".item()", "float(…)", "int(…)", ".tolist()", ".numpy()", ".detach()", ".data", "torch.tensor(…)")


SWITCHES = ("no_grad", "inference_mode", "set_grad_enabled")
TENSOR = ("`Tensor`", "`torch.Tensor`")


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
        is_one_of_several = " of " in difference.name  # it may be another's place, not another shape
        return Remedy("" if is_one_of_several else _shape_advice(got.shape, expected.shape, place))
    if difference.aspect == "dtype":
        return _remedy_for_dtype(got.dtype, expected.dtype, place)
    if got.kind == "None" and not difference.name:
        return _remedy_for_none(place)
    if difference.aspect == "size" or (expected.kind == "tuple" and got.kind not in (*CONTAINERS, "generator")):
        return Remedy(_ask_for_tuple(expected, difference.item_names, got.kind in CONTAINERS))
    find = REMEDIES.get(got.kind)
    return find(got, expected, place) if find else Remedy("")


def _ask_for_tuple(expected: Form, names: tuple[str, ...], is_container: bool) -> str:
    """Say how a tuple of the expected size is returned, "" if its items have no names to say it with."""
    if names:
        return f"The text asks for {expected.size} values: `return {', '.join(names)}`."
    return "" if is_container or expected.size != 1 else "A tuple of one value has a comma after it: `return (value,)`."


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
        sets = [node for node in walk_own(function) if isinstance(node, ast.Assign) and _binds(node, {value.id})]
        for node in sets:
            if _returns_none(node.value):
                return f"`{value.id}` is None since line {node.lineno}: {_explain_none(node.value)}"
        return _why_still_none(value.id, sets, line)
    if _returns_none(value):
        return f"in line {line}, {_explain_none(value)}"
    return f"line {line} returns it. Return the value that is asked for."


def _why_still_none(name: str, sets: list[ast.Assign], line: int) -> str:
    none = [node.lineno for node in sets if isinstance(node.value, ast.Constant) and node.value.value is None]
    others = [node.lineno for node in sets if node.lineno not in none]
    if none and not others:
        return f"`{name}` is None since line {none[0]}, and no line sets it to anything else."
    if none:
        return f"`{name}` is still None from line {none[0]}: line {others[0]} did not run, or gave None."
    return f"`{name}` is None in line {line}."


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
        return Remedy(_ask_for_list(got, expected))
    if words := _with_name(place):
        return Remedy(words)
    if place.function is None:
        return Remedy("One value is expected: take it out of the tuple.")
    value = place.found.value if place.found else None
    names = {value.id} if isinstance(value, ast.Name) else set()
    for node in walk_own(place.function):
        is_it = node is place.found or (isinstance(node, ast.Assign) and _binds(node, names))
        if is_it and isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Tuple):
            if len(node.value.elts) == 1:
                text = f"The comma at the end of line {node.end_lineno} makes a tuple of one value: remove it."
                return Remedy(text, node.end_lineno)
            return Remedy(f"Line {node.lineno} has {got.size} values with commas between them: one is expected.")
    return Remedy("One value is expected: take it out of the tuple.")


def _ask_for_list(got: Form, expected: Form) -> str:
    """Say how a tuple becomes the expected list, or what the list should hold."""
    wanted, found = ({_without_name(item) for item in form.items} for form in (expected, got))
    if wanted == found or not wanted:
        return "Square brackets, or `list(…)`, make a list."
    item = expected.items[0]
    if len({part.kind for part in expected.items}) > 1:
        return ""
    inside = f" ({', '.join(part.name or part.kind for part in item.items)})" if item.kind == "tuple" else ""
    return f"The list should hold {expected.size} values, each of them {describe_form(item)}{inside}."


def _without_name(form: Form) -> Form:
    return replace(form, name="", grad=False)


def _with_name(place: Place) -> str:
    """Say that a name comes with each value, "" if the function asks for none."""
    for node in _own(place):
        if isinstance(node, ast.Attribute) and node.attr in WITH_NAMES:
            plain = node.attr.removeprefix("named_")
            return f"`{node.attr}()` gives pairs of a name and a value: keep only the value, or use `{plain}()`."
    return ""


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
        return Remedy("One value is expected: take it out of the result.")
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
    if words := _with_name(place):
        return Remedy(words)
    if place.function is None or any(_makes_text(node) for node in _own(place)):
        return Remedy("Return the value itself, not a text of it: without `str(…)`, quotes or an f-string.")
    return Remedy("Return the value itself, not its name or a text of it.")


def _makes_text(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr() | ast.Call(func=ast.Name(id="str" | "repr")) | ast.Call(func=ast.Attribute(attr="format")):
            return True
        case ast.Constant(value=str()):
            return True
    return False


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
    value = place.found.value if place.found else None
    if value is not None and any(isinstance(node, ast.Compare) for node in _chain(value)):
        return Remedy(f"{start}: a comparison, as in line {value.lineno}, has no gradient.")
    line = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr in SWITCHES)
    reason = f": line {line} switches gradients off" if line else ""
    return Remedy(f"{start}{reason}.", line)


def _chain(value: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and what its methods are called on: of `a.b().c()` also `a.b()`, and `a`."""
    yield value
    match value:
        case ast.Call(func=ast.Attribute(value=inner)):
            yield from _chain(inner)


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
    if words := _dimension_lost(got, expected, place):
        return words
    extra, missing = _one_more(got, expected), _one_more(expected, got)
    if extra is not None:
        return f"It has an extra dimension of size 1: `.squeeze({extra})` removes it."
    if missing is not None:
        reduces = _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr in REDUCTIONS)
        shape = str(tuple(expected))
        other = "sums and means keep theirs with `keepdim=True`" if reduces else f"or create it with shape {shape}"
        return f"A dimension of size 1 is missing: `.unsqueeze({missing})` adds it; {other}."
    if len(got) == 2 and len(expected) == 1 and got[0] == got[1] == expected[0]:
        n = expected[0]
        return f"Shapes ({n}, 1) and ({n},) broadcast to ({n}, {n}): make both of shape ({n},) before you combine them."
    if len(got) == len(expected) and got != expected and sorted(got) == sorted(expected):
        return "The dimensions are in another order: `.T` or `.transpose(…)` swaps two."
    if not got and _line_with(place, lambda node: isinstance(node, ast.Attribute) and node.attr in REDUCTIONS):
        return "It is a single number: sums, means and the like reduce only one dimension when they are given `dim=`."
    if not expected:
        return "A single number is expected: reduce over all dimensions."
    if torch.Size(got).numel() == torch.Size(expected).numel():
        return "It has the right number of values, in another shape: `.reshape(…)` or `.flatten(…)` changes that."
    return ""


def _dimension_lost(got: tuple[int, ...], expected: tuple[int, ...], place: Place) -> str:
    """Say which line removes or merges the dimensions that are missing, "" if none does."""
    for node in _own(place):
        match node:
            case ast.Call(func=ast.Attribute(attr="squeeze"), args=[], keywords=[]) if len(got) < len(expected):
                return (
                    f"`.squeeze()` in line {node.end_lineno} removes every dimension of size 1. Name the one to "
                    "remove, "
                    "as `.squeeze(dim)`, or leave it out."
                )
            case ast.Call(func=ast.Attribute(attr="flatten"), args=[], keywords=[]) if len(got) < len(expected):
                return f"`.flatten()` in line {node.end_lineno} merges all dimensions, so those of the result are gone."
            case ast.Call(func=ast.Attribute(attr="reshape" | "view" as name), args=[first, last]) if len(got) != len(
                expected
            ):
                if ast.unparse(first) == "-1" and "[-1]" in ast.unparse(last):
                    return (
                        f"`.{name}(-1, …)` in line {node.end_lineno} merges the leading dimensions: leave it out, or "
                        "give the result its own back."
                    )
    return ""


def _one_more(long: tuple[int, ...], short: tuple[int, ...]) -> int | None:
    """Return which dimension, of size 1, one shape has beyond the other, the last if any would do."""
    places = range(len(long) - 1, -1, -1)
    return next((i for i in places if long[i] == 1 and long[:i] + long[i + 1 :] == short), None)


def _remedy_for_dtype(got: str, expected: str, place: Place) -> Remedy:
    is_float = expected.startswith(("float", "bfloat"))
    name = _first_tensor(place)
    keep = f" `.to({name}.dtype)` would keep the dtype of `{name}`." if name else ""
    if found := find_conversion(_own(place), got):
        line, words = found
        turns = "asks for" if words.startswith("torch.") else "turns it into"
        return Remedy(f"`{words}` in line {line} {turns} {got}" + (f".{keep}" if is_float else ": leave it out."), line)
    made = f"`.to({name}.dtype)`" if name else "`.to(…)` with the dtype asked for"
    if is_float and got == "bool":
        return Remedy(f"A comparison gives bools: {made} makes numbers of them.")
    if is_float and not got.startswith(("float", "bfloat", "complex")):
        return Remedy(f"Those are integers: {made} makes floats of them.")
    if is_float:
        return _remedy_for_float(got, place, name)
    if expected == "int64":
        return Remedy("Integers (int64) are expected, such as positions, counts or class labels.")
    return Remedy(f"`.to(torch.{expected})` converts it.")


def _remedy_for_float(got: str, place: Place, name: str) -> Remedy:
    """Say what made a float of another dtype, as far as the text shows it."""
    dtype = f"`dtype={name}.dtype`" if name else "`dtype=`"
    for node in _own(place):
        match node:
            case ast.Call(func=ast.Attribute(attr="from_numpy")) if got == "float64":
                return Remedy(f"The tensor of line {node.lineno} has numpy's dtype: `.to(…)` converts it.", node.lineno)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=function)) if function in FACTORIES:
                if got == "float32" and all(keyword.arg != "dtype" for keyword in node.keywords):
                    text = f"`torch.{function}(…)` in line {node.lineno} creates float32 unless it is told otherwise"
                    return Remedy(f"{text}: add {dtype}.", node.lineno)
            case ast.Call(func=ast.Attribute(attr="to" | "type" as method)) if "dtype" in ast.unparse(node):
                return Remedy(f"`.{method}(…)` in line {node.end_lineno} decides the dtype.", node.end_lineno)
    return Remedy(f"`.to({name}.dtype)` gives it the dtype of `{name}`." if name else "")


def _first_tensor(place: Place) -> str:
    """Return the name of a function's first parameter that is a tensor by its annotation, "" if there is none."""
    arguments = place.function.args.args if place.function else []
    return next((a.arg for a in arguments if a.annotation and as_code(a.annotation) in TENSOR), "")
