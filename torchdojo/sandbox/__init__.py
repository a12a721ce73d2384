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
    from torchdojo.sandbox.worker import Limits, Reply, Worker

__all__ = [
    "BUBBLEWRAP",
    "NONE",
    "Limits",
    "Proof",
    "Reply",
    "Tier",
    "Worker",
    "WorkerError",
    "choose_tier",
    "prove",
    "tier_named",
]
_HOMES = {
    "errors": ("WorkerError",),
    "proof": ("Proof", "prove"),
    "tiers": ("BUBBLEWRAP", "NONE", "Tier", "choose_tier", "tier_named"),
    "worker": ("Limits", "Reply", "Worker"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
