"""Every chapter: its stub is up to date, and every right and wrong answer it ships gets the verdict it must."""

from __future__ import annotations

import ast
import math

import pytest

from tests.conftest import PROJECT
from torchdojo.authoring.stub import find_stale_stubs
from torchdojo.batch.jobs import Job
from torchdojo.batch.pool import run_jobs
from torchdojo.course import Chapter, load_course, load_overlays
from torchdojo.sandbox.backend import NONE
from torchdojo.source.files import read_source
from torchdojo.verify.problems import find_problems
from torchdojo.verify.subjects import load_subjects, reference_under_settings

COURSE = load_course(PROJECT)
CHAPTERS = pytest.mark.parametrize("chapter", COURSE.chapters, ids=lambda chapter: chapter.name)
VERIFIED = {
    "ch1_fundamentals": "sgd_step",
    "ch2_networks": "evaluate",
    "ch3_modules": "DropNet",
    "ch4_inception": "Inception",
    "ch5_ensembles": "Frozen",
    "ch6_optimizers": "SGDW",
    "ch7_gradient_noise": "add_gradient_noise_",
}
ANSWERS = 15  # graded per chapter
SUBTLE = {"DropLayer", "evaluate", "train_epoch", "majority_vote", "Frozen", "SGD", "Adam", "NoisySGD"}


def test_stubs_are_up_to_date() -> None:
    assert find_stale_stubs(COURSE) == {}, "run dojo stubs"


@CHAPTERS
def test_stub_keeps_every_signature_and_docstring(chapter: Chapter) -> None:
    reference, stub = (
        ast.parse(p.read_bytes()) for p in (COURSE.reference_file(chapter), COURSE.exercise_file(chapter))
    )

    def outline(tree: ast.Module) -> list[tuple[str, str | None]]:
        kinds = (ast.FunctionDef, ast.ClassDef)
        return [(n.name, ast.get_docstring(n)) for n in tree.body if isinstance(n, kinds)]

    assert outline(reference) == outline(stub)


@CHAPTERS
def test_a_chapter_is_worth_twenty_points(chapter: Chapter) -> None:
    assert chapter.points == 20


@CHAPTERS
def test_every_exercise_ships_enough_right_and_wrong_answers(chapter: Chapter) -> None:
    mistakes = [overlay.exercise for overlay in load_overlays(COURSE, chapter, "mistakes")]
    accepted = [overlay.exercise for overlay in load_overlays(COURSE, chapter, "accepted")]
    for exercise in chapter.exercises:
        subtle = exercise.name in SUBTLE
        assert mistakes.count(exercise.name) >= (6 if subtle else 4), exercise.name
        assert accepted.count(exercise.name) >= (3 if subtle else 2), exercise.name


@CHAPTERS
def test_no_diagnosis_gives_the_solution_away(chapter: Chapter) -> None:
    """No line of a solution appears in the diagnosis of a mistake."""
    reference = read_source(COURSE.reference_file(chapter)).decode()
    solutions = [part.partition("### END SOLUTION")[0] for part in reference.split("### BEGIN SOLUTION")[1:]]
    secret = {line.strip() for text in solutions for line in text.splitlines() if len(line.strip()) > 24}
    for mistake in load_overlays(COURSE, chapter, "mistakes"):
        assert not [line for line in secret if line in mistake.explanation], mistake.id


@CHAPTERS
@pytest.mark.timeout(900)
def test_answers_of_one_exercise_get_their_verdicts(chapter: Chapter) -> None:
    """One exercise per chapter, at most ANSWERS right and wrong ones, one seed, no mutants; `make verify` does all."""
    answers = load_subjects(COURSE, chapter, VERIFIED[chapter.name])
    chosen = answers[:: math.ceil(len(answers) / ANSWERS)]
    chosen += reference_under_settings(COURSE, chapter, VERIFIED[chapter.name])
    assert {answer.expectation.kind for answer in chosen} >= {"reference", "accepted", "mistake"}
    jobs = [Job(answer, chapter.name, answer.source, b"tests", (VERIFIED[chapter.name],)) for answer in chosen]
    assert len(jobs) > 8
    problems = [
        f"{job.label.name}: {words}"
        for job, result in run_jobs(PROJECT, NONE, jobs, 1)  # the other core has other tests
        for words in find_problems(result, job.label.expectation)
    ]
    assert problems == []
