"""What programs call by name to choose a device, for the time of the block."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.overrides
import torch.utils._device
from torch import Tensor, nn

from torchdojo.probe.accelerator.dispatch import DEVICE, DeviceTensor, ambient, mark, moved
from torchdojo.probe.accelerator.errors import remember
from torchdojo.probe.accelerator.load import loader

ORDINAL = "CUDA error: invalid device ordinal"
LIKES = ("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like")
NEWS = ("new_tensor", "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided")
DRAWERS = (
    *((Tensor, name) for name in ("normal_", "uniform_", "random_", "bernoulli_", "bernoulli", "multinomial")),
    *((Tensor, name) for name in ("exponential_", "geometric_", "log_normal_", "cauchy_")),
    *((torch, name) for name in ("bernoulli", "multinomial", "poisson")),
)
MAKERS = (
    (Tensor, "backward"),
    (torch.autograd, "backward"),
    (torch.autograd, "grad"),
    (nn.functional, "one_hot"),
    (nn.functional, "scaled_dot_product_attention"),
    (torch, "quantile"),
    (torch, "nanquantile"),
    (Tensor, "quantile"),
    (Tensor, "nanquantile"),
)
Patch = tuple[Any, str, Any]


def place_of(device: Any) -> bool | None:
    """Return whether a device argument means the device (True), the CPU (False), or something else (None)."""
    if isinstance(device, bool) or device is None:
        return None
    known = DEVICE if isinstance(device, int) and device == 0 else torch.device(device)
    if known.type == "cuda":
        if known.index not in (None, 0):
            raise RuntimeError(ORDINAL)
        return True
    return False if known.type == "cpu" else None


def _default_place() -> bool:
    """Whether `with torch.device(…)` or torch.set_default_device say that the device is where tensors are made."""
    if not torch._C._len_torch_function_stack():
        return False
    modes: Any = reversed(torch.overrides._get_current_function_mode_stack())  # type: ignore[no-untyped-call]
    return next((m.device.type == "cuda" for m in modes if isinstance(m, torch.utils._device.DeviceContext)), False)


def _factory(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that makes a tensor, on the device that `device` or the default says."""

    @functools.wraps(original)
    def make(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("pin_memory", None)
        there = place_of(kwargs["device"]) if kwargs.get("device") is not None else _default_place()
        if there is None:
            return original(*args, **kwargs)
        first = args[0] if args else kwargs.get("data", kwargs.get("obj"))
        if isinstance(first, DeviceTensor) and name in ("tensor", "as_tensor", "asarray"):
            return _from_tensor(original, name, first, args, kwargs, there)
        _require_generator(kwargs.get("generator"), there)
        kwargs["device"] = torch.device("cpu")
        wants_grad = bool(kwargs.pop("requires_grad", False)) if there else False
        with ambient(False):
            out = original(*args, **kwargs)
        if not there:
            remember(out, f"torch.{name}")
            return out
        return mark(out).requires_grad_(wants_grad) if isinstance(out, Tensor) else out

    return make


def _require_generator(generator: Any, there: bool) -> None:
    """Refuse a generator that belongs to the other device."""
    if generator is not None and (generator.device.type == "cuda") != there:
        want, got = ("cuda", "cpu") if there else ("cpu", "cuda")
        raise RuntimeError(f"Expected a '{want}' device type for generator but found '{got}'")


def _drawing(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws numbers for a tensor: its generator must be where the tensor is."""

    @functools.wraps(original)
    def draw(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("generator") is not None:
            tensors = [a for a in args if isinstance(a, Tensor)]
            _require_generator(kwargs["generator"], any(isinstance(t, DeviceTensor) for t in tensors))
        return original(*args, **kwargs)

    return draw


def _normal(original: Callable[..., Any]) -> Callable[..., Any]:
    """torch.normal: of numbers and a size it makes a tensor; of tensors it draws, where they are."""
    drawing, making = _drawing(original), _factory(original, "normal")

    @functools.wraps(original)
    def normal(*args: Any, **kwargs: Any) -> Any:
        has_tensors = any(isinstance(value, Tensor) for value in (*args, *kwargs.values()))
        return drawing(*args, **kwargs) if has_tensors else making(*args, **kwargs)

    return normal


def _from_tensor(original: Any, name: str, first: Tensor, args: Any, kwargs: Any, there: bool) -> Tensor:
    """torch.tensor(x) and torch.as_tensor(x) of a tensor on the device: there, unless `device` says otherwise."""
    there = there if kwargs.get("device") is not None else True
    out = first.detach().clone() if name == "tensor" else first
    if kwargs.get("dtype") is not None:
        out = out.to(kwargs["dtype"])
    out = moved(out, there)
    return out.requires_grad_() if kwargs.get("requires_grad") else out


def _like(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes a tensor like another, elsewhere if `device` says so."""

    @functools.wraps(original)
    def make(source: Tensor, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("pin_memory", None)
        device = kwargs.pop("device", None)
        there = None if device is None else place_of(device)
        if device is not None and there is None:
            return original(source, *args, device=device, **kwargs)
        wants_grad = kwargs.pop("requires_grad", False)
        _require_generator(kwargs.get("generator"), isinstance(source, DeviceTensor))
        out = original(source, *args, **kwargs)
        # new_tensor makes its result without asking where the source is.
        out = moved(out, isinstance(source, DeviceTensor) if there is None else there)
        if not isinstance(out, DeviceTensor):
            remember(out, original.__name__)
        return out.requires_grad_() if wants_grad else out

    return make


def _to(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not args and not kwargs:
            return self
        there: bool | None = None
        rest = list(args)
        if args and isinstance(args[0], str | torch.device | int) and not isinstance(args[0], bool):
            there, rest = place_of(args[0]), rest[1:]
            if there is None:
                return original(self, *args, **kwargs)  # type: ignore[no-any-return]
            rest = rest[1:] if rest and rest[0] is None else rest
        elif args and isinstance(args[0], Tensor):
            there, rest[0] = isinstance(args[0], DeviceTensor), args[0].dtype
        elif args and args[0] is None:
            rest = rest[1:]
        if isinstance(kwargs.get("other"), Tensor):
            other = kwargs.pop("other")
            there, kwargs["dtype"] = isinstance(other, DeviceTensor), other.dtype
        if kwargs.get("device") is not None:
            there = place_of(kwargs["device"])
            if there is None:
                return original(self, *args, **kwargs)  # type: ignore[no-any-return]
        kwargs.pop("device", None)
        return _moved_and_cast(original, self, there, rest, kwargs)

    return to


def _moved_and_cast(original: Any, tensor: Tensor, there: bool | None, rest: list[Any], kwargs: Any) -> Tensor:
    """`.to` once its device is known: cast where the numbers are, then move."""
    dtype = rest[0] if rest and isinstance(rest[0], torch.dtype) else kwargs.get("dtype")
    flags = [item for item in rest if isinstance(item, bool)]
    copies = flags[1] if len(flags) > 1 else bool(kwargs.get("copy"))
    layout = kwargs.get("memory_format")
    out = tensor
    if dtype is not None and dtype != tensor.dtype:
        out = original(out, dtype)
    if layout is not None:
        out = out.contiguous(memory_format=layout) if layout != torch.preserve_format else out
    if there is not None:
        before, out = out, moved(out, there)
        if out is not before and not there:
            remember(out, "Tensor.to")
    return out.clone() if copies and out is tensor else out


def _data_getter(original: Any) -> Callable[[Tensor], Tensor]:
    return lambda self: original.__get__(self)


def _data_setter(original: Any) -> Callable[[Tensor, Tensor], None]:
    def set_data(self: Tensor, value: Tensor) -> None:
        if isinstance(self, DeviceTensor) == isinstance(value, DeviceTensor):
            original.__set__(self, value)
            return
        _become(self, value)

    return set_data


def _become(tensor: Tensor, value: Tensor) -> None:
    """Give a tensor object another device, as assigning to `.data` does: whoever holds the object holds the moved one.

    Its gradient goes with it. RuntimeError if a graph that still lives holds the tensor.
    """
    grad, wants_grad = tensor.grad, tensor.requires_grad
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
        tensor.grad = moved(grad, isinstance(value, DeviceTensor))


def _following_its_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes tensors of its own on the way: they belong where its first argument is."""

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else next(iter(kwargs.values()), None)
        root = first[0] if isinstance(first, list | tuple) and first else first
        with ambient(isinstance(root, DeviceTensor)):
            return original(*args, **kwargs)

    return call


class _GeneratorKind(type(torch.Generator)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, torch._C.Generator)


class DeviceGenerator(torch.Generator):
    """A generator on the device: the CPU's, under another name."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE


class _Generator(torch.Generator, metaclass=_GeneratorKind):
    """torch.Generator, which knows the device."""

    def __new__(cls, device: Any = "cpu") -> Any:
        if place_of(device):
            return DeviceGenerator.__new__(DeviceGenerator)
        return torch._C.Generator(device)


def _nothing() -> Callable[..., None]:
    """A function of its own that does nothing: torch's compiler wants each of its names to be another object."""
    return lambda *_, **__: None


def patches() -> list[Patch]:
    """Return (where, name, what to put there) for everything that is replaced inside the block."""
    made: list[Patch] = []
    for original in torch.utils._device._device_constructors():
        name = str(getattr(original, "__name__", ""))
        if callable(original) and getattr(torch, name, None) is original:
            made.append((torch, name, _factory(original, name)))  # type: ignore[arg-type]
    made += [(torch, name, _like(getattr(torch, name))) for name in LIKES]
    made += [(Tensor, name, _like(getattr(Tensor, name))) for name in NEWS]
    data: Any = torch._C.TensorBase.data
    made += [
        (Tensor, "type_as", lambda self, other: self.to(other)),
        (torch, "normal", _normal(torch.normal)),
        (torch, "from_numpy", _remembering(torch.from_numpy)),
        (Tensor, "to", _to(Tensor.to)),
        (Tensor, "cuda", lambda self, device=None, *_, **__: moved(self, bool(place_of(device or 0)))),
        (Tensor, "cpu", lambda self, *_, **__: self.to("cpu")),
        (Tensor, "pin_memory", lambda self, *_: self),
        (Tensor, "data", property(_data_getter(data), _data_setter(data))),
        (torch, "Generator", _Generator),
        (torch, "load", loader(torch.load)),
    ]
    made += [(where, name, _drawing(getattr(where, name))) for where, name in DRAWERS]
    made += [(where, name, _following_its_argument(getattr(where, name))) for where, name in MAKERS]
    return made + _queries()


def _remembering(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def make(*args: Any, **kwargs: Any) -> Any:
        out = original(*args, **kwargs)
        remember(out, original.__name__)
        return out

    return make


class _Stream:
    """The one stream there is: everything in it is done at once."""

    def is_capturing(self) -> bool:
        return False

    def synchronize(self) -> None:
        return None


def _queries() -> list[Patch]:
    """What a program asks about devices."""
    cuda: dict[str, Any] = {
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "init": _nothing(),
        "_lazy_init": _nothing(),
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "set_device": _nothing(),
        "synchronize": _nothing(),
        "empty_cache": _nothing(),
        "get_device_name": lambda *_: "simulated accelerator",
        "manual_seed": lambda seed: torch.default_generator.manual_seed(seed) and None,
        "manual_seed_all": lambda seed: torch.default_generator.manual_seed(seed) and None,
        "get_rng_state": lambda *_: torch.get_rng_state(),
        "set_rng_state": lambda state, *_: torch.set_rng_state(state),
        "memory_allocated": lambda *_: 0,
        "max_memory_allocated": lambda *_: 0,
        "reset_peak_memory_stats": _nothing(),
        "current_stream": lambda *_: _Stream(),
        "is_current_stream_capturing": lambda: False,
    }
    accelerator: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_accelerator": lambda *_, **__: torch.device("cuda"),
        "current_device_index": lambda: 0,
        "current_device_idx": lambda: 0,
        "set_device_index": _nothing(),
        "current_stream": lambda *_: _Stream(),
        "synchronize": _nothing(),
    }
    known = [(torch.cuda, cuda), (torch.accelerator, accelerator)]
    return [(where, name, what) for where, table in known for name, what in table.items() if hasattr(where, name)]
