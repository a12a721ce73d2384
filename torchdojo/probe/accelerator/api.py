"""Replacements, inside the block, for everything that programs call to choose a device."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any

import torch
import torch.overrides
import torch.utils._device
from torch import Tensor, nn

from torchdojo.probe.accelerator.dispatch import DEVICE, DeviceTensor, default_device, move, wrap
from torchdojo.probe.accelerator.gradients import GRADIENT, checked_backward, checked_grad, set_unchecked
from torchdojo.probe.accelerator.legacy import patched_default_type, patched_type, tensor_types
from torchdojo.probe.accelerator.placement import PlacementError, record_origin
from torchdojo.probe.accelerator.saving import patched_load

NAME, MEMORY = "simulated accelerator", 16 << 30  # what is said of it
INVALID_ORDINAL = "CUDA error: invalid device ordinal"
LIKE_FUNCTIONS = ("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like")
NEW_METHODS = ("new", "new_tensor", "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided")
RANDOM_FUNCTIONS = (
    *((Tensor, name) for name in ("normal_", "uniform_", "random_", "bernoulli_", "bernoulli", "multinomial")),
    *((Tensor, name) for name in ("exponential_", "geometric_", "log_normal_", "cauchy_")),
    *((torch, name) for name in ("bernoulli", "multinomial", "poisson")),
)
MAKES_TENSORS = (
    *((Tensor, name) for name in ("backward", "quantile", "nanquantile")),
    *((torch, name) for name in ("quantile", "nanquantile")),
    *((nn.functional, name) for name in ("one_hot", "scaled_dot_product_attention")),
)
Patch = tuple[Any, str, Any]


class Target(Enum):
    """What a device argument names."""

    DEVICE = auto()
    CPU = auto()
    OTHER = auto()


def target_of(device: Any) -> Target:
    """Return what a device argument names. RuntimeError, in CUDA's words, for a second device."""
    if isinstance(device, bool) or device is None:
        return Target.OTHER
    known = DEVICE if isinstance(device, int) and device == 0 else torch.device(device)
    if known.type == "cuda":
        if known.index not in (None, 0):
            raise RuntimeError(INVALID_ORDINAL)
        return Target.DEVICE
    return Target.CPU if known.type == "cpu" else Target.OTHER


def _default_target() -> Target:
    """Return where `with torch.device(…)` or torch.set_default_device create tensors."""
    if torch._C._len_torch_function_stack():
        modes: Any = reversed(torch.overrides._get_current_function_mode_stack())  # type: ignore[no-untyped-call]
        contexts = (mode for mode in modes if isinstance(mode, torch.utils._device.DeviceContext))
        if next((context.device.type == "cuda" for context in contexts), False):
            return Target.DEVICE
    return Target.CPU


