"""roster.csv: who is in the class, and what was agreed with whom. Whatever is wrong with it names its line."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from torchdojo.batch.collect import printable
from torchdojo.course import Course

COLUMNS = ("student", "name", "email", "section", "chapter", "extension", "exempt", "submitted")
MOST_BYTES = 64 * 2**20
YES, NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0")
Extension = timedelta | datetime


class RosterError(Exception):
    """A roster that cannot be used: the file, the line, and what is wrong there."""

    def __init__(self, path: Path, line: int, words: str) -> None:
        super().__init__(f"{path}:{line}: {words}")
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Agreement:
    """What holds for one student, in one chapter or in all.

    extension: days more, or another due time; exempt: whether the chapter does not count; submitted: when it was
    handed in, whatever the file's own time says
    """

    extension: Extension | None = None
    exempt: bool = False
    submitted: datetime | None = None


@dataclass
class Roster:
    """The class. people: name, email, section by student; agreements: by student and chapter, "" for all chapters."""

    people: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    agreements: dict[tuple[str, str], Agreement] = field(default_factory=dict)

    def of(self, student: str, chapter: str) -> Agreement:
        """Return what holds for a student's chapter: its own row before the one for all chapters, value by value."""
        own = self.agreements.get((student, chapter), Agreement())
        every = self.agreements.get((student, ""), Agreement())
        return Agreement(
            own.extension if own.extension is not None else every.extension,
            own.exempt or every.exempt,
            own.submitted or every.submitted,
        )


def read_roster(path: Path, course: Course) -> Roster:
    """Read roster.csv: a row a student, more for what holds in single chapters; RosterError names what is wrong."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RosterError(path, 1, f"is too large: at most {MOST_BYTES:,} bytes are read")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RosterError(path, error.object[: error.start].count(b"\n") + 1, "is not UTF-8 text") from None
    except OSError as error:
        raise RosterError(path, 1, f"cannot be read: {error.strerror}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    roster = Roster()
    header: list[str] | None = None
    lines: dict[tuple[str, str], int] = {}
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = _header(path, reader.line_num, row)
                continue
            _add(path, reader.line_num, _cells(path, reader.line_num, header, row), course, roster, lines)
    except csv.Error as error:
        raise RosterError(path, reader.line_num, f"is not CSV: {error}") from None
    if header is None:
        raise RosterError(path, 1, f"is empty: its first line names columns, of {', '.join(COLUMNS)}")
    return roster


def _header(path: Path, line: int, row: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    for name in names:
        if name not in COLUMNS:
            raise RosterError(path, line, f"unknown column {name!r}; the columns are {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise RosterError(path, line, f"the column {name} stands here twice")
    if "student" not in names:
        raise RosterError(path, line, "the column student is missing")
    return names


def _cells(path: Path, line: int, header: list[str], row: list[str]) -> dict[str, str]:
    if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
        raise RosterError(path, line, f"has {len(row)} cells, the first line names {len(header)} columns")
    return dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, row, strict=False)}


def _add(
    path: Path, line: int, cells: dict[str, str], course: Course, roster: Roster, lines: dict[tuple[str, str], int]
) -> None:
    student, chapter = printable(cells["student"]), cells["chapter"]
    if not student:
        raise RosterError(path, line, "has no student")
    if chapter and course.find(chapter) is None:
        known = ", ".join(one.name for one in course.chapters)
        raise RosterError(path, line, f"the course has no chapter {chapter!r}; it has {known}")
    if (student, chapter) in lines:
        where = f"{chapter} of {student}" if chapter else student
        raise RosterError(path, line, f"{where} stands in line {lines[student, chapter]} already")
    if cells["submitted"] and not chapter:
        raise RosterError(path, line, "submitted needs the chapter that it is about, in the column chapter")
    lines[student, chapter] = line
    told = tuple(printable(cells[name]) for name in ("name", "email", "section"))
    before = roster.people.get(student, ("", "", ""))
    roster.people[student] = (told[0] or before[0], told[1] or before[1], told[2] or before[2])
    roster.agreements[student, chapter] = Agreement(
        _extension(path, line, cells["extension"]),
        _yes(path, line, cells["exempt"]),
        _time(path, line, cells["submitted"]),
    )


def _extension(path: Path, line: int, cell: str) -> Extension | None:
    if not cell:
        return None
    try:
        days = float(cell)
    except ValueError:
        return _time(path, line, cell, "extension is a number of days or a time with its zone")
    if not (math.isfinite(days) and 0 <= days <= 3650):
        raise RosterError(path, line, f"extension is {cell} days; it must be between 0 and 3650")
    return timedelta(days=days)


def _yes(path: Path, line: int, cell: str) -> bool:
    if cell.lower() not in YES + NO:
        raise RosterError(path, line, f"exempt is {cell!r}; it must be yes or no")
    return cell.lower() in YES


def _time(path: Path, line: int, cell: str, words: str = "submitted is a time with its zone") -> datetime | None:
    if not cell:
        return None
    try:
        time = datetime.fromisoformat(cell)
    except ValueError:
        raise RosterError(path, line, f"{words}, such as 2026-03-01T23:59+01:00, not {cell!r}") from None
    if time.tzinfo is None:
        raise RosterError(path, line, f"{cell!r} has no zone; write 2026-03-01T23:59+01:00, or Z for UTC")
    return time
