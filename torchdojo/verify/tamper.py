"""Answers that are wrong in a way no check may overlook: the reference's own, each tensor and float replaced."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torchdojo.wire import SentTensor

OTHER_DTYPE = {
    torch.float64: torch.float32,
    torch.float32: torch.float64,
    torch.int64: torch.int32,
    torch.bool: torch.uint8,
}
NUDGE = 1 + 1e-7  # a hundred times the tolerance for float64, and a tenth of a thousandfold tolerance


def _nan(t: Tensor) -> Tensor:
    return torch.full_like(t, float("nan")) if t.is_floating_point() else t


def _nudged(t: Tensor) -> Tensor:
    return t * NUDGE if t.dtype == torch.float64 else t


# A Python float is held to float32's rounding, 8e-6: this is more, and less than a thousand times as much.
FLOAT_NUDGE = 1 + 1e-4
FLOATS: dict[str, Callable[[float], float]] = {
    "zeros": lambda x: 0.0,
    "ones": lambda x: 1.0,
    "NaN": lambda x: math.nan,
    "numbers nudged": lambda x: x * FLOAT_NUDGE,
}
TAMPERS: dict[str, Callable[[Tensor], Tensor]] = {
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
    "NaN": _nan,
    "empty tensors": lambda t: t.new_zeros(0),
    "another dtype": lambda t: t.to(OTHER_DTYPE.get(t.dtype, torch.float64)),
    "another shape": lambda t: t[None],
    "numbers nudged": _nudged,
}


def tampered(outputs: Any, name: str) -> tuple[Any, bool]:
    """Return the outputs with every tensor and every float replaced, and whether that changed any of them."""
    if isinstance(outputs, SentTensor):
        new = TAMPERS[name](outputs.tensor)
        same = new.dtype == outputs.tensor.dtype and _equal(new, outputs.tensor)
        return (outputs, False) if same else (SentTensor(new, outputs.device), True)
    if isinstance(outputs, float) and name in FLOATS:
        other = FLOATS[name](outputs)
        return other, other != outputs and not (math.isnan(other) and math.isnan(outputs))
    if isinstance(outputs, dict):
        pairs = {key: tampered(value, name) for key, value in outputs.items()}
        return {key: new for key, (new, _) in pairs.items()}, any(changed for _, changed in pairs.values())
    if type(outputs) in (list, tuple):
        items = [tampered(value, name) for value in outputs]
        return type(outputs)(new for new, _ in items), any(changed for _, changed in items)
    return outputs, False


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())
