"""What torch raises: autograd, shapes, dtypes, indices."""

from __future__ import annotations

import ast
import math
import re

from torch import nn

from torchdojo.explain.calls import something_none
from torchdojo.explain.code import Method, as_code, walk_own
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
LONG = "whole numbers, such as class labels (`.long()`)"
DTYPES = {"Long": LONG, "Int": LONG, "Float": "float32 (`.float()`)", "Double": "float64 (`.double()`)"}
MAKE_TENSORS = ("int", "float", "bool", "complex", "list", "tuple")  # what `torch.tensor` takes
CUTS = {
    "item": "gives a plain number",
    "tolist": "gives plain numbers",
    "numpy": "leaves torch",
    "detach": "cuts a tensor off from its history",
    "argmax": "gives indices, which have no gradient",
    "round": "has the gradient 0 everywhere",
}


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
    text = "`backward()` finds no way back: nothing that the loss was computed from requires grad."
    cuts = _cuts(raised)
    if cuts:
        line, what, effect = cuts[0]
        return f"{text} Look at line {line}: `{what}` {effect}."
    return f"{text} Parameters need `requires_grad=True`, or to be an `nn.Parameter`."


def _cuts(raised: Raised) -> list[tuple[int, str, str]]:
    """Return where the exercise and what it uses may cut a tensor off from its history: line, code, and why."""
    found: dict[int, tuple[str, str]] = {}
    functions = [raised.function] if raised.function else []
    for statement in raised.code.source.statements.closure([raised.exercise]):
        functions += [node for node in ast.walk(statement.node) if isinstance(node, Method)]
    for function in functions:
        for node in walk_own(function):
            if cut := _cut(node):
                found.setdefault(getattr(node, "lineno", 0), cut)
    return [(line, *found[line]) for line in sorted(found)]


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
            return (text, "records nothing") if "no_grad" in text or "inference_mode" in text else None
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
    return f"`backward()` in {raised.here} starts from one number: reduce the loss with `.mean()` or `.sum()` first."


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


@rules.on("RuntimeError", r"mat1 and mat2 shapes cannot be multiplied \((\d{1,9})x(\d{1,9}) and (\d{1,9})x(\d{1,9})\)")
def unequal_inner(raised: Raised, rows: str, columns: str, inner: str, outer: str) -> str:
    if any(isinstance(node.op, ast.MatMult) for node in raised.code.at(raised.line, ast.BinOp)):
        text = (
            f"In {raised.here}, the matrix on the left of `@` has {columns} columns, the one on the right {inner} rows."
        )
        if columns == outer:
            return f"{text} They must be equal: the right one fits if it is turned, with `.T`."
        if rows == inner:
            return f"{text} They must be equal: the left one fits if it is turned, with `.T`."
        return f"{text} They must be equal."
    return (
        f"In {raised.here}, the first matrix has {columns} columns (the features that come in), the second {inner} "
        "rows (the features that are expected, `in_features` of a linear layer). They must be equal."
    )


@rules.on(
    "RuntimeError",
    r"The size of tensor a \((\d{1,9})\) must match the size of tensor b \((\d{1,9})\) at non-singleton dimension "
    r"(\d{1,3})",
)
def not_broadcast(raised: Raised, left: str, right: str, dimension: str) -> str:
    return (
        f"Two tensors in {raised.here} do not fit: in dimension {dimension} the first has size {left}, the second "
        f"{right}. Counted from the last dimension, sizes must be equal, or one of them 1. Print both "
        "shapes; `keepdim=True` or `unsqueeze` adds a 1."
    )


@rules.on("RuntimeError", r"Boolean value of Tensor with (?:more than one|no) values? is ambiguous")
def ambiguous_truth(raised: Raised) -> str:
    return (
        f"A whole tensor is used as one condition in {raised.here}. `torch.where` chooses for each entry; `.any()` and "
        "`.all()` give one answer."
    )


@rules.on("RuntimeError", r"expected scalar type (\w+) but found (\w+)")
def wrong_scalar_type(raised: Raised, wanted: str, found: str) -> str:
    if wanted not in DTYPES:
        return ""
    return f"In {raised.here} torch needs {DTYPES[wanted]}, and gets {found}."


@rules.on("RuntimeError", r"expected target dtype to be Long or Byte, but got (\w+)")
def wrong_target_type(raised: Raised, found: str) -> str:
    return wrong_scalar_type(raised, "Long", found)


@rules.on(
    "RuntimeError",
    r"(?:expected m1 and m2|mat1 and mat2 must|expected mat1 and mat2) (?:to )?have the same dtype, but got:? "
    r"(\w+) (?:!=|and) (\w+)",
)
def mixed_dtypes(raised: Raised, left: str, right: str) -> str:
    return f"Two tensors in {raised.here} have different dtypes, {left} and {right}. `b.to(a.dtype)` makes them equal."


