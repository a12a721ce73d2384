"""Read roster.csv: who is in the class, and individual arrangements. Every error names its line."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from torchdojo.batch.collect import Submissions
from torchdojo.batch.platforms import Student
from torchdojo.batch.submitted_paths import printable
from torchdojo.course import Course
from torchdojo.errors import UserError

COLUMNS = ("student", "name", "email", "section", "chapter", "extension", "exempt", "submitted")
MAX_BYTES = 64 * 2**20
MAX_NAMED = 20  # students that a note names
YES, NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0")
Extension = timedelta | datetime


class RosterError(UserError):
    """A roster that cannot be used: the file, the line, and what is wrong there."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Arrangement:
    """An individual arrangement with a student, for one chapter or all.

    extension: additional days, or a due time; exempt: whether the chapter does not count; submitted: the time of
    submission, which overrides the file's own
    """

    extension: Extension | None = None
    exempt: bool = False
    submitted: datetime | None = None


@dataclass
class Roster:
    """The class.

    people: name, email, section by student; arrangements: by student and chapter, "" for all chapters
    """

    people: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    arrangements: dict[tuple[str, str], Arrangement] = field(default_factory=dict)

    def arrangement(self, student: str, chapter: str) -> Arrangement:
        """Return what applies to a student's chapter: each value from its own row, else from the one for all."""
        own = self.arrangements.get((student, chapter), Arrangement())
        general = self.arrangements.get((student, ""), Arrangement())
        return Arrangement(
            own.extension if own.extension is not None else general.extension,
            own.exempt or general.exempt,
            own.submitted or general.submitted,
        )


def read_roster(path: Path, course: Course) -> Roster:
    """Return the class in roster.csv, one row per student and more for single chapters; RosterError if it is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RosterError(path, 1, f"is too large: at most {MAX_BYTES:,} bytes are read")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RosterError(path, error.object[: error.start].count(b"\n") + 1, "is not UTF-8 text") from None
    except OSError as error:
        raise RosterError(path, 1, f"cannot be read: {error.strerror}") from None
    return _RosterReader(path, course).read(text)


def merge_roster(submissions: Submissions, roster: Roster) -> None:
    """Add the roster's students to those who submitted, and note who is on one side only."""
    unknown = [student for student in submissions.students if student not in roster.people]
    if unknown:
        submissions.notes.append(f"{len(unknown)} not in the roster: {', '.join(unknown[:MAX_NAMED])}")
    for student, (name, email, _) in roster.people.items():
        known = submissions.people.get(student)
        submissions.people[student] = Student(student, name or (known.name if known else ""), email)
    absent = [student for student in roster.people if student not in submissions.students]
    if absent:
        submissions.notes.append(f"{len(absent)} of the roster submitted nothing: {', '.join(absent[:MAX_NAMED])}")
    submissions.students += absent


class _RosterReader:
    """Reads one roster. line: the number of the current line"""

    def __init__(self, path: Path, course: Course) -> None:
        self.path = path
        self.course = course
        self.roster = Roster()
        self.line = 1
        self._lines: dict[tuple[str, str], int] = {}

    def read(self, text: str) -> Roster:
        """Return the roster in a file's text."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header: list[str] | None = None
        try:
            for row in reader:
                self.line = reader.line_num
                if not any(cell.strip() for cell in row):
                    continue
                if header is None:
                    header = self._header(row)
                else:
                    self._add(self._cells(header, row))
        except csv.Error as error:
            raise RosterError(self.path, reader.line_num, f"is not CSV: {error}") from None
        if header is None:
            raise RosterError(self.path, 1, f"is empty: the first line must name the columns, of {', '.join(COLUMNS)}")
        return self.roster

    def _error(self, message: str) -> RosterError:
        return RosterError(self.path, self.line, message)

    def _header(self, row: list[str]) -> list[str]:
        names = [cell.strip().lower() for cell in row]
        for name in names:
            if name not in COLUMNS:
                raise self._error(f"unknown column {name!r}; the columns are {', '.join(COLUMNS)}")
            if names.count(name) > 1:
                raise self._error(f"duplicate column {name}")
        if "student" not in names:
            raise self._error("the column student is missing")
        return names

    def _cells(self, header: list[str], row: list[str]) -> dict[str, str]:
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            raise self._error(f"has {len(row)} cells, but the first line names {len(header)} columns")
        return dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(header, row, strict=False)}

    def _add(self, cells: dict[str, str]) -> None:
        student, chapter = printable(cells["student"]), cells["chapter"]
        if not student:
            raise self._error("the student is missing")
        if chapter and self.course.find(chapter) is None:
            known = ", ".join(other.name for other in self.course.chapters)
            raise self._error(f"the course has no chapter {chapter!r}; its chapters are {known}")
        if (student, chapter) in self._lines:
            subject = f"{chapter} of {student}" if chapter else student
            raise self._error(f"{subject} already appears on line {self._lines[student, chapter]}")
        if cells["submitted"] and not chapter:
            raise self._error("a time in the column submitted needs its chapter in the column chapter")
        self._lines[student, chapter] = self.line
        name, email, section = (printable(cells[column]) for column in ("name", "email", "section"))
        known_name, known_email, known_section = self.roster.people.get(student, ("", "", ""))
        self.roster.people[student] = (name or known_name, email or known_email, section or known_section)
        self.roster.arrangements[student, chapter] = Arrangement(
            extension=self._extension(cells["extension"]),
            exempt=self._yes(cells["exempt"]),
            submitted=self._time(cells["submitted"], "submitted must be a time"),
        )

    def _extension(self, cell: str) -> Extension | None:
        try:
            days = float(cell)
        except ValueError:
            return self._time(cell, "extension must be a number of days or a time")
        if not (math.isfinite(days) and 0 <= days <= 3650):
            raise self._error(f"extension is {cell} days; it must be between 0 and 3650")
        return timedelta(days=days)

    def _yes(self, cell: str) -> bool:
        if cell.lower() not in YES + NO:
            raise self._error(f"exempt is {cell!r}; it must be yes or no")
        return cell.lower() in YES

    def _time(self, cell: str, rule: str) -> datetime | None:
        if not cell:
            return None
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            raise self._error(f"{rule} with its time zone, such as 2026-03-01T23:59+01:00, not {cell!r}") from None
        if time.tzinfo is None:
            raise self._error(f"{cell!r} has no time zone; write 2026-03-01T23:59+01:00, or Z for UTC")
        return time
