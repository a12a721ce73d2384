"""Plain values and tensors to bytes and back.

A message is `TDJ1`, the length of a JSON header (4 bytes, big-endian), the header, and a safetensors blob. The header
holds the tree of values; a tensor is represented by {"$t": index, "device": …}, a numpy array or number by
{"$array": index}, a tuple as {"$tuple": […]}, a set as {"$set": […]} or {"$frozenset": […]}, a dict as
{"$dict": [[key, value], …]}, bytes as {"$bytes": latin-1 text}, a float as it is (NaN and infinities included), a
complex number as {"$complex": [real, imaginary]}, a long int as {"$int": hexadecimal text}, and anything else as the
name of its type alone: {"$opaque": name}.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchdojo.wire.blob import ARRAY_DTYPES, DTYPES, MAX_DIMENSIONS, Numbers, WireError, load_numbers, save_numbers
from torchdojo.wire.sent import Opaque, SentArray, SentTensor, is_plain_key

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

MAGIC = b"TDJ1"
JSON_INT_BITS = 256  # a longer int is sent as a text
MAX_INT_BITS = 14_000  # Python writes an int of up to 4300 digits in decimal
LONG_INT = re.compile(rf"-?0x[0-9a-f]{{1,{MAX_INT_BITS // 4}}}")
MAX_SAME_HASH = 500  # keys of a set or a dict
MAX_DEVICE, MAX_TYPE_NAME = 40, 200  # characters of a device's name, and of a type's


@dataclass(frozen=True)
class WireLimits:
    """The limits of one message."""

    total_bytes: int = 64 * 2**20
    header_bytes: int = 4 * 2**20
    tensors: int = 512
    nodes: int = 50_000
    depth: int = 32
    text: int = 100_000


def encode(value: Any, limits: WireLimits | None = None) -> bytes:
    """Return the message for a value, which may be, or hold, what `docs/authoring.md` lists under "Probes".

    Exactly these types: an instance of any other, subclasses included, arrives as Opaque; so does a set or a dict whose
    items or keys are not plain. WireError for what exceeds the limits. Tensors are detached and copied to the CPU.
    """
    state = _Encoder(limits or WireLimits())
    tree = state.tree(value, 0)
    header = json.dumps(tree, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(header) > state.limits.header_bytes:
        raise WireError(f"too much plain data: {len(header):,} bytes, at most {state.limits.header_bytes:,}")
    blob = save_numbers(state.tensors, state.arrays)
    message = MAGIC + struct.pack(">I", len(header)) + header + blob
    if len(message) > state.limits.total_bytes:
        raise WireError(f"too large: {len(message):,} bytes, at most {state.limits.total_bytes:,}")
    return message


class _Encoder:
    def __init__(self, limits: WireLimits) -> None:
        self.limits = limits
        self.tensors: dict[str, Tensor] = {}
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}
        self.nodes = 0
        self.bytes = 0

    def tree(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise WireError(f"too many values: more than {self.limits.nodes:,}")
        if depth > self.limits.depth:
            raise WireError(f"nested too deep: more than {self.limits.depth} levels")
        kind = type(value)
        if value is None or kind in (bool, float):
            return value
        if kind is int:
            return self.integer(value)
        if isinstance(value, float):  # as an np.float64 is; its own methods are not asked
            return float.__float__(value)
        if kind is str:
            return self.text(value)
        if kind is bytes:
            return {"$bytes": self.text(value.decode("latin-1"))}
        if kind is complex:
            return {"$complex": [value.real, value.imag]}
        if _is_of("torch", "Tensor", value):
            return self.tensor(value, str(value.device))
        if kind is SentTensor:
            return self.tensor(value.tensor, value.device)
        if kind is SentArray:
            return self.array(value.array)
        if _is_array(value):
            return self.array(value)
        return self.container(value, kind, depth)

    def container(self, value: Any, kind: type, depth: int) -> Any:
        if kind is list:
            return [self.tree(item, depth + 1) for item in value]
        if kind is tuple:
            return {"$tuple": [self.tree(item, depth + 1) for item in value]}
        if kind in (set, frozenset):
            odd = next((item for item in value if not is_plain_key(item)), None)
            if odd is not None:
                return _opaque(f"{kind.__name__} of {_name_of(type(odd))}")
            # In an order of its own: that of a set of texts is another one in each process.
            return {f"${kind.__name__}": sorted((self.tree(item, depth + 1) for item in value), key=json.dumps)}
        if kind is dict:
            odd = next((key for key in value if not is_plain_key(key)), None)
            if odd is not None:
                return _opaque(f"dict with keys of {_name_of(type(odd))}")
            return {"$dict": [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in value.items()]}
        return _opaque(value.type_name if kind is Opaque else _name_of(kind))

    def integer(self, value: int) -> Any:
        bits = value.bit_length()
        if bits > MAX_INT_BITS:
            raise WireError(f"an int of more than {MAX_INT_BITS:,} bits cannot be sent")
        return value if bits <= JSON_INT_BITS else {"$int": hex(value)}

    def text(self, value: str) -> str:
        if len(value) > self.limits.text:
            raise WireError(f"a text is too long: {len(value):,} characters, at most {self.limits.text:,}")
        return value

    def tensor(self, value: Tensor, device: str) -> Any:
        import torch

        if value.layout != torch.strided or value.is_quantized:
            raise WireError(f"a {value.layout} tensor cannot be sent")
        if str(value.dtype).removeprefix("torch.") not in DTYPES.values():
            raise WireError(f"a tensor of {value.dtype} cannot be sent")
        if value.device.type == "meta":
            raise WireError("a tensor on the meta device has no values to send")
        name = self.new_name(value.numel() * value.element_size())
        plain = value.detach().to("cpu")
        self.tensors[name] = plain.resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
        return {"$t": int(name[1:]), "device": device[:MAX_DEVICE]}

    def array(self, value: Any) -> Any:
        import numpy as np

        array = np.asarray(value)
        if array.dtype.name not in ARRAY_DTYPES or array.ndim > MAX_DIMENSIONS:
            return _opaque(f"{_name_of(type(value))} of {array.dtype}")
        name = self.new_name(array.nbytes)
        self.arrays[name] = np.array(array, dtype=array.dtype.newbyteorder("<"), order="C")
        return {"$array": int(name[1:])}

    def new_name(self, size: int) -> str:
        """Return the name of one more tensor or array of so many bytes."""
        index = len(self.tensors) + len(self.arrays)
        if index >= self.limits.tensors:
            raise WireError(f"too many tensors: more than {self.limits.tensors:,}")
        self.bytes += size
        if self.bytes > self.limits.total_bytes:
            raise WireError(f"too large: tensors of more than {self.limits.total_bytes:,} bytes")
        return f"t{index}"


def _is_of(module: str, name: str, value: Any) -> bool:
    """Whether a value is an instance of a library's class; it is not if nothing has imported the library."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _is_array(value: Any) -> bool:
    """Whether a value is numpy's array or number itself, and of no subclass, whose methods would be asked."""
    return type(value).__module__ == "numpy" and (
        _is_of("numpy", "ndarray", value) or _is_of("numpy", "generic", value)
    )


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def _opaque(name: str) -> dict[str, str]:
    return {"$opaque": name[:MAX_TYPE_NAME]}


