"""What CUDA demands of gradients: each is on the device of its tensor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from torchdojo.probe.accelerator.dispatch import DeviceTensor, move
from torchdojo.probe.accelerator.placement import PlacementError

_gradient: Any = torch._C.TensorBase.grad


def _set_gradient(tensor: Tensor, grad: Any) -> None:
    if isinstance(grad, Tensor) and not _same_place(tensor, grad):
        here, there = ("cuda", "cpu") if isinstance(tensor, DeviceTensor) else ("cpu", "cuda")
        raise PlacementError(
            f"attempting to assign a gradient with device type '{there}' to a tensor with device type '{here}'. "
            "Please ensure that the gradient and the tensor are on the same device",
            [grad],
        )
    set_unchecked(tensor, grad)


def set_unchecked(tensor: Tensor, grad: Tensor | None) -> None:
    """Assign a gradient, wherever it is."""
    _gradient.__set__(tensor, grad)


GRADIENT = property(_gradient.__get__, _set_gradient, _gradient.__delete__)


def _same_place(one: Tensor, other: Tensor) -> bool:
    return isinstance(one, DeviceTensor) == isinstance(other, DeviceTensor)


def _placed_like(tensor: Tensor, grad: Any, function: str, index: int) -> Any:
    """Return a gradient for a tensor: a single number is moved to it, anything else must be where it is."""
    if not isinstance(grad, Tensor) or _same_place(tensor, grad):
        return grad
    if grad.dim() == 0:
        return move(grad, isinstance(tensor, DeviceTensor))
    where = f"{function} returned an invalid gradient" if function else "invalid gradient"
    raise PlacementError(f"{where} at index {index} - expected device {tensor.device} but got {grad.device}", [grad])


def checked_backward(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.autograd.backward, which checks the gradients that it is given and those that it leaves."""

    @functools.wraps(original)
    def backward(tensors: Any, grad_tensors: Any = None, *args: Any, **kwargs: Any) -> None:
        roots = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
        leaves = list(_leaves(roots))
        original(tensors, _given(roots, grad_tensors), *args, **kwargs)
        for leaf, function, index in leaves:
            grad = leaf.grad
            if grad is not None and not _same_place(leaf, grad):
                set_unchecked(leaf, None)
                set_unchecked(leaf, _placed_like(leaf, grad, function, index))

    return backward


def checked_grad(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.autograd.grad, which checks the gradients that it is given and those that it returns."""

    @functools.wraps(original)
    def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, *args: Any, **kwargs: Any) -> Any:
        roots, wanted = ((x,) if isinstance(x, Tensor) else tuple(x) for x in (outputs, inputs))
        found = original(outputs, inputs, _given(roots, grad_outputs), *args, **kwargs)
        pairs = enumerate(zip(wanted, found, strict=True))
        return tuple(_placed_like(tensor, got, "Function", index) for index, (tensor, got) in pairs)

    return grad


def _given(roots: tuple[Any, ...], grads: Any) -> Any:
    if grads is None:
        return None
    grads = (grads,) if isinstance(grads, Tensor) else tuple(grads)
    return tuple(_placed_like(*pair, "", index) for index, pair in enumerate(zip(roots, grads, strict=False)))


def _leaves(roots: tuple[Any, ...]) -> Iterator[tuple[Tensor, str, int]]:
    """Yield the leaves that a backward pass reaches, each with the function that its gradient comes from."""
    nodes = [root.grad_fn for root in roots if isinstance(root, Tensor) and root.grad_fn is not None]
    seen = set(nodes)
    while nodes:
        node = nodes.pop()
        for index, (following, _) in enumerate(node.next_functions):
            leaf = getattr(following, "variable", None)
            if leaf is not None:
                yield leaf, f"Function {node.name()}", index
            elif following is not None and following not in seen:
                seen.add(following)
                nodes.append(following)
