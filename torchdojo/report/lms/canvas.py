"""Canvas's gradebook CSV, as Canvas imports it.

The format is what https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb reads: it finds a
student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets after its
name, then by its name.
"""

from __future__ import annotations

from torchdojo.batch.platforms import Student
from torchdojo.files import csv_text
from torchdojo.report.lms.gradebook import ColumnName, Gradebook, format_points

STUDENT_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
ID_COLUMNS = {"id": 1, "sis-user": 2, "sis-login": 3}
EXCUSED = "EX"


def canvas_csv(gradebook: Gradebook, chapters: list[str], column_name: ColumnName, identity: str = "") -> str:
    """Return the gradebook. identity: which of Canvas's ids the students' ids are, a key of `ID_COLUMNS`.

    By default a number, as in Canvas's own downloads, is Canvas's ID, and anything else the login. A chapter that was
    not submitted is left empty, which changes nothing in Canvas; an exempt one is excused.
    """
    columns = gradebook.chapters(chapters)
    rows = [
        [*STUDENT_COLUMNS, *(column_name(chapter) for chapter in columns)],
        ["    Points Possible", "", "", "", "", *(format_points(gradebook.max_points(chapter)) for chapter in columns)],
    ]
    for student in gradebook.students:
        cells = [
            EXCUSED
            if gradebook.is_exempt(student.id, chapter.name)
            else format_points(gradebook.score(student.id, chapter.name))
            for chapter in columns
        ]
        rows.append([*_student_cells(student, identity), *cells])
    return csv_text(rows, "\r\n")


def _student_cells(student: Student, identity: str) -> list[str]:
    cells = [student.name or student.id, "", "", "", ""]
    cells[ID_COLUMNS[identity or ("id" if student.id.isdigit() else "sis-login")]] = student.id
    return cells
