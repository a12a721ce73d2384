"""Which library this worker serves."""

from __future__ import annotations

import functools

from torchdojo.probe.settings import uses_torch
from torchdojo.worker.library import Library


@functools.cache
def library() -> Library:
    """Return what this process does for the library that it works with: torch, or none."""
    if not uses_torch():
        return Library()
    from torchdojo.worker.torch_library import Torch

    return Torch()
