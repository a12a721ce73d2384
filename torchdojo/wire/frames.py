"""Frames on a byte stream: an 8-byte big-endian length, then that many bytes."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable


class EndOfStream(Exception):
    """The other side closed the stream, or announced too large a message."""


def write_frame(write: Callable[[bytes], object], message: bytes) -> None:
    """Write one frame; `write` must write all of what it is given."""
    write(struct.pack(">Q", len(message)) + message)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it to a file descriptor, in as many parts as that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[: 1 << 20]) :]


def read_frame(read: Callable[[int], bytes], max_bytes: int) -> bytes:
    """Read one frame of at most max_bytes; `read(n)` returns at most n bytes, b"" at the end. EndOfStream otherwise."""
    (length,) = struct.unpack(">Q", _exactly(read, 8))
    if length > max_bytes:
        raise EndOfStream(f"a message of {length:,} bytes was announced, at most {max_bytes:,} are read")
    return _exactly(read, length)


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = read(min(count, 1 << 20))
        if not part:
            raise EndOfStream("the stream ended in the middle of a message")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