def require_spread(keys: Collection[Any]) -> None:
    """Raise WireError for keys that are chosen to have one hash: a set or a dict of them takes minutes to fill."""
    if len(keys) > MAX_SAME_HASH and max(Counter(map(hash, keys)).values()) > MAX_SAME_HASH:
        raise WireError("too many items of one hash")


def decode(message: bytes, limits: WireLimits | None = None) -> Any:
    """Return the value of a message; WireError for bytes that `encode` could not have produced within the limits."""
    limits = limits or WireLimits()
    if len(message) > limits.total_bytes:
        raise WireError(f"too large: {len(message):,} bytes, at most {limits.total_bytes:,}")
    if len(message) < 8 or message[:4] != MAGIC:
        raise WireError("not a message of torchdojo")
    (length,) = struct.unpack(">I", message[4:8])
    if length > limits.header_bytes or 8 + length > len(message):
        raise WireError("a header length that does not fit the message")
    try:
        tree = json.loads(message[8 : 8 + length].decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"a header that is not JSON: {type(error).__name__}") from None
    tensors = load_numbers(message[8 + length :], limits.tensors)
    decoder = _Decoder(limits, tensors)
    value = decoder.value(tree, 0)
    if decoder.used != set(tensors):
        raise WireError("tensors that no value refers to")
    return value


