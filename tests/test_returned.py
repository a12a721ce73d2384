"""What came back: a beginner's slips are told by the kind of value that the function returned."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECT, SECRET
from tests.results import make_check
from torchdojo.course import load_course
from torchdojo.grading.compare import EXACT
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult
from torchdojo.grading.returned import _say_next
from torchdojo.probe import Draw, probe, raised
from torchdojo.sandbox.backend import NONE
from torchdojo.source.returns import find_functions
from torchdojo.worker.form import Form
from torchdojo.worker.protocol import Call, Reply, ReplyStatus, Request
from torchdojo.worker.request_runner import run_request
from torchdojo.worker.returned import MAX_FUNCTION_CALLS, Returned, read_returned, write_returned

COURSE = load_course(PROJECT)
NAMES = st.text("abcdef._", min_size=1, max_size=8)
SIZES = st.integers(0, 2**40)
FORMS = st.builds(
    Form, NAMES, NAMES, st.lists(SIZES, max_size=4).map(tuple), NAMES, st.booleans(), SIZES, st.just((Form("int"),))
)


@pytest.fixture(scope="module")
def graders() -> Iterator[dict[str, Grader]]:
    """A grader of each chapter that the slips are in, by the names of its exercises."""
    made = [Grader(COURSE, chapter, Settings(NONE, SECRET)) for chapter in (COURSE.chapters[0], COURSE.chapters[4])]
    yield {exercise.name: grader for grader in made for exercise in grader.chapter.exercises}
    for grader in made:
        grader.close()


def first_told(graders: dict[str, Grader], function: str, body: str) -> CheckResult:
    """Return the first check that the reference does not pass with another body of a function.

    In the body, HERE is a comment on the line that the message should name.
    """
    exercise = function.partition(".")[0]
    grader = graders[exercise]
    source = replace_body(grader.oracle.reference.decode(), function, body)
    result = grader.grade(source.encode(), [exercise], diagnoses=False)
    check = next(check for check in result.checks if check.status.is_wrong)
    if "HERE" in body:
        line = next(number for number, text in enumerate(source.splitlines(), 1) if "HERE" in text)
        assert check.finding.line == line
        check.finding = replace(check.finding, advice=check.finding.advice.replace(f"line {line}", "line HERE"))
    return check


def replace_body(source: str, function: str, body: str) -> str:
    """Return a text with another body of a function, or of a method as Class.method, after its docstring."""
    tree = ast.parse(source)
    node = {name: node for statement in tree.body for name, node in find_functions(statement)}[function]
    indent = "        " if "." in function else "    "
    lines = source.splitlines()
    new = [indent + line for line in body.splitlines()]
    return "\n".join([*lines[: node.body[0].end_lineno], *new, *lines[node.end_lineno :]]) + "\n"


X = "a tensor of shape (3, 4), float64"
SLIPS = [
    ("sigmoid", "y = torch.sigmoid(x)  # HERE", X, "None", "`sigmoid` returned None: is a `return y` missing"),
    ("sigmoid", "torch.sigmoid(x)  # HERE", X, "None", "is a `return` missing before what line HERE computes?"),
    (
        "sigmoid",
        "if x.dim() == 2:\n    return torch.sigmoid(x)",
        "a tensor of shape (), float64",
        "None",
        "is only reached if `x.dim() == 2` is true.",
    ),
    ("sigmoid", "return print(x)  # HERE", X, "None", "in line HERE, `print(…)` does its work and returns None."),
    (
        "sigmoid",
        "return torch.sigmoid(x).detach().numpy()  # HERE",
        X,
        "a numpy array of shape (3, 4), float64",
        "Autograd cannot follow what numpy computes",
    ),
    ("sigmoid", "return torch.sigmoid", X, "the function sigmoid", "are parentheses missing, `sigmoid(…)`?"),
    ("sigmoid", "return torch.nn.ReLU(x)", X, "an nn.ReLU module", "`nn.ReLU()(x)`, or use `F.relu(x)`."),
    ("sigmoid", "return torch.nn.ReLU", X, "the class ReLU", "Parentheses make an object of it: `ReLU(…)`."),
    ("sigmoid", "y = torch.sigmoid(x),  # HERE\nreturn y", X, "a tuple", "The comma at the end of line HERE"),
    ("sigmoid", "return [torch.sigmoid(row) for row in x]", X, "a list", "`torch.stack(…)` makes one tensor"),
    ("sigmoid", "yield torch.sigmoid(x)", X, "a generator", "compute the value, and `return` that."),
    (
        "sigmoid",
        "y = x.detach()  # HERE\nreturn torch.sigmoid(y)",
        f"{X}, that requires grad",
        "one that does not require grad",
        "`.detach()` in line HERE cuts the link.",
    ),
    (
        "binary_cross_entropy",
        "loss = (prediction - target).mean()\nreturn loss.item()  # HERE",
        "a tensor of shape (), float64",
        "a float",
        "`.item()` in line HERE makes a Python number, which autograd cannot follow: leave it out.",
    ),
    (
        "accuracy",
        "return (predict(data, weights, bias) > 0.5).eq(labels).double().mean()",
        "a float",
        "a tensor of shape (), float64",
        "`.item()` takes the Python number out.",
    ),
    ("accuracy", "return '0.5'", "a float", "a string", "without `str(…)`, quotes or an f-string."),
    ("accuracy", "return bool(data.numel())", "a float", "a bool", "A comparison gives True or False"),
    (
        "init_parameters",
        "return torch.randn(2) * 0.01, torch.randn(1) * 0.01",
        "weights: shape (2, 1), float32",
        "weights: shape (2,), float32",
        "A dimension of size 1 is missing: `.unsqueeze(1)` adds it",
    ),
    (
        "init_parameters",
        "return torch.randn(1)",
        "a tuple",
        "a tensor of shape (1,), float32",
        "`return weights, bias`",
    ),
    (
        "predict",
        "return sigmoid(x @ weights + bias)",
        "a tensor of shape (5,), float64",
        "a tensor of shape (5, 1), float64",
        "It has an extra dimension of size 1: `.squeeze(1)` removes it.",
    ),
    (
        "predict",
        "return sigmoid(x @ weights + bias).squeeze(1).float()  # HERE",
        "a tensor of shape (5,), float64",
        "a tensor of shape (5,), float32",
        "`.float()` in line HERE turns it into float32.",
    ),
    (
        "majority_vote",
        "return torch.mode(predictions, dim=0)",
        "a tensor of shape (40,), int64",
        "all that torch.mode returns",
        "the values and their indices: take `.values` or `.indices`.",
    ),
    (
        "trainable_parameters",
        "return (p for p in module.parameters() if p.requires_grad)",
        "a list",
        "a generator",
        "A generator can be read only once: `list(…)` keeps its values.",
    ),
    ("Frozen.train", "super().train(False)  # HERE", "a Frozen module", "None", "`train` returned None"),
]


@pytest.mark.parametrize(("function", "body", "expected", "got", "advice"), SLIPS)
def test_a_slip_is_told_by_what_was_returned(
    graders: dict[str, Grader], function: str, body: str, expected: str, got: str, advice: str
) -> None:
    finding = first_told(graders, function, body).finding
    assert (finding.expected, finding.got) == (expected, got)
    assert advice in finding.advice
    assert finding.kind_differs


@pytest.mark.parametrize(
    ("function", "body"),
    [("sigmoid", "return torch.sigmoid(x) * 1.01"), ("accuracy", "return 0.25"), ("sgd_step", "return parameters, lr")],
)
def test_wrong_values_of_the_right_kind_are_told_as_values(
    graders: dict[str, Grader], function: str, body: str
) -> None:
    check = first_told(graders, function, body)
    assert check.status == "failed"
    assert not check.finding.kind_differs


def test_where_the_code_itself_raised_it_says_what_was_to_be_returned(graders: dict[str, Grader]) -> None:
    check = first_told(graders, "sigmoid", "return x @ 'oops'")
    assert (check.status, check.finding.expected) == ("error", X)
    assert check.finding.got.startswith("TypeError: ")


def test_only_what_a_probe_gets_is_noted() -> None:
    """Not what the functions of a file return to each other, nor what they return to a call that should raise."""
    source = b"def inner():\n    return 1.5\n\ndef outer():\n    inner()\n    return 'text'\n"
    calls = ask_for(source, lambda ch: [raised(lambda: ch.inner()), ch.outer(), ch.inner()])
    assert [(call.function, call.line, call.form.kind) for call in calls] == [
        ("outer", 6, "string"),
        ("inner", 2, "float"),
    ]


def test_thousands_of_calls_are_noted_by_the_first_few() -> None:
    calls = ask_for(b"def f():\n    return 1, 2\n", lambda ch: [ch.f() for _ in range(50_000)])
    assert len(calls) == MAX_FUNCTION_CALLS


@pytest.mark.parametrize("text", ["", "[", "{}", "[[]]", '[["f", -1, {}]]', '[["f", 1, null]]', "[" * 20_000, "1e999"])
def test_a_damaged_record_holds_no_calls(text: str) -> None:
    assert read_returned(text) == []


@given(st.lists(st.builds(Returned, NAMES, SIZES, FORMS), max_size=5))
def test_a_record_arrives_as_it_was_written(calls: list[Returned]) -> None:
    assert read_returned(write_returned(calls)) == calls


def ask_for(source: bytes, call: Callable[[Any], object]) -> list[Returned]:
    """Return what is noted of the calls of a file's functions."""

    @probe("the file's functions")
    def called(ch: Any, draw: Draw) -> dict[str, Any]:
        call(ch)
        return {}

    reply = run_request(Request("ch", source, "ch.py", (Call("called", {}, 1),)), {"called": called})
    assert reply.is_ok, reply.message
    return read_returned(reply.returned)


def test_what_should_come_next_goes_by_the_order_of_the_calls() -> None:
    """Of a class whose methods are called in turn, the one that raised."""
    shares, labels = Form("tensor", "Tensor", (5, 3), "float64"), Form("tensor", "Tensor", (5,), "int64")
    calls = [Returned("Ensemble.forward", 1, shares), Returned("Ensemble.predict", 2, labels)]
    last = Exchange((Call("votes", {}, 1),), "cpu", Reply(ReplyStatus.ERROR, returned=write_returned(calls[:1])), EXACT)
    expected = Reply(ReplyStatus.OK, returned=write_returned(calls))
    said = _say_next(make_check("Ensemble.labels", "error", 1), last, expected)
    assert said == {"expected": "a tensor of shape (5,), int64, from the 2nd call"}
