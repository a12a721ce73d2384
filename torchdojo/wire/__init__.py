"""The wire: named tensors and plain values to bytes and back. Never pickle; everything is counted and checked."""

from torchdojo.wire.codec import Opaque, SentTensor, WireError, WireLimits, decode, encode, size_of, unwrap_tensors
from torchdojo.wire.frames import EndOfStream, read_frame, write_all, write_frame

__all__ = ["Opaque", "SentTensor", "WireError", "WireLimits", "decode", "encode", "size_of", "unwrap_tensors"]
__all__ += ["EndOfStream", "read_frame", "write_all", "write_frame"]
