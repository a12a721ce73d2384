"""The grades of the last completed run and the names of its students, from which every export is made."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.batch.roster import ROSTER
from torchdojo.batch.store import DATABASE, StoredRun
from torchdojo.batch.tables import ID_FROM, ROSTER_ID
from torchdojo.collect.identity import identity_key
from torchdojo.collect.match import find_chapter
from torchdojo.collect.platforms import Student
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.files import unguarded
from torchdojo.grading.result import Result
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade
from torchdojo.review.grades import all_grades

MAX_NAMED = 20
ColumnName = Callable[[Chapter], str]


class ExportError(UserError):
    """Grades that cannot be exported."""


@dataclass
class Gradebook:
    """All grades. results: with the points that count, by student and chapter; grades: of these and of others

    decisions: what people wrote to students
    """

    course: Course
    students: list[Student]
    results: dict[ResultKey, Result]
    grades: dict[ResultKey, Grade] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)

    def score(self, student: str, chapter: str) -> float | None:
        """Return the score that counts; None if nothing was submitted, grading failed, or the student is exempt."""
        grade = self.grades.get((student, chapter))
        return None if grade is None else grade.score

    def is_exempt(self, student: str, chapter: str) -> bool:
        """Whether the chapter does not count for the student."""
        grade = self.grades.get((student, chapter))
        return grade is not None and grade.exempt

    def max_points(self, chapter: Chapter) -> float:
        """Return the largest maximum of the students, since a skipped check lowers a student's own."""
        return max(
            (self.grades[key].max_score for key in self.results if key[1] == chapter.name),
            default=chapter.required_points + chapter.required_hand_points,
        )

    def warnings(self, chapters: Iterable[Chapter]) -> list[str]:
        """Return what is not decided yet in the grades of chapters, in sentences."""
        names = {chapter.name for chapter in chapters}
        grades = [grade for grade in self.grades.values() if grade.chapter in names]
        to_grade = [grade for grade in grades if grade.to_grade]
        doubtful = [grade for grade in grades if grade.doubts]
        found = []
        if to_grade:
            count = sum(len(grade.to_grade) for grade in to_grade)
            found.append(
                f"{_count(count, 'item')} in {_count(len(to_grade), 'submission')} not graded by hand yet, so that "
                f"no score and no maximum has their points: {named(_names(to_grade))}"
            )
        if doubtful:
            count = sum(len(grade.doubts) for grade in doubtful)
            found.append(f"{_count(count, 'decision')} in doubt, look at them again: {named(_names(doubtful))}")
        return found

    def chapters(self, names: Iterable[str] = ()) -> list[Chapter]:
        """Return the chapters with these names, by default all with a submission; ExportError for an unknown name."""
        submitted = {key[1] for key, grade in self.grades.items() if not grade.is_missing and not grade.exempt}
        submitted |= {chapter for _, chapter in self.results}
        wanted = list(names) or [chapter.name for chapter in self.course.chapters if chapter.name in submitted]
        return [self._chapter(name) for name in wanted]

    @property
    def titles(self) -> list[str]:
        """The titles of the columns of ids in the roster of the run."""
        return list(dict.fromkeys(title for student in self.students for title in student.roster_ids))

    def require_column(self, column: str) -> None:
        """Raise ExportError if the roster of the run has no such column of ids."""
        if column not in self.titles:
            known = f"it has {', '.join(self.titles)}" if self.titles else "there was none, or it has only names"
            raise ExportError(f"the roster that `dojo grade` was given has no ids in a column {column!r}: {known}")

    @property
    def has_own_ids(self) -> bool:
        """Whether the ids in the roster are those of the submissions, so that whoever is only there has such an id."""
        return any(
            identity_key(student.id) == identity_key(next(iter(student.roster_ids.values())))
            for student in self.students
            if student.roster_ids and student.id_from != ROSTER
        )

    def label(self, student: str) -> str:
        """Return a student's id with the name, as far as it is known and not the same."""
        name = next((one.name for one in self.students if one.id == student), "")
        return f"{student} ({name})" if name and name != student else student

    def select_ids(self, ids: Mapping[str, str], kind: str, advice: str) -> tuple[dict[str, str], list[str]]:
        """Return the ids to export by student, and warnings: without those who have none, or one that others have, too.

        kind: what the ids are, such as "an ID number"; advice: what to do if nobody has one
        ExportError if nobody has one.
        """
        count = Counter(ids.values())
        selected = {student: one for student, one in ids.items() if one and count[one] == 1}
        if ids and not selected:
            raise ExportError(f"no student has {kind} of their own; nothing was written. {advice}")
        warnings = []
        if missing := [student for student, one in ids.items() if not one]:
            warnings.append(f"left out, because they do not have {kind}: {named(map(self.label, missing))}")
        for one in count:
            if one and count[one] > 1:
                twins = " and ".join(self.label(student) for student in ids if ids[student] == one)
                warnings.append(
                    f"left out, because {one} is the id of several, so the platform would mix them up: {twins}"
                )
        return selected, warnings

    def _chapter(self, name: str) -> Chapter:
        chapter = find_chapter(self.course, name)
        if chapter is None:
            known = ", ".join(chapter.name for chapter in self.course.chapters)
            raise ExportError(f"the course has no chapter {name!r}; its chapters are {known}")
        return chapter


def open_gradebook(out: Path, course: Course) -> Gradebook:
    """Return the grades that `dojo grade` wrote to OUT; ExportError if there are none."""
    if not (out / DATABASE).is_file():
        raise ExportError(f"{out} holds no results; run `dojo grade SUBMISSIONS --out {out}` first")
    with StoredRun(out, course) as store:
        decisions = Decisions.read(out)
        gradebook = Gradebook(course, [], {}, {}, decisions)
        for one in all_grades(store, decisions):
            gradebook.grades |= {grade.key: grade for grade in one.grades.values()}
            gradebook.results |= {
                stored.key: one.grades[stored.result.chapter].reviewed_result(stored.result) for stored in one.results
            }
        ids = store.students()
    if not ids:
        raise ExportError(f"no run has been completed in {out}; repeat the same `dojo grade`")
    named = _read_students(out / "students.csv")
    gradebook.students = [named.get(student, Student(student)) for student in ids]
    return gradebook


def _read_students(path: Path) -> dict[str, Student]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key: unguarded(value or "") for key, value in row.items() if key} for row in csv.DictReader(file)]
    return {
        row["student"]: Student(
            row["student"],
            row.get("name", ""),
            row.get("email", ""),
            {key.removeprefix(ROSTER_ID): row[key] for key in row if key.startswith(ROSTER_ID) and row[key]},
            row.get(ID_FROM, ""),
        )
        for row in rows
    }


def _names(grades: Iterable[Grade]) -> Iterable[str]:
    return dict.fromkeys(f"{grade.student} {grade.chapter}" for grade in grades)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def named(students: Iterable[str]) -> str:
    """Return the first students of a list, to show."""
    listed = list(students)
    return ", ".join(listed[:MAX_NAMED]) + ("…" if len(listed) > MAX_NAMED else "")


def format_points(value: float | None) -> str:
    """Return points with at most two decimals, without trailing zeros, or "" for None."""
    return "" if value is None else f"{round(value, 2):g}"
