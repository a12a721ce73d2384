"""Points are for work: what passes by a guess, from a table or without the point of the exercise earns little or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROJECT, SECRET, TESTS
from torchdojo.course import Course, load_course, parse_course_file
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult, Result
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.verify.lazy import generate_lazy_answers

REAL = load_course(PROJECT)
TINY = load_course(TESTS / "tiny")
CHECKS = '''\
import pytest

pytestmark = pytest.mark.exercise("double")


@pytest.mark.core
@pytest.mark.points(0.5)
def test_values(compare, probes):
    """It returns twice x."""
    compare(probes.doubled)


@pytest.mark.points(1)
def test_float32(compare, probes):
    """It works in float32."""
    compare(probes.doubled, dtype="float32")


@pytest.mark.guessable
@pytest.mark.points(0.5)
def test_type(compare, probes):
    """It returns a tensor."""
    compare(probes.kind_of_double)
'''
PROBE = """

@probe("double(x)")
def kind_of_double(ch, draw: Draw):
    return {"is_tensor": isinstance(ch.double(draw.normal(3)), torch.Tensor)}
"""
Grade = Callable[[str], dict[str, CheckResult]]


@pytest.fixture
def root(tiny_root: Path) -> Path:
    """A course whose exercise has a core check and a guessable one."""
    folder = tiny_root / "graders" / "ch1_tiny"
    (folder / "test_double.py").write_text(CHECKS, encoding="utf-8")
    probes = folder / "probes.py"
    probes.write_text(probes.read_text(encoding="utf-8") + PROBE, encoding="utf-8")
    return tiny_root


def grader_of(course: Course, worker: Worker, secret: bytes = SECRET) -> Grader:
    return Grader(course, course.chapters[0], Settings(NONE, secret), worker)


@pytest.fixture
def grade(root: Path, plain_worker: Worker) -> Grade:
    grader = grader_of(load_course(root), plain_worker)

    def with_body(body: str) -> dict[str, CheckResult]:
        head = "import torch\ndef double(x):\n"
        result = grader.grade((head + f"    {body}\n").encode(), ["double"])
        return {check.check: check for check in result.checks}

    return with_body


def earned(checks: dict[str, CheckResult]) -> dict[str, float]:
    return {name: check.earned for name, check in checks.items()}


def test_all_points_are_earned_by_right_work(grade: Grade) -> None:
    assert earned(grade("return 2 * x")) == {"values": 0.5, "float32": 1.0, "type": 0.5}


def test_a_guessable_check_alone_earns_nothing_and_says_why(grade: Grade) -> None:
    checks = grade("return 0 * x")
    assert earned(checks) == {"values": 0.0, "float32": 0.0, "type": 0.0}
    assert checks["type"].status == "failed"
    assert "no check of this exercise's values passes yet" in checks["type"].message
    assert "double(x)" in checks["type"].message


def test_without_the_point_of_the_exercise_a_quarter_is_earned_at_most(grade: Grade) -> None:
    checks = grade("return 2 * x if x.dtype == torch.float32 else 0 * x")
    assert earned(checks) == {"values": 0.0, "float32": 0.33, "type": 0.17}  # a quarter of 2 points, in proportion
    assert checks["type"].status == "passed"
    assert (
        "This check is the point of the exercise: until it passes, you earn at most a quarter"
        in checks["values"].message
    )


def test_with_the_point_right_the_rest_keeps_its_points(grade: Grade) -> None:
    checks = grade("return 2 * x if x.dtype == torch.float64 else 0 * x")
    assert earned(checks) == {"values": 0.5, "float32": 0.0, "type": 0.5}


def test_a_check_draws_the_same_parameters_from_the_same_secret(root: Path, plain_worker: Worker) -> None:
    folder = root / "graders" / "ch1_tiny"
    question = (
        "compare(probes.doubled, dtype=('float32', 'float64')[drawn.integer(0, 2)], shape=(drawn.integer(3, 10**4), 2))"
    )
    text = CHECKS.replace("def test_float32(compare, probes)", "def test_float32(compare, probes, drawn)")
    text = text.replace('compare(probes.doubled, dtype="float32")', question)
    (folder / "test_double.py").write_text(text, encoding="utf-8")

    def drawn(secret: bytes) -> tuple[int, int]:
        runs = grader_of(load_course(root), plain_worker, secret).dry_run(["double"])
        return next(x[0].calls[0].params["shape"] for check, x in runs if check.check == "float32")

    assert drawn(b"one") == drawn(b"one") != drawn(b"another")


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("return float(outputs['y'].abs().max() > 0)", ""),
        ("return 0.25", "accuracy: 0.25"),
        ("return float('nan')", "accuracy: nan"),
        ("return outputs['missing']", "an answer that has no accuracy"),
        ("return 'much'", "an answer that has no accuracy"),
        ("return float(draw.seed == outputs['seed'])", ""),
    ],
)
def test_what_a_model_reaches_is_measured_by_the_check(
    measure: str, words: str, root: Path, plain_worker: Worker
) -> None:
    folder = root / "graders" / "ch1_tiny"
    text = (folder / "probes.py").read_text(encoding="utf-8").rstrip()
    probe = '@probe("double(x)", calibrate=accuracy)\ndef trained(ch, draw: Draw):\n'
    probe += '    return {"y": ch.double(draw.normal(3)), "seed": draw.seed}\n'
    text += f"\n\n\ndef accuracy(outputs, draw):\n    {measure}\n\n\n{probe}"
    (folder / "probes.py").write_text(text, encoding="utf-8")
    (folder / "calibration.json").write_text('{"probes": {"trained": {"threshold": 0.5}}}', encoding="utf-8")
    checks = CHECKS.replace('compare(probes.doubled, dtype="float32")', "reaches(probes.trained)")
    (folder / "test_double.py").write_text(
        checks.replace("test_float32(compare", "test_float32(reaches"), encoding="utf-8"
    )
    grader = grader_of(load_course(root), plain_worker)
    result = grader.grade(grader.oracle.reference, ["double"])
    check = next(c for c in result.checks if c.check == "float32")
    assert check.status == ("failed" if words else "passed"), check.message
    assert words in check.message


def test_an_answer_from_a_table_passes_only_what_is_the_same_under_every_secret(
    root: Path, plain_worker: Worker
) -> None:
    statuses = {c.check: c.status for c in grader_of(load_course(root), plain_worker).grade_replayed(["double"]).checks}
    assert set(statuses.values()) == {"failed"}
    probes = root / "graders" / "ch1_tiny" / "probes.py"
    fixed = probes.read_text(encoding="utf-8").replace(
        "draw.normal(*shape, dtype=getattr(torch, dtype), grad=True)",
        "torch.ones(shape, dtype=getattr(torch, dtype), requires_grad=True)",
    )
    assert "torch.ones" in fixed
    probes.write_text(fixed, encoding="utf-8")
    result = grader_of(load_course(root), plain_worker).grade_replayed(["double"])
    assert {c.check: c.status for c in result.checks} == {"values": "passed", "float32": "passed", "type": "passed"}


def test_answers_without_work_are_generated_for_every_exercise() -> None:
    for chapter in REAL.chapters:
        reference = parse_course_file(REAL.reference_file(chapter))
        answers = list(generate_lazy_answers(chapter, reference))
        assert {answer.exercise for answer in answers} == {exercise.name for exercise in chapter.exercises}
        for answer in answers:
            compile(answer.source, answer.what, "exec")


def graded(course: Course, worker: Worker, what: str, exercise: str) -> Result:
    grader = grader_of(course, worker)
    answers = generate_lazy_answers(grader.chapter, parse_course_file(course.reference_file(grader.chapter)))
    source = next(a.source for a in answers if a.exercise == exercise and a.what == what)
    return grader.grade(source, [exercise], diagnoses=False)


@pytest.mark.parametrize("what", ["nothing", "its first argument", "zeros", "ones"])
def test_an_answer_without_work_is_loaded_and_earns_nothing(what: str, root: Path, plain_worker: Worker) -> None:
    result = graded(load_course(root), plain_worker, what, "double")
    assert result.score == 0
    assert {check.status for check in result.checks} == {"failed"}, [c.message for c in result.checks]


def test_a_constructor_alone_has_its_parameters(plain_worker: Worker) -> None:
    result = graded(TINY, plain_worker, "its constructor alone; its methods return zeros", "Scale")
    assert {c.check: c.status for c in result.checks} == {"values": "failed", "shape": "passed"}
