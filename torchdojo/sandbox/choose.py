"""Choose a backend by its name, or the best that this machine has."""

from __future__ import annotations

from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import BUBBLEWRAP, why_no_bubblewrap


def backend_named(name: str) -> SandboxBackend:
    """Return the backend of this name. "auto": bubblewrap if it can start a process, else none.

    This tests no more than that: see `run_selftest`. ValueError for an unknown name.
    """
    if name == "auto":
        return BUBBLEWRAP if why_no_bubblewrap() is None else NONE
    for backend in (BUBBLEWRAP, NONE):
        if backend.name == name:
            return backend
    raise ValueError(f"unknown sandbox {name!r}: use auto, bubblewrap or none")
