"""Many submissions: collect them, grade them, keep results as they come."""

from torchdojo.batch.collect import Collected, FileNote, Handed, SubmissionsError, collect
from torchdojo.batch.pool import Job, default_processes, run_jobs
from torchdojo.batch.run import Batch
from torchdojo.batch.store import Kept, OutError, Store

__all__ = [
    "Batch",
    "Collected",
    "FileNote",
    "Handed",
    "Job",
    "Kept",
    "OutError",
    "Store",
    "SubmissionsError",
    "collect",
    "default_processes",
    "run_jobs",
]
