"""Verify one chapter: grade each of its right and wrong answers, and hold the verdict against what it must be."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.authoring import make_stub
from torchdojo.course import Chapter, Course, load_overlays, read_source
from torchdojo.grading import CheckResult, Grader, Result
from torchdojo.verify.reach import affected_exercises


@dataclass(frozen=True)
class Expectation:
    """The verdict a subject must get.

    kind: "reference", "accepted", "stub" or "mistake"; exercise, id: of an overlay; fails: checks that must fail
    """

    kind: str
    exercise: str = ""
    id: str = ""
    fails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A submission with the verdict it must get; only: the exercises it can affect, or None for all."""

    name: str
    source: bytes
    expectation: Expectation
    only: tuple[str, ...] | None = None


def subjects_of(course: Course, chapter: Chapter, exercise: str | None = None) -> list[Subject]:
    """Return the reference, the stub, every accepted answer and every mistake of a chapter (or of one exercise)."""
    reference = read_source(course.reference(chapter))
    stub = make_stub(reference.decode("utf-8")).encode("utf-8")
    found = [
        Subject("reference", reference, Expectation("reference"), (exercise,) if exercise else None),
        Subject("stub", stub, Expectation("stub"), (exercise,) if exercise else None),
    ]
    for kind, folder in (("accepted", "accepted"), ("mistake", "mistakes")):
        for overlay in load_overlays(course, chapter, folder):
            if exercise is None or overlay.exercise == exercise:
                only = affected_exercises(chapter, reference, overlay.source)
                expectation = Expectation(kind, overlay.exercise, overlay.id, overlay.fails)
                name = f"{kind} {overlay.exercise}/{overlay.id}"
                found.append(Subject(name, overlay.source, expectation, tuple(sorted(only))))
    return found


def verify_subject(grader: Grader, subject: Subject) -> list[str]:
    """Grade a subject and return what is wrong with its verdict, in words; [] if all is as it must be."""
    result = grader.grade(subject.source, f"{grader.chapter.name}.py", subject.only)
    broken = [f"{c.check}: grader_error: {c.finding.got}" for c in result.checks if c.status == "grader_error"]
    if broken:
        return broken
    if result.status == "rejected":
        return [f"rejected: {result.message}"]
    kind = subject.expectation.kind
    if kind in ("reference", "accepted"):
        return [
            f"{_where(c)} is {c.status}: {c.message}" for c in result.checks if c.status not in ("passed", "skipped")
        ]
    if kind == "stub":
        return [f"{_where(c)} is {c.status}, not todo" for c in result.checks if c.status != "todo" or c.earned]
    return _mistake_problems(grader.chapter, result, subject.expectation)


def _where(check: CheckResult) -> str:
    return f"{check.exercise.partition('/')[2]}/{check.check}"


def _mistake_problems(chapter: Chapter, result: Result, wanted: Expectation) -> list[str]:
    own = f"{chapter.name}/{wanted.exercise}"
    problems = []
    failed = [c for c in result.checks if c.status not in ("passed", "skipped")]
    failed_here = {c.check for c in failed if c.exercise == own}
    known = {c.check for c in result.checks if c.exercise == own}
    skipped = {c.check for c in result.checks if c.exercise == own and c.status == "skipped"}
    for check in wanted.fails:
        if check not in known:
            problems.append(f"FAILS names {check!r}, which is no check of {wanted.exercise}")
        elif check not in failed_here and check not in skipped:
            problems.append(f"{check} passes, but should fail")
    if not failed_here and not skipped:
        problems.append("earns all points of its exercise")
    allowed = _built_on(chapter, wanted.exercise)
    for other in failed:
        if other.exercise != own and other.exercise.partition("/")[2] not in allowed:
            problems.append(f"{_where(other)} fails too, outside its exercise: {other.message}")
    names = {c.mistake for c in failed if c.exercise == own and c.check in wanted.fails}
    if failed_here and names != {wanted.id}:
        told = ", ".join(sorted(str(name) for name in names))
        detail = next((c.message for c in failed if c.exercise == own and c.mistake != wanted.id), "")
        problems.append(f"is diagnosed as {told or 'nothing'}, not as itself. {detail}")
    return problems


def _built_on(chapter: Chapter, exercise: str) -> set[str]:
    """Return the exercises that build on one, directly or through others."""
    found: set[str] = set()
    grown = True
    while grown:
        more = {
            e.name
            for e in chapter.exercise
            if e.name not in found and (exercise in e.builds_on or found & set(e.builds_on))
        }
        found |= more
        grown = bool(more)
    return found
