"""Alter the reference's answers in ways that no check of values may overlook."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torchdojo.wire import SentArray, SentTensor

OTHER_DTYPE = {
    torch.float64: torch.float32,
    torch.float32: torch.float64,
    torch.int64: torch.int32,
    torch.bool: torch.uint8,
}
# A hundred times the tolerance for float64, and a tenth of a thousandfold tolerance.
TENSOR_NUDGE = 1 + 1e-7
# A Python float is held to float32's rounding, 8e-6: this is more, and less than a thousand times as much.
FLOAT_NUDGE = 1 + 1e-4


def _nan(t: Tensor) -> Tensor:
    return torch.full_like(t, float("nan")) if t.is_floating_point() else t


def _nudge(t: Tensor) -> Tensor:
    return t * TENSOR_NUDGE if t.dtype == torch.float64 else t


FLOAT_TAMPERS: dict[str, Callable[[float], float]] = {
    "zeros": lambda x: 0.0,
    "ones": lambda x: 1.0,
    "NaN": lambda x: math.nan,
    "numbers nudged": lambda x: x * FLOAT_NUDGE,
}
TENSOR_TAMPERS: dict[str, Callable[[Tensor], Tensor]] = {
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
    "NaN": _nan,
    "empty tensors": lambda t: t.new_zeros(0),
    "another dtype": lambda t: t.to(OTHER_DTYPE.get(t.dtype, torch.float64)),
    "another shape": lambda t: t[None],
    "numbers nudged": _nudge,
}


def tamper(outputs: Any, name: str) -> tuple[Any, bool]:
    """Return the outputs with every tensor and float altered, and whether that makes a difference.

    name: of the alteration, a key of TENSOR_TAMPERS
    """
    if isinstance(outputs, SentTensor):
        altered = TENSOR_TAMPERS[name](outputs.tensor)
        same = altered.dtype == outputs.tensor.dtype and _equal(altered, outputs.tensor)
        return (outputs, False) if same else (SentTensor(altered, outputs.device), True)
    if isinstance(outputs, SentArray):
        sent, differs = tamper(outputs.as_tensor(), name)
        return SentArray(sent.tensor.numpy()), differs
    if isinstance(outputs, float) and name in FLOAT_TAMPERS:
        number = FLOAT_TAMPERS[name](outputs)
        return number, number != outputs and not (math.isnan(number) and math.isnan(outputs))
    if isinstance(outputs, dict):
        pairs = {key: tamper(value, name) for key, value in outputs.items()}
        return {key: value for key, (value, _) in pairs.items()}, any(differs for _, differs in pairs.values())
    if type(outputs) in (list, tuple):
        items = [tamper(value, name) for value in outputs]
        return type(outputs)(value for value, _ in items), any(differs for _, differs in items)
    return outputs, False


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())
