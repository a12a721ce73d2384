"""Exchange decisions as CSV: write those that count, read such a table or an edited grades.csv back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.store import StoredRun
from torchdojo.collect.spreadsheet import read_table
from torchdojo.course import Chapter
from torchdojo.errors import UserError
from torchdojo.files import csv_text
from torchdojo.grading.status import CheckStatus
from torchdojo.near_names import did_you_mean
from torchdojo.review.decision import DECIDABLE, Comment, Decision, Override, Reviewed
from torchdojo.review.decisions import Decisions, override_of
from torchdojo.review.grades_file import FILE, Edits, GradesFile, find_edits
from torchdojo.review.tables import grades_text
from torchdojo.review.works import limit_of, target_of

COLUMNS = (
    *("student", "chapter", "item", "points", "status", "reason", "comment", "line", "staff_only", "reviewed"),
    *("by", "at"),  # to read, not to import
)
REQUIRED = ("student", "chapter")
YES, NO = ("yes", "true", "1", "x"), ("no", "false", "0", "")
MAX_TOLD = 20


class ImportRefused(UserError):
    """A table that cannot be imported: every row that is wrong, with its line. Nothing was decided."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        more = [f"  and {len(problems) - MAX_TOLD:,} more"] if len(problems) > MAX_TOLD else []
        lines = [f"nothing was imported from {path}:", *(f"  {one}" for one in problems[:MAX_TOLD]), *more]
        super().__init__("\n".join(lines))


@dataclass
class Import:
    """What a table decides. unchanged: rows that say what is already decided; notes: on what was ignored"""

    decisions: list[Decision] = field(default_factory=list)
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)


def export_table(run: StoredRun, decisions: Decisions) -> str:
    """Return the overrides, comments, staff notes and reviewed marks that count as CSV, one per row."""
    keys = sorted({*decisions.overrides, *decisions.comments, *decisions.reviewed})
    return csv_text([COLUMNS, *(row for key in keys for row in _rows(decisions, *key))])


def _rows(decisions: Decisions, student: str, chapter: str) -> Iterator[list[str | float | None]]:
    key = (student, chapter)
    for item, one in sorted(decisions.overrides.get(key, {}).items()):
        override = override_of(one)
        values = (override.points, override.status or "", override.reason, "", "", "", "")
        yield [student, chapter, item, *values, one.entry.by, one.entry.at]
    for note in decisions.comments.get(key, ()):
        staff = "yes" if note.comment.staff_only else "no"
        line = None if note.comment.line is None else str(note.comment.line)
        values_of = (None, "", "", note.comment.text, line, staff, "")
        yield [student, chapter, note.comment.item, *values_of, note.entry.by, note.entry.at]
    if mark := decisions.reviewed.get(key):
        yield [student, chapter, "", None, "", "", "", "", "", "yes", mark.entry.by, mark.entry.at]


def read_import(run: StoredRun, decisions: Decisions, path: Path, reason: str = "") -> Import:
    """Return what a table decides: one of `export_table`, or a grades.csv that was edited.

    reason: for an edited grades.csv, and for points without one
    SpreadsheetError if it cannot be read, ImportRefused with every bad row if there is one.
    """
    table = read_table(path)
    header = [title.strip().casefold() for title in table.rows[0][1]] if table.rows else []
    if "item" not in header and any(run.course.find(title) for title in header):
        return _RowReader(run, decisions, reason).read_grades(path)
    if missing := [title for title in REQUIRED if title not in header]:
        known = f"the columns of `--export` ({', '.join(COLUMNS)}) or those of {FILE}"
        raise ImportRefused(path, [f"line 1: no column {missing[0]!r}: expected {known}"])
    rows = [(line, dict(zip(header, [*cells, *[""] * len(header)], strict=False))) for line, cells in table.rows[1:]]
    return _RowReader(run, decisions, reason).read_decisions(path, rows)


class _RowError(UserError):
    """What is wrong with a row."""


