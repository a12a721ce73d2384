"""Carry a gradient across the border, to where a result was computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Flow = Callable[[Tensor], Sequence[Tensor | None]]


class _Border(torch.autograd.Function):
    """Returns a value that was computed elsewhere; its gradient goes there, and those of its sources come back."""

    @staticmethod
    def forward(ctx: Any, flow: Flow, value: list[Tensor], *_: Tensor) -> Tensor:
        ctx.flow = flow
        return value[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return (None, None, None, *ctx.flow(gradient))


def cross_border(flow: Flow, value: Tensor, sources: Sequence[Tensor]) -> Tensor:
    """Return a value as one that was computed from its sources; it requires grad even if there are none here.

    flow: given the value's gradient, returns those of the sources
    """
    anchor = torch.zeros((), requires_grad=True)
    apply: Any = _Border.apply
    result: Tensor = apply(flow, [value], anchor, *sources)
    return result
