"""Calls: wrong arguments, calls of what is not a function, and None."""

from __future__ import annotations

import ast
import builtins
import inspect

import torch

from torchdojo.explain.code import Code, Method, as_code, bindings, is_self, parameters, returns_value, walk_own
from torchdojo.explain.known import near_name
from torchdojo.explain.names import UNCALLED, misnamed_init
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
CALLED = r"(?:[\w.<>]+\.)??(?:(\w+)\.)?(\w+)\(\)"  # the class, if there is one, and the function
MAX_PARTS = 50  # of a line, of each kind, that are looked at
RETURNS_NONE = ("append", "extend", "insert", "remove", "sort", "reverse", "update", "backward", "step", "zero_grad")


def find_function(raised: Raised, owner: str | None, name: str) -> tuple[Method | None, ast.ClassDef | None]:
    """Return a function of the text that an exception names, and its class; None if it is not the text's.

    A message names the class of a method. What a line calls as an attribute, such as `F.softmax` or `nn.Linear`, is
    another's even if the text has a function or a class of that name.
    """
    code = raised.code
    called = owner if owner and name == "__init__" else name
    if not owner or name == "__init__":
        functions = [call.func for call in code.at(raised.line, ast.Call)]
        if any(isinstance(f, ast.Attribute) and f.attr == called and not is_self(f.value) for f in functions):
            return None, None
    if owner:
        kind = code.classes.get(owner)
        return (code.methods(kind).get(name), kind) if kind else (None, None)
    return code.functions.get(name), None


def lacks_self(function: Method, owner: ast.ClassDef | None) -> bool:
    """Whether a method has no `self`."""
    plain = not any(getattr(d, "id", "") in ("staticmethod", "classmethod") for d in function.decorator_list)
    return owner is not None and plain and "self" not in parameters(function) and "cls" not in parameters(function)


def other_signature(code: Code, function: Method, owner: ast.ClassDef | None) -> str:
    """Say that a function's parameters are not those of the stub, "" if they are."""
    given: ast.AST | None = code.stub.get(owner.name if owner else function.name)
    if owner and isinstance(given, ast.ClassDef):
        given = next((n for n in given.body if isinstance(n, ast.FunctionDef) and n.name == function.name), None)
    if not isinstance(given, Method) or parameters(given) == parameters(function):
        return ""
    wanted, found = (f"{function.name}({', '.join(parameters(f))})" for f in (given, function))
    return (
        f"The course defines `{wanted}`, and line {function.lineno} has `{found}`: keep the parameters as they are "
        "given."
    )


@rules.on(
    "TypeError",
    rf"{CALLED} takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given",
    anywhere=True,
)
def too_many(raised: Raised, owner: str | None, name: str, takes: str, given: str) -> str:
    function, kind = find_function(raised, owner, name)
    if kind is not None and name == "__init__" and (misnamed := misnamed_init(raised.code, kind)):
        return misnamed
    if function is None:
        return ""
    if lacks_self(function, kind):
        names = ", ".join(["self", *parameters(function)])
        return (
            f"The method `{name}` in line {function.lineno} has no `self`. Python passes the object as the first "
            f"argument: `def {name}({names})`."
        )
    if other := other_signature(raised.code, function, kind):
        return other
    more = " The count includes `self`." if kind is not None else ""
    return (
        f"`{name}` (line {function.lineno}) has fewer parameters than it is given values: {takes}, not {given}.{more}"
    )


@rules.on("TypeError", r"(\w+)\(\) takes no arguments", anywhere=True)
def no_arguments(raised: Raised, name: str) -> str:
    owner = raised.code.classes.get(name)
    if owner is None:
        return ""
    return (
        misnamed_init(raised.code, owner)
        or f"The class `{name}` (line {owner.lineno}) has no `__init__` that takes any."
    )


@rules.on("TypeError", rf"{CALLED} missing \d+ required positional arguments?: '(\w+)'.*", anywhere=True)
def too_few(raised: Raised, owner: str | None, name: str, first: str) -> str:
    function, kind = find_function(raised, owner, name)
    if function is None:
        return ""
    calls = [as_code(call.func) for call in raised.code.at(raised.line, ast.Call)]
    if kind is not None and (first == "self" or f"`{kind.name}.{name}`" in calls):
        return (
            f"`{name}` is called on the class `{kind.name}` in {raised.here}: `{kind.name}(…)` creates an object first."
        )
    if other := other_signature(raised.code, function, kind):
        return other
    if lacks_self(function, kind):
        return too_many(raised, owner, name, "", "")
    return (
        f"`{name}` (line {function.lineno}) needs a value for `{first}`, and {raised.here} passes none."
        if raised.line
        else ""
    )


