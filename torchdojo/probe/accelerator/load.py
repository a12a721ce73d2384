"""torch.save and torch.load for tensors on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from torchdojo.probe.accelerator.dispatch import mark, moved


def rebuild(tensor: Tensor, requires_grad: bool, is_parameter: bool) -> Tensor:
    """Make a tensor on the device from what was saved of it."""
    twin = mark(tensor.clone()).requires_grad_(requires_grad)
    return nn.Parameter(twin, requires_grad) if is_parameter else twin


def loader(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return torch.load with a map_location that knows the device."""

    def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        named = isinstance(map_location, str | torch.device)
        wanted = torch.device(map_location).type if named else None
        if wanted == "meta" or (map_location is not None and not named):
            return original(f, map_location, *args, **kwargs)
        found = original(f, "cpu" if named else None, *args, **kwargs)
        return _all_moved(found, wanted == "cuda") if named else found

    return load


def _all_moved(found: Any, there: bool) -> Any:
    """Bring every tensor inside to one device; containers stay what they are."""
    if isinstance(found, Tensor):
        with torch.no_grad():
            twin = moved(found, there)
        if twin is found:
            return found
        twin = twin.requires_grad_(found.requires_grad)
        return nn.Parameter(twin, found.requires_grad) if isinstance(found, nn.Parameter) else twin
    if isinstance(found, dict):
        for key, value in list(found.items()):
            found[key] = _all_moved(value, there)
    elif isinstance(found, list):
        found[:] = [_all_moved(item, there) for item in found]
    elif type(found) is tuple:
        return tuple(_all_moved(item, there) for item in found)
    return found
