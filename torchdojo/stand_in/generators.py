"""This process's generators of random numbers, while a check uses a submission's stand-in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from torchdojo.probe.python_settings import seed_python
from torchdojo.worker.generators import generators, read_random, write_random


@contextlib.contextmanager
def held_random(seed: int) -> Iterator[None]:
    """Seed the generators, and put them back at the end: what a check draws must not depend on other checks."""
    before = {name: read_random(name) for name in generators()}
    torch.default_generator.manual_seed(seed)
    seed_python(seed)
    try:
        yield
    finally:
        for name, state in before.items():
            write_random(name, state)
