"""The gate: every operation on the device passes here, is checked by CUDA's rules, and computed on the CPU."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from torchdojo.probe.accelerator.errors import PlacementError, inherit, mixed

DEVICE = torch.device("cuda", 0)
aten = torch.ops.aten
_below = torch._C._DisableTorchDispatch  # inside, operations go straight to the CPU's kernels

TRANSFERS = {aten.copy_.default, aten._to_copy.default, aten.set_.source_Tensor}
INDEXING = {
    aten.index.Tensor,
    aten.index_put_.default,
    aten.index_put.default,
    aten._index_put_impl_.default,
    aten._unsafe_index.Tensor,
}
# In a tie CUDA may give another value than the CPU, which gives the smallest (pytorch issue 90261). Measured on an
# H100: the smallest among 2, 4, 8, 100 and 1024 values, the largest among 6. Here it is always the largest.
MODES = {aten.mode.default}
NUMPY = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."


class DeviceTensor(torch.Tensor):
    """A tensor on the simulated device: its numbers lie on the CPU, and it says that they lie on cuda:0."""

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return run(func, args, kwargs or {})

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return True

    @property
    def is_cpu(self) -> bool:  # type: ignore[override]
        return False

    def get_device(self) -> int:
        return 0

    def is_pinned(self, *_: Any) -> bool:
        return False

    def numpy(self, *, force: bool = False) -> Any:
        if force:
            return unmark(self).detach().numpy(force=True)
        raise TypeError(NUMPY)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(NUMPY)

    def tolist(self) -> Any:
        return unmark(self.detach()).tolist()

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        words = repr(unmark(self.detach()))
        tail = ", requires_grad=True" if self.is_leaf and self.requires_grad else ""
        tail = f", grad_fn=<{type(self.grad_fn).__name__}>" if self.grad_fn is not None else tail
        return f"{words[:-1]}, device='cuda:0'{tail})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.dim() == 0 else object.__format__(self, spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if id(self) in memo:
            return memo[id(self)]  # type: ignore[no-any-return]
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol"
            )
        with torch.no_grad():
            twin = self.detach().clone()
        twin.requires_grad_(self.requires_grad)
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        if self.grad is not None:
            twin.grad = copy.deepcopy(self.grad, memo)
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        from torchdojo.probe.accelerator.load import rebuild

        return rebuild, (unmark(self.detach()).clone(), self.requires_grad, isinstance(self, nn.Parameter))


# Messages call a tensor by its type's name: on a real device that is torch.Tensor's.
DeviceTensor.__name__ = DeviceTensor.__qualname__ = "Tensor"


def mark(tensor: Tensor) -> Tensor:
    """Return a tensor on the device that shares the memory of a plain one, outside any graph."""
    with _below():
        return torch.Tensor._make_subclass(DeviceTensor, tensor)


def unmark(tensor: Tensor) -> Tensor:
    """Return a plain tensor that shares the memory of one on the device, outside any graph."""
    with _below():
        return torch.Tensor._make_subclass(torch.Tensor, tensor)


class _Move(torch.autograd.Function):
    """A copy to the device or back; gradients make the way back."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, there: bool) -> Tensor:
        ctx.there = there
        return _copied(tensor, there)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return _copied(grads[0], not ctx.there), None


def _copied(tensor: Tensor, there: bool) -> Tensor:
    if isinstance(tensor, DeviceTensor) == there:
        return tensor
    with _below():
        twin = tensor.detach().clone()
    return mark(twin) if there else unmark(twin)


def moved(tensor: Tensor, there: bool) -> Tensor:
    """Return a copy of a tensor on the device (`there`) or on the CPU; the tensor itself if it is there already."""
    if isinstance(tensor, DeviceTensor) == there:
        return tensor
    if tensor.requires_grad and torch.is_grad_enabled():
        return _Move.apply(tensor, there)  # type: ignore[no-any-return, no-untyped-call]
    return _copied(tensor, there)


