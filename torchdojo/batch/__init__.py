"""Many submissions: collect them, grade them, keep results as they come."""

from torchdojo.batch.collect import FileNote, Submissions, SubmittedFile, collect_submissions
from torchdojo.batch.policy import Adjustment, Adjustments, adjust, is_adjusted
from torchdojo.batch.pool import Job, default_processes, run_jobs
from torchdojo.batch.results import ResultSummary, StoredResult
from torchdojo.batch.roster import Roster, RosterError, merge_roster, read_roster
from torchdojo.batch.run import Batch
from torchdojo.batch.store import OutError, Store
from torchdojo.batch.submitted_paths import SubmissionsError

__all__ = [
    "Adjustment",
    "Adjustments",
    "Batch",
    "FileNote",
    "Job",
    "OutError",
    "ResultSummary",
    "Roster",
    "RosterError",
    "Store",
    "StoredResult",
    "Submissions",
    "SubmissionsError",
    "SubmittedFile",
    "adjust",
    "collect_submissions",
    "default_processes",
    "is_adjusted",
    "merge_roster",
    "read_roster",
    "run_jobs",
]
