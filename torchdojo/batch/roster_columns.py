"""Find out what the columns of a roster mean: its own, or those of a platform's export."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

# What identifies a student, the most specific first: the first of these columns with a cell gives the student's id.
ID_ROLES = ("student", "id", "number", "login", "github")
ALIASES = {
    "student": "student",
    "id": "id canvasid canvasuserid identifier participant participantid participantnumber",
    "number": "studentid studentnumber studentno sisuserid sisid idnumber sid orgdefinedid universityid uin idnummer "
    "matrikelnummer matrikelnr matrikel matnr matriculationnumber studierendennummer numetudiant numeroetudiant "
    "numerodidentification numerodeid studentnummer matricola matricula",
    "login": "username uid user login loginid sisloginid userid netid displayid benutzername anmeldename kennung "
    "nomdutilisateur nombredeusuario gebruikersnaam",
    "github": "githubusername github githublogin githubuser",
    "email": "email emailaddress mail emailadresse adresseemail adressedecourriel correo direcciondecorreo emailadres",
    "name": "name fullname studentname displayname vollstandigername nomcomplet nombrecompleto nomecompleto",
    "first": "firstname first givenname givennames forename preferredfirstname vorname prenom nombre voornaam nome",
    "last": "lastname last surname familyname nachname familienname nom nomdefamille apellido apellidos "
    "achternaam cognome sobrenome",
    "section": "section sections group groups gruppe gruppen",
    "chapter": "chapter kapitel",
    "extension": "extension extensions verlangerung",
    "exempt": "exempt excused",
    "submitted": "submitted submittedat submissiontime",
    "role": "role roles rolle rollen",
}
ROLE_OF = {alias: role for role, aliases in ALIASES.items() for alias in aliases.split()}
ARRANGEMENTS = ("chapter", "extension", "exempt", "submitted")
PARTICIPANT = re.compile(r"(?:participant|teilnehmer(?:/?in)?|participante?)\s*(\d+)", re.IGNORECASE)
STAFF = re.compile(
    r"\s*(?:instructor|ta|teaching assistant|teacher|non-editing teacher|reader|grader|manager|course creator|observer|"
    r"dozent(?:in)?|trainer(?:/?in)?|tutor(?:/?in)?|staff)\s*",
    re.IGNORECASE,
)
TEST_STUDENTS = ("Student, Test", "Test Student")
NO_STUDENT = "not a student"
COLUMNS = "student, name, email, section, chapter, extension, exempt, submitted"


class ColumnsError(ValueError):
    """A first line that does not say what the columns are; the message is user-facing."""


class NoStudentsError(ColumnsError):
    """A line that names no column of students."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a roster are.

    places: by role, the column's index; names: as the first line has them; ignored: those that mean nothing here
    """

    places: dict[str, int]
    names: list[str]
    ignored: list[str]

    def cell(self, row: list[str], role: str) -> str:
        """Return a row's cell, "" if there is none."""
        place = self.places.get(role, len(row))
        return row[place] if place < len(row) else ""

    def title(self, role: str) -> str:
        """Return the column's name in the first line, or what it is for."""
        return self.names[self.places[role]] if role in self.places else role

    def ids(self, row: list[str]) -> Iterator[tuple[str, str]]:
        """Yield what identifies a row's student, by role; the first is the student's id."""
        for role in (*ID_ROLES, "email"):
            cell = self.cell(row, role)
            if role in self.places and self.title(role).casefold() in ("orgdefinedid", "username"):
                cell = cell.removeprefix("#")  # Brightspace's mark for text
            participant = PARTICIPANT.fullmatch(cell)
            if cell:
                yield role, participant[1] if participant else cell
        if not {*ID_ROLES, "email"} & set(self.places) and self.name(row):
            yield "name", self.name(row)

    def name(self, row: list[str]) -> str:
        """Return the full name in a row."""
        parts = (self.cell(row, "first"), self.cell(row, "last"))
        return self.cell(row, "name") or " ".join(filter(None, parts))

    def passed_over(self, row: list[str], *, first: bool) -> str:
        """Return why a row is nobody of the class, "" if it is a student's. first: whether no student is above it"""
        name = self.cell(row, "name")
        if self._is_canvas and not any(self.ids(row)) and (first or name in ("", "Points Possible")):
            return NO_STUDENT  # Canvas's rows "Manual Posting" and, in the language of the teacher, "Points Possible"
        if name in TEST_STUDENTS and self._is_canvas:
            return "Canvas's test student"
        roles = [role for role in re.split(r"[,;/]", self.cell(row, "role")) if role.strip()]
        return "staff" if roles and all(STAFF.fullmatch(role) for role in roles) else ""

    @property
    def _is_canvas(self) -> bool:
        return self.places.get("name") is not None and self.title("name").casefold() == "student"


def find_columns(header: list[str]) -> Columns:
    """Return what the columns of a roster's first line are; ColumnsError if that is unclear or students have no id."""
    places: dict[str, int] = {}
    ignored: list[str] = []
    for index, title in enumerate(header):
        role = role_of(title)
        if not role:
            _refuse_misspelt(title)
            ignored += [title] if title else []
        elif role in places:
            raise ColumnsError(_duplicate(header[places[role]], title))
        else:
            places[role] = index
    if "student" in places and "name" not in places and {"id", "number", "login"} & set(places):
        places["name"] = places.pop("student")  # Canvas's gradebook, where Student is the name
    if not {*ID_ROLES, "email", "name"} & set(places) and not {"first", "last"} <= set(places):
        raise NoStudentsError(
            f"the column student is missing, and no other identifies students (found: {', '.join(header)}); the "
            f"columns are {COLUMNS}"
        )
    return Columns(places, header, ignored)


def role_of(title: str) -> str:
    """Return what a column is for, "" if its title says nothing that is known."""
    return ROLE_OF.get(_plain(title), "")


def is_hand_in_time(title: str) -> bool:
    """Whether a column is the one of Moodle's grading worksheet with the times of the last submissions."""
    return _plain(title) in ("lastmodifiedsubmission", "zuletztgeandertabgabe")


def _duplicate(one: str, other: str) -> str:
    if one.casefold() == other.casefold():
        return f"duplicate column {one}"
    return f"the columns {one!r} and {other!r} mean the same; remove one of them"


def _refuse_misspelt(title: str) -> None:
    """Refuse what must be a slip of the pen, since an arrangement that is not seen is a student's loss."""
    near = get_close_matches(_plain(title), ARRANGEMENTS, 1, cutoff=0.82)
    if near:
        raise ColumnsError(f"unknown column {title!r}; did you mean {near[0]}? The columns are {COLUMNS}")


def _plain(title: str) -> str:
    """Return a title in lower case, without accents and signs: "E-mail address" as "emailaddress"."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return "".join(c for c in letters if c.isalnum())
