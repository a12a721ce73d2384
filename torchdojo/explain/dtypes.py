"""Dtypes that do not go together, and where code names one: `.double()`, `torch.float32`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from torchdojo.explain.code import as_code, is_self, walk_own
from torchdojo.explain.rules import Raised, Rules

rules = Rules()

# What methods make, and what messages and `torch.…` call the dtypes.
METHODS = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "bfloat16": "bfloat16",
    "long": "int64",
    "int": "int32",
    "bool": "bool",
}
NAMES = {name: name for name in METHODS.values()} | {
    name: METHODS[name] for name in ("float", "double", "half", "long")
}
IN_MESSAGES = METHODS | {"short": "int16", "byte": "uint8", "char": "int8", "c10::half": "float16", "c10": "float16"}
FACTORIES = {f"`torch.{name}`" for name in ("tensor", "empty", "zeros", "ones", "full", "rand", "randn", "arange")}
LONG = "integers, such as class labels (`.long()`)"
DTYPES = {"Long": LONG, "Int": LONG, "Float": "float32 (`.float()`)", "Double": "float64 (`.double()`)"}


def plain_dtype(word: str) -> str:
    """Return what torch's users call a dtype that a message calls `Long`, `double` or `torch.FloatTensor`."""
    plain = word.removeprefix("torch.").removesuffix("Tensor").lower()
    return IN_MESSAGES.get(plain, plain)


def find_conversion(nodes: Iterable[ast.AST], dtype: str) -> tuple[int, str] | None:
    """Return the last place among these nodes that asks for a dtype: its line, and the words there."""
    found = [
        (node.end_lineno or 0, words)
        for node in nodes
        if isinstance(node, ast.expr)
        for words, made in [_asked(node)]
        if made == dtype
    ]
    return max(found, default=None)


def _asked(node: ast.expr) -> tuple[str, str]:
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[]) if name in METHODS:
            return f".{name}()", METHODS[name]
        case ast.Attribute(value=ast.Name(id="torch"), attr=name) if name in NAMES:
            return f"torch.{name}", NAMES[name]
    return "", ""


@rules.on("RuntimeError", r"expected scalar type (\w+) but found (\w+)")
def wrong_scalar_type(raised: Raised, wanted: str, found: str) -> str:
    if wanted not in DTYPES:
        return ""
    return f"In {raised.here} torch needs {DTYPES[wanted]}, and gets {plain_dtype(found)}."


@rules.on("RuntimeError", r"expected target dtype to be Long or Byte, but got (\w+)")
def wrong_target_type(raised: Raised, found: str) -> str:
    return wrong_scalar_type(raised, "Long", found)


@rules.on(
    "RuntimeError",
    r"(?:expected m1 and m2|mat1 and mat2 must|expected mat1 and mat2) (?:to )?have the same dtype, but got:? "
    r"(\w+) (?:!=|and) (\w+)",
)
def mixed_dtypes(raised: Raised, left: str, right: str) -> str:
    pair = [plain_dtype(left), plain_dtype(right)]
    text = f"Two tensors in {raised.here} have different dtypes, {pair[0]} and {pair[1]}."
    return f"{text} {_why_mixed(raised, pair) or 'Both must have the same.'}"


@rules.on("RuntimeError", r"Input type \(([\w.]+)\) and (?:weight|bias) type \(([\w.]+)\) should be the same.*")
def mixed_layer_dtypes(raised: Raised, found: str, made: str) -> str:
    pair = [plain_dtype(made), plain_dtype(found)]
    if pair[0] == pair[1]:
        return ""
    text = f"The parameters of a layer in {raised.here} are {pair[0]}, and its input is {pair[1]}."
    return f"{text} {_why_mixed(raised, pair) or 'Both must have the same dtype.'}"


