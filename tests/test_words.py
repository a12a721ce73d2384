"""Feedback on a hidden check shows known exception messages and strings from the submission, but no inputs."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.conftest import Tiny
from torchdojo.course import ExerciseId
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.words import NAME_WITHHELD, WITHHELD, withhold_words

SOURCE = """\
class TooSmall(Exception):
    pass

def f(x, rate):
    if rate < 0:
        raise ValueError("rate must not be negative")
    if rate > 1:
        raise ValueError(f"rate must be at most 1, got {rate}, which is too large")
    letters = "".join(chr(97 + int(d)) for d in str(x))
    raise TooSmall(f"{letters}")
    raise ValueError("%s needs at least %d layers" % (x, rate))
"""


def told(words: str, source: str = SOURCE, *, before: str = "", public: bool = False) -> str:
    """Return the message that feedback shows for an exception with these words."""
    finding = Finding(called="f(x)", got=before + words, words=words)
    check = CheckResult(ExerciseId("ch1", "f"), "c", "It works", 1.0, CheckStatus.ERROR, finding=finding, public=public)
    result = Result("ch1", ResultStatus.GRADED, [check], "none", "cpu", 0.0, "", "")
    return withhold_words(result, source.encode()).checks[0].finding.got


def x(*shape: int) -> torch.Tensor:
    return torch.ones(*shape)


REAL: dict[str, Callable[[], object]] = {
    "name": lambda: rate,  # type: ignore[name-defined]  # noqa: F821
    "attribute": lambda: x(2).rate,  # type: ignore[attr-defined]
    "arguments": lambda: (lambda f: f)(),  # type: ignore[call-arg]
    "keyword": lambda: nn.Linear(2, 3, rate=1),  # type: ignore[call-arg]
    "operand": lambda: x(2) * None,  # type: ignore[operator]
    "not callable": lambda: x(2)(),  # type: ignore[operator]
    "list index": lambda: [][0],
    "unpack": lambda: (lambda a: a)(*[1, 2]),
    "matmul": lambda: x(3, 400) @ x(576, 120),
    "broadcast": lambda: x(3) + x(4),
    "expand": lambda: x(3).expand(4),
    "view": lambda: x(3).view(2, 2),
    "stack": lambda: torch.stack([x(1), x(2)]),
    "cat": lambda: torch.cat([x(2, 2), x(3, 3)]),
    "convolution": lambda: nn.Conv2d(3, 4, 3)(x(1, 2, 8, 8)),
    "kernel": lambda: nn.Conv2d(3, 4, 5)(x(1, 3, 2, 2)),
    "pooling": lambda: nn.MaxPool2d(4)(x(1, 3, 2, 2)),
    "batch norm": lambda: nn.BatchNorm1d(3)(x(1, 3)),
    "dimension": lambda: x(3).sum(dim=2),
    "index": lambda: x(3)[5],
    "dtype": lambda: x(3, 3) @ x(3, 3).double(),
    "bias dtype": lambda: nn.Conv2d(1, 1, 1)(x(1, 1, 2, 2).double()),
    "bool minus": lambda: (x(2) > 0) - (x(2) > 0),
    "no grad": lambda: x(2).sum().backward(),
    "not scalar": lambda: x(2).requires_grad_().backward(),
    "leaf": lambda: x(2).requires_grad_().add_(1),
    "numpy": lambda: x(2).requires_grad_().numpy(),
    "ambiguous": lambda: bool(x(2) > 0),
    "item": lambda: x(2).item(),
    "0-d": lambda: len(torch.tensor(1.0)),
    "target": lambda: nn.CrossEntropyLoss()(x(2, 3), torch.tensor([0, 5])),
    "batch sizes": lambda: nn.CrossEntropyLoss()(x(2, 3), torch.tensor([0])),
    "between 0 and 1": lambda: nn.BCELoss()(x(2) * 2, x(2)),
    "no parameters": lambda: torch.optim.SGD([], lr=0.1),
    "before init": lambda: type("M", (nn.Module,), {"__init__": lambda self: setattr(self, "a", nn.ReLU())})(),
    "no forward": lambda: nn.Module()(x(2)),
    "division": lambda: 1 / 0,
    "math": lambda: __import__("math").log(-1),
    "key": lambda: {}["rate"],
    "recursion": lambda: (lambda g: g(g))(lambda g: g(g)),
}


@pytest.mark.parametrize("name", REAL)
def test_what_python_and_torch_say_is_told(name: str) -> None:
    with pytest.raises(Exception) as raised:
        REAL[name]()
    words = f"{raised.type.__name__}: {raised.value}"
    assert told(words, SOURCE + "\nM = a = None\n") == words


@pytest.mark.parametrize(
    "words",
    [
        "ValueError: rate must not be negative",
        "ValueError: rate must be at most 1, got 1.5, which is too large",
        "ValueError: (3, 4) needs at least 7 layers",
        "ValueError: ",
        "AssertionError: ",
        "TooSmall: rate must not be negative",
    ],
)
def test_the_words_of_ones_own_text_are_told(words: str) -> None:
    assert told(words) == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("ValueError: seven two nine point four", "ValueError"),
        ("TooSmall: hcjbae", "TooSmall"),
        ("Hcjbae: rate must not be negative", "an exception: rate must not be negative"),
        ("NameError: name 'hcjbae' is not defined", "NameError"),
        ("ValueError: rate must be at most 1, got " + "seven " * 7 + ", which is too large", "ValueError"),
        ("ValueError: a text\nof two lines", "ValueError"),
        ("hcjbae", ""),
        ("ValueError: rate must be at most 1, got hcjbae, which is too large", "ValueError"),
        ("RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x400 and 576x120) hcjbae", "RuntimeError"),
    ],
)
def test_words_that_may_hold_the_inputs_are_not(words: str, shown: str) -> None:
    got = told(words, before="it cannot be loaded a second time: ")
    assert got.startswith("it cannot be loaded a second time: ")
    assert got.endswith(shown) or got.endswith(f"{shown}{': ' * bool(shown)}({WITHHELD})")
    for spelled in ("hcjbae", "seven", "two lines", "Hcjbae"):
        assert spelled not in got


def told_name(got: str, name: str, *, public: bool = False) -> str:
    """Return the message that feedback shows for a value of another kind, whose class has this name."""
    finding = Finding(called="f(x)", expected="a tensor", got=got, kind_differs=True, name=name)
    check = CheckResult(
        ExerciseId("ch1", "f"), "c", "It works", 1.0, CheckStatus.FAILED, finding=finding, public=public
    )
    result = Result("ch1", ResultStatus.GRADED, [check], "none", "cpu", 0.0, "", "")
    return withhold_words(result, SOURCE.encode()).checks[0].finding.got


@pytest.mark.parametrize("name", ["x is 0.25", "x_0_25_7", "seven", "TooSmall seven"])
def test_a_class_does_not_name_the_inputs(name: str) -> None:
    assert told_name(f"an object of class {name}", name) == f"an object of class {NAME_WITHHELD}"
    assert told_name(f"an object of class {name}", name, public=True) == f"an object of class {name}"


@pytest.mark.parametrize("name", ["TooSmall", "Tensor", "torch.nn.functional.relu"])
def test_a_class_of_ones_own_is_named(name: str) -> None:
    assert told_name(f"an object of class {name}", name) == f"an object of class {name}"


def test_a_public_check_tells_everything() -> None:
    assert told("ValueError: seven two nine", public=True) == "ValueError: seven two nine"


@given(st.text(alphabet=string.ascii_lowercase + " '\":%{}\n", max_size=60))
def test_no_text_that_stands_nowhere_is_told(text: str) -> None:
    secret = f"{text}qzx"
    assert "qzx" not in told(f"ValueError: {secret}")
    assert "qzx" not in told(secret)


def test_a_text_of_many_strings_is_read_in_time() -> None:
    assert told("ValueError: x!", "x = " + repr(("{" + " " * 19) * 45000)).startswith("ValueError: (")
    hostile = 'f"' + "a{x}" * 3000 + '"\n' + 'f"{x}a"\n' * 2000
    assert told("ValueError: " + "a" * 399 + "!", hostile).startswith("ValueError: (")


def test_what_a_submission_raises_in_a_hidden_check_is_withheld(tiny: Tiny) -> None:
    """A message that spells out the inputs is stored for the public check only."""
    body = 'raise ValueError("".join("abcdefghij"[int(d)] for d in str(abs(x).sum().item()) if d.isdigit()))'
    source = tiny.with_double(body)
    result = withhold_words(tiny.grade(source, ["double"]), source.encode())
    got = {check.check: check.finding.got for check in result.checks}
    assert got["float32"] == f"ValueError: ({WITHHELD})"
    assert set(got["values"].removeprefix("ValueError: ")) <= set("abcdefghij")
    assert replace(result, checks=[]) == replace(tiny.grade(source, ["double"]), checks=[], seconds=result.seconds)
