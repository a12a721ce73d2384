"""Write grades for Moodle's two imports.

The gradebook's CSV import (https://docs.moodle.org/en/Grade_import): one column says who, the others are grade items;
Moodle asks which is which. And the offline grading worksheet of one assignment
(https://docs.moodle.org/en/Assignment_settings, mod/assign/feedback/offline), whose rows are identified by
`Participant <number>`: the number that Moodle's download of submissions gives.
"""

from __future__ import annotations

import re

from torchdojo.course import Chapter
from torchdojo.files import csv_text, guarded
from torchdojo.report.lms.gradebook import ColumnName, ExportError, Gradebook, format_points, named

PARTICIPANT = re.compile("[0-9]+")
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)"),
)


def moodle_csv(
    gradebook: Gradebook, chapters: list[str], column_name: ColumnName, column: str = ""
) -> tuple[str, list[str]]:
    """Return the gradebook, and warnings: ID number, name and email address, then a column per chapter.

    The id is that of the roster's column, by default of its ID number, if there is one. It is written as it is, since
    Moodle looks it up.
    """
    ids, warnings = gradebook.ids(column, "ID number")
    columns = gradebook.chapters(chapters)
    rows = [["ID number", "Full name", "Email address", *(column_name(chapter) for chapter in columns)]]
    for student in gradebook.students:
        # Moodle writes "-" for no grade, and reads an empty cell as an invalid number.
        cells = [format_points(gradebook.score(student.id, chapter.name)) or "-" for chapter in columns]
        rows.append([ids[student.id], guarded(student.name), guarded(student.email), *cells])
    return csv_text(rows, "\r\n", guard=False), warnings


def moodle_worksheet(gradebook: Gradebook, chapter: Chapter) -> tuple[str, list[str]]:
    """Return one assignment's grading worksheet, and warnings of who is not in it, for want of a participant number.

    ExportError if nobody has one.
    """
    ids, _ = gradebook.ids("", "Identifier")
    others = [one for one in ids.values() if not PARTICIPANT.fullmatch(one)]
    if len(others) == len(ids):
        raise ExportError(
            "a grading worksheet needs the participant numbers of Moodle's own download, "
            f"and {others[0]!r} is not a number; nothing was written"
        )
    rows = [list(WORKSHEET)]
    for student in gradebook.students:
        if not PARTICIPANT.fullmatch(ids[student.id]):
            continue
        score = format_points(gradebook.score(student.id, chapter.name))
        status = "Submitted for grading" if (student.id, chapter.name) in gradebook.results else "No submission"
        max_points = format_points(gradebook.max_points(chapter))
        people = (f"Participant {ids[student.id]}", student.name, student.email)
        rows.append([*people, status, score, max_points, "Yes", "-"])
    warnings = [f"left out, because their ids are not participant numbers: {named(others)}"] if others else []
    return csv_text(rows, "\r\n"), warnings
