"""What a chapter is verified by: submissions with the verdict each must get."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.authoring import make_stub
from torchdojo.course import Chapter, Course, load_overlays, read_source
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
    """Return the reference, the stub, every accepted answer and every mistake of a chapter (or of one exercise).

    An overlay is graded only on the exercises whose code it can reach: the others run the reference's very code.
    """
    reference = read_source(course.reference(chapter))
    stub = make_stub(reference.decode("utf-8")).encode("utf-8")
    only = (exercise,) if exercise else None
    found = [
        Subject("reference", reference, Expectation("reference"), only),
        Subject("stub", stub, Expectation("stub"), only),
    ]
    for kind, folder in (("accepted", "accepted"), ("mistake", "mistakes")):
        for overlay in load_overlays(course, chapter, folder):
            if exercise is None or overlay.exercise == exercise:
                reached = tuple(sorted(affected_exercises(chapter, reference, overlay.source)))
                expectation = Expectation(kind, overlay.exercise, overlay.id, overlay.fails)
                found.append(Subject(f"{kind} {overlay.exercise}/{overlay.id}", overlay.source, expectation, reached))
    return found
