"""Tensor types, by which older programs name a device: torch.cuda.FloatTensor and its kind."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torchdojo.probe.accelerator.dispatch import DeviceTensor, move, wrap

KINDS = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")


class _TensorType(type):
    """The type of torch.cuda.FloatTensor: it makes tensors on the device, and recognises them."""

    def __call__(cls, *args: Any) -> Tensor:
        return wrap(getattr(torch, cls.__name__)(*args))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, DeviceTensor) and instance.dtype == dtype_of(cls.__name__)


def tensor_types() -> dict[str, Any]:
    """Return the tensor types of the device by name."""
    names = [f"{kind}Tensor" for kind in KINDS]
    return {name: _TensorType(name, (), {"__module__": "torch.cuda"}) for name in names}


def dtype_of(name: str) -> torch.dtype:
    """Return the dtype that the last part of a tensor type's name stands for."""
    return getattr(torch, name.rpartition(".")[2]).dtype  # type: ignore[no-any-return]


def _full_name(kind: Any) -> str:
    return kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__name__}"


def patched_type(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return Tensor.type, which names the device, and moves a tensor to the device that a tensor type names."""

    @functools.wraps(original)
    def type_(self: Tensor, dtype: Any = None, *_: Any, **__: Any) -> Any:
        if dtype is None:
            name = original(self)
            return name.replace("torch.", "torch.cuda.", 1) if isinstance(self, DeviceTensor) else name
        if isinstance(dtype, torch.dtype):
            return self.to(dtype)
        name = _full_name(dtype)
        return move(self.to(dtype_of(name)), name.startswith("torch.cuda."))

    return type_


def patched_default_type(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.set_default_tensor_type, which accepts the device's types."""

    @functools.wraps(original)
    def set_default_tensor_type(kind: Any) -> None:
        name = _full_name(kind)
        if name.startswith("torch.cuda."):
            torch.set_default_dtype(dtype_of(name))
            torch.set_default_device("cuda")
        else:
            original(kind)

    return set_default_tensor_type
