"""What a message has for values that plain Python does not: tensors, arrays, and what cannot be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

BYTES_PER_VALUE = 100  # of memory, as Python needs about so many for any value
SMALL = (float, bool, type(None), complex)  # plain values that need no more than that
PLAIN_KEYS = (str, bytes, int, float, complex, bool, type(None))


@dataclass(frozen=True, eq=False)
class SentTensor:
    """A tensor, which is on the CPU, with the name of the device that it was sent from."""

    tensor: Tensor
    device: str


@dataclass(frozen=True, eq=False)
class SentArray:
    """A numpy array, or a numpy number as an array without dimensions."""

    array: np.ndarray[Any, Any]

    def as_tensor(self) -> SentTensor:
        """Return the same numbers as a tensor, for what treats both alike."""
        import torch

        return SentTensor(torch.from_numpy(self.array), "numpy")


@dataclass(frozen=True)
class Opaque:
    """The stand-in for a value that may not cross: the name of its type, and nothing else."""

    type_name: str


def unwrap_tensors(value: Any) -> Any:
    """Return a decoded value with plain tensors and arrays in place of sent ones, inside lists, tuples and dicts too.

    Sets hold neither.
    """
    if isinstance(value, SentTensor):
        return value.tensor
    if isinstance(value, SentArray):
        return value.array
    if isinstance(value, list | tuple):
        return type(value)(map(unwrap_tensors, value))
    if isinstance(value, dict):
        return {key: unwrap_tensors(item) for key, item in value.items()}
    return value


def size_of(value: Any) -> int:
    """Return about how many bytes of memory a decoded value holds."""
    if type(value) in SMALL:
        return BYTES_PER_VALUE
    if isinstance(value, SentTensor):
        return BYTES_PER_VALUE + value.tensor.numel() * value.tensor.element_size()
    if isinstance(value, SentArray):
        return BYTES_PER_VALUE + value.array.nbytes
    if isinstance(value, dict):
        return BYTES_PER_VALUE + sum(size_of(key) + size_of(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return BYTES_PER_VALUE + sum(map(size_of, value))
    if isinstance(value, int):
        return BYTES_PER_VALUE + value.bit_length() // 8
    return BYTES_PER_VALUE + (len(value) if isinstance(value, str | bytes) else 0)


def stable_repr(value: Any) -> str:
    """Return a plain value's repr, with the items of sets in an order that every process gives them."""
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(stable_repr, value)))}}}" if value else "set()"
    if isinstance(value, tuple):
        return f"({', '.join(map(stable_repr, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def is_plain_key(value: Any) -> bool:
    """Whether a value may be a key of a dict or an item of a set: a plain value, or a tuple or frozenset of such."""
    if type(value) in (tuple, frozenset):
        return all(map(is_plain_key, value))
    return type(value) in PLAIN_KEYS
