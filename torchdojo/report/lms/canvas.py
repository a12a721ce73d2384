"""Canvas's gradebook CSV, as Canvas imports it.

The format is what https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb reads: it finds a
student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets after its
name, then by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torchdojo.batch.roster import ROSTER
from torchdojo.collect.platforms import Student
from torchdojo.files import csv_text, guarded
from torchdojo.report.lms.gradebook import ColumnName, Gradebook, format_points, named

STUDENT_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
ID_COLUMNS = {"id": "ID", "sis-user": "SIS User ID", "sis-login": "SIS Login ID"}
EXCUSED = "EX"
CANVAS = "Canvas"
ADVICE = "Give `dojo grade` Canvas's gradebook as the roster, or name a column of the roster with --roster-column."
IDS = {"": "an id that Canvas knows", "ID": "a Canvas ID, which is a number"} | {
    kind: f"an {kind}" for kind in ("SIS User ID", "SIS Login ID")
}
CANVAS_ID = re.compile("[1-9][0-9]*")


def canvas_csv(
    gradebook: Gradebook, chapters: list[str], column_name: ColumnName, identity: str = "", column: str = ""
) -> tuple[str, list[str]]:
    """Return the gradebook, and warnings.

    identity: which of Canvas's ids the students' ids are, of `ID_COLUMNS`; column: of the roster, to take the ids from

    By default the ids are those of a roster from Canvas, and the numbers of Canvas's own downloads. Otherwise a number
    is Canvas's ID, and anything else the login, unless another platform gave it. A chapter that was not submitted is
    left empty, which changes nothing in Canvas; an exempt one is excused. Ids are written as they are, since Canvas
    looks them up. ExportError if Canvas could find nobody.
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
    if column:
        gradebook.require_column(column)
    students = gradebook.students
    kind = ID_COLUMNS.get(identity, "")
    known = {} if column or kind else {one.id: one.roster_ids for one in students if _is_canvas(one)}
    wanted = {one.id: _id_of(gradebook, one, kind, column) for one in students if one.id not in known}
    if known:  # from Canvas's own gradebook: a folder's name would be a guess
        wanted |= {one.id: "" for one in students if one.id in wanted and one.id_from != CANVAS}
    what = f"the id {column}" if column else IDS[kind]
    ids, warnings = gradebook.select_ids({**{one: one for one in known}, **wanted}, what, ADVICE)
    guessed = {student: one for student, one in ids.items() if student not in known}
    if kind:
        return {student: {kind: one} for student, one in guessed.items()}, warnings
    logins = [one for one in guessed.values() if not CANVAS_ID.fullmatch(one)]
    if 0 < len(logins) < len(guessed):
        warnings.append(
            f"{len(guessed) - len(logins)} of the ids are numbers and were written as Canvas IDs, the others as SIS "
            f"login IDs ({named(logins)}); if that is wrong, set --id"
        )
    kinds = {one: "ID" if CANVAS_ID.fullmatch(one) else "SIS Login ID" for one in guessed.values()}
    return {**{student: {kinds[one]: one} for student, one in guessed.items()}, **known}, warnings


def _id_of(gradebook: Gradebook, student: Student, kind: str, column: str) -> str:
    """Return a student's id of a kind, one of `ID_COLUMNS` or "" for any that Canvas knows; "" if there is none."""
    one = student.roster_ids.get(column or kind, "")
    if not one and not column and (kind == "ID" or kind not in gradebook.titles):
        one = _own_id(gradebook, student, kind)
    return one if kind != "ID" or CANVAS_ID.fullmatch(one) else ""


def _own_id(gradebook: Gradebook, student: Student, kind: str) -> str:
    """Return the id that a student has in the submissions, "" if it is another platform's."""
    source = student.id_from
    if source == ROSTER:
        sources = [one.id_from for one in gradebook.students if one.id_from != ROSTER] if gradebook.has_own_ids else []
        source = next(iter(sources), ROSTER)
    if source == CANVAS:
        return student.id if kind in ("", "ID") and CANVAS_ID.fullmatch(student.id) else ""
    is_login = kind in ("SIS User ID", "SIS Login ID") and source not in ("Moodle", ROSTER)
    return student.id if not source or is_login else ""


def _is_canvas(student: Student) -> bool:
    """Whether the roster's ids of a student are those of Canvas's gradebook."""
    return "ID" in student.roster_ids and bool({"SIS User ID", "SIS Login ID"} & student.roster_ids.keys())
