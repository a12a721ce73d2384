"""The subjects of a verification: submissions with the verdict that each must get."""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from torchdojo.course import Chapter, Course, load_overlays, parse_course_file
from torchdojo.course.stub import make_chapter_stub
from torchdojo.grading.grader import OutputTransform
from torchdojo.source.files import ParsedSource, span
from torchdojo.source.keys import affected_names
from torchdojo.source.names import Definition
from torchdojo.verify.lazy import generate_lazy_answers
from torchdojo.verify.mutants import generate_mutants
from torchdojo.verify.places import place
from torchdojo.verify.tamper import TENSOR_TAMPERS, tamper
from torchdojo.verify.variants import VariantMaker

Kind = Literal["reference", "accepted", "stub", "mistake", "mutant", "tampered", "replayed", "lazy", "variant"]
OVERLAYS: dict[Kind, str] = {"accepted": "accepted", "mistake": "mistakes"}

# What honest programs set in their first lines, by name. No check may depend on it.
GLOBAL_SETTINGS = {
    "a default device": """\
import torch
torch.set_default_device("cuda" if torch.cuda.is_available() else "cpu")
""",
    "strict and repeatable settings": """\
import random, warnings
import numpy, torch
random.seed(0)
numpy.random.seed(0)
torch.manual_seed(0)
torch.cuda.manual_seed_all(0)
torch.set_default_dtype(torch.float32)
torch.set_num_threads(1)
torch.set_printoptions(precision=3, sci_mode=False)
torch.set_float32_matmul_precision("highest")
torch.backends.cudnn.benchmark = False
torch.backends.cudnn.deterministic = True
torch.use_deterministic_algorithms(True)
torch.autograd.set_detect_anomaly(True)
warnings.simplefilter("error")
""",
}


@dataclass(frozen=True)
class Expectation:
    """The verdict that a subject must get.

    kind: what it is; "tampered" is the reference with its answers altered, "replayed" with those to other questions
    exercise, id: of an overlay, a mutant, an answer without work, or the mistake that a variant is of
    title: of a mistake; fails: checks that must fail
    beside: the id of the known mistake that is in a variant beside its own
    place: where it is in the course, as file:line; is_reference: whether a mistake has the reference's code
    diff: what a mutant changes; most: the share of the points that an answer without work may earn
    """

    kind: Kind
    exercise: str = ""
    id: str = ""
    title: str = ""
    fails: tuple[str, ...] = ()
    beside: str = ""
    diff: str = ""
    most: float = 0.0
    place: str = ""
    is_reference: bool = False


@dataclass(frozen=True)
class Subject:
    """A submission with the verdict that it must get.

    only: the exercises it can affect, or None for all; transform: alters the reference's answers if it is tampered
    origin: the text that a variant was made from
    """

    name: str
    source: bytes
    expectation: Expectation
    only: tuple[str, ...] | None = None
    transform: OutputTransform | None = None
    origin: bytes = b""


def load_subjects(course: Course, chapter: Chapter, exercise: str | None = None) -> list[Subject]:
    """Return the reference, the stub, every accepted answer and every mistake of a chapter, or of one exercise.

    An overlay is graded only on the exercises that its code can affect: the others run the reference's own code.
    """
    reference = parse_course_file(course.reference_file(chapter))
    stub = make_chapter_stub(course, chapter).encode("utf-8")
    only = (exercise,) if exercise else None
    subjects = [
        Subject("reference", reference.source, Expectation("reference"), only),
        Subject("stub", stub, Expectation("stub"), only),
    ]
    for kind, folder in OVERLAYS.items():
        for overlay in load_overlays(course, chapter, folder):
            if exercise is None or overlay.exercise == exercise:
                name = f"{kind} {overlay.exercise}/{overlay.id}"
                source = ParsedSource(overlay.source)
                affected = tuple(sorted(affected_names(reference, source, chapter.builds_on)))
                expectation = Expectation(
                    kind,
                    overlay.exercise,
                    overlay.id,
                    overlay.title,
                    overlay.fails,
                    place=place(course, overlay.path, overlay.line),
                    is_reference=kind == "mistake" and _has_same_code(reference, source),
                )
                subjects.append(Subject(name, overlay.source, expectation, affected))
    return subjects