def _factory(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a function that creates a tensor on the device that `device` or the default names."""

    @functools.wraps(original)
    def make(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("pin_memory", None)
        target = target_of(kwargs["device"]) if kwargs.get("device") is not None else _default_target()
        if target is Target.OTHER:
            return original(*args, **kwargs)
        on_device = target is Target.DEVICE
        first = args[0] if args else kwargs.get("data", kwargs.get("obj"))
        if isinstance(first, DeviceTensor) and name in ("tensor", "as_tensor", "asarray"):
            return _from_tensor(original, name, first, args, kwargs, on_device)
        _require_generator(kwargs.get("generator"), on_device)
        kwargs["device"] = torch.device("cpu")
        wants_grad = bool(kwargs.pop("requires_grad", False)) if on_device else False
        with default_device(False):
            out = original(*args, **kwargs)
        if not on_device:
            record_origin(out, f"torch.{name}")
            return out
        return wrap(out).requires_grad_(wants_grad) if isinstance(out, Tensor) else out

    return make


def _require_generator(generator: Any, on_device: bool) -> None:
    """Raise RuntimeError, in CUDA's words, for a generator of the other device."""
    if generator is not None and (generator.device.type == "cuda") != on_device:
        want, got = ("cuda", "cpu") if on_device else ("cpu", "cuda")
        raise RuntimeError(f"Expected a '{want}' device type for generator but found '{got}'")


def _with_checked_generator(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that draws numbers for a tensor, with its generator's device checked."""

    @functools.wraps(original)
    def draw(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("generator") is not None:
            tensors = [a for a in args if isinstance(a, Tensor)]
            _require_generator(kwargs["generator"], any(isinstance(t, DeviceTensor) for t in tensors))
        return original(*args, **kwargs)

    return draw


def _normal(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.normal. Given numbers and a size it creates a tensor; given tensors it draws on their device."""
    drawing, making = _with_checked_generator(original), _factory(original, "normal")

    @functools.wraps(original)
    def normal(*args: Any, **kwargs: Any) -> Any:
        has_tensors = any(isinstance(value, Tensor) for value in (*args, *kwargs.values()))
        return drawing(*args, **kwargs) if has_tensors else making(*args, **kwargs)

    return normal


def _from_tensor(original: Any, name: str, first: Tensor, args: Any, kwargs: Any, on_device: bool) -> Tensor:
    """Return torch.tensor(x) or torch.as_tensor(x) of a tensor on the device, where it stays without `device`."""
    on_device = on_device if kwargs.get("device") is not None else True
    out = first.detach().clone() if name == "tensor" else first
    if kwargs.get("dtype") is not None:
        out = out.to(kwargs["dtype"])
    out = move(out, on_device)
    return out.requires_grad_() if kwargs.get("requires_grad") else out


def _like(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that creates a tensor like another, on another device if `device` is given."""

    @functools.wraps(original)
    def make(source: Tensor, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("pin_memory", None)
        device = kwargs.pop("device", None)
        target = None if device is None else target_of(device)
        if target is Target.OTHER:
            return original(source, *args, device=device, **kwargs)
        wants_grad = kwargs.pop("requires_grad", False)
        _require_generator(kwargs.get("generator"), isinstance(source, DeviceTensor))
        out = original(source, *args, **kwargs)
        # new_tensor ignores the device of its source.
        out = move(out, isinstance(source, DeviceTensor) if target is None else target is Target.DEVICE)
        if not isinstance(out, DeviceTensor):
            record_origin(out, original.__name__)
        return out.requires_grad_() if wants_grad else out

    return make


def _to(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not args and not kwargs:
            return self
        target: Target | None = None
        rest = list(args)
        if args and isinstance(args[0], str | torch.device | int) and not isinstance(args[0], bool):
            target, rest = target_of(args[0]), rest[1:]
            if target is Target.OTHER:
                return original(self, *args, **kwargs)  # type: ignore[no-any-return]
            rest = rest[1:] if rest and rest[0] is None else rest
        elif args and isinstance(args[0], Tensor):
            target, rest[0] = _target_like(args[0]), args[0].dtype
        elif args and args[0] is None:
            rest = rest[1:]
        if isinstance(kwargs.get("other"), Tensor):
            other = kwargs.pop("other")
            target, kwargs["dtype"] = _target_like(other), other.dtype
        if kwargs.get("device") is not None:
            target = target_of(kwargs["device"])
            if target is Target.OTHER:
                return original(self, *args, **kwargs)  # type: ignore[no-any-return]
        kwargs.pop("device", None)
        return _cast_and_move(original, self, target, rest, kwargs)

    return to


def _target_like(tensor: Tensor) -> Target:
    return Target.DEVICE if isinstance(tensor, DeviceTensor) else Target.CPU


def _cast_and_move(original: Any, tensor: Tensor, target: Target | None, rest: list[Any], kwargs: Any) -> Tensor:
    """Do what `.to` does once its device is known: cast where the tensor is, then move it."""
    dtype = rest[0] if rest and isinstance(rest[0], torch.dtype) else kwargs.get("dtype")
    flags = [item for item in rest if isinstance(item, bool)]
    copies = flags[1] if len(flags) > 1 else bool(kwargs.get("copy"))
    layout = kwargs.get("memory_format")
    out = tensor
    if dtype is not None and dtype != tensor.dtype:
        out = original(out, dtype)
    if layout is not None:
        out = out.contiguous(memory_format=layout) if layout != torch.preserve_format else out
    if target is not None:
        before, out = out, move(out, target is Target.DEVICE)
        if out is not before and target is Target.CPU:
            record_origin(out, "Tensor.to")
    return out.clone() if copies and out is tensor else out


def _data_getter(original: Any) -> Callable[[Tensor], Tensor]:
    return lambda self: original.__get__(self)


def _data_setter(original: Any) -> Callable[[Tensor, Tensor], None]:
    def set_data(self: Tensor, value: Tensor) -> None:
        if isinstance(self, DeviceTensor) == isinstance(value, DeviceTensor):
            original.__set__(self, value)
            return
        _swap_storage(self, value)

    return set_data


def _swap_storage(tensor: Tensor, value: Tensor) -> None:
    """Replace a tensor object's data by data on another device, as assigning to `.data` does.

    RuntimeError if a living graph holds the tensor.
    """
    grad, wants_grad = tensor.grad, tensor.requires_grad
    # A module moves its parameters' gradients, too; an assignment leaves them where they are.
    in_module = sys._getframe(2).f_code is nn.Module._apply.__code__
    is_parameter = isinstance(tensor, nn.Parameter)
    with torch.no_grad():
        twin = value.detach()
    if is_parameter:
        twin = nn.Parameter(twin, wants_grad)
    else:
        twin.requires_grad_(wants_grad)
    attributes = {name: kept for name, kept in tensor.__dict__.items() if name != "_is_param"}
    tensor.grad = None
    torch.utils.swap_tensors(tensor, twin)  # type: ignore[no-untyped-call]
    tensor.__dict__.update(attributes)
    if grad is not None:
        set_unchecked(tensor, move(grad, isinstance(value, DeviceTensor)) if in_module else grad)


def _meshgrid(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.meshgrid, which no operation follows that would see the tensors together."""

    @functools.wraps(original)
    def meshgrid(*tensors: Any, **kwargs: Any) -> Any:
        given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
        if len({isinstance(tensor, DeviceTensor) for tensor in given}) > 1:
            here = [tensor for tensor in given if not isinstance(tensor, DeviceTensor)]
            raise PlacementError("meshgrid expects all tensors to have the same device", here)
        return original(*tensors, **kwargs)

    return meshgrid


def _on_first_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that creates its intermediate tensors on the device of its first argument."""

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else next(iter(kwargs.values()), None)
        root = first[0] if isinstance(first, list | tuple) and first else first
        with default_device(isinstance(root, DeviceTensor)):
            return original(*args, **kwargs)

    return call


class _GeneratorKind(type(torch.Generator)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, torch._C.Generator)


class DeviceGenerator(torch.Generator):
    """A generator on the device: a CPU generator under another name."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE


class _Generator(torch.Generator, metaclass=_GeneratorKind):
    """torch.Generator, which accepts the device."""

    def __new__(cls, device: Any = "cpu") -> Any:
        if target_of(device) is Target.DEVICE:
            return DeviceGenerator.__new__(DeviceGenerator)
        return torch._C.Generator(device)


def _no_op() -> Callable[..., None]:
    """Return a new function that does nothing: torch's compiler requires a different object for each name."""
    return lambda *_, **__: None


def patches() -> list[Patch]:
    """Return (owner, attribute, replacement) for everything that is replaced inside the block."""
    made: list[Patch] = []
    for original in torch.utils._device._device_constructors():
        name = str(getattr(original, "__name__", ""))
        if callable(original) and getattr(torch, name, None) is original:
            made.append((torch, name, _factory(original, name)))  # type: ignore[arg-type]
    made += [(torch, name, _like(getattr(torch, name))) for name in LIKE_FUNCTIONS]
    made += [(Tensor, name, _like(getattr(Tensor, name))) for name in NEW_METHODS]
    data: Any = torch._C.TensorBase.data
    made += [
        (Tensor, "type_as", lambda self, other: self.to(other)),
        (torch, "meshgrid", _meshgrid(torch.meshgrid)),
        (torch, "normal", _normal(torch.normal)),
        (torch, "from_numpy", _with_origin(torch.from_numpy)),
        (Tensor, "to", _to(Tensor.to)),
        (Tensor, "cuda", lambda self, device=None, *_, **__: move(self, target_of(device or 0) is Target.DEVICE)),
        (Tensor, "cpu", lambda self, *_, **__: self.to("cpu")),
        (Tensor, "pin_memory", lambda self, *_: self),
        (Tensor, "data", property(_data_getter(data), _data_setter(data))),
        (Tensor, "grad", GRADIENT),
        (Tensor, "type", patched_type(Tensor.type)),
        (torch, "set_default_tensor_type", patched_default_type(torch.set_default_tensor_type)),
        (torch.autograd, "backward", checked_backward(_on_first_argument(torch.autograd.backward))),
        (torch.autograd, "grad", checked_grad(_on_first_argument(torch.autograd.grad))),
        (torch, "Generator", _Generator),
        (torch, "load", patched_load(torch.load)),
    ]
    made += [(where, name, _with_checked_generator(getattr(where, name))) for where, name in RANDOM_FUNCTIONS]
    made += [(where, name, _on_first_argument(getattr(where, name))) for where, name in MAKES_TENSORS]
    return made + _queries()


def _with_origin(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def make(*args: Any, **kwargs: Any) -> Any:
        out = original(*args, **kwargs)
        record_origin(out, original.__name__)
        return out

    return make


class _Stream:
    """The only stream: everything in it runs at once."""

    def is_capturing(self) -> bool:
        return False

    def synchronize(self) -> None:
        return None


def _queries() -> list[Patch]:
    """Return the replacements for torch's queries about devices."""
    no_ops = ("init", "_lazy_init", "set_device", "synchronize", "empty_cache", "reset_peak_memory_stats")
    cuda: dict[str, Any] = {
        **tensor_types(),
        **{name: _no_op() for name in no_ops},
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_name": lambda *_: NAME,
        "get_device_properties": lambda *_: SimpleNamespace(name=NAME, total_memory=MEMORY, major=8, minor=0),
        "get_device_capability": lambda *_: (8, 0),
        "is_bf16_supported": lambda *_, **__: True,
        "mem_get_info": lambda *_: (MEMORY, MEMORY),
        "_exchange_device": lambda *_: 0,
        "_maybe_exchange_device": lambda *_: 0,
        "manual_seed": lambda seed: torch.default_generator.manual_seed(seed) and None,
        "manual_seed_all": lambda seed: torch.default_generator.manual_seed(seed) and None,
        "seed": lambda: torch.default_generator.seed() and None,
        "initial_seed": lambda: torch.default_generator.initial_seed(),
        "get_rng_state": lambda *_: torch.get_rng_state(),
        "set_rng_state": lambda state, *_: torch.set_rng_state(state),
        "memory_allocated": lambda *_: 0,
        "max_memory_allocated": lambda *_: 0,
        "current_stream": lambda *_: _Stream(),
        "is_current_stream_capturing": lambda: False,
    }
    accelerator: dict[str, Any] = {
        **{name: _no_op() for name in ("set_device_index", "synchronize")},
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_accelerator": lambda *_, **__: torch.device("cuda"),
        "current_device_index": lambda: 0,
        "current_device_idx": lambda: 0,
        "current_stream": lambda *_: _Stream(),
    }
    owners = [(torch.cuda, cuda), (torch.accelerator, accelerator)]
    return [(owner, name, new) for owner, patches in owners for name, new in patches.items() if hasattr(owner, name)]