@rules.on("RuntimeError", r"\"[\w ]+\" not implemented for '(Long|Int|Float|Double|Bool)'")
def no_kernel(raised: Raised, dtype: str) -> str:
    if dtype in ("Float", "Double"):
        return f"torch does not do this with {dtype}: class labels and indices are whole numbers (`.long()`)."
    return f"torch does not do this with {dtype}, in {raised.here}: convert with `.float()` first."


@rules.on("RuntimeError", r"mean\(\): could not infer output dtype.*Got: (\w+)")
def mean_of_integers(raised: Raised, dtype: str) -> str:
    return f"The mean in {raised.here} is of {dtype}, and a mean needs floats: convert with `.float()` first."


@rules.on("RuntimeError", r"result type (\w+) can't be cast to the desired output type (\w+)")
def cast_in_place(raised: Raised, result: str, wanted: str) -> str:
    return (
        f"In {raised.here} a result of type {result} is to be kept in a tensor of {wanted}: create that one with "
        "another dtype."
    )


@rules.on("IndexError", r"index (-?\d{1,9}) is out of bounds for dimension (\d{1,3}) with size (\d{1,9})")
def index_beyond(raised: Raised, index: str, dimension: str, size: str) -> str:
    if size == "0":
        return f"In {raised.here}, dimension {dimension} is empty, so it has no index {index}."
    return (
        f"In {raised.here}, dimension {dimension} has the indices 0 to {int(size) - 1}, and {index} is not one of them."
    )


@rules.on(
    "IndexError", r"Dimension out of range \(expected to be in range of \[-\d{1,3}, (\d{1,3})\], but got (-?\d{1,9})\)"
)
def dimension_beyond(raised: Raised, last: str, wanted: str) -> str:
    known = "only dimension 0" if last == "0" else f"the dimensions 0 to {last}"
    return f"The tensor in {raised.here} has {known}, and dimension {wanted} is asked for. Print its shape."


@rules.on("IndexError", r"too many indices for tensor of dimension (\d{1,3})")
def too_many_indices(raised: Raised, dimensions: str) -> str:
    return f"The tensor in {raised.here} takes at most {dimensions} indices, one for each dimension. Print its shape."


@rules.on("IndexError", r"index out of range in self")
def beyond_embedding(raised: Raised) -> str:
    return f"An index in {raised.here} is not below `num_embeddings`: with n rows, indices go from 0 to n - 1."


@rules.on("IndexError", r"Target (-?\d{1,9}) is out of bounds\.?")
def label_beyond(raised: Raised, label: str) -> str:
    if label.startswith("-"):
        return f"The label {label} is below 0: labels go from 0 to the number of classes - 1."
    return f"The label {label} is not below the number of classes, which is the number of columns of the logits."


@rules.on("IndexError", r"tensors used as indices must be long.*")
def float_index(raised: Raised) -> str:
    return f"An index in {raised.here} is a tensor of floats: indices are whole numbers (`.long()`) or booleans."


@rules.on("TypeError", r"(?:iteration over|len\(\) of) a 0-d tensor")
def no_length(raised: Raised) -> str:
    return f"The tensor in {raised.here} has no dimension: it is one number, not several."


@rules.on("IndexError", r"invalid index of a 0-dim tensor.*")
def index_of_number(raised: Raised) -> str:
    return no_length(raised)


@rules.on("RuntimeError", r"a Tensor with (\d{1,9}) elements cannot be converted to Scalar")
def not_one_number(raised: Raised, count: str) -> str:
    return f"The tensor in {raised.here} holds {count} numbers, and `.item()` or `float()` takes one: reduce it first."


@rules.on("ValueError RuntimeError", r"only one element tensors can be converted to Python scalars")
def not_one_element(raised: Raised) -> str:
    return (
        f"A tensor with several numbers is used in {raised.here} where one number is needed. `torch.stack(…)` joins "
        "a list of tensors; `torch.tensor(…)` takes numbers."
    )


@rules.on("TypeError", r"expected Tensor as element \d+ in argument 0, but got (\w+)")
def no_tensor_in_list(raised: Raised, kind: str) -> str:
    if kind == "NoneType":
        return something_none(raised)
    return (
        f"`torch.stack` and `torch.cat` join tensors, and the list in {raised.here} holds {kind}: "
        "`torch.tensor(…)` takes numbers."
    )


