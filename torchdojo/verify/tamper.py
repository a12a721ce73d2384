"""Answers that are wrong in a way no check may overlook: the reference's own, with every tensor replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from torchdojo.wire import Tagged

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


TAMPERS: dict[str, Callable[[Tensor], Tensor]] = {
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
    "NaN": _nan,
    "empty tensors": lambda t: t.new_zeros(0),
    "another dtype": lambda t: t.to(OTHER_DTYPE.get(t.dtype, torch.float64)),
    "another shape": lambda t: t[None],
    "numbers off by one part in ten million": _nudged,
}


def tampered(outputs: Any, name: str) -> tuple[Any, bool]:
    """Return the outputs with every tensor replaced, and whether that changed any of them."""
    if isinstance(outputs, Tagged):
        new = TAMPERS[name](outputs.tensor)
        same = new.dtype == outputs.tensor.dtype and _equal(new, outputs.tensor)
        return (outputs, False) if same else (Tagged(new, outputs.device), True)
    if isinstance(outputs, dict):
        pairs = {key: tampered(value, name) for key, value in outputs.items()}
        return {key: new for key, (new, _) in pairs.items()}, any(changed for _, changed in pairs.values())
    if type(outputs) in (list, tuple):
        items = [tampered(value, name) for value in outputs]
        return type(outputs)(new for new, _ in items), any(changed for _, changed in items)
    return outputs, False


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())
