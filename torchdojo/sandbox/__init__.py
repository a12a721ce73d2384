"""Start, limit, watch and kill workers: in bubblewrap, or as a plain subprocess for a learner's own code.

Names are imported when they are first asked for: `torchdojo.sandbox.tiers` starts a process before this one has
imported torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torchdojo.sandbox.errors import WorkerError
    from torchdojo.sandbox.proof import Proof, prove
    from torchdojo.sandbox.tiers import BUBBLEWRAP, NONE, Tier, choose_tier, tier_named
    from torchdojo.sandbox.worker import Worker

__all__ = [
    "BUBBLEWRAP",
    "NONE",
    "Proof",
    "Tier",
    "Worker",
    "WorkerError",
    "choose_tier",
    "prove",
    "tier_named",
]
_HOMES = {
    "BUBBLEWRAP": "tiers",
    "NONE": "tiers",
    "Proof": "proof",
    "Tier": "tiers",
    "Worker": "worker",
    "WorkerError": "errors",
    "choose_tier": "tiers",
    "prove": "proof",
    "tier_named": "tiers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