@rules.on("RuntimeError", r"shape '\[([\d, -]{1,60})\]' is invalid for input of size (\d{1,12})")
def wrong_view(raised: Raised, shape: str, size: str) -> str:
    parts = [part.strip() for part in shape.split(",")]
    if not all(re.fullmatch(r"-?\d+", part) for part in parts):
        return ""
    sizes = list(map(int, parts))
    product = math.prod(sizes)
    if -1 in sizes:
        return f"The tensor in {raised.here} holds {size} numbers, which {-product} does not divide."
    return (
        f"The tensor in {raised.here} holds {size} numbers, and the new shape {product}. One size may be -1: torch "
        "computes it."
    )


@rules.on("RuntimeError", r"stack expects each tensor to be equal size.*")
def unequal_stack(raised: Raised) -> str:
    return (
        f"`torch.stack` in {raised.here} needs tensors of one shape. `torch.cat` joins along a dimension that they "
        "have."
    )


@rules.on("RuntimeError", r"zero-dimensional tensor \(at position \d+\) cannot be concatenated")
def cat_of_numbers(raised: Raised) -> str:
    return f"`torch.cat` in {raised.here} needs tensors with a dimension. `torch.stack` joins single numbers."


@rules.on(
    "RuntimeError ValueError",
    r"(?:torch\.cat\(\): )?expected a non-empty list of Tensors|stack expects a non-empty TensorList",
)
def empty_list(raised: Raised) -> str:
    return f"The list in {raised.here} is empty: nothing was added to it."


@rules.on("ValueError", r"optimizer got an empty parameter list")
def no_parameters(raised: Raised) -> str:
    return (
        "The module has no parameters. It finds an `nn.Parameter` or a module that is set on `self`; of a Python list "
        "it knows nothing: use `nn.ModuleList` or `nn.ParameterList`. An iterator can be used only once."
    )


@rules.on("ValueError", r"can't optimize a non-leaf Tensor")
def not_a_leaf(raised: Raised) -> str:
    return "A parameter must not be the result of a computation: compute its value, then `.detach().requires_grad_()`."


@rules.on("TypeError", r"([\w.]+)\(\): argument '(\w+)' \(position \d+\) must be Tensor, not (\w+)")
def no_tensor(raised: Raised, function: str, _: str, kind: str) -> str:
    if kind == "NoneType":
        return something_none(raised)
    if _is_layer(raised, kind):
        return f"A `{kind}` in {raised.here} is a layer, not its output. Create it, then call it: `{kind}(…)(x)`."
    an = "an" if kind[:1] in "aeiouAEIOU" else "a"
    text = f"`{function}` of torch takes a tensor, and gets {an} {kind} in {raised.here}"
    return f"{text}: `torch.tensor(…)` makes a tensor of it." if kind in MAKE_TENSORS else f"{text}."


def _is_layer(raised: Raised, kind: str) -> bool:
    """Whether a class is a module, of torch or of the text."""
    owner, known = raised.code.classes.get(kind), getattr(nn, kind, None)
    if owner is not None:
        return "forward" in raised.code.methods(owner)
    return isinstance(known, type) and issubclass(known, nn.Module)


@rules.on("TypeError", r"cannot assign '([\w.]+)' (?:object )?(?:as|to) parameter '(\w+)'.*")
def assigned_to_parameter(raised: Raised, _: str, name: str) -> str:
    return (
        f"`self.{name}` is an `nn.Parameter`, and {raised.here} puts a plain tensor in its place. To change its "
        f"values: `with torch.no_grad(): self.{name}.copy_(…)`."
    )


@rules.on("TypeError", r"[\w.<>' ]+ is not a Module subclass")
def no_module(raised: Raised) -> str:
    return (
        f"What {raised.here} joins must be layers: `nn.ReLU()` is one, with parentheses; its class is none, nor is "
        "a function."
    )


@rules.on(
    "RuntimeError",
    r"Given groups=\d+, weight of size \[[\d, ]+\], expected input\[[\d, ]+\] to have (\d{1,9}) channels, but got "
    r"(\d{1,9}) channels instead",
)
def wrong_channels(raised: Raised, wanted: str, found: str) -> str:
    return f"The convolution has `in_channels` {wanted}, and what comes in has {found} channels (its dimension 1)."


@rules.on("RuntimeError", r"Expected (?:2D \(unbatched\) or 3D|3D \(unbatched\) or 4D) .*")
def no_batch(raised: Raised) -> str:
    return (
        f"The layer in {raised.here} takes a batch of images, (batch, channels, height, width), and gets another "
        "number of dimensions."
    )


@rules.on("ValueError", r"Expected input batch_size \((\d{1,9})\) to match target batch_size \((\d{1,9})\)\.?")
def unequal_batches(raised: Raised, logits: str, targets: str) -> str:
    return f"There are {logits} rows of logits and {targets} labels in {raised.here}: one label for each row is needed."
