"""Read the table by which a teacher says whose a file is, and which chapter it counts for.

It has the columns of OUT/files.csv, so that a teacher can edit that table and give it back.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.collect.identity import NearIds
from torchdojo.collect.match import find_chapter
from torchdojo.collect.spreadsheet import SpreadsheetError, read_table
from torchdojo.course import Chapter, Course

MAX_NAMED = 5  # students in an alarm


class FileMapError(SpreadsheetError):
    """A table that cannot be used: the file, the line, and what is wrong there."""


@dataclass
class MapRow:
    """A row. file: as written; student: or ""; chapter: None to ignore the file; used: the files that it was for"""

    line: int
    file: str
    student: str
    chapter: Chapter | None
    used: set[str] = field(default_factory=set)


@dataclass
class FileMap:
    """What a teacher says about files. An empty one says nothing. path: the table; notes: on how it was read"""

    path: Path = Path()
    rows: list[MapRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_name: dict[str, list[MapRow]] = defaultdict(list)
        for row in self.rows:
            self._by_name[_parts(row.file)[-1]].append(row)

    def rows_for(self, location: str) -> list[MapRow]:
        """Return the rows about a file: those with all of its location, or else those with the end of it."""
        parts = _parts(location)
        rows = self._by_name.get(parts[-1], [])
        rows = [row for row in rows if _parts(row.file) == parts] or [row for row in rows if _end_alike(row, parts)]
        for row in rows:
            row.used.add(location)
        return rows

    def students_for(self, location: str) -> list[str]:
        """Return the students whose file this is; [] if the map does not say."""
        return list(dict.fromkeys(row.student for row in self.rows_for(location) if row.student))

    def chapters_for(self, location: str, student: str = "") -> list[Chapter] | None:
        """Return the chapters that a student's file counts for, [] to ignore it; None if the map does not say."""
        rows = [row for row in self.rows_for(location) if row.student in ("", student) or not student]
        return list({row.chapter.name: row.chapter for row in rows if row.chapter}.values()) if rows else None

    def unused(self, locations: Iterable[str]) -> list[str]:
        """Return a sentence about each row that was for no file; FileMapError if one was for several.

        locations: of everything that files.csv lists; a row without a chapter may also be about a folder of these
        Call it after all look-ups.
        """
        sentences: list[str] = []
        known = self._among([row for row in self.rows if not row.used and not row.chapter], locations)
        for row in self.rows:
            where = f"{self.path}:{row.line}: {row.file}"
            if not row.used and row.line not in known:
                sentences.append(f"{where} is not among the files that were submitted")
            elif len(row.used) > 1:
                several = " and ".join(sorted(row.used)[:3])
                raise FileMapError(self.path, row.line, f"{row.file} could mean {several}; give more of its path")
        return sentences

    def _among(self, rows: Iterable[MapRow], locations: Iterable[str]) -> set[int]:
        """Return the lines of the rows that are about one of these files, or about a folder of one."""
        by_name: dict[str, list[MapRow]] = defaultdict(list)
        for row in rows:
            by_name[_parts(row.file)[-1]].append(row)
        found: set[int] = set()
        for parts in map(_parts, locations if by_name else ()):
            for end, name in enumerate(parts, start=1):
                found |= {row.line for row in by_name.get(name, ()) if _end_alike(row, parts[:end])}
        return found

    def unknown(self, students: Collection[str]) -> list[str]:
        """Return a sentence if it gives files to others than these students, as after a spreadsheet made 7 of 007."""
        others = sorted({row.student for row in self.rows if row.used and row.student} - set(students))
        if not others:
            return []
        near = NearIds(students)
        probably = ((other, near.find(other)) for other in others[:MAX_NAMED])
        named = ", ".join(f"{one} (probably {other})" if other else one for one, other in probably) + (
            f" and {len(others) - MAX_NAMED:,} more" if others[MAX_NAMED:] else ""
        )
        return [f"{self.path} gives files to {named}, of whom the submissions say nothing: are the ids right?"]


NO_MAP = FileMap()


def read_file_map(path: Path, course: Course) -> FileMap:
    """Return the map in a CSV file with the columns file, chapter and, if wanted, student.

    An empty chapter means to ignore the file. Other columns are ignored. SpreadsheetError if it cannot be used.
    """
    table = read_table(path)
    header = [cell.casefold() for cell in table.rows[0][1]] if table.rows else []
    if missing := [name for name in ("file", "chapter") if name not in header]:
        columns = f"column {missing[0]}" if len(missing) == 1 else "columns file and chapter"
        raise FileMapError(path, 1, f"has no {columns}; it needs file, student and chapter, as in files.csv")
    found: list[MapRow] = []
    by_place: dict[tuple[str, str], MapRow] = {}
    for line, cells in table.rows[1:]:
        values = dict(zip(header, cells, strict=False))
        row = _parse_row(path, line, values, course)
        found.append(row)
        if row.chapter and row.student:
            first = by_place.setdefault((row.student, row.chapter.name), row)
            if first is not row and _parts(first.file) != _parts(row.file):
                message = f"{row.student} already has {first.file} for {row.chapter.name}, in line {first.line}"
                raise FileMapError(path, line, f"{message}; keep one chapter cell, and empty the other")
    return FileMap(path, found, table.notes)


def _parse_row(path: Path, line: int, values: dict[str, str], course: Course) -> MapRow:
    file, student, name = (values.get(column, "") for column in ("file", "student", "chapter"))
    if not _parts(file)[-1]:
        raise FileMapError(path, line, "names no file")
    chapter = find_chapter(course, name) if name else None
    if name and chapter is None:
        names = ", ".join(chapter.name for chapter in course.chapters)
        raise FileMapError(path, line, f"{name!r} is not a chapter; the chapters are {names}")
    return MapRow(line, file, student, chapter)


def _parts(location: str) -> tuple[str, ...]:
    """Return a path's folders and name, and those in an archive, in one form of their letters."""
    text = unicodedata.normalize("NFC", location)
    return tuple(part for part in re.split(r"[/\\:]+", text) if part not in ("", ".")) or ("",)


def _end_alike(row: MapRow, parts: Iterable[str]) -> bool:
    """Whether one of the two paths is the end of the other: a class may be in another place than it was before."""
    pairs = zip(reversed(_parts(row.file)), reversed(tuple(parts)), strict=False)
    return all(first == second for first, second in pairs)
