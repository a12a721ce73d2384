"""Read roster.csv: who is in the class, and individual arrangements. Every error names its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from torchdojo.batch.roster_columns import (
    COLUMNS,
    NO_STUDENT,
    Columns,
    ColumnsError,
    NoStudentsError,
    find_columns,
    is_hand_in_time,
)
from torchdojo.batch.written_times import parse_time
from torchdojo.collect.identity import identity_key
from torchdojo.collect.match import find_chapter
from torchdojo.collect.spreadsheet import SpreadsheetError, Table, read_table
from torchdojo.collect.submitted_paths import printable
from torchdojo.course import Chapter, Course

ROSTER = "roster"  # where the id of a student is from who is only there
MAX_DAYS = 3650
MAX_TITLE_ROWS = 4
MAX_NAMED = 20  # columns that a note names
YES = ("yes", "y", "true", "1", "x", "ex", "excused", "ja", "oui", "si", "sí", "wahr", "vrai")
NO = ("", "no", "n", "false", "0", "-", "nein", "non", "falsch", "faux")
NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(?:d|days?|tage?)?", re.IGNORECASE)
DESTROYED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+\d+")
Extension = timedelta | datetime


@dataclass(frozen=True)
class Arrangement:
    """An individual arrangement with a student, for one chapter or all.

    extension: additional days, or a due time; exempt: whether the chapter does not count; submitted: the time of
    submission, which overrides the file's own
    """

    extension: Extension | None = None
    exempt: bool = False
    submitted: datetime | None = None


@dataclass(frozen=True)
class RosterStudent:
    """Somebody in the roster. ids: by the title of the column, all that identifies them, the student's id first"""

    name: str = ""
    email: str = ""
    section: str = ""
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class Roster:
    """The class.

    people: by student; arrangements: by student and chapter, "" for all chapters; notes: for the teacher
    """

    people: dict[str, RosterStudent] = field(default_factory=dict)
    arrangements: dict[tuple[str, str], Arrangement] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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
    """Return the class in roster.csv, a row per student and more for single chapters; SpreadsheetError if wrong."""
    table = read_table(path)
    columns, above = _columns(path, table)
    reader = _RosterReader(path, course, columns)
    reader.roster.notes += table.notes
    for reader.line, row in table.rows[above + 1 :]:
        reader.add(row)
    reader.tell()
    return reader.roster


def _columns(path: Path, table: Table) -> tuple[Columns, int]:
    """Return the columns, and how many rows are above the one that names them, such as a title."""
    problem: SpreadsheetError | None = None
    for above, (line, header) in enumerate(table.rows[: MAX_TITLE_ROWS + 1]):
        try:
            return find_columns(header), above
        except ColumnsError as error:
            problem = problem or SpreadsheetError(path, line, str(error))
            if not isinstance(error, NoStudentsError):
                break
    raise problem or SpreadsheetError(path, 1, f"is empty: the first line must name the columns, of {COLUMNS}")


