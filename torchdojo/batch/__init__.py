"""Many submissions: collect them, grade them, keep results as they come."""

from torchdojo.batch.collect import Collected, Handed, SubmissionsError, collect
from torchdojo.batch.run import Batch
from torchdojo.batch.store import OutError, Store

__all__ = ["Batch", "Collected", "Handed", "OutError", "Store", "SubmissionsError", "collect"]
