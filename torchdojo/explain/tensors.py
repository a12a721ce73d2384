"""What torch raises: shapes, indices, lists of tensors and parameters."""

from __future__ import annotations

import ast
import math
import re

from torch import nn

from torchdojo.explain.calls import something_none
from torchdojo.explain.code import Method, as_code, counted, is_optimizer, is_self, parameters, walk_own
from torchdojo.explain.kinds import ordinal
from torchdojo.explain.rules import Raised, Rules

rules = Rules()
MAKE_TENSORS = ("int", "float", "bool", "complex", "list", "tuple")  # what `torch.tensor` takes
READ_ALL = ("list", "tuple", "set", "sorted", "sum", "enumerate", "any", "all", "max", "min", "dict")


@rules.on("RuntimeError", r"mat1 and mat2 shapes cannot be multiplied \((\d{1,9})x(\d{1,9}) and (\d{1,9})x(\d{1,9})\)")
def unequal_inner(raised: Raised, rows: str, columns: str, inner: str, outer: str) -> str:
    if any(isinstance(node.op, ast.MatMult) for node in raised.code.at(raised.line, ast.BinOp)):
        text = (
            f"In {raised.here}, the matrix on the left of `@` has {counted(columns, 'column')}, the one on the right "
            f"{counted(inner, 'row')}."
        )
        if columns == outer:
            return f"{text} They must be equal: the right one fits if it is turned, with `.T`."
        if rows == inner:
            return f"{text} They must be equal: the left one fits if it is turned, with `.T`."
        return f"{text} They must be equal."
    return (
        f"In {raised.here}, the first matrix has {counted(columns, 'column')} (the features that come in), the second "
        f"{counted(inner, 'row')} (the features expected, `in_features` of a linear layer). They must be equal."
    )


@rules.on(
    "RuntimeError",
    r"The size of tensor a \((\d{1,9})\) must match the size of tensor b \((\d{1,9})\) at non-singleton dimension "
    r"(\d{1,3})",
)
def not_broadcast(raised: Raised, left: str, right: str, dimension: str) -> str:
    text = (
        f"Two tensors in {raised.here} have incompatible shapes: in dimension {dimension} the first has size {left}, "
        "the "
        f"second {right}."
    )
    owner = raised.code.class_at(raised.line)
    if owner and is_optimizer(owner) and (shared := _own_tensor(raised)):
        return f"{text} `self.{shared}` is one for all parameters: keep one for each, in `self.state[p]`."
    return f"{text} Counted from the last dimension, sizes must be equal, or one of them 1. Print both shapes."


def _own_tensor(raised: Raised) -> str:
    """Return the attribute of `self` that a line computes with as it is, without an index."""
    nodes = [node for kind in (ast.BinOp, ast.AugAssign) for node in raised.code.at(raised.line, kind)]
    used = [part for node in nodes for part in ast.iter_child_nodes(node) if isinstance(part, ast.Attribute)]
    return next((node.attr for node in used if is_self(node.value)), "")


