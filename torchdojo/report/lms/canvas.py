"""Canvas's gradebook CSV, as Canvas imports it.

The format is what https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb reads: it finds a
student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets after its
name, then by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torchdojo.collect.platforms import Student
from torchdojo.files import csv_text, guarded
from torchdojo.report.lms.gradebook import ColumnName, ExportError, Gradebook, format_points, named

STUDENT_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
ID_COLUMNS = {"id": "ID", "sis-user": "SIS User ID", "sis-login": "SIS Login ID"}
EXCUSED = "EX"
CANVAS_ID = re.compile("[1-9][0-9]*")


def canvas_csv(
    gradebook: Gradebook, chapters: list[str], column_name: ColumnName, identity: str = "", column: str = ""
) -> tuple[str, list[str]]:
    """Return the gradebook, and warnings.

    identity: which of Canvas's ids the students' ids are, of `ID_COLUMNS`; column: of the roster, to take the ids from

    By default the ids are those of a roster from Canvas. Without one a number, as in Canvas's own downloads, is
    Canvas's ID, and anything else the login. A chapter that was not submitted is left empty, which changes nothing in
    Canvas; an exempt one is excused. Ids are written as they are, since Canvas looks them up. ExportError if Canvas
    could find nobody.
    """
    ids, warnings = _canvas_ids(gradebook, identity, column)
    columns = gradebook.chapters(chapters)
    rows = [
        [*STUDENT_COLUMNS, *(column_name(chapter) for chapter in columns)],
        ["    Points Possible", "", "", "", "", *(format_points(gradebook.max_points(chapter)) for chapter in columns)],
    ]
    for student in gradebook.students:
        if student.id not in ids:
            continue
        cells = [
            EXCUSED
            if gradebook.is_exempt(student.id, chapter.name)
            else format_points(gradebook.score(student.id, chapter.name))
            for chapter in columns
        ]
        values = {"Student": guarded(student.name or student.id), **ids[student.id]}
        rows.append([*(values.get(title, "") for title in STUDENT_COLUMNS), *cells])
    return csv_text(rows, "\r\n", guard=False), warnings


def _canvas_ids(gradebook: Gradebook, identity: str, column: str) -> tuple[dict[str, Mapping[str, str]], list[str]]:
    """Return by student the ids by Canvas's column, without those whom Canvas cannot find, and warnings."""
    ids, warnings = gradebook.ids(column)
    if identity == "id":
        others = [one for one in ids.values() if not CANVAS_ID.fullmatch(one)]
        if others and len(others) == len(ids):
            raise ExportError(f"--id id needs Canvas's numbers, and {others[0]!r} is not one; nothing was written")
        if others:
            warnings.append(f"left out, because Canvas's IDs are numbers: {named(others)}")
        return {student: {"ID": one} for student, one in ids.items() if CANVAS_ID.fullmatch(one)}, warnings
    if identity:
        return {student: {ID_COLUMNS[identity]: one} for student, one in ids.items()}, warnings
    known = {} if column else {student.id: student.roster_ids for student in gradebook.students if _is_canvas(student)}
    guessed = {student: one for student, one in ids.items() if student not in known}
    logins = [one for one in guessed.values() if not CANVAS_ID.fullmatch(one)]
    if 0 < len(logins) < len(guessed):
        warnings.append(
            f"{len(guessed) - len(logins)} of the ids are numbers and were written as Canvas IDs, the others as SIS "
            f"login IDs ({named(logins)}); if that is wrong, set --id"
        )
    kinds = {one: "ID" if CANVAS_ID.fullmatch(one) else "SIS Login ID" for one in guessed.values()}
    return {**{student: {kinds[one]: one} for student, one in guessed.items()}, **known}, warnings


def _is_canvas(student: Student) -> bool:
    """Whether the roster's ids of a student are those of Canvas's gradebook."""
    return "ID" in student.roster_ids and bool({"SIS User ID", "SIS Login ID"} & student.roster_ids.keys())
