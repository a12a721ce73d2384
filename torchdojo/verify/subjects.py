"""What a chapter is verified by: submissions with the verdict each must get."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from torchdojo.authoring.stub import make_chapter_stub
from torchdojo.course import Chapter, Course, load_overlays, parse_course_file
from torchdojo.grading.grader import OutputTransform
from torchdojo.source.files import ParsedSource
from torchdojo.source.keys import affected_names
from torchdojo.verify.mutants import mutants_of
from torchdojo.verify.tamper import TAMPERS, tampered


@dataclass(frozen=True)
class Expectation:
    """The verdict a subject must get.

    kind: "reference", "accepted", "stub", "mistake", "mutant", or "tampered" (the reference's answers, replaced)
    exercise, id: of an overlay or a mutant; fails: checks that must fail; diff: what was changed in a mutant
    """

    kind: str
    exercise: str = ""
    id: str = ""
    fails: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True)
class Subject:
    """A submission with the verdict it must get.

    only: the exercises it can affect, or None for all; change: what replaces the reference's answers, if it is tampered
    """

    name: str
    source: bytes
    expectation: Expectation
    only: tuple[str, ...] | None = None
    transform: OutputTransform | None = None


def subjects_of(course: Course, chapter: Chapter, exercise: str | None = None) -> list[Subject]:
    """Return the reference, the stub, every accepted answer and every mistake of a chapter (or of one exercise).

    An overlay is graded only on the exercises whose code it can reach: the others run the reference's very code.
    """
    reference = parse_course_file(course.reference_file(chapter))
    stub = make_chapter_stub(course, chapter).encode("utf-8")
    only = (exercise,) if exercise else None
    found = [
        Subject("reference", reference.source, Expectation("reference"), only),
        Subject("stub", stub, Expectation("stub"), only),
    ]
    for kind, folder in (("accepted", "accepted"), ("mistake", "mistakes")):
        for overlay in load_overlays(course, chapter, folder):
            if exercise is None or overlay.exercise == exercise:
                reached = tuple(sorted(affected_names(reference, ParsedSource(overlay.source), chapter.builds_on)))
                expectation = Expectation(kind, overlay.exercise, overlay.id, overlay.fails)
                found.append(Subject(f"{kind} {overlay.exercise}/{overlay.id}", overlay.source, expectation, reached))
    return found


def automatic_subjects_of(course: Course, chapter: Chapter, exercise: str | None = None) -> Iterator[Subject]:
    """Return what is made without a person: the reference's answers tampered with, and its mutants.

    A mutant is graded on its own exercise only.
    """
    reference = parse_course_file(course.reference_file(chapter))
    for name in TAMPERS:
        change = functools.partial(tampered, name=name)
        yield Subject(
            name, reference.source, Expectation("tampered", id=name), (exercise,) if exercise else None, change
        )
    for mutant in mutants_of(chapter, reference):
        if exercise is None or mutant.exercise == exercise:
            expectation = Expectation("mutant", mutant.exercise, mutant.id, diff=mutant.diff)
            name = f"mutant {mutant.exercise}/{mutant.id}: {mutant.what}"
            yield Subject(name, mutant.source, expectation, (mutant.exercise,))
