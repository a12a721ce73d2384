"""Bring together who is in the roster and who submitted, whichever ids, addresses or names either has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from torchdojo.batch.roster import ROSTER, Roster, RosterStudent
from torchdojo.collect.identity import NearIds, identity_key, may_be_one, name_key, quoted
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import Submissions

MAX_NAMED = 20  # students that a note names


def merge_roster(submissions: Submissions, roster: Roster) -> None:
    """Give every student of the roster a place among those who submitted, and note who is on one side only.

    A student is found by the exact id, then by each of the roster's columns of ids, by e-mail address, and by full
    name: only where one student of each side is left with it. Then the id of the submission is the student's in both.
    Each way but the first is noted. Whoever is not found never takes the id of somebody else's submission.
    """
    matches = _Matches(submissions, roster)
    matches.find()
    submissions.notes += [*roster.notes, *matches.notes]
    submissions.alarms += matches.alarms
    people = {matches.found.get(student, student): person for student, person in roster.people.items()}
    roster.arrangements = {
        (matches.found.get(student, student), chapter): arrangement
        for (student, chapter), arrangement in roster.arrangements.items()
    }
    roster.people = people
    for student, person in people.items():
        known = submissions.people.get(student, Student(student, id_from=ROSTER))
        submissions.people[student] = replace(
            known, name=person.name or known.name, email=person.email or known.email, roster_ids=person.ids
        )
    present = set(submissions.students)
    unknown = [student for student in submissions.students if student not in people]
    absent = [student for student in people if student not in present]
    if unknown:
        submissions.notes.append(f"{len(unknown)} not in the roster: {_listed(unknown, absent, submissions)}")
    if absent:
        submissions.notes.append(
            f"{len(absent)} of the roster submitted nothing: {_listed(absent, unknown, submissions)}"
        )
    submissions.students += absent


def _listed(students: list[str], others: list[str], submissions: Submissions) -> str:
    """Return the first students with their names, each with the one on the other side that it may be."""
    near = NearIds(others)
    listed = []
    for student in students[:MAX_NAMED]:
        name, other = submissions.people.get(student, Student(student)).name, near.find(student)
        details = ", ".join(filter(None, (name if name != student else "", f"probably {other}" if other else "")))
        listed.append(f"{student} ({details})" if details else student)
    return ", ".join(listed) + ("…" if len(students) > MAX_NAMED else "")


class _Matches:
    """Finds the students of the roster among those who submitted. found: their ids there, by the roster's"""

    def __init__(self, submissions: Submissions, roster: Roster) -> None:
        self.roster = roster
        self.found: dict[str, str] = {}
        self.notes: list[str] = []
        self.alarms: list[str] = []
        self._students = dict.fromkeys(submissions.students)
        self._people = submissions.people
        self._names = {self._name_key(student): student for student in self._students}
        self._roster_names = {name_key(person.name): student for student, person in roster.people.items()}

    def find(self) -> None:
        """Find everybody who can be found."""
        roster = self.roster.people
        self._match("", {student: student for student in roster}, lambda student: student)
        titles = dict.fromkeys(title for person in roster.values() for title in person.ids)
        for title in titles:
            ids = {student: identity_key(person.ids.get(title, "")) for student, person in roster.items()}
            self._match(f"the column {title}", ids, identity_key)
        emails = {student: identity_key(_email(student, person)) for student, person in roster.items()}
        self._match("e-mail address", emails, lambda student: identity_key(self._person(student).email))
        names = {student: name_key(person.name) for student, person in roster.items()}
        self._match("full name", names, self._name_key)
        words = {student: _one_word(person.name) for student, person in roster.items()}
        self._match("full name", words, lambda student: name_key(self._person(student).name))
        for student in roster:
            if student not in self.found and student in self._students:
                self._rename(student)

    def _rename(self, student: str) -> None:
        """Give a student of the roster an id of its own, since the one there is another's who submitted."""
        name = f"{student} (roster)"
        while name in self._students or name in self.roster.people or name in self.found.values():
            name += "+"
        self.found[student] = name
        person, other = self.roster.people[student].name, self._person(student).name
        self.alarms.append(
            f"{person}, {student} in the roster, is called {name} here and submitted nothing, since {student} is "
            f"{other} in the submissions; if that is wrong, use --map"
        )

    def _person(self, student: str) -> Student:
        return self._people.get(student, Student(student))

    def _name_key(self, submitted: str) -> str:
        return name_key(self._person(submitted).name or submitted)

    def _match(self, way: str, keys: Mapping[str, str], key_of: Callable[[str], str]) -> None:
        """Match those whose key is unique on both sides. way: by what, to note; keys: of the roster's students"""
        taken = set(self.found.values())
        wanted = _by_key((student, key) for student, key in keys.items() if student not in self.found)
        there = _by_key((student, key_of(student)) for student in self._students if student not in taken)
        pairs: list[tuple[str, str]] = []
        for key in (key for key in wanted if key in there):
            if len(wanted[key]) > 1 or len(there[key]) > 1:
                sides = f"{_named(wanted[key])} of the roster, {_named(there[key])} of the submissions"
                self.alarms.append(f"not matched by {way or 'id'}, because it is not unique: {sides}")
            elif not self._is_somebody_else(wanted[key][0], there[key][0], is_number=key.isdecimal()):
                pairs.append((wanted[key][0], there[key][0]))
        self.found |= pairs
        told = sorted(pair for pair in pairs if pair[0] != pair[1])
        if told and way:
            listed = ", ".join(
                f"{a} is {b if identity_key(a) != identity_key(b) else quoted(b)}" for a, b in told[:MAX_NAMED]
            )
            more = "…" if len(told) > MAX_NAMED else ""
            self.notes.append(f"{len(told)} of the roster found by {way}: {listed}{more}")

    def _is_somebody_else(self, student: str, submitted: str, *, is_number: bool) -> bool:
        """Whether two equal ids are of two students, since each platform has numbers of its own; it is noted.

        They are if the names differ, and either is that of another student on the other side. Numbers are also if the
        names share no word.
        """
        name, theirs = self.roster.people[student].name, self._person(submitted).name
        key, their_key = name_key(name), name_key(theirs)
        if not key or not their_key or key == their_key:
            return False
        is_another = {self._names.get(key, submitted), self._roster_names.get(their_key, student)} != {
            submitted,
            student,
        }
        if not is_another and (not is_number or may_be_one(name, theirs)):
            return False
        alarm = (
            f"{submitted} is {theirs} in the submissions, but {name} in the roster: these numbers are not the "
            "platform's, so they were not matched"
        )
        if alarm not in self.alarms:
            self.alarms.append(alarm)
        return True


def _email(student: str, person: RosterStudent) -> str:
    return next((text for text in (person.email, student, *person.ids.values()) if "@" in text), "")


def _one_word(name: str) -> str:
    """Return a full name as Canvas writes it in the names of files: "Lovelace, Ada" as "lovelaceada"."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return re.sub(r"[\W_]", "", identity_key(last + first))


def _named(students: list[str]) -> str:
    return " and ".join(students)


def _by_key(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    students: dict[str, list[str]] = defaultdict(list)
    for student, key in keys:
        if key:
            students[key].append(student)
    return students
