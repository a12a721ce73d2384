"""Whatever a submission answers, no check ends as a grader error: odd answers on every fixture, in every chapter."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT, SECRET, Tiny
from torchdojo.course import Course, load_course
from torchdojo.grading.compare import find_form_difference
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.wire import Opaque, SentTensor, encode
from torchdojo.worker.protocol import FIND_CHANGES, USED, Continue, Reply, ReplyStatus, Request, decode_reply

COURSE = load_course(PROJECT)
QUICK = ["sigmoid", "train", "make_loader", "evaluate", "survival_probabilities", "ConvBlock", "Frozen", "noise_std"]
WORDS = st.text(max_size=8) | st.sampled_from(["y", "raised", "is_value_error", "message", "ok", "\ud800"])
SHAPES = st.lists(st.integers(0, 3), max_size=4)
DTYPES = st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool])
TENSORS = st.builds(lambda shape, dtype: SentTensor(torch.zeros(shape, dtype=dtype), "cpu"), SHAPES, DTYPES)
NUMBERS = st.integers(-(2**255), 2**255) | st.integers(-2, 3) | st.floats() | st.booleans()
LEAVES = st.none() | NUMBERS | WORDS | st.binary(max_size=4) | TENSORS | st.builds(Opaque, st.text(max_size=8))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
Answer = Callable[[Request], Any]


class OddWorker:
    """Answers in a worker's place: what is sent crosses the wire, as from a submission's process."""

    backend = NONE

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Continue] = []

    def send_ahead(self, question: Continue) -> None:
        self.asked.append(question)

    def next_reply(self) -> Reply | None:
        if not self.asked:
            return None
        question = self.asked.pop(0)
        if question.calls[0].probe == FIND_CHANGES:
            return Reply(ReplyStatus.OK, [{"changes": []}])
        return self.run(Request("", b"", "", question.calls, question.device))

    def run(self, request: Request, *_: Any, **__: Any) -> Reply:
        value = self.answer(request) if request.calls else {"status": "ok", "outputs": []}
        return decode_reply(bytes(USED.size) + encode(value), calls=len(request.calls))

    def of_kind(self, kind: str) -> OddWorker:
        return self

    def ignore(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    start_preparing = prepare = end_session = close = ignore


def grade(course: Course, chapter: str, answer: Answer, only: list[str] | None = None) -> Result:
    grader = graders.setdefault((course.root, chapter), new_grader(course, chapter))
    grader.worker = cast(Worker, OddWorker(answer))
    return grader.grade(grader.oracle.reference, only)


graders: dict[tuple[Path, str], Grader] = {}


def new_grader(course: Course, name: str) -> Grader:
    chapter = course.find(name)
    assert chapter is not None
    return Grader(course, chapter, Settings(NONE, SECRET), cast(Worker, OddWorker(lambda _: None)))


def assert_judged(result: Result) -> None:
    broken = [check.message for check in result.checks if check.status is CheckStatus.GRADER_ERROR]
    assert (result.status, broken) == ("graded", [])
    assert result.score is not None


# ---------------------------------------------------------------------------------------- a reply that is not an answer


@given(TREES)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_value_in_the_place_of_a_reply(tiny: Tiny, value: Any) -> None:
    result = grade(tiny.course, "ch1_tiny", lambda _: value)
    assert_judged(result)
    assert result.score == 0


@given(st.lists(TREES | st.dictionaries(WORDS, TREES, max_size=3), max_size=3))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_value_as_the_outputs(tiny: Tiny, outputs: list[Any]) -> None:
    assert_judged(grade(tiny.course, "ch1_tiny", lambda _: {"status": "ok", "outputs": outputs}))


@pytest.mark.parametrize("status", [[], {}, None, 1, "passed", ["ok"], {"ok": 1}])
def test_a_status_of_no_known_form_fails(tiny: Tiny, status: object) -> None:
    result = grade(tiny.course, "ch1_tiny", lambda _: {"status": status, "outputs": [{}]})
    assert {check.status for check in result.checks} == {"failed"}
    assert "a reply of no known form" in result.checks[0].message


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_as_many_outputs_as_calls(tiny: Tiny, count: int) -> None:
    """In the checks that make two calls; each of the others makes one."""
    result = grade(tiny.course, "ch1_tiny", lambda _: {"status": "ok", "outputs": [{}] * count}, ["double"])
    assert_judged(result)
    values = next(check for check in result.checks if check.check == "values")
    assert values.finding.got == f"something that may not be handed over: {count} answers to 2 calls"


@pytest.mark.parametrize("line", [None, 0, -3, 10**9, 2**200])
def test_a_reply_names_only_lines_of_its_own_text(tiny: Tiny, line: int | None) -> None:
    """And shows these as they are, and a function only if it is torch's: a hidden input could be in any of them."""
    reply = {"status": "error", "type": "E", "line": line, "text": "a secret", "made_at": [(3, "a.secret"), (4, "x")]}
    result = grade(tiny.course, "ch1_tiny", lambda _: reply, ["double"])
    finding = result.checks[0].finding
    assert (finding.line, finding.text, finding.advice) == (12, "", "")
    assert "a secret" not in result.checks[0].message


