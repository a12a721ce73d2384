"""The states of Python's, numpy's and torch's global generators of random numbers, for both ends of a conversation."""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Sequence
from typing import Any

from torchdojo.wire import WireError

HEAD = struct.Struct(">IBd")  # position, whether there is a spare normal number, that number
WORDS = 625


def generators() -> list[str]:
    """Return the generators of this process: numpy's and torch's once they are imported."""
    return ["random", *(name for name in ("numpy", "torch") if name in sys.modules)]


def read_random(name: str) -> Any:
    """Return the state of one of the generators, which can be compared with another one."""
    if name == "torch":
        return sys.modules["torch"].get_rng_state().numpy().tobytes()
    if name == "random":
        return random.getstate()
    _, words, *rest = sys.modules["numpy"].random.get_state()
    return words.tobytes(), *rest


def write_random(name: str, state: Any) -> None:
    """Set a generator to a state that `read_random` returned. WireError if it did not."""
    try:
        if name == "torch":
            torch = sys.modules["torch"]
            torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
        elif name == "random":
            random.setstate(state)
        else:
            numpy = sys.modules["numpy"]
            numpy.random.set_state(("MT19937", numpy.frombuffer(state[0], numpy.uint32), *state[1:]))
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise WireError(f"a malformed state of the {name} generator: {error}") from None


def pack_random(name: str, state: Any) -> bytes:
    """Return a state as bytes."""
    if name == "torch":
        return bytes(state)
    if name == "random":
        _, words, spare = state
        return HEAD.pack(0, spare is not None, spare or 0.0) + struct.pack(f"<{len(words)}I", *words)
    return HEAD.pack(*state[1:]) + bytes(state[0])


def unpack_random(name: str, data: bytes) -> Any:
    """Return the state of bytes that `pack_random` returned. WireError if it did not."""
    if name == "torch":
        return data
    try:
        position, has_spare, spare = HEAD.unpack(data[: HEAD.size])
        if name == "random":
            return 3, struct.unpack(f"<{WORDS}I", data[HEAD.size :]), spare if has_spare else None
        return data[HEAD.size :], position, has_spare, spare
    except struct.error as error:
        raise WireError(f"a malformed state of the {name} generator: {error}") from None


def unpack_all(states: Any) -> dict[str, Any]:
    """Return the states of a message, by generator: of those that this process has."""
    known: Sequence[str] = generators()
    return {name: unpack_random(name, data) for name, data in dict(states).items() if name in known}
