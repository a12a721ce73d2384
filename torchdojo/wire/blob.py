"""The part of a message that holds the numbers of its tensors and arrays: safetensors, checked before it is read.

Neither torch nor numpy is imported before a message holds a tensor or an array: much that crosses has neither.
"""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, deserialize

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

# The dtypes that may cross, as safetensors calls them and as torch and numpy do.
DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
ARRAY_DTYPES = set(DTYPES.values()) - {"bfloat16"}
NOTHING = struct.pack("<Q", 8) + b"{}      "  # as safetensors writes it: its header's length is a multiple of 8
MAX_DIMENSIONS, MAX_ELEMENTS = 32, 2**40


class WireError(Exception):
    """Bytes that are not a message, or values that may not cross; the text says which and why."""


def save_numbers(tensors: dict[str, Tensor], arrays: dict[str, np.ndarray[Any, Any]]) -> bytes:
    """Return the bytes of these tensors, which are contiguous and on the CPU, and of these arrays."""
    if tensors:
        import torch
        from safetensors.torch import save

        return save({**tensors, **{name: torch.from_numpy(array) for name, array in arrays.items()}})
    if arrays:
        from safetensors.numpy import save as save_arrays

        return save_arrays(arrays)
    return NOTHING


def load_numbers(blob: bytes, max_tensors: int) -> dict[str, Numbers]:
    """Return what the bytes hold, by name. WireError if `save_numbers` cannot have written them.

    The header is checked first: parsing 300,000 empty tensors would take seconds.
    """
    if len(blob) < 8:
        raise WireError("no tensor section")
    (length,) = struct.unpack("<Q", blob[:8])
    if length > min(len(blob) - 8, max_tensors * 256 + 1024):
        raise WireError("a tensor header that does not fit the message")
    try:
        index = json.loads(blob[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise WireError(f"a tensor header that is not JSON: {type(error).__name__}") from None
    if not isinstance(index, dict) or len(index) > max_tensors:
        raise WireError("a tensor header that is not an object, or is too long")
    if set(index) != {f"t{i}" for i in range(len(index))}:
        raise WireError("tensor names that are not t0, t1, …")
    for entry in index.values():
        dtype = entry.get("dtype") if isinstance(entry, dict) else None
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise WireError("a tensor of a dtype that may not be sent")
        _check_shape(entry.get("shape"))
    try:
        return {name: Numbers(entry) for name, entry in deserialize(blob)}  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, RuntimeError, OverflowError, KeyError, TypeError) as error:
        raise WireError(f"tensors that cannot be read: {error}") from None


def _check_shape(shape: Any) -> None:
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        raise WireError("a tensor with a malformed shape")
    if math.prod(n for n in shape if n) > MAX_ELEMENTS:
        raise WireError("a tensor with an impossible shape")


class Numbers:
    """The numbers of a tensor or of an array, not yet one of them."""

    def __init__(self, entry: Any) -> None:
        self._dtype = DTYPES[entry["dtype"]]
        self._shape = list(entry["shape"])
        self._data: bytearray = entry["data"]

    def tensor(self) -> Tensor:
        """Return them as a tensor."""
        import torch

        dtype = getattr(torch, self._dtype)
        if not self._data:
            return torch.empty(self._shape, dtype=dtype)
        return torch.frombuffer(self._data, dtype=dtype).reshape(self._shape)

    def array(self) -> np.ndarray[Any, Any]:
        """Return them as an array. WireError if numpy has no such dtype."""
        import numpy as np

        if self._dtype not in ARRAY_DTYPES:
            raise WireError("an array of a dtype that may not be sent")
        return np.frombuffer(self._data, dtype=self._dtype).reshape(self._shape)
