"""What a check gives to a submission: as codes for the wire, and as text for messages."""

from __future__ import annotations

import builtins
from collections.abc import Callable, ItemsView, KeysView, ValuesView
from dataclasses import dataclass
from types import GeneratorType
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor

from torchdojo.stand_in.lazy import resolved
from torchdojo.stand_in.memory import Lease, SharedMemory
from torchdojo.stand_in.remote import MAX_WORDS, Link, link_of
from torchdojo.wire import SentTensor, WireError
from torchdojo.worker import crossing
from torchdojo.worker.crossing import Code

VIEWS: tuple[Any, ...] = (GeneratorType, map, filter, zip, enumerate, reversed, KeysView, ValuesView, ItemsView)
OPERATOR_METHODS = frozenset({*crossing.METHODS, *crossing.REFLECTED_METHODS})
SIGNS = {
    **{"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "matmul": "@", "pow": "**"},
    **{"lshift": "<<", "rshift": ">>", "xor": "^", "and_": "&", "or_": "|"},
    **{"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="},
    **{"iadd": "+=", "isub": "-=", "imul": "*=", "itruediv": "/="},
}


@dataclass(frozen=True)
class SharedNumbers:
    """The numbers of shared things, in place of the things: one alone, or several."""

    leases: tuple[Lease, ...]
    single: bool = False


@dataclass(frozen=True)
class Detached:
    """A tensor that crosses as mere values."""

    tensor: Tensor


class Packer:
    """Turns the arguments of one step into codes for one side.

    uploads: the shared tensors and arrays that this side must hear of; given: the containers, by their index
    iterated: what iterators among the arguments held, for the packers of both sides
    """

    def __init__(
        self,
        memory: SharedMemory,
        side: int,
        words: str,
        iterated: dict[int, tuple[Any, list[Any]]],
        error_code: Callable[[Any, int], Code],
        break_check: Callable[[str], NoReturn],
    ) -> None:
        self.uploads: list[tuple[int, dict[str, Any]]] = []
        self.given: list[Any] = []
        self._memory = memory
        self._side = side
        self._words = words
        self._error_code = error_code
        self._iterated = iterated
        self._break_check = break_check

    def pack(self, value: Any, place: str, depth: int = 0) -> Code:
        """Return a value's code. place: which argument it is part of. Breaks the check if it cannot cross."""
        if depth > crossing.MAX_DEPTH:
            self._refuse(value, place, "is nested too deep")
        value = resolved(value)
        link = value if type(value) is Link else link_of(value)
        if link is not None:
            return self._pack_link(link)
        code = crossing.pack_plain(value)
        if code is not NotImplemented:
            return code
        kind = type(value)
        if crossing.is_tensor(value) or crossing.is_array(value):
            return self._pack_shared(value, place)
        if kind is SharedNumbers:
            codes = tuple(lease.codes[self._side] for lease in value.leases)
            return codes[0] if value.single else ("tuple", codes)
        if kind is Detached:
            return SentTensor(value.tensor.detach(), "cpu")
        for index, given in enumerate(self.given):
            if given is value:
                return ("given", index)
        return self._pack_parts(value, place, depth + 1)

    def _pack_link(self, link: Link) -> Code:
        if link.method is not None:
            return ("method", self._pack_link(link.method[0]), link.method[1])
        code = link.lease.codes[self._side]
        return ("object", code) if isinstance(code, int) else code

    def _pack_shared(self, value: Any, place: str) -> Code:
        lease = self._memory.share(value)
        number = lease.codes[self._side]
        if number is None:
            number = self._memory.name(value, lease, self._side)
            try:
                self.uploads.append((number, self._memory.full_state(value)))
            except WireError as error:
                self._refuse(value, place, str(error))
        return ("shared", number)

    def _pack_parts(self, value: Any, place: str, depth: int) -> Code:
        kind = type(value)
        if isinstance(value, VIEWS):
            if id(value) not in self._iterated:
                self._iterated[id(value)] = value, list(value)
            return ("iterator", tuple(self.pack(item, place, depth) for item in self._iterated[id(value)][1]))
        if kind is slice:
            return ("slice", *(self.pack(end, place, depth) for end in (value.start, value.stop, value.step)))
        if issubclass(kind, tuple):
            return ("tuple", tuple(self.pack(item, place, depth) for item in value))
        if kind is frozenset:
            return ("frozenset", tuple(self.pack(item, place, depth) for item in value))
        if kind is bytearray:
            self.given.append(value)
            return ("bytearray", bytes(value))
        if kind in (list, set):
            self.given.append(value)
            numbers = crossing.pack_numbers(value) if kind is list else NotImplemented
            contents = tuple(self.pack(item, place, depth) for item in value) if numbers is NotImplemented else numbers
            return (kind.__name__, contents)
        if kind in crossing.DICTS:
            self.given.append(value)
            pairs = ((self.pack(k, place, depth), self.pack(item, place, depth)) for k, item in value.items())
            return ("dict", tuple(pairs))
        if issubclass(kind, BaseException) and getattr(builtins, kind.__name__, None) is kind:
            return ("error", kind.__name__, str(value))
        if (code := self._error_code(value, self._side)) is not None:
            return code
        self._refuse(value, place, "cannot cross")

    def _refuse(self, value: Any, place: str, why: str) -> NoReturn:
        what = describe_value(value)
        self._break_check(
            f"{self._words}: {place}, {what}, {why}: the submission is in another process. Plain values, tensors, "
            "numpy arrays, the submission's own objects, and functions of torch, numpy and Python can be given to it; "
            "for anything else write a probe"
        )


def with_calls(methods: frozenset[str], kind: str) -> frozenset[str]:
    """Return the methods for operators that stand for an object of a kind, given those that its class defines."""
    if kind == "function":
        return frozenset({"__call__"})
    return methods | {"__call__", "__instancecheck__", "__subclasscheck__"} if kind == "class" else methods


# ------------------------------------------------------------------ words


def describe_step(operation: str, target: Link, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return a step in the learner's words."""
    words = target.words or target.name
    if operation == "getattr":
        return f"{target.words}.{args[0]}" if target.words else str(args[0])
    if operation == "setattr":
        return f"{words}.{args[0]} = {describe_value(args[1])}"
    if operation == "delattr":
        return f"del {words}.{args[0]}"
    given = [describe_value(value) for value in args] + [f"{k}={describe_value(value)}" for k, value in kwargs.items()]
    if operation == "call":
        return _shorten(f"{words}({', '.join(given)})", f"{words}(…)")
    if operation.startswith("reflected "):
        return f"{given[0]} {SIGNS.get(operation.removeprefix('reflected '), '?')} {words}"
    if operation in SIGNS and len(given) == 1:
        return f"{words} {SIGNS[operation]} {given[0]}"
    if operation == "getitem":
        return f"{words}[{given[0]}]"
    if operation == "setitem":
        return f"{words}[{given[0]}] = {given[1]}"
    return f"{operation}({', '.join([words, *given])})"


def _shorten(text: str, short: str) -> str:
    return text if len(text) <= MAX_WORDS else short[-MAX_WORDS:] if len(short) > MAX_WORDS else short


def describe_value(value: Any, depth: int = 0) -> str:
    """Return the text for a value that a check gives."""
    value = resolved(value)
    link = link_of(value)
    if link is not None:
        return link.words or link.name
    kind = type(value)
    if isinstance(value, Tensor):
        return f"tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if value is None or kind in (bool, int, float, str, torch.dtype, torch.device):
        text = repr(value)
        return text if len(text) <= 40 else text[:39] + "…"
    if kind in (list, tuple) and depth < 2 and len(value) <= 4:
        inside = ", ".join(describe_value(item, depth + 1) for item in value)
        return f"[{inside}]" if kind is list else f"({inside}{',' if len(value) == 1 else ''})"
    if kind in (list, tuple, set, dict):
        return f"{kind.__name__} of {len(value)} items"
    if isinstance(value, VIEWS):
        return "iterator"
    name = crossing.library_name(value) if crossing.is_function(value) else None
    if name is not None:
        return name.replace(":", ".").replace("_VariableFunctionsClass.", "")
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    return f"an object of class {kind.__name__}"
