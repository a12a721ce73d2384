"""grades.csv and adjustments.csv: what counts after all that people decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter, Course
from torchdojo.files import csv_text, write_atomically
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade
from torchdojo.review.grades import StudentGrades, all_grades
from torchdojo.review.grades_file import Edits, GradesFile

TO_GRADE = "to grade"
RAW = " raw"  # what follows a chapter's name
ADJUSTMENTS = "adjustments.csv"
ADJUSTMENT_COLUMNS = (
    *("student", "chapter", "raw", "score", "max_score", "submitted", "due", "days_late", "grace_days", "penalty"),
    *("extra", "exempt", "time_from"),
)
Cells = list[str | float | None]


class GradesTable:
    """grades.csv: a chapter that a student did not submit is empty, and counts 0 of its points.

    A chapter that could not be judged (a grader error) or that a student is exempt from is empty, and does not count
    towards the maximum. Where lateness or people may change scores, one more column per chapter holds the raw score.
    Where people grade exercises, the last column counts what nobody has graded yet.

    submitted: the chapters that anybody submitted; with_raw: whether there are columns of raw scores
    """

    def __init__(self, course: Course, submitted: Collection[str], *, with_raw: bool) -> None:
        self._chapters = course.chapters
        self._submitted = submitted
        self._with_raw = with_raw
        self._by_hand = bool(course.hand_points)

    @property
    def header(self) -> Cells:
        """The titles of the columns."""
        names = [chapter.name for chapter in self._chapters]
        raw = [f"{name}{RAW}" for name in names] if self._with_raw else []
        return ["student", *names, "total", "max", *raw, *([TO_GRADE] if self._by_hand else [])]

    def row(self, one: StudentGrades) -> Cells:
        """Return a student's row."""
        grades = [one.grades.get(chapter.name) for chapter in self._chapters]
        scores = [grade.score if grade else None for grade in grades]
        maximum = sum((self._maximum(*pair) for pair in zip(self._chapters, grades, strict=True)), 0.0)
        row: Cells = [one.student, *scores, sum((score or 0.0 for score in scores), 0.0), maximum]
        row += [grade.raw if grade else None for grade in grades] if self._with_raw else []
        return [*row, float(sum(len(grade.to_grade) for grade in grades if grade))] if self._by_hand else row

    def _maximum(self, chapter: Chapter, grade: Grade | None) -> float:
        if grade is None or grade.is_missing:
            full = chapter.required_points + chapter.required_hand_points
            return full if chapter.name in self._submitted else 0.0
        return 0.0 if grade.score is None else grade.max_score


def adjustments_table(course: Course, adjustments: Iterable[Adjustment]) -> str:
    """Return adjustments.csv: a row per chapter that a student submitted or is exempt from, with the reasons."""
    order = {chapter.name: index for index, chapter in enumerate(course.chapters)}
    rows = [[*ADJUSTMENT_COLUMNS, "reasons"]]
    for adjustment in sorted(adjustments, key=lambda one: (one.student, order[one.chapter])):
        values = {**adjustment.to_dict(), "exempt": "yes" if adjustment.exempt else "no"}
        rows.append([*(values[column] for column in ADJUSTMENT_COLUMNS), " ".join(adjustment.reasons)])
    return csv_text(rows)


class TablesWriter:
    """Writes grades.csv and adjustments.csv of the last completed run, once it has got the grades of all students."""

    def __init__(self, run: StoredRun, decisions: Decisions) -> None:
        is_changed = any(decisions.overrides.values()) or bool(decisions.switched_off)
        submitted = {chapter for _, chapter in run.keys()}  # noqa: SIM118
        self._run = run
        self._is_adjusted = run.adjustments() is not None
        self._table = GradesTable(run.course, submitted, with_raw=is_changed or self._is_adjusted)
        self._rows: dict[str, Cells] = {}
        self._adjustments: list[Adjustment] = []

    def add(self, one: StudentGrades) -> None:
        """Add a student."""
        self._rows[one.student] = self._table.row(one)
        self._adjustments += (grade.adjustment for grade in one.grades.values() if grade.adjustment)

    @property
    def grades_text(self) -> str:
        """The text of grades.csv."""
        return csv_text([self._table.header, *(self._rows[student] for student in sorted(self._rows))])

    def write(self) -> Edits | None:
        """Write both, each atomically, and return what `write_tables` returns. WriteError if they cannot be written."""
        edits = GradesFile(self._run.out).write(self.grades_text)
        if self._is_adjusted:
            write_atomically(self._run.out / ADJUSTMENTS, adjustments_table(self._run.course, self._adjustments))
        else:
            (self._run.out / ADJUSTMENTS).unlink(missing_ok=True)
        return edits


def grades_text(run: StoredRun, decisions: Decisions) -> str:
    """Return grades.csv of the last completed run."""
    return _filled(run, decisions).grades_text


def write_tables(run: StoredRun, decisions: Decisions) -> Edits | None:
    """Write grades.csv and adjustments.csv of the last completed run, each atomically.

    Return what somebody had edited by hand in the grades.csv before, None if nobody had; the edited file is kept.
    WriteError if they cannot be written.
    """
    return _filled(run, decisions).write()


def _filled(run: StoredRun, decisions: Decisions) -> TablesWriter:
    tables = TablesWriter(run, decisions)
    for one in all_grades(run, decisions):
        tables.add(one)
    return tables
