"""What the readers share: reading by the top name, and keeping apart students whose id a download uses twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache

from torchdojo.collect.platforms import UNKNOWN, Download, HandIn, OwnedPath, Student
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.source.files import SourceError

MAX_NAME = 1000  # characters
ARCHIVE = re.compile(r"\.(?:zip|7z|rar|(?:tar\.)?(?:gz|bz2|xz|zst)|tar|tgz|tbz2?|txz)$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What the name of a file or folder says. file: the student's own name for it, "" if it is the student's folder"""

    student: Student
    file: str = ""
    hand_in: HandIn = UNKNOWN


def read_by_name(
    platform: str,
    paths: Sequence[SubmittedPath],
    read_name: Callable[[str], Named | None],
    ignored: Callable[[str], str] = lambda name: "",
) -> Download | None:
    """Return a download in which the top name of a path says whose it is; None if no name does.

    read_name: returns what a name says, None if it is not in the platform's form
    ignored: returns the reason for ignoring a file of another name, "" if there is none
    """
    parse = cache(lambda name: read_name(name) if len(name) <= MAX_NAME else None)
    owned: list[OwnedPath] = []
    rest: list[tuple[SubmittedPath, str]] = []
    students: list[Student] = []
    for path in paths:
        top, *inner = path.parts
        named, file = parse(top), ""
        if not inner and not (named and named.file):
            named, file = parse(ARCHIVE.sub("", top)), top if ARCHIVE.search(top) else ""  # a student's folder as a zip
        if named is None or not (named.file or inner or file):
            rest.append((path, ignored(top)))
            continue
        students.append(named.student)
        if path.name:
            parts = (file or named.file, *inner) if file or named.file else tuple(inner)
            owned.append(OwnedPath(replace(path, parts=parts), named.student, named.hand_in))
    return finish(platform, owned, rest, students)


def finish(
    platform: str,
    owned: list[OwnedPath],
    rest: list[tuple[SubmittedPath, str]],
    students: Iterable[Student],
    alarms: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Download | None:
    """Return the download, None if it names no student.

    Different names with the same id are kept apart, with an alarm.
    """
    by_id: dict[str, dict[str, Student]] = {}
    for student in students:
        by_id.setdefault(student.id, {}).setdefault(_comparable(student.name), student)
    if not by_id:
        return None
    found_alarms = list(alarms)
    settled: dict[tuple[str, str], Student] = {}
    for identity, by_name in by_id.items():
        names = {key: student for key, student in by_name.items() if key}
        for key, student in by_name.items():
            settled[identity, key] = next(iter(names.values()), student)
        if len(names) > 1:
            apart = {key: replace(student, id=f"{identity} ({student.name})") for key, student in names.items()}
            settled |= {(identity, key): student for key, student in apart.items()}
            settled[identity, ""] = Student(identity)
            found_alarms.append(
                f"the id {identity} has {len(names)} names in the {platform} download; their files were kept apart, "
                f"as those of {listed(student.id for student in apart.values())}. Find out whose they are"
            )

    def settle(student: Student) -> Student:
        return settled[student.id, _comparable(student.name)]

    everybody = {settle(student): None for named in by_id.values() for student in named.values()}
    owned = [replace(one, student=settle(one.student)) for one in owned]
    return Download(platform, owned, rest, list(everybody), list(notes), found_alarms)


def several_ids(students: Iterable[Student]) -> list[str]:
    """Return an alarm if students share a name: they may be one, as Moodle numbers them again in each assignment."""
    by_name: dict[str, list[Student]] = {}
    for student in students:
        by_name.setdefault(_comparable(student.name), []).append(student)
    shared = [same for name, same in by_name.items() if name and len(same) > 1]
    if not shared:
        return []
    names = listed(f"{same[0].name} ({listed(one.id for one in same)})" for same in shared)
    return [
        f"the same name appears with different ids: {names}. Each id was read as a separate student. Moodle gives "
        "students a different id in each assignment; if that is why, grade each assignment separately"
    ]


def _comparable(name: str) -> str:
    """Return a name without what platforms change in it: case, spaces, punctuation and the way of writing accents."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c).startswith("M")) or folded.strip()


def listed(names: Iterable[str], most: int = 10) -> str:
    """Return names as a list to read, shortened if there are many."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def local_time(zone: tzinfo, *numbers: int) -> datetime | None:
    """Return a year, month, day, hour, minute and second on the zone's clocks as a time, None if there is no such time.

    In an hour that occurs twice it is the first, in favor of the student; one that is skipped is moved forward.
    """
    try:
        moment = datetime(*numbers, tzinfo=zone)  # type: ignore[arg-type, misc]
        moment.timestamp()
    except (ValueError, OverflowError):
        return None
    return moment


def timed(moment: datetime | None) -> HandIn:
    """Return what a platform says that gives each upload's time."""
    return HandIn(moment, attempt=(int(moment.timestamp()),) if moment else ())


def read_note(path: SubmittedPath, max_bytes: int = 2**20) -> str:
    """Return the text of a file that the platform wrote, "" if it cannot be read."""
    try:
        return path.read_bytes(max_bytes).decode("utf-8-sig", "replace")
    except SourceError:
        return ""
