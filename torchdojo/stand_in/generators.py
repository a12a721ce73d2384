"""This process's generators of random numbers, while a check uses a submission's stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from torchdojo.probe.python_settings import seed_python
from torchdojo.worker.generators import generators, read_random, write_random

_keeping: list[None] = []  # whether somebody puts the generators back


@contextlib.contextmanager
def kept_random() -> Iterator[None]:
    """Put the generators back at the end, unless a caller does."""
    if _keeping:
        yield
        return
    before = {name: read_random(name) for name in generators()}
    _keeping.append(None)
    try:
        yield
    finally:
        _keeping.clear()
        for name, state in before.items():
            write_random(name, state)


@contextlib.contextmanager
def held_random(seed: int) -> Iterator[None]:
    """Seed the generators, and put them back at the end: what a check draws must not depend on other checks."""
    with kept_random():
        torch.default_generator.manual_seed(seed)
        seed_python(seed)
        yield
