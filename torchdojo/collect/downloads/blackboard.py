"""Read Blackboard Learn's "Assignment File Download".

All files are in one folder: `<assignment>_<username>_attempt_<yyyy-mm-dd-hh-mm-ss>_<file>`, and beside them a receipt
`…_attempt_<time>.txt` with the lines `Name: <name> (<username>)`, `Date Submitted:` and, per file, `Original filename:`
and `Filename:`, in the language of the installation (CodeGra-de/CodeGra.de, psef/blackboard.py; kwurst/bb-file-cleanup;
vangef/BBGradebookOrganiser). Assignments and usernames both may contain underscores: the receipt says which is which.
The time is on the server's clocks, without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import pairwise

from torchdojo.collect.downloads.common import (
    ARCHIVE,
    MAX_NAME,
    Named,
    finish,
    listed,
    local_time,
    read_by_name,
    read_note,
    timed,
)
from torchdojo.collect.platforms import WRITTEN_BY, Download, Student
from torchdojo.collect.submitted_paths import SubmittedPath

NAME = re.compile(
    r"(?P<upload>(?P<prefix>.+?)_attempt_(?P<time>[0-9]{4}(?:-[0-9]{2}){5}))(?:_(?P<file>.+)|(?P<suffix>\.[^._]+)?)",
    re.DOTALL,
)
PERSON = re.compile(r"[^:]*:\s*(?P<name>.*?)\s*\((?P<id>[^()]+)\)\s*")
RECEIPT = f"{WRITTEN_BY}Blackboard: the receipt of a submission"


@dataclass
class _Receipts:
    """What the receipts say. students: by how the names of an upload's files begin; originals: of each file's name"""

    students: dict[str, Student] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)

    def add(self, upload: str, prefix: str, text: str) -> None:
        """Add a receipt. It also holds what the student wrote, which must not rename another student's files."""
        lines = [line.strip() for line in text.splitlines()]
        for line in lines:
            person = PERSON.fullmatch(line)
            if person and f"_{prefix}".casefold().endswith(f"_{person['id']}".casefold()):
                self.students.setdefault(prefix, Student(person["id"], person["name"]))
                break
        for before, line in pairwise(lines):
            original, name = before.partition(":")[2].strip(), line.partition(":")[2].strip()
            if original and name.startswith(f"{upload}_"):
                self.originals[name] = re.split(r"[/\\]", original)[-1] or original


def read(paths: Sequence[SubmittedPath], zone: tzinfo, wrapper: str = "") -> Download | None:
    """Return what a download of Blackboard holds, None if no name is in its form."""
    receipts = _Receipts()
    for path in paths:
        match = NAME.fullmatch(path.parts[0][:MAX_NAME])
        if match and match["suffix"] == ".txt" and len(path.parts) == 1:
            receipts.add(match["upload"], match["prefix"], read_note(path))
    names = {name for path in paths for name in (path.parts[0], ARCHIVE.sub("", path.parts[0]))}
    matches = (NAME.fullmatch(name[:MAX_NAME]) for name in names)
    students, guessed = _students({match["prefix"] for match in matches if match}, receipts.students)

    def parse(name: str) -> Named | None:
        match = NAME.fullmatch(name)
        if not match or match["suffix"] == ".txt":
            return None
        file = receipts.originals.get(name) or match["file"] or (name if match["suffix"] else "")
        return Named(students[match["prefix"]], file, timed(_parse_time(match["time"], zone)))

    download = read_by_name("Blackboard", paths, parse)
    left = [path for path, _ in download.rest] if download else paths
    rest = [(path, RECEIPT if _is_receipt(path.parts[0]) else "") for path in left]
    alarms = [_unsure(guessed)] if guessed else []
    return finish("Blackboard", download.owned if download else [], rest, students.values(), alarms)


def _is_receipt(name: str) -> bool:
    match = NAME.fullmatch(name[:MAX_NAME])
    return match is not None and match["suffix"] == ".txt"


def _students(prefixes: Iterable[str], known: dict[str, Student]) -> tuple[dict[str, Student], list[str]]:
    """Return the student of each prefix `<assignment>_<username>`, and the prefixes that do not say whose they are.

    known: those of whom a receipt says so; it also tells the assignments
    """
    assignments = {prefix[: -len(student.id)] for prefix, student in known.items() if len(prefix) > len(student.id)}
    usernames = {student.id: {prefix} for prefix, student in known.items()}
    ids = {}
    for prefix in sorted(set(prefixes) - set(known)):
        assignment = max((one for one in assignments if prefix.startswith(one)), key=len, default="")
        ids[prefix] = prefix.removeprefix(assignment) if assignment else prefix.rpartition("_")[2] or prefix
        if not assignment:
            usernames.setdefault(ids[prefix], set()).add(prefix)
    unsure = [prefix for prefix, username in ids.items() if len(usernames.get(username, ())) > 1]
    guesses = {prefix: Student(prefix if prefix in unsure else username) for prefix, username in ids.items()}
    return known | guesses, unsure


def _unsure(prefixes: list[str]) -> str:
    return (
        f"without Blackboard's .txt files it is unclear where the assignment ends and the username begins in "
        f"{listed(prefixes)}; each was read as a separate student. Download the assignment again, and keep the .txt "
        "files"
    )


def _parse_time(text: str, zone: tzinfo) -> datetime | None:
    return local_time(zone, *map(int, text.split("-")))