@rules.on("RuntimeError", r"Boolean value of Tensor with (?:more than one|no) values? is ambiguous")
def ambiguous_truth(raised: Raised) -> str:
    return (
        f"A whole tensor is used as one condition in {raised.here}. `torch.where` chooses for each entry; `.any()` and "
        "`.all()` give one answer."
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


@rules.on("TypeError", r"(?:iteration over|len\(\) of) a 0-d tensor")
def no_length(raised: Raised) -> str:
    return f"The tensor in {raised.here} has no dimensions (its shape is `()`): it is a single number."


@rules.on("IndexError", r"invalid index of a 0-dim tensor.*")
def index_of_number(raised: Raised) -> str:
    return no_length(raised)


@rules.on("RuntimeError", r"a Tensor with (\d{1,9}) elements cannot be converted to Scalar")
def not_one_number(raised: Raised, count: str) -> str:
    return (
        f"The tensor in {raised.here} holds {count} numbers, and `.item()` or `float()` takes a single one: reduce "
        "it first."
    )


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


@rules.on(
    "RuntimeError",
    r"stack expects each tensor to be equal size, but got \[([\d, ]*)\] at entry (\d{1,6}) and \[([\d, ]*)\] at entry "
    r"(\d{1,6})",
)
def unequal_stack(raised: Raised, shape: str, index: str, other: str, other_index: str) -> str:
    places = f"number {int(index) + 1} has shape [{shape}], number {int(other_index) + 1} [{other}]"
    return (
        f"`torch.stack` in {raised.here} needs tensors of the same shape: in its list, {places}. `torch.cat` joins "
        "along a dimension that they have."
    )


@rules.on(
    "RuntimeError",
    r"Sizes of tensors must match except in dimension (\d{1,3})\. Expected size (\d{1,9}) but got size (\d{1,9}) for "
    r"tensor number (\d{1,6}) in the list\.?",
)
def unequal_cat(raised: Raised, dimension: str, wanted: str, found: str, index: str) -> str:
    names = [f"the {ordinal(1)} tensor", f"the {ordinal(int(index) + 1)}"]
    for call in raised.code.at(raised.line, ast.Call):
        items = call.args[0].elts if call.args and isinstance(call.args[0], ast.List | ast.Tuple) else []
        if as_code(call.func) in ("`torch.cat`", "`torch.concat`") and int(index) < len(items):
            quoted = [as_code(items[0]), as_code(items[int(index)])]
            names = quoted if all(quoted) else names
    return (
        f"`torch.cat` in {raised.here} joins along dimension {dimension}: in every other dimension sizes must be "
        "equal. "
        f"In one of these {names[0]} has size {wanted}, and {names[1]} has {found}."
    )


@rules.on("RuntimeError", r"zero-dimensional tensor \(at position \d+\) cannot be concatenated")
def cat_of_numbers(raised: Raised) -> str:
    return f"`torch.cat` in {raised.here} needs tensors with a dimension. `torch.stack` joins single numbers."


@rules.on(
    "RuntimeError ValueError",
    r"(?:torch\.cat\(\): )?expected a non-empty list of Tensors|stack expects a non-empty TensorList",
)
def empty_list(raised: Raised) -> str:
    owner = raised.code.class_at(raised.line)
    init = raised.code.methods(owner).get("__init__") if owner else None
    twice = next(filter(None, (_read_twice(function) for function in (raised.function, init) if function)), "")
    return f"The list in {raised.here} is empty. {twice}".strip()


def _read_twice(function: Method) -> str:
    """Say that a function goes through one of its parameters twice, which a generator does not allow; else ""."""
    nodes = [node for node in walk_own(function) if isinstance(node, ast.Name)]
    rebound = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    reads = sorted((node.lineno, node.id) for node in map(_read, walk_own(function)) if node)
    for index, (line, name) in enumerate(reads):
        later = [node.lineno for node in nodes if node.id == name and node.lineno > line]
        if name in parameters(function) and name not in rebound and later and name not in dict(reads[:index]).values():
            return (
                f"`{name}` is read in line {line}, and again in line {min(later)}, but a generator can be read only "
                f"once. Begin with `{name} = list({name})`."
            )
    return ""


def _read(node: ast.AST) -> ast.Name | None:
    """Return the name that a node goes through from start to end."""
    match node:
        case ast.For(iter=ast.Name() as name) | ast.comprehension(iter=ast.Name() as name):
            return name
        case ast.Call(func=ast.Name(id=function), args=[ast.Name() as name]) if function in READ_ALL:
            return name
    return None


@rules.on("ValueError", r"optimizer got an empty parameter list")
def no_parameters(raised: Raised) -> str:
    function = raised.function
    text = "The optimizer was given no parameters."
    if function and (twice := _read_twice(function)):
        return f"{text} {twice}"
    owner = raised.code.class_at(raised.line)
    if owner and is_optimizer(owner):
        return text
    return (
        f"{text} A module has those that are set on `self`, as an `nn.Parameter` or inside another module. It does not "
        "look into a Python list: use `nn.ModuleList` or `nn.ParameterList`. A generator can be read only once."
    )


@rules.on("TypeError", r"([\w.]+)\(\): argument '(\w+)' \(position \d+\) must be Tensor, not (\w+)")
def no_tensor(raised: Raised, function: str, _: str, kind: str) -> str:
    if kind == "NoneType":
        return something_none(raised)
    if _is_layer(raised, kind):
        name = kind if kind in raised.code.classes else f"nn.{kind}"
        return f"A `{kind}` in {raised.here} is a layer, not its output. Create it, then call it: `{name}(…)(x)`."
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
    return f"The convolution has `in_channels` {wanted}, and its input has {found} channels (dimension 1)."


@rules.on("RuntimeError", r"Expected (?:2D \(unbatched\) or 3D|3D \(unbatched\) or 4D) .*")
def no_batch(raised: Raised) -> str:
    return (
        f"The layer in {raised.here} takes a batch of images, (batch, channels, height, width), and gets another "
        "number of dimensions."
    )


@rules.on("ValueError", r"Expected input batch_size \((\d{1,9})\) to match target batch_size \((\d{1,9})\)\.?")
def unequal_batches(raised: Raised, logits: str, targets: str) -> str:
    return f"There are {logits} rows of logits and {targets} labels in {raised.here}: one label for each row is needed."


@rules.on("RuntimeError", r"running_mean should contain (\d{1,9}) elements not (\d{1,9})")
def wrong_norm_channels(raised: Raised, found: str, made: str) -> str:
    return (
        f"A batch norm in {raised.here} was created for {counted(made, 'channel')}, and its input has {found}: after a "
        "layer comes a batch norm for that layer's output channels."
    )


@rules.on(
    "RuntimeError",
    r"Calculated padded input size per channel: \((\d{1,6}) x (\d{1,6})\)\. "
    r"Kernel size: \((\d{1,6}) x (\d{1,6})\)\. .*",
)
def kernel_too_large(raised: Raised, height: str, width: str, kernel_height: str, kernel_width: str) -> str:
    return (
        f"In {raised.here} a convolution with a kernel of {kernel_height}×{kernel_width} gets images of "
        f"{height}×{width}, padding included. Earlier layers made them too small: look at their padding, stride and "
        "pooling."
    )


@rules.on("RuntimeError", r"Given input size: \(\d+x(\d{1,6})x(\d{1,6})\)\. Calculated output size: .* too small")
def window_too_large(raised: Raised, height: str, width: str) -> str:
    return (
        f"The pooling in {raised.here} gets images of {height}×{width}, smaller than its window. A global pooling "
        "takes images of any size: `.mean(dim=(2, 3))`, `.amax(dim=(2, 3))`."
    )


@rules.on("ValueError", r"Expected more than 1 value per channel when training, got input size .*")
def norm_of_one_sample(raised: Raised) -> str:
    return (
        f"A batch norm reached from {raised.here} computes the statistics of its batch, and a single sample is not "
        "enough for that. It does so in training mode, and without running averages. `.eval()` of a module switches it "
        "and all that is in it to evaluation mode."
    )


@rules.on("RuntimeError", r"Class values must be smaller than num_classes\.?")
def label_beyond_one_hot(raised: Raised) -> str:
    return (
        f"A label in {raised.here} is not below the `num_classes` of `one_hot`: labels go from 0 to `num_classes - 1`."
    )


@rules.on("RuntimeError", r"self must be a matrix|mat2 must be a matrix|batch1 must be a 3D tensor")
def not_a_matrix(raised: Raised) -> str:
    return (
        f"A tensor in {raised.here} has another number of dimensions: `torch.mm` takes two matrices, `torch.bmm` two "
        "batches of them. `@` also takes more dimensions, and fewer."
    )


@rules.on("RuntimeError", r"view size is not compatible with input tensor's size and stride.*")
def view_needs_a_copy(raised: Raised) -> str:
    return f"`.view` in {raised.here} cannot be done without a copy of the numbers: `.reshape` makes one where it must."
