"""Write grades for Moodle's two imports.

The gradebook's CSV import (https://docs.moodle.org/en/Grade_import): one column says who, the others are grade items;
Moodle asks which is which. And the offline grading worksheet of one assignment
(https://docs.moodle.org/en/Assignment_settings, mod/assign/feedback/offline), whose rows are identified by
`Participant <number>`: the number that Moodle's download of submissions gives.
"""

from __future__ import annotations

import re

from torchdojo.batch.roster import ROSTER
from torchdojo.batch.roster_columns import role_of
from torchdojo.collect.platforms import Student
from torchdojo.course import Chapter
from torchdojo.files import csv_text, guarded
from torchdojo.report.lms.gradebook import ColumnName, Gradebook, format_points

PARTICIPANT = re.compile("[0-9]+")
PARTICIPANT_TITLES = ("identifier", "participant", "participant id", "participant number")
ADVICE = "Give `dojo grade` a roster with the column ID number, or name another of its columns with --roster-column."
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)"),
)


def moodle_csv(
    gradebook: Gradebook, chapters: list[str], column_name: ColumnName, column: str = ""
) -> tuple[str, list[str]]:
    """Return the gradebook, and warnings: ID number, name and email address, then a column per chapter.

    The id is that of the roster's column, by default of its ID number, whatever the language. Ids that people chose,
    as for folders, are taken for ID numbers if the roster has none; a platform's own never are. Ids are written as they
    are, since Moodle looks them up. If only addresses are known, the column of ids stays empty. ExportError if Moodle
    could find nobody.
    """
    ids, warnings = _id_numbers(gradebook, column)
    columns = gradebook.chapters(chapters)
    rows = [["ID number", "Full name", "Email address", *(column_name(chapter) for chapter in columns)]]
    for student in (one for one in gradebook.students if one.id in ids):
        # Moodle writes "-" for no grade, and reads an empty cell as an invalid number.
        cells = [format_points(gradebook.score(student.id, chapter.name)) or "-" for chapter in columns]
        rows.append([ids[student.id], guarded(student.name), guarded(student.email), *cells])
    return csv_text(rows, "\r\n", guard=False), warnings


def _id_numbers(gradebook: Gradebook, column: str) -> tuple[dict[str, str], list[str]]:
    """Return the ID numbers of those who have one, and warnings."""
    if column:
        gradebook.require_column(column)
    title = column or next((title for title in gradebook.titles if role_of(title) == "number"), "")
    if title:
        ids = {one.id: one.roster_ids.get(title, "") for one in gradebook.students}
    else:
        ids = {one.id: _chosen_id(gradebook, one) for one in gradebook.students}
    addresses = {one.id: one.email for one in gradebook.students}
    if not any(ids.values()) and any(addresses.values()):
        found, warnings = gradebook.select_ids(addresses, "an e-mail address", ADVICE)
        told = "nobody has an ID number: let Moodle map students by the column Email address"
        return dict.fromkeys(found, ""), [told, *warnings]
    return gradebook.select_ids(ids, f"the id {column}" if column else "an ID number", ADVICE)


def _chosen_id(gradebook: Gradebook, student: Student) -> str:
    """Return an id that people chose: the roster's own, or the name of a folder; "" for what a platform numbered."""
    if gradebook.has_own_ids and any(one.id_from not in ("", ROSTER) for one in gradebook.students):
        return ""
    own = next((one for title, one in student.roster_ids.items() if role_of(title) == "student"), "")
    return own or ("" if student.id_from else student.id)


def moodle_worksheet(gradebook: Gradebook, chapter: Chapter) -> tuple[str, list[str]]:
    """Return one assignment's grading worksheet, and warnings of who is not in it, for want of a participant number.

    ExportError if nobody has one.
    """
    ids, warnings = gradebook.select_ids(
        {one.id: _participant(one) for one in gradebook.students},
        "a participant number",
        "A grading worksheet needs those of Moodle's own download, or of a worksheet as the roster.",
    )
    rows = [list(WORKSHEET)]
    for student in (one for one in gradebook.students if one.id in ids):
        score = format_points(gradebook.score(student.id, chapter.name))
        status = "Submitted for grading" if (student.id, chapter.name) in gradebook.results else "No submission"
        max_points = format_points(gradebook.max_points(chapter))
        people = (f"Participant {ids[student.id]}", student.name, student.email)
        rows.append([*people, status, score, max_points, "Yes", "-"])
    return csv_text(rows, "\r\n"), warnings


def _participant(student: Student) -> str:
    """Return the number that Moodle's download or worksheet gives a student, "" if none is known."""
    known = [one for title, one in student.roster_ids.items() if title.casefold() in PARTICIPANT_TITLES]
    known += [student.id] if student.id_from in ("", "Moodle") else []
    return next(filter(PARTICIPANT.fullmatch, known), "")