class _RowReader:
    """Reads what rows decide, and collects what is wrong with them."""

    def __init__(self, run: StoredRun, decisions: Decisions, reason: str) -> None:
        self._run = run
        self._decisions = decisions
        self._reason = reason
        self._students = set(run.students())
        self._found = Import()
        self._problems: list[str] = []

    def read_decisions(self, path: Path, rows: list[tuple[int, dict[str, str]]]) -> Import:
        """Return what the rows of an exported table decide."""
        for line, row in rows:
            self._try(f"line {line}: ", lambda row=row: self._read_row(row))  # type: ignore[misc]
        return self._end(path)

    def read_grades(self, path: Path) -> Import:
        """Return what the edited cells of a grades.csv decide."""
        edits = self._edits(path)
        if edits is None:
            return self._found
        if edits.problem:
            raise ImportRefused(path, [edits.problem])
        for cell in edits.cells:
            if chapter := self._run.course.find(cell.column):
                where = f"{cell.student} {cell.column}: "
                self._try(where, lambda one=cell, chapter=chapter: self._points(one.student, chapter, one.now))  # type: ignore[misc]
            else:
                self._found.notes.append(f"{cell.student}: {cell.column!r} is computed, so its change counts nothing")
        for student in edits.added:
            self._try(f"{student}: ", lambda student=student: self._require_student(student))  # type: ignore[misc]
        return self._end(path)

    def _edits(self, path: Path) -> Edits | None:
        file = GradesFile(self._run.out)
        if path.resolve() == file.path.resolve():
            return file.edits()
        return file.edits_in(path) or find_edits(path, grades_text(self._run, self._decisions)) or None

    def _end(self, path: Path) -> Import:
        if self._problems:
            raise ImportRefused(path, self._problems)
        return self._found

    def _try(self, where: str, read: Callable[[], None]) -> None:
        try:
            read()
        except UserError as error:
            self._problems.append(f"{where}{error}")

    def _points(self, student: str, chapter: Chapter, text: str) -> None:
        if not text:
            raise _RowError("is empty now; to exempt a student, decide `--status skipped`")
        if not self._reason:
            raise _RowError("say why it changes, with --reason")
        self._add_override(student, chapter, "", {"points": text})

    def _read_row(self, row: Mapping[str, str]) -> None:
        student, item = row["student"], row.get("item", "")
        self._require_student(student)
        chapter = self._run.course.find(row["chapter"])
        if chapter is None:
            meant = did_you_mean(row["chapter"], [one.name for one in self._run.course.chapters])
            raise _RowError(f"the course has no chapter {row['chapter']!r}.{meant}")
        if row.get("points") or row.get("status"):
            self._add_override(student, chapter, item, row)
        if row.get("comment"):
            self._add_comment(student, chapter, item, row)
        if row.get("reviewed"):
            self._add_reviewed(student, chapter, is_yes(row["reviewed"], "reviewed"))

    def _require_student(self, student: str) -> None:
        if student not in self._students:
            raise _RowError(f"no student {student!r} in the results.{did_you_mean(student, self._students)}")

    def _add_override(self, student: str, chapter: Chapter, item: str, row: Mapping[str, str]) -> None:
        limit = limit_of(item, chapter, self._run.result(student, chapter.name))
        if item and limit is None:
            raise _RowError(f"{chapter.name} of {student} has no {item!r}")
        points = parse_points(row["points"], limit) if row.get("points") else None
        status = parse_status(row["status"]) if row.get("status") else None
        if points is not None and status is not None:
            raise _RowError("give points or a status, not both")
        reason = row.get("reason") or self._reason
        exercise = chapter.find(item.partition("/")[0])
        if not reason and not (exercise and exercise.by_hand):
            raise _RowError("no reason: the student reads it")
        target = target_of(self._run, student, chapter.name, item)
        override = Override(targets=(target,), item=item, points=points, status=status, reason=reason)
        standing = self._decisions.overrides.get((student, chapter.name), {}).get(item)
        if standing and _is_same(standing.entry.decision, override):
            self._found.unchanged += 1
        else:
            self._found.decisions.append(override)

    def _add_comment(self, student: str, chapter: Chapter, item: str, row: Mapping[str, str]) -> None:
        line = row.get("line", "")
        if line and not (line.isascii() and line.isdigit() and 0 < int(line) < 10**9):
            raise _RowError(f"line {line!r} is not a number")
        if item and limit_of(item, chapter, self._run.result(student, chapter.name)) is None:
            raise _RowError(f"{chapter.name} of {student} has no {item!r}")
        comment = Comment(
            targets=(target_of(self._run, student, chapter.name),),
            text=row["comment"],
            item=item.partition("/")[0],
            line=int(line) if line else None,
            staff_only=is_yes(row.get("staff_only", ""), "staff_only"),
        )
        known = self._decisions.comments.get((student, chapter.name), ())
        if any(_words(one.comment) == _words(comment) for one in known):
            self._found.unchanged += 1
        else:
            self._found.decisions.append(comment)

    def _add_reviewed(self, student: str, chapter: Chapter, reviewed: bool) -> None:
        if ((student, chapter.name) in self._decisions.reviewed) is reviewed:
            self._found.unchanged += 1
            return
        target = target_of(self._run, student, chapter.name)
        self._found.decisions.append(Reviewed(targets=(target,), reviewed=reviewed))


def _is_same(left: Decision, right: Override) -> bool:
    return isinstance(left, Override) and left.model_copy(update={"targets": right.targets}) == right


def _words(comment: Comment) -> tuple[str, str, int | None, bool]:
    """Return what makes a comment, as far as a spreadsheet keeps it."""
    return " ".join(comment.text.split()), comment.item, comment.line, comment.staff_only


def is_yes(text: str, title: str) -> bool:
    """Return whether a cell says yes. UserError if it says neither."""
    if text.casefold() in YES:
        return True
    if text.casefold() in NO:
        return False
    raise _RowError(f"{title} must be yes or no, is {text!r}")


def parse_points(text: str, limit: float | None = None) -> float:
    """Return points that a person typed, with a decimal point or comma. limit: the most that are possible

    UserError if it is not a number from 0 to the limit.
    """
    try:
        points = round(float(text.replace(",", ".")), 4)
    except ValueError:
        points = math.nan
    if not math.isfinite(points) or points < 0:
        raise _RowError(f"points must be a number from 0, not {text!r}")
    if limit is not None and points > limit:
        raise _RowError(f"{points:g} points are more than the {limit:g} that it is worth")
    return points


def parse_status(text: str) -> CheckStatus:
    """Return a status that people may give. UserError if it is another."""
    if text not in DECIDABLE:
        raise _RowError(f"status must be one of {', '.join(DECIDABLE)}, not {text!r}")
    return CheckStatus(text)
