"""What the device refuses, in CUDA's words, and where the tensors at fault were made."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

import torch

Place = tuple[str, int, str]
ATTRIBUTE = "_torchdojo_made_at"
_HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep


class PlacementError(RuntimeError):
    """Tensors on different devices met. made_at: (file, line, what made it) of those on the CPU, where it is known."""

    def __init__(self, message: str, made_at: list[Place]) -> None:
        super().__init__(message)
        self.made_at = made_at


PlacementError.__name__ = "RuntimeError"  # what CUDA raises: a learner reads the name they will meet on a GPU


def mixed(function: str, culprits: list[torch.Tensor]) -> PlacementError:
    """Return the error for an operation that got these CPU tensors beside tensors on the device."""
    words = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
    places = [place for place in (getattr(tensor, ATTRIBUTE, None) for tensor in culprits) if place is not None]
    return PlacementError(f"{words} (in {function})", places)


def remember(tensor: Any, what: str) -> None:
    """Note on a CPU tensor which line, outside torch and this package, made it."""
    if isinstance(tensor, torch.Tensor):
        frame = _callers_frame()
        if frame is not None:
            setattr(tensor, ATTRIBUTE, (frame.f_code.co_filename, frame.f_lineno, what))


def inherit(outputs: Any, sources: list[torch.Tensor]) -> None:
    """Let what was computed from CPU tensors say where the first of them came from."""
    place = next((p for p in (getattr(s, ATTRIBUTE, None) for s in sources) if p is not None), None)
    if place is None:
        return
    for output in outputs if isinstance(outputs, list | tuple) else (outputs,):
        if isinstance(output, torch.Tensor) and getattr(output, ATTRIBUTE, None) is None:
            setattr(output, ATTRIBUTE, place)


def _callers_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_HERE, _TORCH, "<__array")):
            return frame
        frame = frame.f_back
    return None