def _has_same_code(reference: ParsedSource, other: ParsedSource) -> bool:
    """Whether two texts have the same statements, apart from comments and docstrings."""
    pairs = zip_longest(reference.statements, other.statements)
    return all(
        a and b and (_text(reference, a.node) == _text(other, b.node) or _code(a.node) == _code(b.node))
        for a, b in pairs
    )


def _text(source: ParsedSource, node: ast.stmt) -> Sequence[str]:
    first, last = span(node)
    return source.lines[first - 1 : last]


def _code(statement: ast.stmt) -> str:
    """Return a statement's syntax tree without docstrings."""
    bare = copy.deepcopy(statement)
    for node in ast.walk(bare):
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(bare)


def reference_under_settings(course: Course, chapter: Chapter, exercise: str | None = None) -> Iterator[Subject]:
    """Yield the reference under each of the global settings."""
    reference = parse_course_file(course.reference_file(chapter))
    first = next(s.node.lineno for s in reference.statements if not _must_come_first(s.node))
    lines = reference.text.splitlines(keepends=True)
    for name, settings in GLOBAL_SETTINGS.items():
        text = "".join([*lines[: first - 1], settings, *lines[first - 1 :]])
        only = (exercise,) if exercise else None
        yield Subject(f"reference with {name}", text.encode("utf-8"), Expectation("reference"), only)


def _must_come_first(node: ast.stmt) -> bool:
    """Whether a statement is a docstring or one of the imports that must precede all others."""
    return isinstance(node, ast.Expr) or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def generate_subjects(course: Course, chapter: Chapter, exercise: str | None = None) -> Iterator[Subject]:
    """Yield the subjects that nobody wrote: tampered and replayed answers, those without work, and mutants.

    All but the tampered are graded on their own exercise only.
    """
    reference = parse_course_file(course.reference_file(chapter))
    for name in TENSOR_TAMPERS:
        transform = functools.partial(tamper, name=name)
        expectation = Expectation("tampered", id=name)
        yield Subject(name, reference.source, expectation, (exercise,) if exercise else None, transform)
    for name in (e.name for e in chapter.graded_exercises if exercise in (None, e.name)):
        yield Subject(f"replayed {name}", reference.source, Expectation("replayed", name), (name,))
    for lazy in generate_lazy_answers(chapter, reference):
        if exercise is None or lazy.exercise == exercise:
            expectation = Expectation("lazy", lazy.exercise, lazy.what, most=lazy.most)
            yield Subject(f"without work {lazy.exercise}: {lazy.what}", lazy.source, expectation, (lazy.exercise,))
    for mutant in generate_mutants(chapter, reference):
        if exercise is None or mutant.exercise == exercise:
            where = place(course, course.reference_file(chapter), mutant.line)
            expectation = Expectation("mutant", mutant.exercise, mutant.id, diff=mutant.diff, place=where)
            name = f"mutant {mutant.exercise}/{mutant.id}: {mutant.what}"
            yield Subject(name, mutant.source, expectation, (mutant.exercise,))


def generate_variant_subjects(
    course: Course, chapter: Chapter, exercise: str | None = None, count: int = 5
) -> Iterator[Subject]:
    """Yield at most so many variants of each known mistake, to be graded on its own exercise only."""
    mistakes = load_overlays(course, chapter, "mistakes")
    reference = parse_course_file(course.reference_file(chapter))
    maker = VariantMaker(reference, mistakes)
    for mistake in mistakes:
        if exercise not in (None, mistake.exercise) or _has_same_code(reference, ParsedSource(mistake.source)):
            continue
        for number, variant in enumerate(maker.make(mistake, count), start=1):
            other = f", with {variant.other}" if variant.other else ""
            name = f"variant {number} of {mistake.exercise}/{mistake.id} ({variant.kind}{other})"
            fails = () if variant.other else mistake.fails
            where = place(course, mistake.path, mistake.line)
            expectation = Expectation(
                "variant", mistake.exercise, mistake.id, fails=fails, beside=variant.other, place=where
            )
            yield Subject(name, variant.source, expectation, (mistake.exercise,), origin=mistake.source)
