"""What crosses between the readers of submissions: students, their uploads, and what a platform's download holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from torchdojo.collect.submitted_paths import SubmittedPath, printable

METADATA = "submission_metadata.yml"  # Gradescope's list of submissions
WRITTEN_BY = "was written by "  # begins the reason for a file that the platform added to its download


@dataclass(frozen=True)
class Student:
    """A student. Names are made printable.

    id: the platform's; name, email: "" if not known; roster_ids: those in the roster, by the title of their column
    id_from: the platform that gives this id, "roster", or "" for a name that people chose, as of a folder
    """

    id: str
    name: str = ""
    email: str = ""
    roster_ids: Mapping[str, str] = field(default_factory=dict, compare=False)
    id_from: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("id", "name", "email"):
            object.__setattr__(self, name, printable(getattr(self, name)))


@dataclass(frozen=True)
class HandIn:
    """What a platform says of one upload.

    submitted: when; late: whether it is marked as late, None if the platform does not say
    attempt: of several uploads of a student the highest is the newest; () if the platform does not say
    """

    submitted: datetime | None = None
    late: bool | None = None
    attempt: tuple[int, ...] = ()


UNKNOWN = HandIn()


@dataclass(frozen=True)
class OwnedPath:
    """A student's file. path: with parts relative to the student's folder, and the student's own name for the file"""

    path: SubmittedPath
    student: Student
    hand_in: HandIn = UNKNOWN


@dataclass(frozen=True)
class Download:
    """What a platform's download holds.

    platform: its name, as in "Moodle"; owned: the students' files
    rest: the files that are not in the platform's form, each with the reason why it is ignored, "" if there is none
    students: everybody that the platform names, also without a file
    notes: for the teacher; alarms: likewise, of what may be wrong, such as two names for one id
    """

    platform: str
    owned: list[OwnedPath]
    rest: list[tuple[SubmittedPath, str]] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
