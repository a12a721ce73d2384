"""Canvas's gradebook CSV, as Canvas imports it.

The format is what https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb reads: it finds a
student by ID, then SIS User ID, then SIS Login ID, then name, and an assignment by the number in brackets after its
name, then by its name.
"""

from __future__ import annotations

from torchdojo.files import csv_text
from torchdojo.report.lms.book import Book, NameOf, Person, points_text

INFO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
IDS = {"id": 1, "sis-user": 2, "sis-login": 3}
EXCUSED = "EX"


def canvas_csv(book: Book, chapters: list[str], name_of: NameOf, identity: str = "") -> str:
    """Return the gradebook. identity: which of Canvas's ids a student's id is, a key of IDS.

    Without one: a number, as Canvas's own downloads give it, is Canvas's ID, and anything else the login. What was not
    handed in is left empty, which changes nothing in Canvas; an exempt chapter is excused.
    """
    columns = book.chapters(chapters)
    rows = [
        [*INFO, *(name_of(chapter) for chapter in columns)],
        ["    Points Possible", "", "", "", "", *(points_text(book.points(chapter)) for chapter in columns)],
    ]
    for person in book.people:
        cells = [
            EXCUSED
            if book.is_exempt(person.student, chapter.name)
            else points_text(book.score(person.student, chapter.name))
            for chapter in columns
        ]
        rows.append([*_info(person, identity), *cells])
    return csv_text(rows, "\r\n")


def _info(person: Person, identity: str) -> list[str]:
    info = [person.name or person.student, "", "", "", ""]
    info[IDS[identity or ("id" if person.student.isdigit() else "sis-login")]] = person.student
    return info
