"""The wire: named tensors and plain values to bytes and back. Never pickle; everything is counted and checked."""

from torchdojo.wire.blob import WireError
from torchdojo.wire.codec import WireLimits, decode, encode, require_spread
from torchdojo.wire.frames import EndOfStream, read_frame, write_all, write_frame
from torchdojo.wire.sent import Opaque, SentArray, SentTensor, size_of, stable_repr, unwrap_tensors

__all__ = [
    "Opaque",
    "SentArray",
    "SentTensor",
    "WireError",
    "WireLimits",
    "decode",
    "encode",
    "size_of",
    "unwrap_tensors",
]
__all__ += ["EndOfStream", "read_frame", "require_spread", "stable_repr", "write_all", "write_frame"]
