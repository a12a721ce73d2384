"""torch.load for tensors on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from torchdojo.probe.accelerator.dispatch import move


def patched_load(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.load with a map_location that accepts the device."""

    def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        named = isinstance(map_location, str | torch.device)
        wanted = torch.device(map_location).type if named else None
        if wanted == "meta" or (map_location is not None and not named):
            return original(f, map_location, *args, **kwargs)
        found = original(f, "cpu" if named else None, *args, **kwargs)
        return _move_all(found, wanted == "cuda") if named else found

    return load


def _move_all(found: Any, on_device: bool) -> Any:
    """Move every tensor in nested containers to one device."""
    if isinstance(found, Tensor):
        with torch.no_grad():
            twin = move(found, on_device)
        if twin is found:
            return found
        twin = twin.requires_grad_(found.requires_grad)
        return nn.Parameter(twin, found.requires_grad) if isinstance(found, nn.Parameter) else twin
    if isinstance(found, dict):
        for key, value in list(found.items()):
            found[key] = _move_all(value, on_device)
    elif isinstance(found, list):
        found[:] = [_move_all(item, on_device) for item in found]
    elif type(found) is tuple:
        return tuple(_move_all(item, on_device) for item in found)
    return found
