"""Of what kind a value is that came of a step, by its code, and whether that is the reference's kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from torchdojo.wire import SentTensor, WireError
from torchdojo.worker.crossing import Code


class _Anything:
    """What is expected where the reference gives nothing to compare with: any plain value, and no object."""


ANYTHING = _Anything()
# Kinds that a check can use alike, so that no text demands the one or the other.
ALIKE = {
    **dict.fromkeys(("int", "float", "complex", "number"), "number"),
    **dict.fromkeys(("tuple", "list", "named tuple", "size"), "sequence"),
    **dict.fromkeys(("object", "error class", "library"), "object"),
    "frozenset": "set",
    "bytearray": "bytes",
}
KINDS = {*ALIKE, "tensor", "ndarray", "given", "set", "dict", "bytes", "slice", "range"}
KINDS |= {"ellipsis", "dtype", "device", "array dtype"}
OBJECT_NOUNS = {"module": "a {name} module", "optimizer": "a {name} optimizer", "class": "the class {name}"}
OBJECT_NOUNS |= {"function": "a function", "iterator": "an iterator"}


class KindsDiffer(Exception):
    """A value is not of the reference's kind.

    expected, got: the kinds, with their articles; name: what the submission calls a class or a function, as in `got`
    """

    def __init__(self, expected: str, got: str, name: str = "") -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected = expected
        self.got = got
        self.name = name


def kind_of_code(code: Code) -> str:
    """Return the kind of a value by its code: the name of its type, or the code's own first item."""
    if not isinstance(code, tuple):
        return "None" if code is None else type(code).__name__
    kind = str(code[0]) if code and code[0] in KINDS else "value of no known form"
    return "bool" if kind == "number" and np.dtype(code[1]).kind == "b" else kind


def require_kind(got: Code, expected: Code) -> None:
    """Raise KindsDiffer unless a value is of the kind that is expected; its parts are not looked at."""
    kind = kind_of_code(got)
    if expected is ANYTHING or expected is None:
        if expected is ANYTHING and ALIKE.get(kind, kind) == "object":
            raise KindsDiffer("no object of a class that the submission defines", describe_code(got), name_in(got))
        return
    wanted = kind_of_code(expected)
    if ALIKE.get(kind, kind) != ALIKE.get(wanted, wanted):
        raise KindsDiffer(describe_code(expected), describe_code(got), name_in(got))
    families = _family(got), _family(expected)
    if families[0] != families[1]:
        raise KindsDiffer(describe_code(expected), describe_code(got))


def _family(code: Code) -> str:
    """Return what a tensor or an array holds: "bool", "int", "float" or "complex"; "" for any other value."""
    match code:
        case ("tensor", _, {"value": SentTensor() as sent}):
            dtype = sent.tensor.dtype
            if dtype == torch.bool:
                return "bool"
            return "complex" if dtype.is_complex else "float" if dtype.is_floating_point else "int"
        case ("ndarray", _, {"value": ("array", str(dtype), *_)}):
            kind = np.dtype(dtype).kind
            return {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}.get(kind, "text")
    return ""


def name_in(code: Code) -> str:
    """Return what the submission calls a class or a function, where that is in the description; "" for other values."""
    match code:
        case ("object", _, str(), str(name), *_):
            return name
        case ("error class", _, own, known):
            return str(own[0][1]) if own else str(known[0].rpartition(":")[2])
        case ("library", str(name)):
            return name.replace(":", ".").rstrip(".")
    return ""


def describe_code(code: Code) -> str:
    """Return of what kind a value is, with its article."""
    match code:
        case ("tensor", _, {"value": SentTensor() as sent}):
            return f"a tensor of shape {_shape(sent.tensor.shape)}, {str(sent.tensor.dtype).removeprefix('torch.')}"
        case ("ndarray", _, {"value": ("array", str(dtype), tuple(shape), _)}):
            return f"a numpy array of shape {_shape(shape)}, {np.dtype(dtype)}"
        case ("object", _, str(kind), str(name), *_):
            return OBJECT_NOUNS.get(kind, "an object of class {name}").format(name=name)
        case ("error class", *_):
            return f"the exception {name_in(code)}"
        case ("library", str()):
            return name_in(code)
        case ("number", str(dtype), _):
            return f"a numpy {np.dtype(dtype)}"
    kind = kind_of_code(code)
    nouns = {"None": "None", "str": "a string", "ellipsis": "Ellipsis", "int": "an int", "size": "a torch.Size"}
    return nouns.get(kind, f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}")


def _shape(shape: Any) -> str:
    return str(tuple(map(int, shape)))


def require_text(value: Any, limit: int = 2000) -> str:
    """Return a text of a reply; WireError if it is none."""
    if type(value) is not str or len(value) > limit:
        raise WireError("not a text, or too long")
    return value