class Ambient:
    """Where an operation makes new tensors when no argument says it: on the device (True) or on the CPU."""

    there = False


@contextlib.contextmanager
def ambient(there: bool) -> Iterator[None]:
    """Say where tensors that torch itself makes, inside one of its functions, belong."""
    before, Ambient.there = Ambient.there, there
    try:
        yield
    finally:
        Ambient.there = before


class Gate(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sends every operation of the block through `run`."""


def _through_the_gate(self: Gate, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    return run(func, args, kwargs or {})


# Not in the class's body: there torch would wrap it in something that imports its compiler, for more than a second.
Gate.__torch_dispatch__ = _through_the_gate  # type: ignore[method-assign, assignment]


def run(func: Any, args: Any, kwargs: Any) -> Any:
    """Check an operation's placement, compute it, and place what comes out."""
    here: list[Tensor] = []
    there: list[Tensor] = []
    for argument in args:
        _sort(argument, here, there)
    for argument in kwargs.values():
        _sort(argument, here, there)
    if there:
        if here:
            _require_one_device(func, args, kwargs, here)
        with _below():
            out = _largest_mode(*args, **kwargs) if func in MODES else func(*args, **kwargs)
        if func is aten.copy_.default:
            return args[0]
        return _placed(func, out, args, kwargs)
    with _below():
        out = func(*args, **kwargs)
    if not here and Ambient.there:
        return _placed(func, out, args, kwargs)
    if here:
        inherit(out, here)
    return out


def _largest_mode(tensor: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """torch.mode that takes the largest of several most frequent values."""
    upside_down = ~tensor if not tensor.is_floating_point() else -tensor
    values, places = aten.mode.default(upside_down, *args, **kwargs)
    return (~values if not tensor.is_floating_point() else -values), places


def _sort(argument: Any, here: list[Tensor], there: list[Tensor]) -> None:
    if isinstance(argument, Tensor):
        (there if isinstance(argument, DeviceTensor) else here).append(argument)
    elif type(argument) in (list, tuple):
        for item in argument:
            if isinstance(item, Tensor):
                (there if isinstance(item, DeviceTensor) else here).append(item)


def _placed(func: Any, out: Any, args: Any, kwargs: Any) -> Any:
    if func._schema.is_mutable:
        given = {id(a): a for a in _tensors(args, kwargs)}
        return _each(out, lambda t: given.get(id(t)) if id(t) in given else mark(t))
    return _each(out, mark)


def _each(out: Any, change: Any) -> Any:
    if isinstance(out, DeviceTensor):
        return out
    if isinstance(out, Tensor):
        return change(out)
    if isinstance(out, list | tuple):
        return type(out)(_each(item, change) for item in out) if type(out) in (list, tuple) else out
    return out


def _tensors(args: Any, kwargs: Any) -> list[Tensor]:
    here: list[Tensor] = []
    there: list[Tensor] = []
    for argument in (*args, *kwargs.values()):
        _sort(argument, here, there)
    return here + there


def _require_one_device(func: Any, args: Any, kwargs: Any, here: list[Tensor]) -> None:
    """Refuse CPU tensors beside tensors on the device, but for what CUDA lets pass.

    Single numbers on the CPU may mix; copies go across; CPU indices may pick from a tensor on the device. What is
    written to must be on the device.
    """
    if func in TRANSFERS:
        return
    name = func._schema.name.removeprefix("aten::")
    if func in INDEXING:
        if not isinstance(args[0], DeviceTensor):
            words = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
            raise PlacementError(words, [])
        here = [value for value in args[2:3] if isinstance(value, Tensor) and not isinstance(value, DeviceTensor)]
    culprits = [tensor for tensor in here if tensor.dim() > 0]
    if culprits:
        raise mixed(name, culprits)
    if func._schema.is_mutable and args and any(args[0] is tensor for tensor in here):
        raise mixed(name, [args[0]])
