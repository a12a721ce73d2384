"""The global settings of Python, numpy and torch, which a submission may change: kept for what runs beside it.

A submission's first lines may well be torch.set_default_device("cuda") or warnings.simplefilter("error"). They hold in
its own code. What a probe draws and builds must not depend on them, and the next submission must not inherit them.
"""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
import torch._tensor_str
import torch.overrides
import torch.utils.deterministic
from torch.overrides import TorchFunctionMode

_PRINT_OPTIONS = vars(torch._tensor_str.PRINT_OPTS)
_FLAGS = (
    (torch.backends.cudnn, "enabled"),
    (torch.backends.cudnn, "benchmark"),
    (torch.backends.cudnn, "deterministic"),
    (torch.backends.cudnn, "allow_tf32"),
    (torch.backends.mkldnn, "enabled"),
    (torch.utils.deterministic, "fill_uninitialized_memory"),
)


class _Setting(NamedTuple):
    """A global setting: how to read it, and how to write what was read."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


def _read_deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _write_deterministic(value: tuple[bool, bool]) -> None:
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


def _write_filters(value: list[Any]) -> None:
    if warnings.filters != value:
        warnings.filters[:] = value  # type: ignore[index]
        warnings._filters_mutated()  # type: ignore[attr-defined]


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


_MODES = _Setting(_read_modes, _write_modes)
_DTYPE = _Setting(torch.get_default_dtype, torch.set_default_dtype)
_GRAD = _Setting(torch.is_grad_enabled, torch.set_grad_enabled)
_DETERMINISTIC = _Setting(_read_deterministic, _write_deterministic)
_ANOMALY = _Setting(_read_anomaly, _write_anomaly)
_WARNINGS = _Setting(lambda: list(warnings.filters), _write_filters)
_SEED = _Setting(torch.get_rng_state, torch.set_rng_state)
_ALL = (
    _MODES,
    _DTYPE,
    _GRAD,
    _DETERMINISTIC,
    _ANOMALY,
    _WARNINGS,
    _SEED,
    _Setting(torch.get_num_threads, torch.set_num_threads),
    _Setting(torch.get_float32_matmul_precision, _write_matmul_precision),
    _Setting(lambda: [getattr(*flag) for flag in _FLAGS], _write_flags),
    _Setting(_PRINT_OPTIONS.copy, _PRINT_OPTIONS.update),
    _Setting(random.getstate, random.setstate),
    _Setting(np.random.get_state, np.random.set_state),
    _Setting(np.geterr, lambda value: np.seterr(**value)),
)
_NEUTRAL: tuple[tuple[_Setting, Any], ...] = (
    (_MODES, ([], None)),
    (_DTYPE, torch.float32),
    (_GRAD, True),
    (_DETERMINISTIC, (False, False)),
    (_ANOMALY, (False, True)),
    (_WARNINGS, [("ignore", None, Warning, None, 0)]),
)


@contextlib.contextmanager
def preserve_settings() -> Iterator[None]:
    """Put every global setting back at the end, whatever a submission did to it."""
    with _put_back(_ALL), torch.inference_mode(False):
        yield


@contextlib.contextmanager
def neutral_settings(seed: int | None = None) -> Iterator[None]:
    """Hold torch's settings at its defaults: float32, the CPU, gradients on. If a seed is given, draw from it."""
    changed = [setting for setting, _ in _NEUTRAL]
    with _put_back(changed if seed is None else [*changed, _SEED]), torch.inference_mode(False):
        for setting, value in _NEUTRAL:
            setting.write(value)
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        yield


@contextlib.contextmanager
def _put_back(settings: Any) -> Iterator[None]:
    before = [(setting, setting.read()) for setting in settings]
    try:
        yield
    finally:
        for setting, value in before:
            setting.write(value)
