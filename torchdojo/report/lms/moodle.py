"""Moodle's two ways of taking grades from a file.

The gradebook's CSV import (https://docs.moodle.org/en/Grade_import): one column says who, the others are grade items;
Moodle asks which is which. And the offline grading worksheet of one assignment
(https://docs.moodle.org/en/Assignment_settings, mod/assign/feedback/offline), whose rows are told apart by
`Participant <number>`: the number that Moodle's download of submissions gives.
"""

from __future__ import annotations

from torchdojo.course import Chapter
from torchdojo.files import csv_text
from torchdojo.report.lms.book import Book, BookError, NameOf, points_text

WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)"),
)


def moodle_csv(book: Book, chapters: list[str], name_of: NameOf) -> str:
    """Return the gradebook: ID number and, where it is known, the e-mail address, then a column a chapter."""
    columns = book.chapters(chapters)
    rows = [["ID number", "Full name", "Email address", *(name_of(chapter) for chapter in columns)]]
    for person in book.people:
        # "-" is how Moodle writes no grade; an empty cell would be read as a grade that is not a number.
        cells = [points_text(book.score(person.student, chapter.name)) or "-" for chapter in columns]
        rows.append([person.student, person.name, person.email, *cells])
    return csv_text(rows, "\r\n")


def moodle_worksheet(book: Book, chapter: Chapter) -> str:
    """Return one assignment's grading worksheet; BookError if the students are not Moodle's participants."""
    strangers = [person.student for person in book.people if not person.student.isdigit()]
    if strangers:
        words = "a grading worksheet is for grades of Moodle's own download, where every student has a number"
        raise BookError(f"{words}; {strangers[0]!r} is none")
    rows = [list(WORKSHEET)]
    for person in book.people:
        score = points_text(book.score(person.student, chapter.name))
        status = "Submitted for grading" if (person.student, chapter.name) in book.kept else "No submission"
        most = points_text(book.points(chapter))
        rows.append([f"Participant {person.student}", person.name, person.email, status, score, most, "Yes", "-"])
    return csv_text(rows, "\r\n")
