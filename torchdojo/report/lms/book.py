"""The grades of a run that ended, with whatever is known of the students: what every export starts from."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.policy import Adjustment
from torchdojo.batch.store import DATABASE, Kept, Store, required_points
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError


class BookError(UserError):
    """Grades that cannot be exported, in words."""


@dataclass(frozen=True)
class Person:
    """A student as the platform or the roster names them. student: the id; name, email: "" if not known"""

    student: str
    name: str = ""
    email: str = ""


@dataclass
class Book:
    """All grades. kept: results by student and chapter; adjustments: what counts instead, where a policy is in use"""

    course: Course
    people: list[Person]
    kept: dict[tuple[str, str], Kept]
    adjustments: dict[tuple[str, str], Adjustment] = field(default_factory=dict)

    def score(self, student: str, chapter: str) -> float | None:
        """Return the score that counts; None where nothing was handed in, or grading went wrong, or it is exempt."""
        adjusted = self.adjustments.get((student, chapter))
        if adjusted:
            return adjusted.score
        kept = self.kept.get((student, chapter))
        score = kept.line["score"] if kept else None
        return None if score is None else float(score)

    def is_exempt(self, student: str, chapter: str) -> bool:
        """Whether the chapter does not count for the student."""
        adjusted = self.adjustments.get((student, chapter))
        return adjusted is not None and adjusted.exempt

    def points(self, chapter: Chapter) -> float:
        """Return what makes a full score: of those graded, the largest, since a skipped check leaves the maximum."""
        places = [place for place in self.kept if place[1] == chapter.name]
        most = [
            self.adjustments[place].max_score
            if place in self.adjustments
            else float(self.kept[place].line["max_score"])
            for place in places
        ]
        return max(most, default=required_points(chapter))

    def chapters(self, names: Iterable[str] = ()) -> list[Chapter]:
        """Return the chapters of these names, or those that anybody handed in; BookError for an unknown one."""
        wanted = list(names) or [c.name for c in self.course.chapters if any(c.name == place[1] for place in self.kept)]
        found = [(name, self.course.find(name)) for name in wanted]
        for name, chapter in found:
            if chapter is None:
                known = ", ".join(one.name for one in self.course.chapters)
                raise BookError(f"the course has no chapter {name!r}; it has {known}")
        return [chapter for _, chapter in found if chapter]


def open_book(out: Path, course: Course) -> Book:
    """Read the results that `dojo grade` left in OUT; BookError if there are none."""
    if not (out / DATABASE).is_file():
        raise BookError(f"{out} holds no results; run `dojo grade SUBMISSIONS --out {out}` first")
    with Store(out, course) as store:
        kept = {(one.student, one.chapter): one for one in store.kept()}
        students, adjustments = store.students(), store.adjustments() or {}
    if not students:
        raise BookError(f"{out}: no run has ended there yet; run the same `dojo grade` again")
    named = _named(out / "students.csv")
    return Book(course, [named.get(student, Person(student)) for student in students], kept, adjustments)


def _named(path: Path) -> dict[str, Person]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            {key: (value or "").removeprefix("'") for key, value in row.items() if key} for row in csv.DictReader(file)
        ]
    return {row["student"]: Person(row["student"], row.get("name", ""), row.get("email", "")) for row in rows}


def points_text(value: float | None) -> str:
    """Return a score with at most two decimals and a point, "" for none."""
    return "" if value is None else f"{round(value, 2):g}"


NameOf = Callable[[Chapter], str]
