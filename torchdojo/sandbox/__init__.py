"""Start, limit, watch and kill workers: in bubblewrap, or as a plain subprocess for a learner's own code."""

from torchdojo.sandbox.proof import Proof, prove
from torchdojo.sandbox.tiers import BUBBLEWRAP, NONE, Tier, choose_tier, tier_named
from torchdojo.sandbox.worker import Limits, Reply, Worker, WorkerError

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
