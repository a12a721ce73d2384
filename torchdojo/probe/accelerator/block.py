"""The block in which the device exists."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from torchdojo.probe.accelerator.api import patches
from torchdojo.probe.accelerator.dispatch import DispatchMode, rebuild

_active = False
_MISSING = object()


@contextlib.contextmanager
def simulated_accelerator() -> Iterator[None]:
    """Provide one device "cuda" inside the block; everything is restored afterwards.

    RuntimeError if blocks are nested. It must be used by one thread at a time.
    """
    global _active
    if _active:
        raise RuntimeError("the simulated accelerator is already active: blocks cannot be nested")
    before = []
    default = torch.get_default_device()
    _active = True
    try:
        for where, name, what in patches():
            before.append((where, name, vars(where).get(name, _MISSING)))
            setattr(where, name, what)
        with torch.serialization.safe_globals([rebuild]), DispatchMode():  # type: ignore[no-untyped-call]
            yield
    finally:
        if torch.get_default_device() != default:
            torch.set_default_device(None if default.type == "cpu" else default)
        for where, name, what in reversed(before):
            if what is _MISSING:
                delattr(where, name)
            else:
                setattr(where, name, what)
        _active = False
