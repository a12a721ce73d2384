"""What a worker does for torch. Nothing imports this where torch is not imported."""

from __future__ import annotations

import contextlib
import functools
import itertools
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from torchdojo.wire import SentTensor
from torchdojo.worker.form import MAX_DIMENSIONS, MAX_NAME, Form
from torchdojo.worker.library import IsolationError, Library
from torchdojo.worker.protocol import message_of
from torchdojo.worker.warm import warm_up

CPU_ONLY = sys.platform == "linux" and torch.version.cuda is None and torch.version.hip is None
# The dispatch keys by which every call of an operator comes: with autograd, without it, and inside torch.func.
KEYS = ("Autograd", "CPU", "CUDA", "FuncTorchDynamicLayerFrontMode")


class Torch(Library):
    """Torch, and beside it the simulated accelerator."""

    def warm_up(self) -> None:
        torch.set_num_threads(1)
        warm_up()

    def require_forked_well(self) -> None:
        require_usable_cuda()

    @contextlib.contextmanager
    def running(self, device: str, compiled: list[str]) -> Iterator[str]:
        with eager_only(compiled), device_context(device) as name, torch.enable_grad():
            yield name

    def seed(self, seed: int) -> None:
        if CPU_ONLY:  # torch.manual_seed also notes where it was called from, in case that a device is used later
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)

    def copied(self, outputs: Any) -> Any:
        return copy_tensors(outputs)

    def is_out_of_memory(self, error: BaseException) -> bool:
        if isinstance(error, RuntimeError) and not isinstance(error, torch.OutOfMemoryError):
            return any(words in message_of(error) for words in ("can't allocate memory", "not enough memory"))
        return isinstance(error, MemoryError | torch.OutOfMemoryError)

    def form_of(self, value: Any) -> Form | None:
        if issubclass(type(value), Tensor):
            return _form_of_tensor(value)
        if issubclass(type(value), nn.Module):
            of_torch = "nn." if type(value).__module__.startswith("torch.nn.modules") else ""
            return Form("module", (of_torch + type(value).__name__)[:MAX_NAME])
        return None

    def operators(self, name: str, value: Any) -> list[str]:
        is_native = name.startswith("torch.") and not isinstance(value, type | FunctionType | ModuleType)
        return _operators().get(getattr(value, "__name__", ""), []) if is_native else []

    def fused_kernels(self, module: str) -> dict[str, Any]:
        kernel = f"_fused_{module.rpartition('.')[2]}"
        names = (base for base in (kernel, f"{kernel}_") if base in _operators())
        return {f"torch.{base}": getattr(torch.ops.aten, base) for base in names}

    def is_module_class(self, value: Any) -> bool:
        return isinstance(value, type) and issubclass(value, nn.Module)

    @contextlib.contextmanager
    def refusing(
        self, operators: Mapping[str, str], modules: Mapping[type, str], refuse: Callable[[str], NoReturn]
    ) -> Iterator[None]:
        def refuse_held(*arguments: Any) -> None:
            """Refuse a module that is, or holds, a forbidden one: the last of a hook's arguments that is a module."""
            module = next(value for value in reversed(arguments) if isinstance(value, nn.Module))
            with contextlib.suppress(AttributeError):  # it has not called super().__init__() yet
                for part in nn.Module.modules(module) if module._modules else (module,):
                    for banned in (banned for banned in modules if isinstance(part, banned)):
                        refuse(modules[banned])

        with contextlib.ExitStack() as undo:
            if operators:
                library = torch.library.Library("aten", "IMPL")  # type: ignore[no-untyped-call]
                undo.callback(library._destroy)
                with warnings.catch_warnings(action="ignore"):  # that kernels are replaced
                    for (operator, name), key in itertools.product(operators.items(), KEYS):
                        kernel = functools.partial(lambda name, *_, **__: refuse(name), name)
                        library.impl(operator, kernel, key, allow_override=True)  # type: ignore[no-untyped-call]
            if modules:
                undo.callback(hooks.register_module_module_registration_hook(refuse_held).remove)
                undo.callback(hooks.register_module_forward_pre_hook(refuse_held).remove)
            yield


@functools.cache
def _operators() -> dict[str, list[str]]:
    """Return torch's operators by name, each with its overloads."""
    found: dict[str, list[str]] = {}
    for full in torch._C._dispatch_get_all_op_names():
        library, _, operator = full.partition("::")
        if library == "aten":
            found.setdefault(operator.partition(".")[0], []).append(operator)
    return found


def require_usable_cuda() -> None:
    """Raise IsolationError in a child whose parent had started CUDA: every use of it, even a query, would fail."""
    if torch.cuda._is_in_bad_fork():
        raise IsolationError("the worker started CUDA before it forked")


@contextlib.contextmanager
def eager_only(asked: list[str]) -> Iterator[None]:
    """Let torch compile nothing; add the names of what was asked to, as far as it is known.

    Compiled code computes the same numbers, and a compiler takes longer than a check may.
    """

    def leave(function: Any = None, *_: Any, **__: Any) -> Any:
        asked.append("torch.compile")
        return leave if function is None else function

    def leave_module(module: torch.nn.Module, *_: Any, **__: Any) -> None:
        asked.append("torch.compile")

    patches = [(torch, "compile", leave), (torch.jit, "script", leave), (torch.nn.Module, "compile", leave_module)]
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    try:
        for owner, name, patch in patches:
            setattr(owner, name, patch)
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def copy_tensors(outputs: Any) -> Any:
    """Copy every tensor, so that neither a later call nor the end of the device's context changes what was returned."""
    if isinstance(outputs, torch.Tensor):
        device = str(outputs.device)
        if outputs.device.type == "meta" or outputs.layout != torch.strided:
            return outputs
        plain = outputs.detach().to("cpu", copy=True)
        return SentTensor(plain, device)
    if type(outputs) in (list, tuple):
        return type(outputs)(copy_tensors(item) for item in outputs)
    if type(outputs) is dict:
        return {key: copy_tensors(value) for key, value in outputs.items()}
    return outputs


@contextlib.contextmanager
def device_context(device: str) -> Iterator[str]:
    """Enter what a device needs, and yield the name that code uses for it.

    device: "cpu", "cuda" (a real one), or "simulated" (the simulated accelerator, which is called cuda)
    """
    if device != "simulated":
        yield device
        return
    from torchdojo.probe.accelerator import simulated_accelerator

    with simulated_accelerator():
        yield "cuda"


def _form_of_tensor(value: Tensor) -> Form:
    with torch._C.DisableTorchFunctionSubclass():
        name = "Parameter" if issubclass(type(value), nn.Parameter) else "Tensor"
        shape, dtype = tuple(map(int, value.shape)), str(value.dtype).removeprefix("torch.")
        return Form("tensor", name, shape[:MAX_DIMENSIONS], dtype, value.requires_grad)