def _why_mixed(raised: Raised, pair: list[str]) -> str:
    """Say what in the text gives a tensor one of two dtypes, or keeps it from being converted; "" if nothing does."""
    nodes = [node for function in raised.functions for node in walk_own(function)]
    for dtype in pair:
        if found := find_conversion(nodes, dtype):
            return f"`{found[1]}` in line {found[0]} makes one of them {dtype}: leave it out, or convert both."
    owner = raised.code.class_at(raised.line)
    line, name, cure = next(_not_registered(owner), (0, "", "")) if owner else (0, "", "")
    if not line:
        return ""
    return (
        f"`self.{name}` (line {line}) is not registered with the module, so the module's `.double()` and `.to(…)` "
        "leave it "
        f"as it is: make it an `{cure}`."
    )


def _not_registered(owner: ast.ClassDef) -> Iterator[tuple[int, str, str]]:
    """Yield what a module's `__init__` sets to a plain tensor or to a list of layers: line, name, and what it needs."""
    init = next((node for node in owner.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None)
    assigned = [node for node in walk_own(init) if isinstance(node, ast.Assign)] if init else []
    lists = {node.targets[0].id for node in assigned if isinstance(node.targets[0], ast.Name) and _is_list(node.value)}
    for node in assigned:
        target, value = node.targets[0], node.value
        if not (isinstance(target, ast.Attribute) and is_self(target.value)):
            continue
        if _is_list(value) or (isinstance(value, ast.Name) and value.id in lists):
            yield node.lineno, target.attr, "nn.ModuleList"
        elif any(isinstance(part, ast.Call) and as_code(part.func) in FACTORIES for part in _chain(value)):
            yield node.lineno, target.attr, "nn.Parameter"


def _is_list(value: ast.expr) -> bool:
    return isinstance(value, ast.List | ast.ListComp)


def _chain(value: ast.expr) -> Iterator[ast.expr]:
    """Yield an expression and what its methods are called on: of `a.b().c()` also `a.b()`, and `a`."""
    yield value
    match value:
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Attribute(value=inner) | ast.BinOp(left=inner):
            yield from _chain(inner)
        case ast.IfExp(body=inner):
            yield from _chain(inner)


@rules.on("RuntimeError", r"\"[\w ]+\" not implemented for '(Long|Int|Float|Double|Bool)'")
def no_kernel(raised: Raised, dtype: str) -> str:
    if dtype in ("Float", "Double"):
        return f"torch does not do this with {dtype}: class labels and indices are integers (`.long()`)."
    return f"torch does not do this with {dtype}, in {raised.here}: convert with `.float()` first."


@rules.on("RuntimeError", r"mean\(\): could not infer output dtype.*Got: (\w+)")
def mean_of_integers(raised: Raised, dtype: str) -> str:
    return (
        f"{raised.start} takes the mean of a tensor of {plain_dtype(dtype)}, and `mean` needs floats: convert "
        "first, with `.to(…)` and the dtype that the result should have."
    )


@rules.on("RuntimeError", r"result type (\w+) can't be cast to the desired output type (\w+)")
def cast_in_place(raised: Raised, result: str, wanted: str) -> str:
    return (
        f"In {raised.here} a result of type {result} is to be kept in a tensor of {wanted}: create that one with "
        "another dtype."
    )


@rules.on("IndexError", r"tensors used as indices must be long.*")
def float_index(raised: Raised) -> str:
    return f"An index in {raised.here} is a tensor of floats: indices are integers (`.long()`) or booleans."


@rules.on("RuntimeError", r"one_hot is only applicable to index tensor of type LongTensor\.?")
def one_hot_of_floats(raised: Raised) -> str:
    return f"`one_hot` in {raised.here} takes class labels, which are int64 (`.long()`)."


@rules.on(
    "TypeError",
    r"\w+\(\): argument 'size' (?:\(position \d+\) must be tuple of ints, but found element of type (float|str).*|"
    r"failed to unpack the object at pos \d+ with error \"type must be tuple of ints, ?but got (float|str).*)",
)
def size_not_an_int(raised: Raised, kind: str | None, other: str | None) -> str:
    text = f"A size in {raised.here}, such as a number of channels or features, is a {kind or other}"
    if (kind or other) == "str":
        return f"{text}: sizes are ints. Print what is passed there."
    return f"{text}: sizes are ints. `//` divides two ints and gives an int, `/` gives a float."
