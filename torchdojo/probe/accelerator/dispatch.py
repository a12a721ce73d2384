"""Dispatch: every operation inside the block is checked by CUDA's rules, and computed on the CPU."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from torchdojo.probe.accelerator.placement import inherit_origin
from torchdojo.probe.accelerator.rules import check_placement, each_operation

DEVICE = torch.device("cuda", 0)
aten = torch.ops.aten
_without_dispatch = torch._C._DisableTorchDispatch  # inside, operations go straight to the CPU's kernels

# In a tie CUDA may give another value than the CPU, which gives the smallest (pytorch issue 90261). Measured on an
# H100: the smallest among 2, 4, 8, 100 and 1024 values, the largest among 6. Here it is always the largest.
MODE = aten.mode.default
NUMPY_ERROR = (
    "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
)


class DeviceTensor(torch.Tensor):
    """A tensor on the simulated device: its data is on the CPU, and it claims to be on cuda:0."""

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return dispatch(func, args, kwargs or {})

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
            return unwrap(self).detach().numpy(force=True)
        raise TypeError(NUMPY_ERROR)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(NUMPY_ERROR)

    def tolist(self) -> Any:
        return unwrap(self.detach()).tolist()

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        words = repr(unwrap(self.detach()))
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
        return rebuild, (unwrap(self.detach()).clone(), self.requires_grad, isinstance(self, nn.Parameter))


# Messages name a tensor's type: on a real device that is torch.Tensor.
DeviceTensor.__name__ = DeviceTensor.__qualname__ = "Tensor"


def rebuild(tensor: Tensor, requires_grad: bool, is_parameter: bool) -> Tensor:
    """Return a tensor on the device from what torch.save stored of it."""
    twin = wrap(tensor.clone()).requires_grad_(requires_grad)
    return nn.Parameter(twin, requires_grad) if is_parameter else twin


def wrap(tensor: Tensor) -> Tensor:
    """Return a tensor on the device that shares the memory of a CPU tensor, outside any graph."""
    with _without_dispatch():
        return _as_device_tensor(tensor)


def _as_device_tensor(tensor: Tensor) -> Tensor:
    return tensor if tensor.is_meta else torch.Tensor._make_subclass(DeviceTensor, tensor)


def unwrap(tensor: Tensor) -> Tensor:
    """Return a CPU tensor that shares the memory of one on the device, outside any graph."""
    with _without_dispatch():
        return torch.Tensor._make_subclass(torch.Tensor, tensor)


class _Move(torch.autograd.Function):
    """A copy to the device or back; gradients are copied the other way."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, on_device: bool) -> Tensor:
        ctx.on_device = on_device
        return _copy(tensor, on_device)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return _copy(grads[0], not ctx.on_device), None


def _copy(tensor: Tensor, on_device: bool) -> Tensor:
    if isinstance(tensor, DeviceTensor) == on_device:
        return tensor
    with _without_dispatch():
        twin = tensor.detach().clone()
    return wrap(twin) if on_device else unwrap(twin)


def move(tensor: Tensor, on_device: bool) -> Tensor:
    """Return a copy of a tensor on the device or on the CPU; the tensor itself if it is already there."""
    if tensor.requires_grad and torch.is_grad_enabled() and isinstance(tensor, DeviceTensor) != on_device:
        return _Move.apply(tensor, on_device)  # type: ignore[no-any-return, no-untyped-call]
    return _copy(tensor, on_device)


class DefaultDevice:
    """Where an operation without tensor arguments creates tensors: on the device or on the CPU."""

    on_device = False


@contextlib.contextmanager
def default_device(on_device: bool) -> Iterator[None]:
    """Set where torch's own functions create their intermediate tensors."""
    before, DefaultDevice.on_device = DefaultDevice.on_device, on_device
    try:
        yield
    finally:
        DefaultDevice.on_device = before


class DispatchMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sends every operation of the block through `dispatch`."""


def _dispatch(self: DispatchMode, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    return dispatch(func, args, kwargs or {})


# Outside the class's body, where torch would wrap it in something that imports its compiler, which takes a second.
DispatchMode.__torch_dispatch__ = _dispatch  # type: ignore[method-assign, assignment]


def dispatch(func: Any, args: Any, kwargs: Any) -> Any:
    """Check the placement of an operation's arguments, compute it, and return its outputs on the right device."""
    on_cpu, on_device = _split_by_device(args, kwargs)
    places: bool | list[bool] = bool(on_device) or (not on_cpu and DefaultDevice.on_device)
    if on_cpu and on_device:
        places = _places_of_outputs(func, args, kwargs, on_cpu)
    with _without_dispatch():
        out = _largest_mode(*args, **kwargs) if func is MODE and on_device else func(*args, **kwargs)
        if places and type(out) is Tensor and not func._schema.is_mutable:
            return _as_device_tensor(out)
        if places:
            return _map_tensors(out, _placing(func, places, on_cpu + on_device))
    if on_cpu:
        inherit_origin(out, on_cpu)
    return out


def _placing(func: Any, places: bool | list[bool], given: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """Return a function that gives an output its type: what was written to is returned as it was given."""
    known = {id(tensor): tensor for tensor in given} if func._schema.is_mutable else {}
    each = iter(places) if isinstance(places, list) else itertools.repeat(True)
    return lambda out: known.get(id(out)) or (_as_device_tensor(out) if next(each) else out)


def _places_of_outputs(func: Any, args: Any, kwargs: Any, on_cpu: list[Tensor]) -> bool | list[bool]:
    """Return whether the output of an operation with tensors in both places is on the device; a list for lists."""
    if not func._schema.name.startswith("aten::_foreach_"):
        return check_placement(func, args, kwargs, on_cpu)
    places = []
    for arguments, options in each_operation(args, kwargs):
        here, there = _split_by_device(arguments, options)
        places.append(bool(check_placement(func, arguments, options, here) if here and there else there))
    return places


def _largest_mode(tensor: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """Compute torch.mode; among several most frequent values the largest counts."""
    upside_down = ~tensor if not tensor.is_floating_point() else -tensor
    values, places = aten.mode.default(upside_down, *args, **kwargs)
    return (~values if not tensor.is_floating_point() else -values), places


def _split_by_device(args: Any, kwargs: Any) -> tuple[list[Tensor], list[Tensor]]:
    """Return the tensors among an operation's arguments, also in lists: those on the CPU, and those on the device."""
    on_cpu: list[Tensor] = []
    on_device: list[Tensor] = []
    for argument in (*args, *kwargs.values()) if kwargs else args:
        kind = type(argument)
        if kind is DeviceTensor:
            on_device.append(argument)
        elif kind is list or kind is tuple:
            for item in argument:
                if isinstance(item, Tensor):
                    (on_device if isinstance(item, DeviceTensor) else on_cpu).append(item)
        elif isinstance(argument, Tensor):
            on_cpu.append(argument)
    return on_cpu, on_device


def _map_tensors(out: Any, change: Any) -> Any:
    if isinstance(out, DeviceTensor):
        return out
    if isinstance(out, Tensor):
        return change(out)
    if isinstance(out, list | tuple):
        return type(out)(_map_tensors(item, change) for item in out) if type(out) in (list, tuple) else out
    return out