@rules.on("TypeError", rf"{CALLED} got an unexpected keyword argument '(\w+)'.*", anywhere=True)
def unknown_keyword(raised: Raised, owner: str | None, name: str, keyword: str) -> str:
    function, kind = find_function(raised, owner, name)
    if function is None:
        known = _library_parameters(owner or name)
        near = near_name(keyword, known, 0.6)
        return f"`{owner or name}` has no parameter `{keyword}`. Did you mean `{near}`?" if near else ""
    if kind is not None and name == "__init__" and (misnamed := misnamed_init(raised.code, kind)):
        return misnamed
    if other := other_signature(raised.code, function, kind):
        return other
    names = ", ".join(f"`{n}`" for n in parameters(function) if n != "self")
    return f"`{name}` (line {function.lineno}) has no parameter `{keyword}`. It has {names or 'none'}."


def _library_parameters(name: str) -> list[str]:
    for space in (torch.nn, torch.nn.functional, torch.optim, torch.optim.lr_scheduler, torch.utils.data):
        found = getattr(space, name, None)
        if callable(found):
            try:
                return list(inspect.signature(found).parameters)
            except (TypeError, ValueError):
                return []
    return []


@rules.on("TypeError", rf"{CALLED} got multiple values for argument '(\w+)'", anywhere=True)
def given_twice(raised: Raised, owner: str | None, name: str, argument: str) -> str:
    function, kind = find_function(raised, owner, name)
    if function is not None and lacks_self(function, kind):
        return too_many(raised, owner, name, "", "")
    return f"`{argument}` is given twice to `{name}` in {raised.here}: once by its place, once by its name."


@rules.on("TypeError", r"'([\w.]+)' object is not callable", anywhere=True)
def not_callable(raised: Raised, kind: str) -> str:
    kind = kind.rpartition(".")[2]
    if kind == "NoneType":
        return something_none(raised)
    for call in raised.code.at(raised.line, ast.Call):
        if isinstance(call.func, ast.Name) and hasattr(builtins, call.func.id) and raised.function:
            lines = bindings(raised.function).get(call.func.id, [])
            if lines:
                return (
                    f"In line {lines[0]}, `{call.func.id}` becomes a name of yours, which hides Python's own "
                    f"`{call.func.id}`: choose another name."
                )
        if kind == "bool" and isinstance(call.func, ast.Attribute) and (quoted := as_code(call.func)):
            return f"{quoted} is True or False, not a method: write it without parentheses."
        if kind == "Size" and isinstance(call.func, ast.Attribute) and call.func.attr == "shape":
            return "`.shape` is not a method: write it without parentheses, or with an index, as in `x.shape[0]`."
    if raised.line and kind == "module":
        return f"What {raised.here} calls is a module, not a function in it."
    if raised.line and kind == "property":
        return f"What {raised.here} calls is a property: write it without parentheses."
    owner = raised.code.classes.get(kind)
    if owner is not None:
        if "forward" in raised.code.methods(owner):
            return f"`{kind}` (line {owner.lineno}) does not derive from `nn.Module`, which makes its objects callable."
        return ""
    if raised.line and kind in ("Tensor", "Parameter", "int", "float", "list", "tuple", "str", "dict"):
        what = {"Tensor": "a tensor", "Parameter": "a parameter", "int": "an int"}.get(kind, f"a {kind}")
        return (
            f"Parentheses follow {what} in {raised.here}, as if it were a function. An index takes `[…]`, "
            "a product needs `*`."
        )
    return ""


@rules.on("TypeError", r"'([\w.]+)' object is not (?:iterable|subscriptable)|cannot unpack non-iterable (\w+) object")
def not_iterable(raised: Raised, kind: str | None, unpacked: str | None) -> str:
    kind = (kind or unpacked or "").rpartition(".")[2]
    if kind == "NoneType":
        return something_none(raised)
    if kind in UNCALLED:
        return f"A function in {raised.here} was not called: it needs `()`, as in `model.parameters()`."
    if kind == "generator":
        return f"A generator in {raised.here} has no index. `list(…)` makes a list of it."
    if kind in ("int", "float"):
        an = "an int" if kind == "int" else "a float"
        return f"In {raised.here}, {an} is used as if it held several values. To count up to n, loop over `range(n)`."
    return ""


