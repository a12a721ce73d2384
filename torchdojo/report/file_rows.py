"""List what became of the files of a class, those of one name that many students have in one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from torchdojo.collect.submissions import FileNote


@dataclass(frozen=True)
class FileRow:
    """Files with the same name, chapter and note. name: of a single one with its folders; students: whose they are"""

    name: str
    chapter: str
    note: str
    students: list[str]
    count: int


def file_rows(notes: Iterable[FileNote]) -> list[FileRow]:
    """Return the rows, rare ones first: what many students have needs the least attention."""
    groups: dict[tuple[str, str, str], list[FileNote]] = defaultdict(list)
    for note in notes:
        groups[_name(note).rpartition("/")[2].casefold(), note.chapter, note.note].append(note)
    rows = []
    for (_, chapter, text), same in groups.items():
        name = _name(same[0])
        students = list(dict.fromkeys(note.student for note in same if note.student))
        rows.append(FileRow(name if len(same) == 1 else name.rpartition("/")[2], chapter, text, students, len(same)))
    return sorted(rows, key=lambda row: (row.count, row.students, row.name))


def _name(note: FileNote) -> str:
    return note.shown if note.student and note.shown else note.location