@pytest.mark.parametrize("maker", ["torch.zeros", "torch.Tensor.new_zeros", "torch.nn.functional.one_hot"])
def test_a_function_of_torch_is_named(tiny: Tiny, maker: str) -> None:
    reply = {"status": "error", "type": "RuntimeError", "made_at": [(3, maker)]}
    result = grade(tiny.course, "ch1_tiny", lambda _: reply, ["double"])
    advice = result.checks[0].finding.advice
    assert f"`{maker}`" in advice
    assert "line 3" in advice


# ------------------------------------------------------------------------------ the reference's answer, altered in part


def altered(value: Any, draw: random.Random, odd: Callable[[], Any]) -> Any:
    """The value with one part of it, or all of it, replaced."""
    parts: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value))) if is_list(value) else []
    if not parts or draw.random() < 0.2:
        return odd_tensor(value, draw) if isinstance(value, SentTensor) and draw.random() < 0.5 else odd()
    part = draw.choice(parts)
    if isinstance(value, dict):
        if draw.random() < 0.1:
            return {key: inner for key, inner in value.items() if key != part}
        return {**value, part: altered(value[part], draw, odd)}
    if draw.random() < 0.2:
        return value[:part] if draw.random() < 0.5 else [*value, *value][: part + len(value)]
    items = [altered(item, draw, odd) if index == part else item for index, item in enumerate(value)]
    return type(value)(items)


def is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def odd_tensor(value: SentTensor, draw: random.Random) -> SentTensor:
    """The tensor with another shape, dtype or values."""
    tensor = value.tensor
    narrow = draw.choice([torch.float16, torch.int64, torch.bool])
    others = [tensor.flatten(), tensor[None], tensor.to(narrow), tensor.new_empty(0), tensor.clone().fill_(-1)]
    if tensor.is_floating_point():
        others += [torch.full_like(tensor, torch.nan), torch.full_like(tensor, torch.inf)]
    return SentTensor(draw.choice(others), value.device)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("chapter", "exercise"),
    [
        pytest.param(chapter.name, exercise.name, marks=() if exercise.name in QUICK else pytest.mark.slow)
        for chapter in COURSE.chapters
        for exercise in chapter.exercises
    ],
)
@given(data=st.data())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_reference_s_answers_with_odd_parts(chapter: str, exercise: str, data: st.DataObject) -> None:
    draw = data.draw(st.randoms(use_true_random=False))
    pool = data.draw(st.lists(TREES, min_size=8, max_size=8))
    share = data.draw(st.sampled_from([0.1, 0.5]))

    def answer(request: Request) -> Any:
        grader = graders[COURSE.root, chapter]
        outputs = reference_outputs(grader, request)
        if draw.random() < share:
            outputs = altered(outputs, draw, lambda: draw.choice(pool))
        return {"status": "ok", "outputs": outputs}

    assert_judged(grade(COURSE, chapter, answer, [exercise]))


