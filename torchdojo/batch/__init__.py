"""Many submissions: collect them, grade them, keep results as they come."""

from torchdojo.batch.collect import Collected, FileNote, Handed, SubmissionsError, collect
from torchdojo.batch.outcome import Outcome
from torchdojo.batch.policy import Adjustment, Adjustments, adjust, is_adjusted
from torchdojo.batch.pool import Job, default_processes, run_jobs
from torchdojo.batch.roster import Roster, RosterError, read_roster
from torchdojo.batch.run import Batch
from torchdojo.batch.store import Kept, OutError, Store

__all__ = [
    "Adjustment",
    "Adjustments",
    "Batch",
    "Collected",
    "FileNote",
    "Handed",
    "Job",
    "Kept",
    "OutError",
    "Outcome",
    "Roster",
    "RosterError",
    "Store",
    "SubmissionsError",
    "adjust",
    "collect",
    "default_processes",
    "is_adjusted",
    "read_roster",
    "run_jobs",
]
