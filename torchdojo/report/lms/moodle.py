"""Write grades for Moodle's two imports.

The gradebook's CSV import (https://docs.moodle.org/en/Grade_import): one column says who, the others are grade items;
Moodle asks which is which. And the offline grading worksheet of one assignment
(https://docs.moodle.org/en/Assignment_settings, mod/assign/feedback/offline), whose rows are identified by
`Participant <number>`: the number that Moodle's download of submissions gives.
"""

from __future__ import annotations

from torchdojo.course import Chapter
from torchdojo.files import csv_text
from torchdojo.report.lms.gradebook import ColumnName, ExportError, Gradebook, format_points

WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)"),
)


def moodle_csv(gradebook: Gradebook, chapters: list[str], column_name: ColumnName) -> str:
    """Return the gradebook: ID number, name and email address, then a column per chapter."""
    columns = gradebook.chapters(chapters)
    rows = [["ID number", "Full name", "Email address", *(column_name(chapter) for chapter in columns)]]
    for student in gradebook.students:
        # Moodle writes "-" for no grade, and reads an empty cell as an invalid number.
        cells = [format_points(gradebook.score(student.id, chapter.name)) or "-" for chapter in columns]
        rows.append([student.id, student.name, student.email, *cells])
    return csv_text(rows, "\r\n")


def moodle_worksheet(gradebook: Gradebook, chapter: Chapter) -> str:
    """Return one assignment's grading worksheet; ExportError if the ids are not Moodle's participant numbers."""
    others = [student.id for student in gradebook.students if not student.id.isdigit()]
    if others:
        raise ExportError(
            "a grading worksheet needs the participant numbers of Moodle's own download, "
            f"and {others[0]!r} is not a number"
        )
    rows = [list(WORKSHEET)]
    for student in gradebook.students:
        score = format_points(gradebook.score(student.id, chapter.name))
        status = "Submitted for grading" if (student.id, chapter.name) in gradebook.results else "No submission"
        max_points = format_points(gradebook.max_points(chapter))
        rows.append([f"Participant {student.id}", student.name, student.email, status, score, max_points, "Yes", "-"])
    return csv_text(rows, "\r\n")
