"""Compare what a submission's probe gave with what the reference's gave.

Shape, dtype and device first, then finiteness, then values. float64 must agree to 1e-9 of the largest magnitude. For
narrower dtypes the tolerance is derived: from how far the reference itself lies from its own float64 run, or, where
there is none, from the dtype's rounding. A Python float is a summary, such as a mean loss: it may have been taken in
float32, whatever the dtype of the tensors, so it is held to float32's rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from torchdojo.wire import Opaque, SentTensor

FLOAT64_RELATIVE = 1e-9
FLOAT64_ABSOLUTE = 1e-13
ROUNDING_STEPS = 64
OWN_ERROR_TIMES = 16
SHOWN_DIGITS = 6
OUTLINED = 3  # so many outputs are named to someone who gave none


@dataclass(frozen=True)
class Difference:
    """Where two outputs differ, in words: what was expected and what was got.

    form: what was got, as a whole; details: says more, where that takes time; most differences are never read
    """

    expected: str
    form: str
    details: Callable[[], str] | None = None

    @property
    def got(self) -> str:
        """What was got."""
        return f"{self.form}; {self.details()}" if self.details else self.form


@dataclass(frozen=True)
class Closeness:
    """How close floats must be.

    relative: of the largest magnitude; None derives it from the dtype
    devices: whether tensors must be on the same device too
    """

    relative: float | None = None
    devices: bool = True


EXACT = Closeness()


def difference(got: Any, expected: Any, precise: Any = None, closeness: Closeness = EXACT) -> Difference | None:
    """Return the first difference between two outputs, or None if they agree.

    precise: the same output of the reference run in float64, where there is one
    """
    return _differ("", got, expected, precise, closeness)


def _differ(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    if isinstance(expected, SentTensor):
        return _differ_tensor(name, got, expected, precise, closeness)
    if type(got) is not type(expected):
        return Difference(_named(name, show(expected)), _named(name, show(got)))
    if isinstance(expected, dict):
        return _differ_dict(name, got, expected, precise, closeness)
    if isinstance(expected, list | tuple):
        return _differ_sequence(name, got, expected, precise, closeness)
    if isinstance(expected, float):
        return _differ_float(name, got, expected, precise, closeness)
    if isinstance(expected, Opaque) or got != expected:
        return Difference(_named(name, show(expected)), _named(name, show(got)))
    return None


def _differ_dict(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    if set(got) != set(expected):
        return Difference(_named(name, f"values for {_keys(expected)}"), _named(name, f"values for {_keys(got)}"))
    for key, value in expected.items():
        inner = precise.get(key) if isinstance(precise, dict) else None
        found = _differ(f"{name}.{key}" if name else str(key), got[key], value, inner, closeness)
        if found:
            return found
    return None


def _keys(table: dict[Any, Any]) -> str:
    return ", ".join(str(key) for key in list(table)[:12]) or "nothing"


def _differ_sequence(name: str, got: Any, expected: Any, precise: Any, closeness: Closeness) -> Difference | None:
    kind = type(expected).__name__
    if len(got) != len(expected):
        return Difference(_named(name, f"a {kind} of {len(expected)}"), _named(name, f"a {kind} of {len(got)}"))
    for index, value in enumerate(expected):
        has_twin = isinstance(precise, list | tuple) and len(precise) == len(expected)
        found = _differ(f"{name}[{index}]", got[index], value, precise[index] if has_twin else None, closeness)
        if found:
            return found
    return None


def _differ_float(name: str, got: float, expected: float, precise: Any, closeness: Closeness) -> Difference | None:
    if math.isnan(expected) or math.isinf(expected) or not math.isfinite(got):
        same = (math.isnan(got) and math.isnan(expected)) or got == expected
    elif closeness.relative is not None:
        same = abs(got - expected) <= closeness.relative * max(abs(expected), abs(got)) + FLOAT64_ABSOLUTE
    else:
        allowed = ROUNDING_STEPS * torch.finfo(torch.float32).eps * abs(expected) + FLOAT64_ABSOLUTE
        if isinstance(precise, float) and math.isfinite(precise):
            allowed += OWN_ERROR_TIMES * abs(expected - precise)
        same = abs(got - expected) <= allowed
    return None if same else Difference(_named(name, show(expected)), _named(name, show(got)))


def _differ_tensor(name: str, got: Any, expected: SentTensor, precise: Any, closeness: Closeness) -> Difference | None:
    if not isinstance(got, SentTensor):
        return Difference(_named(name, _form(expected)), _named(name, show(got)))
    places = not closeness.devices or got.device == expected.device
    a, b = got.tensor, expected.tensor
    if a.shape != b.shape or a.dtype != b.dtype or not places:
        with_device = got.device != expected.device and closeness.devices
        return Difference(_named(name, _form(expected, with_device)), _named(name, _form(got, with_device)))
    twin = precise.tensor if isinstance(precise, SentTensor) and precise.tensor.shape == b.shape else None
    if torch.equal(a, b):
        return None
    wrong = _wrong(a, b, twin, closeness)
    if not bool(wrong.any()):
        return None
    return Difference(_named(name, _form(expected)), _named(name, _form(got)), lambda: _where(a, b, wrong))


def _wrong(got: Tensor, expected: Tensor, precise: Tensor | None, closeness: Closeness) -> Tensor:
    """Return where two tensors of one shape and dtype disagree."""
    if not expected.is_floating_point():
        return got != expected
    a, b = got.double(), expected.double()
    finite = torch.isfinite(b)
    same_special = (a == b) | (a.isnan() & b.isnan())
    scale = float(b[finite].abs().max()) if bool(finite.any()) else 0.0
    allowed = _allowed(b, finite, scale, expected.dtype, precise, closeness)
    close = (a - b).abs() <= allowed
    return torch.where(finite, ~(close & torch.isfinite(a)), ~same_special)


def _allowed(
    expected: Tensor, finite: Tensor, scale: float, dtype: torch.dtype, precise: Tensor | None, closeness: Closeness
) -> float:
    own = 0.0
    if precise is not None and closeness.relative is None and dtype != torch.float64:
        errors = (expected - precise.double())[finite]
        own = float(errors.abs().max()) if errors.numel() else 0.0
    return OWN_ERROR_TIMES * own + tolerance(scale, dtype, closeness)


def tolerance(scale: float, dtype: torch.dtype, closeness: Closeness) -> float:
    """Return how far elements may lie apart where the largest is `scale` and nothing more precise is known."""
    relative = closeness.relative
    if relative is None:
        relative = FLOAT64_RELATIVE if dtype == torch.float64 else ROUNDING_STEPS * torch.finfo(dtype).eps
    return relative * scale + FLOAT64_ABSOLUTE


def _where(got: Tensor, expected: Tensor, wrong: Tensor) -> str:
    """Say how many values differ, and show the one that differs most."""
    count = int(wrong.sum())
    if got.dim() == 0:
        return f"{show_number(got.item())}, expected {show_number(expected.item())}"
    gap = (got.double() - expected.double()).abs().nan_to_num(nan=math.inf)
    index = int(torch.where(wrong, gap, torch.full_like(gap, -1.0)).argmax())
    place = [int(n) for n in torch.unravel_index(torch.tensor(index), got.shape)]
    a, b = got.flatten()[index].item(), expected.flatten()[index].item()
    values = f"{count} of {got.numel()} values differ" if got.numel() > 1 else "the value differs"
    return f"{values}, most at {place}: {show_number(a)}, expected {show_number(b)}"


def _form(tagged: SentTensor, with_device: bool = False) -> str:
    tensor = tagged.tensor
    shape = "(" + ", ".join(str(n) for n in tensor.shape) + ("," if tensor.dim() == 1 else "") + ")"
    words = f"shape {shape}, {str(tensor.dtype).removeprefix('torch.')}"
    return f"{words}, on {tagged.device}" if with_device else words


def _named(name: str, words: str) -> str:
    return f"{name}: {words}" if name else words


def show_number(value: Any) -> str:
    """Show a number as a person would write it, precise enough to tell two apart."""
    return f"{value:.{SHOWN_DIGITS}g}" if isinstance(value, float) else str(value)


def outline(outputs: dict[str, Any]) -> str:
    """Show the form of outputs, not their values: for someone who gave none."""
    shown = [_named(name, _outline(value)) for name, value in list(outputs.items())[:OUTLINED]]
    return "; ".join(shown) + (" …" if len(outputs) > OUTLINED else "")


def _outline(value: Any) -> str:
    if isinstance(value, SentTensor):
        return _form(value)
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"


def show(value: Any) -> str:
    """Show an output in a few words."""
    if isinstance(value, SentTensor):
        if value.tensor.numel() == 1 and value.tensor.dim() == 0:
            return f"{show_number(value.tensor.item())} ({_form(value)})"
        return _form(value)
    if isinstance(value, Opaque):
        return f"a {value.type_name}"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.10g} (float)"
    if isinstance(value, int):
        return f"{value} (int)"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return repr(value)[:200]
