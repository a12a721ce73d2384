"""Placement errors, in CUDA's words, and where the tensors at fault were created."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

import torch

CallSite = tuple[str, int, str]
ORIGIN_ATTRIBUTE = "_torchdojo_made_at"
_ENGINE_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_TORCH_FOLDER = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep


class PlacementError(RuntimeError):
    """An operation got tensors on different devices.

    made_at: (file, line, function) of the calls that created the CPU tensors at fault, where that is known
    """

    def __init__(self, message: str, culprits: list[torch.Tensor]) -> None:
        super().__init__(message)
        origins = [getattr(tensor, ORIGIN_ATTRIBUTE, None) for tensor in culprits]
        self.made_at: list[CallSite] = [origin for origin in origins if origin is not None]


PlacementError.__name__ = "RuntimeError"  # what CUDA raises: a learner reads the name that a GPU would show


def mixed_devices(function: str, culprits: list[torch.Tensor]) -> PlacementError:
    """Return the error for an operation with these CPU tensors beside tensors on the device."""
    words = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
    return PlacementError(f"{words} (in {function})", culprits)


def record_origin(tensor: Any, what: str) -> None:
    """Record on a CPU tensor which line, outside torch and the engine, created it."""
    if isinstance(tensor, torch.Tensor):
        frame = _caller_frame()
        if frame is not None:
            setattr(tensor, ORIGIN_ATTRIBUTE, (frame.f_code.co_filename, frame.f_lineno, what))


def has_origin(tensor: torch.Tensor) -> bool:
    """Whether it is known which line created a CPU tensor, or what it was computed from."""
    return getattr(tensor, ORIGIN_ATTRIBUTE, None) is not None


def inherit_origin(outputs: Any, sources: list[torch.Tensor]) -> None:
    """Give what was computed from CPU tensors the origin of the first of them that has one."""
    origins = (getattr(source, ORIGIN_ATTRIBUTE, None) for source in sources)
    origin = next((origin for origin in origins if origin is not None), None)
    if origin is None:
        return
    for output in outputs if isinstance(outputs, list | tuple) else (outputs,):
        if isinstance(output, torch.Tensor) and getattr(output, ORIGIN_ATTRIBUTE, None) is None:
            setattr(output, ORIGIN_ATTRIBUTE, origin)


def _caller_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_ENGINE_FOLDER, _TORCH_FOLDER, "<__array")):
            return frame
        frame = frame.f_back
    return None
