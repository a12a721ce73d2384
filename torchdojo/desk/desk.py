"""What the desk's pages share: the course, the results, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torchdojo.course import Course
from torchdojo.desk.access import Access, Addresses
from torchdojo.desk.live import LiveQueue
from torchdojo.desk.live_changes import LiveChanges
from torchdojo.desk.live_decisions import LiveDecisions
from torchdojo.desk.submission_similar import NearDuplicates
from torchdojo.review.grades_file import GradesFile


@dataclass(frozen=True)
class Desk:
    """A desk over the results in `out`.

    cookie: the name of its sessions' cookie, which differs from other desks'; queue: the submissions
    decisions: what people decided about them; changes: what the last run changed
    """

    course: Course
    out: Path
    access: Access
    addresses: Addresses
    cookie: str
    queue: LiveQueue
    decisions: LiveDecisions
    changes: LiveChanges
    near_duplicates: NearDuplicates

    @property
    def has_edited_grades(self) -> bool:
        """Whether somebody edited grades.csv by hand, where it counts nowhere."""
        return bool(GradesFile(self.out).edits())