@rules.on("TypeError", r"object of type 'generator' has no len\(\)")
def length_of_generator(raised: Raised) -> str:
    return f"A generator in {raised.here} has no length. `list(…)` makes a list of it, which can also be read twice."


@rules.on("TypeError", r"unsupported operand type\(s\) for [^:]+: '(\w+)' and '(\w+)'")
def bad_operands(raised: Raised, left: str, right: str) -> str:
    if "NoneType" in (left, right):
        return something_none(raised)
    if {left, right} & set(UNCALLED):
        return f"A function in {raised.here} is used as a value without being called: it needs `()`."
    return ""


@rules.on("TypeError", r"'[<>]=?' not supported between instances of '(\w+)' and '(\w+)'")
def bad_comparison(raised: Raised, left: str, right: str) -> str:
    return bad_operands(raised, left, right)


@rules.on("AttributeError", r"'NoneType' object has no attribute '(\w+)'.*")
def attribute_of_none(raised: Raised, name: str) -> str:
    found = [node.value for node in raised.code.at(raised.line, ast.Attribute) if node.attr == name]
    if raised.line is None:
        return ""
    if len(found) == 1 and (reason := why_none(raised, found[0])):
        return reason
    return something_none(raised)


def something_none(raised: Raised) -> str:
    """Explain a None in the line that raised."""
    if raised.line is None:
        return ""
    found = [n for kind in (ast.Attribute, ast.Call, ast.Name) for n in raised.code.at(raised.line, kind)[:MAX_PARTS]]
    reason = next((reason for node in found if (reason := why_none(raised, node))), "")
    general = (
        f"A value in {raised.here} is None: a function without `return` gives it, and `.grad` before `backward()`."
    )
    return reason or general


def why_none(raised: Raised, node: ast.AST) -> str:
    """Say why an expression is or may be None, "" if its text does not tell."""
    code = raised.code
    match node:
        case ast.Attribute(attr="grad"):
            return _grad_none(raised, node)
        case ast.Call(func=ast.Attribute(attr=name)) if name in RETURNS_NONE:
            return f"`.{name}(…)` returns None: all that it does is done in place."
        case ast.Call(func=ast.Name(id=name)) if name in code.functions:
            return _without_return(code.functions[name])
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            owner = code.class_at(raised.line)
            method = code.methods(owner).get(name) if owner else None
            return _without_return(method) if method else ""
        case ast.Name(id=name) if raised.function:
            values = (n.value for n in walk_own(raised.function) if isinstance(n, ast.Assign) and _is_to(n, name))
            return next(
                (
                    f"{reason[:-1]}, and `{name}` gets that."
                    if isinstance(v, ast.Call)
                    else f"`{name}` is {as_code(v) or '`.grad`'}: {reason}"
                    for v in values
                    if isinstance(v, ast.Call | ast.Attribute) and (reason := why_none(raised, v))
                ),
                "",
            )
    return ""


def _grad_none(raised: Raised, node: ast.Attribute) -> str:
    """Say when `.grad` is None, and what the text shows of the reason."""
    text = (
        f"{as_code(node) or '`.grad`'} is None until `backward()` has run, and for a tensor that the loss did not use"
    )
    function = raised.function
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    if not name or function is None:
        return f"{text}."
    own = list(walk_own(function))
    made = [n.lineno for n in own if isinstance(n, ast.Assign) and _is_to(n, name) and isinstance(n.value, ast.BinOp)]
    if made:
        return f"{text}. Line {made[0]} makes a new tensor of `{name}`, which has no gradient yet."
    reached = raised.code.source.statements.closure([raised.exercise])
    runs_backward = any(getattr(n, "attr", "") == "backward" for s in reached for n in ast.walk(s.node))
    loops = [n for n in own if isinstance(n, ast.For) and getattr(n.target, "id", "") == name]
    return f"{text}." if runs_backward or not loops else f"{text}. Skip such a one: `if {name}.grad is not None:`."


def _is_to(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _without_return(function: Method) -> str:
    if returns_value(function):
        return ""
    return f"`{function.name}` (line {function.lineno}) has no `return` with a value, so it gives None."