class _RosterReader:
    """Reads one roster. line: the number of the current line"""

    def __init__(self, path: Path, course: Course, columns: Columns) -> None:
        self.path = path
        self.course = course
        self.columns = columns
        self.roster = Roster()
        self.line = 1
        self._lines: dict[tuple[str, str], int] = {}
        self._spellings: dict[str, str] = {}
        self._used: dict[str, int] = {}
        self._left_out: dict[str, list[str]] = {}

    def _error(self, message: str) -> SpreadsheetError:
        return SpreadsheetError(self.path, self.line, message)

    def add(self, row: list[str]) -> None:
        """Add a row's student, and what was arranged with them."""
        columns = self.columns
        if len(row) > len(columns.names):
            raise self._error(f"has {len(row)} cells, but the first line names {len(columns.names)} columns")
        reason = columns.passed_over(row, first=not self.roster.people)
        if reason:
            self._left_out.setdefault(reason, []).append(printable(columns.name(row)) or f"line {self.line}")
            return
        ids = {columns.title(role): self._id(cell) for role, cell in columns.ids(row)}
        if not ids:
            raise self._error("the student is missing")
        title, student = next(iter(ids.items()))
        chapter = self._chapter(columns.cell(row, "chapter"))
        chapter_name = chapter.name if chapter else ""
        student = self._spelling(student, chapter_name)
        if (student, chapter_name) in self._lines:
            subject = f"{chapter_name} of {student}" if chapter else student
            raise self._error(f"{subject} already appears on line {self._lines[student, chapter_name]}")
        self._lines[student, chapter_name] = self.line
        if student not in self.roster.people:
            self._used[title] = self._used.get(title, 0) + 1
        self._add_person(student, row, ids)
        self.roster.arrangements[student, chapter_name] = self._arrangement(row, chapter)

    def _id(self, cell: str) -> str:
        if DESTROYED.fullmatch(cell):
            raise self._error(
                f"{cell} is not an id any more: the spreadsheet rounded a long number, and its digits are lost. Format "
                'the column as text, enter the ids again, or write ="1000000001"'
            )
        return printable(cell)

    def _spelling(self, student: str, chapter: str) -> str:
        """Return an id as it was written first, unless that makes it appear twice."""
        first = self._spellings.setdefault(identity_key(student), student)
        return student if student in self.roster.people or (first, chapter) in self._lines else first

    def _chapter(self, cell: str) -> Chapter | None:
        chapter = find_chapter(self.course, f"chapter {cell}" if cell.isdecimal() else cell) if cell else None
        if cell and chapter is None:
            known = ", ".join(other.name for other in self.course.chapters)
            raise self._error(f"the course has no chapter {cell!r}; its chapters are {known}")
        return chapter

    def _add_person(self, student: str, row: list[str], ids: dict[str, str]) -> None:
        known = self.roster.people.get(student, RosterStudent())
        self.roster.people[student] = RosterStudent(
            name=printable(self.columns.name(row)) or known.name,
            email=printable(self.columns.cell(row, "email")) or known.email,
            section=printable(self.columns.cell(row, "section")) or known.section,
            ids={**ids, **known.ids},
        )

    def _arrangement(self, row: list[str], chapter: Chapter | None) -> Arrangement:
        extension, exempt, submitted = (self.columns.cell(row, role) for role in ("extension", "exempt", "submitted"))
        submitted = "" if submitted == "-" else submitted  # Moodle's sign for nothing
        if submitted and chapter is None:
            raise self._error("a time in the column submitted needs its chapter in the column chapter")
        if exempt.casefold() not in YES + NO:
            raise self._error(f"exempt is {exempt!r}; it must be yes or no")
        return Arrangement(
            extension=self._extension(extension) if extension else None,
            exempt=exempt.casefold() in YES,
            submitted=self._time("submitted", submitted) if submitted else None,
        )

    def _extension(self, cell: str) -> Extension:
        number = NUMBER.fullmatch(cell)
        if number is None:
            return self._time("extension", cell, end_of_day=True)
        if re.search(r"[.,]\d{3}$", number[1]):
            raise self._error(f"extension is {cell}, which may be thousands or a fraction; write a number of days")
        days = float(number[1].replace(",", "."))
        if not 0 <= days <= MAX_DAYS:
            raise self._error(f"extension is {cell} days; it must be between 0 and {MAX_DAYS}")
        return timedelta(days=days)

    def _time(self, column: str, cell: str, end_of_day: bool = False) -> datetime:
        zone = self.course.tzinfo if self.course.zone else None
        try:
            return parse_time(cell, zone, end_of_day=end_of_day)
        except ValueError as error:
            rule = "a number of days or a time" if end_of_day else "a time"
            raise self._error(f"{column} must be {rule}: {error}") from None

    def tell(self) -> None:
        """Note which columns were used, and who was left out."""
        notes, columns = self.roster.notes, self.columns
        if set(self._used) - {"student"}:
            used = " and ".join(
                f"{title} ({count})" if len(self._used) > 1 else title for title, count in self._used.items()
            )
            notes.append(f"{self.path} identifies students by the column {used}")
        if columns.ignored:
            more = f" and {len(columns.ignored) - MAX_NAMED} more" if len(columns.ignored) > MAX_NAMED else ""
            notes.append(f"columns of {self.path} that are not used: {', '.join(columns.ignored[:MAX_NAMED])}{more}")
        if times := [title for title in columns.ignored if is_hand_in_time(title)]:
            notes.append(
                f"the column {times[0]} has hand-in times, but does not say of which chapter: to use them, call it "
                "submitted, and add a column chapter"
            )
        for reason, names in self._left_out.items():
            if reason != NO_STUDENT:
                notes.append(f"left out of the roster ({reason}): {', '.join(names[:MAX_NAMED])}")
