"""The CSV tables about files and students that a run writes beside its results."""

from __future__ import annotations

from torchdojo.collect.submissions import Submissions
from torchdojo.files import csv_text

ID_FROM = "id from"
ROSTER_ID = "roster "  # what a column of students.csv begins with that holds ids of the roster


def files_table(submissions: Submissions) -> str:
    """Return files.csv: every file, whose it is, and which chapter it counts for, or why it was ignored."""
    notes = ([note.location, note.student, note.chapter, note.note] for note in submissions.file_notes)
    return csv_text([["file", "student", "chapter", "note"], *notes])


def students_table(submissions: Submissions) -> str:
    """Return students.csv: the names that belong to the students' ids, and all the ids that the roster has for them."""
    people = sorted(submissions.people.items())
    titles = list(dict.fromkeys(title for _, person in people for title in person.roster_ids))
    rows = (
        [student, person.name, person.email, person.id_from, *(person.roster_ids.get(title, "") for title in titles)]
        for student, person in people
    )
    return csv_text([["student", "name", "email", ID_FROM, *(f"{ROSTER_ID}{title}" for title in titles)], *rows])