class _Decoder:
    def __init__(self, limits: WireLimits, numbers: dict[str, Numbers]) -> None:
        self.limits = limits
        self.numbers = numbers
        self.used: set[str] = set()
        self.nodes = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > self.limits.nodes or depth > self.limits.depth:
            raise WireError("too many values, or nested too deep")
        if tree is None or isinstance(tree, bool | float):
            return tree
        if isinstance(tree, int):
            if tree.bit_length() > JSON_INT_BITS:
                raise WireError("a long int that is not sent as a text")
            return tree
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, list):
            return self.items(tree, depth)
        return self.special(tree, depth)

    def text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.limits.text:
            raise WireError("not a text, or too long")
        return value

    def special(self, tree: dict[str, Any], depth: int) -> Any:
        if set(tree) == {"$t", "device"}:
            return self.tensor(tree)
        kind, content = next(iter(tree.items())) if len(tree) == 1 else ("", None)
        match kind, content:
            case "$tuple", list():
                return tuple(self.items(content, depth))
            case (("$set" | "$frozenset"), list()):
                return self.set_of(set if kind == "$set" else frozenset, self.items(content, depth))
            case "$dict", list():
                return self.dictionary(content, depth)
            case "$array", _:
                return SentArray(self.take(content).array())
            case "$int", str():
                return self.integer(content)
            case "$complex", [float(), float()]:
                return complex(*content)
            case "$opaque", _:
                return Opaque(self.text(content)[:MAX_TYPE_NAME])
            case "$bytes", _:
                return self.bytes_of(self.text(content))
        raise WireError("a header entry of no known kind")

    def items(self, trees: list[Any], depth: int) -> list[Any]:
        return [self.value(item, depth + 1) for item in trees]

    def set_of(self, kind: Callable[[Iterable[Any]], Any], items: list[Any]) -> Any:
        if not all(map(is_plain_key, items)):
            raise WireError("an item of a set that is not a plain value")
        require_spread(items)
        found = kind(items)
        if len(found) != len(items):
            raise WireError("an item of a set that is a duplicate")
        return found

    def integer(self, text: str) -> int:
        if LONG_INT.fullmatch(text) is None:
            raise WireError("a malformed int")
        number = int(text, 16)
        if not JSON_INT_BITS < number.bit_length() <= MAX_INT_BITS:
            raise WireError("an int that is too long, or need not be a text")
        return number

    def bytes_of(self, text: str) -> bytes:
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            raise WireError("malformed bytes") from None

    def tensor(self, tree: dict[str, Any]) -> SentTensor:
        device = self.text(tree["device"])
        if len(device) > MAX_DEVICE:
            raise WireError("a device name that is too long")
        return SentTensor(self.take(tree["$t"]).tensor(), device)

    def take(self, index: Any) -> Numbers:
        """Return the numbers of this index, which no other value may refer to."""
        name = f"t{index}" if type(index) is int else ""
        if name not in self.numbers or name in self.used:
            raise WireError("a missing tensor, or one that is used twice")
        self.used.add(name)
        return self.numbers[name]

    def dictionary(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise WireError("a malformed dict")
        keys = [self.value(key, depth + 1) for key, _ in pairs]
        if not all(map(is_plain_key, keys)):
            raise WireError("a dict key that is not a plain value")
        require_spread(keys)
        result = {key: self.value(value, depth + 1) for key, (_, value) in zip(keys, pairs, strict=True)}
        if len(result) != len(keys):
            raise WireError("a dict key that is a duplicate")
        return result
