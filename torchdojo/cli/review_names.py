"""Find what `dojo review` is asked about: students, chapters with their exercises and checks, mistakes."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.batch.store import StoredRun
from torchdojo.cli.common import pick
from torchdojo.course import Chapter, Course
from torchdojo.errors import UserError
from torchdojo.grading.result import Result
from torchdojo.near_names import did_you_mean
from torchdojo.report.class_report import people_names
from torchdojo.review.works import limit_of


@dataclass(frozen=True)
class ReviewSubject:
    """What a decision is about: a chapter, and "" for all of it, an exercise, or "<exercise>/<check>"."""

    chapter: Chapter
    item: str

    def limit(self, result: Result | None) -> float | None:
        """Return the most points it can give, None for a chapter. UserError if a submission does not have it."""
        limit = limit_of(self.item, self.chapter, result)
        if self.item and limit is None:
            exercise, _, check = self.item.partition("/")
            known = [one.check for one in (result.checks if result else []) if one.exercise.name == exercise]
            known += [item.name for one in self.chapter.exercises if one.name == exercise for item in one.rubric]
            listed = did_you_mean(check, known) or f" It has {', '.join(known)}." * bool(known)
            raise UserError(f"{self.chapter.name}/{exercise} has no check {check!r}.{listed}")
        return limit

    def __str__(self) -> str:
        return f"{self.chapter.name}/{self.item}" if self.item else self.chapter.name


def find_subject(course: Course, name: str) -> ReviewSubject:
    """Return what CHAPTER[/EXERCISE[/CHECK]] names, with short names as `pick` takes them. UserError if nothing."""
    parts = name.removesuffix(".py").split("/")
    if len(parts) == 2 and any(chapter.find(parts[0]) for chapter in course.chapters):
        parts = [*_exercise_alone(course, parts[0]), parts[1]]
    if len(parts) > 3:
        raise UserError(f"{name!r} is not CHAPTER, CHAPTER/EXERCISE or CHAPTER/EXERCISE/CHECK")
    chapter, exercise = pick(course, "/".join(parts[:2]))
    item = "/".join([exercise.name, *parts[2:]]) if exercise else ""
    return ReviewSubject(chapter, item)


def _exercise_alone(course: Course, name: str) -> list[str]:
    chapter, exercise = pick(course, name)
    return [chapter.name, exercise.name] if exercise else [chapter.name]


def find_student(run: StoredRun, name: str) -> str:
    """Return the id of a student. UserError if the results have none like that."""
    students = run.students()
    if name in students:
        return name
    names = people_names(run.collected())
    meant = [student for student, one in names.items() if one.casefold() == name.casefold()]
    hint = f" Did you mean {' or '.join(meant)}?" if meant else did_you_mean(name, students)
    raise UserError(f"no student {name!r} in the results.{hint}")


def find_check(run: StoredRun, name: str) -> str:
    """Return "<chapter>/<exercise>/<check>" for a check that was graded. UserError if there is none like that."""
    subject = find_subject(run.course, name)
    exercise, _, check = subject.item.partition("/")
    known: dict[str, None] = {}
    for key in run.keys():  # noqa: SIM118
        result = run.result(*key) if key[1] == subject.chapter.name else None
        known |= {one.check: None for one in (result.checks if result else []) if one.exercise.name == exercise}
        if check in known:
            return str(subject)
    if not check:
        raise UserError(f"which check of {subject}? Write CHAPTER/EXERCISE/CHECK. {_listed(known)}".rstrip())
    raise UserError(f"{subject.chapter.name}/{exercise} has no check {check!r}.{did_you_mean(check, known)}")


def _listed(names: dict[str, None]) -> str:
    return f"It has {', '.join(names)}." if names else ""


def find_with_mistake(run: StoredRun, subject: ReviewSubject, name: str) -> list[str]:
    """Return the students with a mistake in a chapter, or in an exercise of it. UserError if nobody made it.

    name: the mistake's id or title
    """
    exercise = subject.item.partition("/")[0]
    found: list[str] = []
    known: dict[str, None] = {}
    for student, chapter in run.keys():  # noqa: SIM118
        result = run.result(student, chapter) if chapter == subject.chapter.name else None
        made = {
            (check.mistake or "", check.mistake_title)
            for check in (result.checks if result else [])
            if check.mistake and exercise in ("", check.exercise.name)
        }
        known |= dict.fromkeys(mistake for mistake, _ in made)
        if any(name.casefold() in (mistake.casefold(), title.casefold()) for mistake, title in made):
            found.append(student)
    if not found:
        listed = did_you_mean(name, known) or (f" These were made: {', '.join(sorted(known))}." if known else "")
        raise UserError(f"nobody made the mistake {name!r} in {subject}.{listed}")
    return found