def reference_outputs(grader: Grader, request: Request) -> list[dict[str, Any]]:
    """The reference's outputs; nothing is trained."""
    trains = any(grader.oracle.probes[call.probe].calibrate and not call.params for call in request.calls)
    return [{}] if trains else grader.oracle.reference_answer(request.calls, request.device).outputs


# ------------------------------------------------------------------------------------------------------ what was missed


def test_a_check_that_an_answer_breaks_is_failed(tiny_root: Path) -> None:
    """The reference's own answer does not break it, so the answer is at fault."""
    path = tiny_root / "graders/ch1_tiny/test_scale.py"
    text = path.read_text(encoding="utf-8")
    head, _, _ = text.partition('    y = observe(probes.scaled)["y"]')
    path.write_text(
        head + '    [0, 1, 2, 3][int(observe(probes.scaled)["y"].abs().sum() > 1e6) * 9]\n', encoding="utf-8"
    )
    course = load_course(tiny_root)

    def answer(request: Request) -> Any:
        outputs = reference_outputs(graders[tiny_root, "ch1_tiny"], request)
        if request.calls[0].probe == "scaled":
            outputs = [{"y": SentTensor(torch.full((2, 2), 1e9), "cpu")} for _ in outputs]
        return {"status": "ok", "outputs": outputs}

    result = grade(course, "ch1_tiny", answer, ["Scale"])
    shape = next(check for check in result.checks if check.check == "shape")
    assert (result.status, shape.status) == ("graded", "failed")
    assert shape.finding.got == "an answer of another form than the text asks for (IndexError when it was looked at)"


def test_a_check_that_is_broken_itself_is_a_grader_error(tiny_root: Path) -> None:
    path = tiny_root / "graders/ch1_tiny/test_scale.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('observe(probes.scaled)["y"]', 'observe(probes.scaled)["no such output"]'), "utf-8")
    course = load_course(tiny_root)
    result = grade(
        course,
        "ch1_tiny",
        lambda request: {"status": "ok", "outputs": reference_outputs(graders[tiny_root, "ch1_tiny"], request)},
    )
    shape = next(check for check in result.checks if check.check == "shape")
    assert (result.status, shape.status, result.score) == ("grader_error", "grader_error", None)


def test_the_form_of_an_answer() -> None:
    """Names, types, dtypes, shapes and structure are compared; values are not, nor lengths where they vary."""
    known = {"y": SentTensor(torch.zeros(2, 3), "cpu"), "log": [(1, "a"), (2, "b")], "mean": 0.5}
    right = {"y": SentTensor(torch.ones(2, 3), "cuda"), "log": [(7, "z"), (8, "")], "mean": float("nan")}
    assert find_form_difference(right, known, ()) is None
    long = {**right, "log": [(1, "a")] * 5, "y": SentTensor(torch.ones(9, 3), "cpu")}
    assert find_form_difference(long, known, ("log", "y")) is None
    for name, value in [
        ("y", SentTensor(torch.zeros(3, 2), "cpu")),
        ("y", SentTensor(torch.zeros(2, 3, dtype=torch.int64), "cpu")),
        ("log", [(1, "a")]),
        ("log", [(1, "a"), (2, 3)]),
        ("log", [[1, "a"], [2, "b"]]),
        ("mean", 1),
    ]:
        difference = find_form_difference({**right, name: value}, known, ())
        assert difference is not None, (name, value)
        assert difference.name.startswith(name)
    for varied in ({**right, "log": [(1, 2)]}, {**right, "y": SentTensor(torch.zeros(2, 4), "cpu")}):
        assert find_form_difference(varied, known, ("log", "y")) is not None
    assert find_form_difference({"y": known["y"]}, known, ()) is not None
    assert find_form_difference({**right, "more": 1}, known, ()) is not None
