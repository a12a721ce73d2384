"""Parse the names that Moodle, Canvas and Gradescope give to the files in their "download all submissions".

Moodle (mod/assign/classes/downloader.php): `<full name>_<participant>_assignsubmission_<kind>` and then, as a folder,
`/…/<file>` (older versions end the folder's name with `_`), or, without folders, `_<file>`. Canvas
(lib/content_zipper.rb): `<sortable name>[_LATE]_<user>_<attachment>_<file>`, all in one folder; with anonymous grading
`[LATE_]anon_<code>_<attachment>_<file>`; a repeated upload of a file gets `-1`, `-2`. Gradescope:
`submission_<number>/…` and submission_metadata.yml, which says who submitted what, and when.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from torchdojo.batch.submitted_paths import SubmittedPath, printable

METADATA = "submission_metadata.yml"
MOODLE_NAME = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(_(?P<file>.*))?", re.DOTALL)
CANVAS_NAME = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>LATE_)?(?P<id>\d+)|(?P<anonlate>LATE_)?anon_(?P<anon>[A-Za-z0-9]+))"
    r"_(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<page>(?:text|link)\.html))",
    re.DOTALL,
)
CANVAS_REPEAT = re.compile(r"-(\d+)(?=\.[A-Za-z]+$)")


WRITTEN_BY = "was written by "  # begins the reason for a file that the platform added to its download


@dataclass(frozen=True)
class Student:
    """A student. Names are made printable.

    id: the platform's; name, email: "" if not known; roster_ids: those in the roster, by the title of their column
    """

    id: str
    name: str = ""
    email: str = ""
    roster_ids: Mapping[str, str] = field(default_factory=dict, compare=False)

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


@dataclass(frozen=True)
class ParsedName:
    """The parts of a downloaded file's name. file: the student's own name for it"""

    platform: str
    student: Student
    file: str
    hand_in: HandIn = UNKNOWN


def parse_moodle_folder(name: str) -> Student | None:
    """Return the student of a folder in Moodle's download, or None if it is not named like one."""
    match = MOODLE_NAME.fullmatch(name)
    return Student(match["id"], match["name"]) if match and not match["file"] else None


def parse_moodle_file(name: str) -> ParsedName | None:
    """Parse the name of a file in Moodle's download without folders; None if it is not named like one."""
    match = MOODLE_NAME.fullmatch(name)
    if not match or not match["file"]:
        return None
    return ParsedName("Moodle", Student(match["id"], match["name"]), match["file"])


def parse_canvas_file(name: str) -> ParsedName | None:
    """Parse the name of a file in Canvas's download; None if it is not named like one."""
    match = CANVAS_NAME.fullmatch(name)
    if not match:
        return None
    late = bool(match["late"] or match["anonlate"])
    student = Student(match["id"] or f"anon_{match['anon']}", match["name"] or "")
    repeat = CANVAS_REPEAT.search(match["file"] or "")
    file = CANVAS_REPEAT.sub("", match["file"] or match["page"])
    attempt = (int(repeat[1]) if repeat else 0, int(match["attachment"] or 0))
    return ParsedName("Canvas", student, file, HandIn(late=late, attempt=attempt))
