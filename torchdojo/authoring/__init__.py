"""Authoring: from a reference to what learners get."""

from torchdojo.authoring.stub import StubError, make_stub, stale_stubs, write_stubs

__all__ = ["StubError", "make_stub", "stale_stubs", "write_stubs"]
