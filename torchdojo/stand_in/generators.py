"""This process's generators of random numbers, while a check uses a submission's stand-in."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from torchdojo.worker.generators import GENERATORS, read_random, write_random


@contextlib.contextmanager
def held_random(seed: int) -> Iterator[None]:
    """Seed the generators, and put them back at the end: what a check draws must not depend on other checks."""
    before = {name: read_random(name) for name in GENERATORS}
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        for name, state in before.items():
            write_random(name, state)
