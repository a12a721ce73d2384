"""The global settings of Python, numpy and torch, which a submission may change: kept for what runs beside it.

A submission's first lines may well be torch.set_default_device("cuda") or warnings.simplefilter("error"). They hold in
its own code. What a probe draws and builds must not depend on them, and the next submission must not inherit them.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator

from torchdojo.probe.python_settings import (
    IGNORED_WARNINGS,
    PYTHON_SETTINGS,
    WARNINGS,
    Setting,
    numpy_settings,
    put_back,
)


@functools.cache
def uses_torch() -> bool:
    """Whether this process works with torch. It is decided at the first call, before any submission is loaded."""
    return "torch" in sys.modules


def all_settings(*, random: bool = True) -> list[Setting]:
    """Return every global setting of what this process uses. random: also the generators of random numbers"""
    if not uses_torch():
        settings = [*PYTHON_SETTINGS, *numpy_settings()]
    else:
        from torchdojo.probe.torch_settings import TORCH_SETTINGS

        settings = [*TORCH_SETTINGS, *PYTHON_SETTINGS, *numpy_settings()]
    return settings if random else [setting for setting in settings if not setting.is_random]


@contextlib.contextmanager
def preserve_settings(*, random: bool = True) -> Iterator[None]:
    """Put every global setting back at the end, whatever a submission did to it.

    random: also the generators of random numbers
    """
    with put_back(all_settings(random=random)), contextlib.ExitStack() as stack:
        if uses_torch():
            import torch

            stack.enter_context(torch.inference_mode(False))
        yield


@contextlib.contextmanager
def neutral_settings(seed: int | None = None) -> Iterator[None]:
    """Hold settings at their defaults, where they decide what is drawn or built: torch's, and that warnings are quiet.

    seed: what torch's global generator starts from; None to leave it alone
    """
    if uses_torch():
        from torchdojo.probe.torch_settings import neutral_torch

        with neutral_torch(seed):
            yield
        return
    with put_back([WARNINGS]):
        WARNINGS.write(IGNORED_WARNINGS)
        yield
