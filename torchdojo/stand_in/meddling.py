"""What a step of a submission did that the reference's did not: to what the check holds, or to the check's own loop.

A check may look at its own arguments after a step. Whoever writes his answers there would be compared with himself; and
whoever ends an iteration early is compared with nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torchdojo.stand_in.kinds import KindsDiffer
from torchdojo.wire import SentTensor
from torchdojo.worker import crossing

RELATIVE, ABSOLUTE = 1e-4, 1e-6  # what rounding may change
ENDS = {"next": ("StopIteration", "the end of the iteration"), "getitem": ("IndexError", "an IndexError")}


def ends_differ(operation: str, outputs: dict[str, Any], known: dict[str, Any]) -> tuple[str, str] | None:
    """Return what was expected and what came, if an iteration ends at another place than with the reference."""
    if operation not in ENDS:
        return None
    name, end = ENDS[operation]
    ended, is_due = _raises(outputs, name), _raises(known, name)
    if ended and "raised" not in known:
        return "an item", end
    return (end, "an item") if is_due and "raised" not in outputs else None


def _raises(outputs: dict[str, Any], name: str) -> bool:
    raised = outputs.get("raised")
    names = raised.get("known") if isinstance(raised, dict) else ()
    return isinstance(names, tuple) and f"builtins:{name}" in names


def require_untouched(value: Any, state: dict[str, Any]) -> None:
    """Raise KindsDiffer if a change in a tensor or an array is more than rounding; its first gradient is none."""
    if isinstance(value, Tensor):
        is_same = _stays(value, state.get("value", value))
        gradient = value.grad if value.is_leaf else None
        is_same &= gradient is None or _stays(gradient, state.get("grad", gradient))
        what = f"the tensor of shape {tuple(value.shape)}"
    else:
        is_same = "value" not in state or _is_close(crossing.unpack_array(state["value"]), value)
        what = f"the array of shape {value.shape}"
    if not is_same:
        raise KindsDiffer(f"{what} as it was", "it was changed in place")


def _stays(value: Tensor, new: Any) -> bool:
    tensor = new.tensor if isinstance(new, SentTensor) else new
    if not isinstance(tensor, Tensor) or tensor.shape != value.shape or tensor.dtype != value.dtype:
        return False
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        old = value.detach().to(tensor.device)
        return torch.allclose(tensor.detach(), old, RELATIVE, ABSOLUTE, equal_nan=True)


def _is_close(new: np.ndarray[Any, Any], value: np.ndarray[Any, Any]) -> bool:
    if new.shape != value.shape or new.dtype != value.dtype:
        return False
    if value.dtype.kind in "SU":
        return bool((new == value).all())
    return bool(np.allclose(new, value, RELATIVE, ABSOLUTE, equal_nan=True))


def require_same_content(value: Any, new: Any) -> None:
    """Raise KindsDiffer unless a container holds what it held before."""
    if not _holds_the_same(value, new):
        raise KindsDiffer(f"the {type(value).__name__} as it was", "it was changed in place")


def _holds_the_same(value: Any, new: Any) -> bool:
    if value is new:
        return True
    if type(value) is not type(new):
        return False
    if isinstance(value, float):
        return math.isclose(value, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (value != value and new != new)
    if isinstance(value, list | tuple):
        return len(value) == len(new) and all(map(_holds_the_same, value, new))
    if isinstance(value, dict):
        return list(value) == list(new) and all(_holds_the_same(value[key], new[key]) for key in value)
    if isinstance(value, Tensor | np.ndarray):
        return False
    return bool(value == new)
