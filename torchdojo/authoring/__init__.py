"""Authoring: from a reference to what learners get."""

from torchdojo.authoring.reset import pristine, with_stub_of
from torchdojo.authoring.stub import StubError, make_stub, stale_stubs, stub_of, write_stubs

__all__ = ["StubError", "make_stub", "pristine", "stale_stubs", "stub_of", "with_stub_of", "write_stubs"]
