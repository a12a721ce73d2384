"""Plain values and tensors to bytes and back.

A message is `TDJ1`, the length of a JSON header (4 bytes, big-endian), the header, and a safetensors blob. The header
holds the tree of values; a tensor is represented by {"$t": index, "device": …}, a tuple as {"$tuple": […]}, a dict as
{"$dict": [[key, value], …]}, bytes as {"$bytes": latin-1 text}, a float as it is (NaN and infinities included), and
anything else as the name of its type alone: {"$opaque": name}.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

MAGIC = b"TDJ1"
BYTES_PER_VALUE = 100  # of memory, as Python needs about so many for any value
DTYPES = {
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
}
_SAFETENSORS_DTYPES = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}


class WireError(Exception):
    """Bytes that are not a message, or values that may not cross; the text says which and why."""


@dataclass(frozen=True)
class WireLimits:
    """The limits of one message."""

    total_bytes: int = 64 * 2**20
    header_bytes: int = 4 * 2**20
    tensors: int = 512
    nodes: int = 50_000
    depth: int = 32
    text: int = 100_000


@dataclass(frozen=True, eq=False)
class SentTensor:
    """A tensor, which is on the CPU, with the name of the device that it was sent from."""

    tensor: Tensor
    device: str


@dataclass(frozen=True)
class Opaque:
    """The stand-in for a value that may not cross: the name of its type, and nothing else."""

    type_name: str


def unwrap_tensors(value: Any) -> Any:
    """Return a decoded value with plain tensors in place of sent ones, inside lists, tuples and dicts too."""
    if isinstance(value, SentTensor):
        return value.tensor
    if isinstance(value, list | tuple):
        return type(value)(map(unwrap_tensors, value))
    if isinstance(value, dict):
        return {key: unwrap_tensors(item) for key, item in value.items()}
    return value


def size_of(value: Any) -> int:
    """Return about how many bytes of memory a decoded value holds."""
    if isinstance(value, SentTensor):
        return BYTES_PER_VALUE + value.tensor.numel() * value.tensor.element_size()
    if isinstance(value, dict):
        return BYTES_PER_VALUE + sum(size_of(key) + size_of(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return BYTES_PER_VALUE + sum(map(size_of, value))
    return BYTES_PER_VALUE + (len(value) if isinstance(value, str | bytes) else 0)


def encode(value: Any, limits: WireLimits | None = None) -> bytes:
    """Return the message for a value: None, bool, int, float, str, bytes, Tensor, SentTensor, lists, tuples, dicts.

    Exactly these types: an instance of any other, subclasses included, arrives as Opaque. WireError for what exceeds
    the limits. Tensors are detached and copied to the CPU.
    """
    state = _Encoder(limits or WireLimits())
    tree = state.tree(value, 0)
    header = json.dumps(tree, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(header) > state.limits.header_bytes:
        raise WireError(f"too much plain data: {len(header):,} bytes, at most {state.limits.header_bytes:,}")
    blob = save_tensors(state.tensors)
    message = MAGIC + struct.pack(">I", len(header)) + header + blob
    if len(message) > state.limits.total_bytes:
        raise WireError(f"too large: {len(message):,} bytes, at most {state.limits.total_bytes:,}")
    return message


class _Encoder:
    def __init__(self, limits: WireLimits) -> None:
        self.limits = limits
        self.tensors: dict[str, Tensor] = {}
        self.nodes = 0
        self.bytes = 0

    def tree(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise WireError(f"too many values: more than {self.limits.nodes:,}")
        if depth > self.limits.depth:
            raise WireError(f"nested too deep: more than {self.limits.depth} levels")
        kind = type(value)
        if value is None or kind in (bool, int, float):
            return self.number(value)
        if isinstance(value, float):  # as an np.float64 is; its own methods are not asked
            return float.__float__(value)
        if kind is str:
            return self.text(value)
        if kind is bytes:
            return {"$bytes": self.text(value.decode("latin-1"))}
        if isinstance(value, Tensor):
            return self.tensor(value, str(value.device))
        if kind is SentTensor:
            return self.tensor(value.tensor, value.device)
        if kind is list:
            return [self.tree(item, depth + 1) for item in value]
        if kind is tuple:
            return {"$tuple": [self.tree(item, depth + 1) for item in value]}
        if kind is dict:
            return {"$dict": [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in value.items()]}
        name = value.type_name if kind is Opaque else f"{kind.__module__}.{kind.__qualname__}"
        return {"$opaque": name.removeprefix("builtins.")[:200]}

    def number(self, value: Any) -> Any:
        if type(value) is int and value.bit_length() > 256:
            raise WireError("an int of more than 256 bits cannot be sent")
        return value

    def text(self, value: str) -> str:
        if len(value) > self.limits.text:
            raise WireError(f"a text is too long: {len(value):,} characters, at most {self.limits.text:,}")
        return value

    def tensor(self, value: Tensor, device: str) -> Any:
        index = len(self.tensors)
        if index >= self.limits.tensors:
            raise WireError(f"too many tensors: more than {self.limits.tensors:,}")
        if value.layout != torch.strided or value.is_quantized:
            raise WireError(f"a {value.layout} tensor cannot be sent")
        if value.dtype not in DTYPES:
            raise WireError(f"a tensor of {value.dtype} cannot be sent")
        if value.device.type == "meta":
            raise WireError("a tensor on the meta device has no values to send")
        self.bytes += value.numel() * value.element_size()
        if self.bytes > self.limits.total_bytes:
            raise WireError(f"too large: tensors of more than {self.limits.total_bytes:,} bytes")
        plain = value.detach().to("cpu")
        self.tensors[f"t{index}"] = plain.resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
        return {"$t": index, "device": device[:40]}


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
    tensors = _load(message[8 + length :], limits)
    decoder = _Decoder(limits, tensors)
    value = decoder.value(tree, 0)
    if decoder.used != set(tensors):
        raise WireError("tensors that no value refers to")
    return value


def _load(blob: bytes, limits: WireLimits) -> dict[str, Tensor]:
    """Read the safetensors blob, after checking its header: parsing 300,000 empty tensors would take seconds."""
    if len(blob) < 8:
        raise WireError("no tensor section")
    (length,) = struct.unpack("<Q", blob[:8])
    if length > min(len(blob) - 8, limits.tensors * 256 + 1024):
        raise WireError("a tensor header that does not fit the message")
    try:
        index = json.loads(blob[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise WireError(f"a tensor header that is not JSON: {type(error).__name__}") from None
    if not isinstance(index, dict) or len(index) > limits.tensors:
        raise WireError("a tensor header that is not an object, or is too long")
    if set(index) != {f"t{i}" for i in range(len(index))}:
        raise WireError("tensor names that are not t0, t1, …")
    for entry in index.values():
        dtype = entry.get("dtype") if isinstance(entry, dict) else None
        if not isinstance(dtype, str) or dtype not in _SAFETENSORS_DTYPES:
            raise WireError("a tensor of a dtype that may not be sent")
        _check_shape(entry.get("shape"), limits)
    try:
        return load_tensors(blob)
    except (SafetensorError, ValueError, RuntimeError, OverflowError, KeyError, TypeError) as error:
        raise WireError(f"tensors that cannot be read: {error}") from None


def _check_shape(shape: Any, limits: WireLimits) -> None:
    if not isinstance(shape, list) or len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
        raise WireError("a tensor with a malformed shape")
    if math.prod(n for n in shape if n) > 2**40:
        raise WireError("a tensor with an impossible shape")


class _Decoder:
    def __init__(self, limits: WireLimits, tensors: dict[str, Tensor]) -> None:
        self.limits = limits
        self.tensors = tensors
        self.used: set[str] = set()
        self.nodes = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > self.limits.nodes or depth > self.limits.depth:
            raise WireError("too many values, or nested too deep")
        if tree is None or isinstance(tree, bool | float):
            return tree
        if isinstance(tree, int):
            if tree.bit_length() > 256:
                raise WireError("an int of more than 256 bits")
            return tree
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, list):
            return [self.value(item, depth + 1) for item in tree]
        return self.special(tree, depth)

    def text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.limits.text:
            raise WireError("not a text, or too long")
        return value

    def special(self, tree: dict[str, Any], depth: int) -> Any:
        keys = set(tree)
        if keys == {"$t", "device"}:
            return self.tensor(tree)
        if keys == {"$tuple"} and isinstance(tree["$tuple"], list):
            return tuple(self.value(item, depth + 1) for item in tree["$tuple"])
        if keys == {"$opaque"}:
            return Opaque(self.text(tree["$opaque"])[:200])
        if keys == {"$bytes"}:
            try:
                return self.text(tree["$bytes"]).encode("latin-1")
            except UnicodeEncodeError:
                raise WireError("malformed bytes") from None
        if keys == {"$dict"} and isinstance(tree["$dict"], list):
            return self.dictionary(tree["$dict"], depth)
        raise WireError("a header entry of no known kind")

    def tensor(self, tree: dict[str, Any]) -> SentTensor:
        name = f"t{tree['$t']}" if type(tree["$t"]) is int else ""
        if name not in self.tensors or name in self.used:
            raise WireError("a missing tensor, or one that is used twice")
        self.used.add(name)
        device = self.text(tree["device"])
        if len(device) > 40:
            raise WireError("a device name that is too long")
        return SentTensor(self.tensors[name], device)

    def dictionary(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("a malformed dict")
            key = self.value(pair[0], depth + 1)
            if not isinstance(key, str | int | float | bool | None) or key in result:
                raise WireError("a dict key that is not a plain value, or is a duplicate")
            result[key] = self.value(pair[1], depth + 1)
        return result
