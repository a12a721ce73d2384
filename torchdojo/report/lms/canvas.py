"""Canvas's gradebook CSV, as Canvas imports it.

The format is what https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb reads: it finds a
student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets after its
name, then by its name.
"""

from __future__ import annotations

import re

from torchdojo.batch.platforms import Student
from torchdojo.files import csv_text, guarded
from torchdojo.report.lms.gradebook import ColumnName, ExportError, Gradebook, format_points, named

STUDENT_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
ID_COLUMNS = {"id": 1, "sis-user": 2, "sis-login": 3}
EXCUSED = "EX"
CANVAS_ID = re.compile("[1-9][0-9]*")


def canvas_csv(
    gradebook: Gradebook, chapters: list[str], column_name: ColumnName, identity: str = ""
) -> tuple[str, list[str]]:
    """Return the gradebook, and warnings. identity: which of Canvas's ids the students' ids are, of `ID_COLUMNS`.

    By default a number, as in Canvas's own downloads, is Canvas's ID, and anything else the login. A chapter that was
    not submitted is left empty, which changes nothing in Canvas; an exempt one is excused. Ids are written as they are,
    since Canvas looks them up. ExportError if no student has an id of this kind.
    """
    students, warnings = _with_ids(gradebook.students, identity)
    columns = gradebook.chapters(chapters)
    rows = [
        [*STUDENT_COLUMNS, *(column_name(chapter) for chapter in columns)],
        ["    Points Possible", "", "", "", "", *(format_points(gradebook.max_points(chapter)) for chapter in columns)],
    ]
    for student in students:
        cells = [
            EXCUSED
            if gradebook.is_exempt(student.id, chapter.name)
            else format_points(gradebook.score(student.id, chapter.name))
            for chapter in columns
        ]
        rows.append([*_student_cells(student, identity), *cells])
    return csv_text(rows, "\r\n", guard=False), warnings


def _with_ids(students: list[Student], identity: str) -> tuple[list[Student], list[str]]:
    """Return the students whom Canvas can find, and warnings; ExportError if there are none."""
    others = [student.id for student in students if not CANVAS_ID.fullmatch(student.id)]
    if identity == "id" and others:
        if len(others) == len(students):
            raise ExportError(f"--id id needs Canvas's numbers, and {others[0]!r} is not one; nothing was written")
        left_out = named(others)
        return (
            [student for student in students if student.id not in set(others)],
            [f"left out, because Canvas's IDs are numbers: {left_out}"],
        )
    if not identity and 0 < len(others) < len(students):
        count = len(students) - len(others)
        return students, [
            f"{count} of the ids are numbers and were written as Canvas IDs, the others as SIS login IDs "
            f"({named(others)}); if that is wrong, set --id"
        ]
    return students, []


def _student_cells(student: Student, identity: str) -> list[str]:
    cells = [guarded(student.name or student.id), "", "", "", ""]
    kind = identity or ("id" if CANVAS_ID.fullmatch(student.id) else "sis-login")
    cells[ID_COLUMNS[kind]] = student.id
    return cells
