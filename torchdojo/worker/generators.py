"""The states of Python's, numpy's and torch's global generators of random numbers, as bytes."""

from __future__ import annotations

import random
import struct
from typing import Any

import numpy as np
import torch

from torchdojo.wire import WireError

GENERATORS = ("torch", "random", "numpy")
HEAD = struct.Struct(">IBd")  # position, whether there is a spare normal number, that number


def read_random(name: str) -> bytes:
    """Return the state of one of GENERATORS."""
    if name == "torch":
        return torch.get_rng_state().numpy().tobytes()
    if name == "random":
        _, numbers, spare = random.getstate()
        return HEAD.pack(0, spare is not None, spare or 0.0) + np.array(numbers, np.uint32).tobytes()
    state: Any = np.random.get_state(legacy=True)
    words: np.ndarray[Any, Any] = state[1]
    return HEAD.pack(state[2], state[3], state[4]) + words.tobytes()


def write_random(name: str, state: bytes) -> None:
    """Set one of GENERATORS to a state that `read_random` returned. WireError if it did not."""
    try:
        if name == "torch":
            torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
            return
        position, has_spare, spare = HEAD.unpack(state[: HEAD.size])
        words = np.frombuffer(state[HEAD.size :], np.uint32)
        if name == "random":
            random.setstate((3, tuple(words.tolist()), spare if has_spare else None))
        else:
            np.random.set_state(("MT19937", words, position, has_spare, spare))
    except (ValueError, TypeError, RuntimeError, OverflowError, struct.error) as error:
        raise WireError(f"a malformed state of the {name} generator: {error}") from None
