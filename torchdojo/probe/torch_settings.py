"""The global settings of torch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
import torch._tensor_str
import torch.overrides
import torch.utils.deterministic
from torch.overrides import TorchFunctionMode

from torchdojo.probe.python_settings import IGNORED_WARNINGS, WARNINGS, Setting, put_back

_PRINT_OPTIONS = vars(torch._tensor_str.PRINT_OPTS)
_FLAGS = (
    (torch.backends.cudnn, "enabled"),
    (torch.backends.cudnn, "benchmark"),
    (torch.backends.cudnn, "deterministic"),
    (torch.backends.cudnn, "allow_tf32"),
    (torch.backends.mkldnn, "enabled"),
    (torch.utils.deterministic, "fill_uninitialized_memory"),
)


def _read_deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _write_deterministic(value: tuple[bool, bool]) -> None:
    if value == _read_deterministic():  # to set it, even to what it is, torch imports its compiler, for a second
        return
    torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _read_anomaly() -> tuple[bool, bool]:
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def _write_anomaly(value: tuple[bool, bool]) -> None:
    torch.autograd.set_detect_anomaly(*value)


def _read_modes() -> tuple[list[TorchFunctionMode], Any]:
    """Return the modes that see torch's functions, among them the default device, and what torch calls that device."""
    stack: list[TorchFunctionMode] = torch.overrides._get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return stack, getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)


def _write_modes(value: tuple[list[TorchFunctionMode], Any]) -> None:
    stack, torch._GLOBAL_DEVICE_CONTEXT.device_context = value
    while torch._C._len_torch_function_stack():
        torch.overrides._pop_mode()  # type: ignore[no-untyped-call]
    for mode in stack:
        torch.overrides._push_mode(mode)  # type: ignore[no-untyped-call]


def _write_flags(values: list[Any]) -> None:
    with torch.backends.__allow_nonbracketed_mutation():  # a submission may have closed them
        for (owner, name), value in zip(_FLAGS, values, strict=True):
            if getattr(owner, name) != value:
                setattr(owner, name, value)


def _write_matmul_precision(value: str) -> None:
    with contextlib.suppress(RuntimeError):  # reading it fails where torch's older and newer settings were both used
        if torch.get_float32_matmul_precision() == value:
            return
    torch.set_float32_matmul_precision(value)


_MODES = Setting(_read_modes, _write_modes)
_DTYPE = Setting(torch.get_default_dtype, torch.set_default_dtype)
_GRAD = Setting(torch.is_grad_enabled, torch.set_grad_enabled)
_DETERMINISTIC = Setting(_read_deterministic, _write_deterministic)
_ANOMALY = Setting(_read_anomaly, _write_anomaly)
_SEED = Setting(torch.get_rng_state, torch.set_rng_state, is_random=True)
TORCH_SETTINGS = (
    _MODES,
    _DTYPE,
    _GRAD,
    _DETERMINISTIC,
    _ANOMALY,
    _SEED,
    Setting(torch.get_num_threads, torch.set_num_threads),
    Setting(torch.get_float32_matmul_precision, _write_matmul_precision),
    Setting(lambda: [getattr(*flag) for flag in _FLAGS], _write_flags),
    Setting(_PRINT_OPTIONS.copy, _PRINT_OPTIONS.update),
)
_NEUTRAL: tuple[tuple[Setting, Any], ...] = (
    (_MODES, ([], None)),
    (_DTYPE, torch.float32),
    (_GRAD, True),
    (_DETERMINISTIC, (False, False)),
    (_ANOMALY, (False, True)),
    (WARNINGS, IGNORED_WARNINGS),
)


@contextlib.contextmanager
def neutral_torch(seed: int | None = None) -> Iterator[None]:
    """Hold torch's settings at its defaults: float32, the CPU, gradients on. If a seed is given, draw from it."""
    changed = [setting for setting, _ in _NEUTRAL]
    with put_back(changed if seed is None else [*changed, _SEED]), torch.inference_mode(False):
        for setting, value in _NEUTRAL:
            setting.write(value)
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        yield
