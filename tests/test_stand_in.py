"""The stand-in for a submission's module: ordinary tests call what is in another process."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SECRET
from torchdojo.course import load_course
from torchdojo.grading import check_run
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.words import withhold_words
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.stand_in.dialogue import Dialogue, Unexpected
from torchdojo.stand_in.remote import RemoteObject
from torchdojo.verify.tamper import tamper
from torchdojo.wire import SentTensor
from torchdojo.worker.conversation import Conversation, find_object
from torchdojo.worker.inline import InlineServer
from torchdojo.worker.protocol import STEP, Call, Limits, Request, Run, decode_reply

COURSE = """
title = "Ordinary tests"
show_reference = true

[[chapter]]
name = "ch1_plain"
title = "Plain"
short = "plain"
check_seconds = 5
memory_mb = 512

[[chapter.exercise]]
name = "Linear"
points = 1
hints = ["Multiply.", "Multiply by the weight.", "x @ weight.T"]
read = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
"""

CHECK = '''import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

# head

pytestmark = pytest.mark.exercise("Linear")


@pytest.mark.points(1)
@pytest.mark.public
def test_it(submission):
    """It works."""
'''

REFERENCE = '''# %% [markdown]
# # Plain

# %%
import random
from collections import namedtuple

import numpy as np
import torch
from torch import Tensor, nn

# %%
class Linear(nn.Module):
    """Multiply by a weight."""

    def __init__(self, n: int, m: int, bias: bool = True) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.weight = nn.Parameter(torch.randn(m, n))
        self.bias = nn.Parameter(torch.zeros(m)) if bias else None
        self.calls = 0
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return x times the weight."""
        ### BEGIN SOLUTION
        self.calls += 1
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias
        ### END SOLUTION


class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr):
        if lr < 0:
            raise ValueError(f"lr is {lr}, but must not be negative")
        super().__init__(params, {"lr": lr})

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.data -= group["lr"] * p.grad


class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self._children = data, 0.0, children

    def __add__(self, other):
        return Value(self.data + (other.data if isinstance(other, Value) else other))

    __radd__ = __add__

    def __eq__(self, other):
        return isinstance(other, Value) and self.data == other.data

    def __lt__(self, other):
        return self.data < other.data

    def __hash__(self):
        return hash(self.data)

    def __repr__(self):
        return f"Value(data={self.data})"


class Box:
    """No operator of its own."""

    def __init__(self, content=None):
        self.content = content


class OwnError(ValueError):
    pass


class Manager:
    def __enter__(self):
        self.inside = True
        return self

    def __exit__(self, kind, error, trace):
        self.inside = False
        return kind is not None and issubclass(kind, KeyError)


class Items:
    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __setitem__(self, index, value):
        self.items[index] = value

    def __iter__(self):
        yield from self.items

    def __contains__(self, item):
        return item in self.items


Pair = namedtuple("Pair", "low high")


def numbers(n):
    yield from range(n)


def pair(x):
    return Pair(min(x), max(x))


def gelu(x):
    return 0.5 * x * (1 + torch.erf(x / 2**0.5))


def softmax(x, dim=-1):
    e = torch.exp(x - x.max(dim, keepdim=True).values)
    return e / e.sum(dim, keepdim=True)


def sort(values):
    values.sort()


def clip(params, most):
    for p in params:
        if p.grad is not None:
            p.grad.clamp_(-most, most)


def epoch(X, y, theta, lr=0.1):
    theta -= lr * X.T @ (X @ theta - y)


def apply(function, x):
    return function(x)


def fail(what):
    if what == "own":
        raise OwnError("mine")
    if what == "exit":
        raise SystemExit(3)
    if what == "interrupt":
        raise KeyboardInterrupt
    raise {"key": KeyError("k"), "index": IndexError("i"), "cuda": torch.OutOfMemoryError("o")}.get(what, RuntimeError(what))


def same(x):
    return x


def copied(x):
    return list(x)


def draw(n):
    return torch.randn(n)


def draw_all():
    return random.random(), float(np.random.rand()), torch.rand(()).item()
'''


@dataclass
class Plain:
    """Grades submissions of a course whose one check has a body that a test gives."""

    root: Path
    worker: Worker

    def grade(self, body: str, source: str = REFERENCE, head: str = "", seconds: float | None = None) -> Result:
        """Grade a submission. head: what the check's file holds before the check; seconds: a limit on each step"""
        graders = self.root / "graders/ch1_plain"
        test = textwrap.indent(textwrap.dedent(body), "    ")
        (graders / "test_linear.py").write_text(CHECK.replace("# head", head) + test)
        course = load_course(self.root)
        grader = Grader(course, course.chapters[0], Settings(self.worker.backend, SECRET), self.worker)
        if seconds is not None:
            grader.limits = replace(grader.limits, seconds=seconds)
        return grader.grade(source.encode())

    def check(self, body: str, source: str = REFERENCE, head: str = "", seconds: float | None = None) -> CheckResult:
        (check,) = self.grade(body, source, head, seconds).checks
        return check

    def passes(self, body: str, source: str = REFERENCE, head: str = "") -> None:
        check = self.check(body, source, head)
        assert (check.status, check.message) == ("passed", ""), check.message


@contextlib.contextmanager
def plain_course(root: Path, backend: SandboxBackend) -> Iterator[Plain]:
    for folder in ("graders/ch1_plain", "reference", "exercises"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "course.toml").write_text(COURSE)
    (root / "reference/ch1_plain.py").write_text(REFERENCE)
    (root / "exercises/ch1_plain.py").write_text(REFERENCE)
    probes = root / "graders/ch1_plain/probes.py"
    probes.write_text("# The check needs none.\n")
    with Worker(backend, [probes]) as worker:
        yield Plain(root, worker)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    with plain_course(tmp_path_factory.mktemp("plain"), NONE) as plain:
        yield plain


@pytest.fixture(scope="module")
def boxed(tmp_path_factory: pytest.TempPathFactory, bubblewrap: SandboxBackend) -> Iterator[Plain]:
    with plain_course(tmp_path_factory.mktemp("boxed"), bubblewrap) as plain:
        yield plain


def test_a_module_is_called(plain: Plain) -> None:
    plain.passes("""
        layer = submission.Linear(3, 4)
        x = torch.randn(2, 3)
        y = layer(x)
        assert y.shape == (2, 4)
        assert layer.weight.shape == (4, 3)
        assert isinstance(layer.weight, nn.Parameter)
        assert isinstance(layer, nn.Module)
        assert layer.weight is layer.weight
        torch.testing.assert_close(y, x @ layer.weight.T + layer.bias)
        assert submission.Linear(3, 4, bias=False).bias is None
    """)


def test_gradients_flow_across(plain: Plain) -> None:
    plain.passes("""
        layer = submission.Linear(3, 1)
        x = torch.randn(5, 3, requires_grad=True)
        loss = nn.functional.mse_loss(layer(x), torch.zeros(5, 1))
        loss.backward()
        other = nn.Linear(3, 1)
        other.weight.data.copy_(layer.weight)
        other.bias.data.copy_(layer.bias)
        x2 = x.detach().clone().requires_grad_()
        nn.functional.mse_loss(other(x2), torch.zeros(5, 1)).backward()
        torch.testing.assert_close(layer.weight.grad, other.weight.grad)
        torch.testing.assert_close(layer.bias.grad, other.bias.grad)
        torch.testing.assert_close(x.grad, x2.grad)
    """)


def test_an_optimizer_updates_a_model_of_the_check(plain: Plain) -> None:
    plain.passes("""
        model, twin = nn.Linear(3, 2), nn.Linear(3, 2)
        twin.load_state_dict(model.state_dict())
        opt, other = submission.SGD(model.parameters(), lr=0.1), torch.optim.SGD(twin.parameters(), lr=0.1)
        x = torch.randn(8, 3)
        for _ in range(5):
            for m, o in ((model, opt), (twin, other)):
                o.zero_grad()
                m(x).square().mean().backward()
                o.step()
        torch.testing.assert_close(model.weight, twin.weight)
        torch.testing.assert_close(model.bias, twin.bias)
    """)


def test_a_wrong_solution_fails(plain: Plain) -> None:
    wrong = REFERENCE.replace("return y if self.bias is None else y + self.bias", "return y + 1")
    check = plain.check(
        """
        layer = submission.Linear(3, 4)
        x = torch.randn(2, 3)
        torch.testing.assert_close(layer(x), x @ layer.weight.T)
    """,
        wrong,
    )
    assert check.status == "failed", check.message
    assert "Tensor-likes are not close" in check.message


def test_operators_are_those_of_the_reference(plain: Plain) -> None:
    plain.passes("""
        a, b = submission.Value(1.0), submission.Value(2.0)
        c = a + b
        assert c.data == 3.0
        assert c == submission.Value(3.0)
        assert c != a
        assert not (a == b)
        assert a < b
        assert max(a, b) is b
        assert (1 + a).data == 2.0
        assert (a + 1).data == 2.0
        assert sum([a, b]).data == 3.0
        assert {a, submission.Value(1.0)} == {a}
        assert str(a) == "Value(data=1.0)"
        assert a.grad == 0.0
        a.grad = 5
        assert a.grad == 5
        assert isinstance(c, submission.Value)
        assert not isinstance(c, submission.Linear)
        box = submission.Box(a)
        assert box.content is a
        assert box == box
        assert box != submission.Box(a)
        with pytest.raises(TypeError):
            box + 1
        with pytest.raises(TypeError):
            len(box)
        assert copy.deepcopy(box).content.data == 1.0
        del box.content
        assert not hasattr(box, "content")
    """)


def test_containers_iterators_and_managers(plain: Plain) -> None:
    plain.passes("""
        items = submission.Items([1, 2, 3])
        assert len(items) == 3
        assert items[1] == 2
        assert items[1:] == [2, 3]
        items[0] = 7
        assert list(items) == [7, 2, 3]
        assert 7 in items
        assert 8 not in items
        with pytest.raises(IndexError):
            items[9]
        assert bool(items)
        assert not submission.Items([])
        assert list(submission.numbers(3)) == [0, 1, 2]
        it = submission.numbers(2)
        assert next(it) == 0
        assert next(it) == 1
        with pytest.raises(StopIteration):
            next(it)
        result = submission.pair([3, 1])
        assert (result.low, result.high) == (1, 3)
        assert result == (1, 3)
        with submission.Manager() as manager:
            assert manager.inside
        assert not manager.inside
        with manager:
            raise KeyError("swallowed")
        with pytest.raises(ZeroDivisionError):
            with manager:
                1 / 0
    """)


def test_exceptions_are_themselves(plain: Plain) -> None:
    plain.passes("""
        with pytest.raises(ValueError, match="must not be negative"):
            submission.SGD([nn.Parameter(torch.ones(1))], lr=-1)
        with pytest.raises(submission.OwnError, match="mine"):
            submission.fail("own")
        with pytest.raises(ValueError):
            submission.fail("own")
        with pytest.raises(KeyError) as caught:
            submission.fail("key")
        assert caught.value.args == ("k",)
        with pytest.raises(SystemExit):
            submission.fail("exit")
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            submission.Linear(3, 4)(torch.ones(2, 5))
        with pytest.raises(TypeError):
            submission.gelu()
        with pytest.raises(AttributeError):
            submission.Box().no_such_thing
    """)


def test_what_a_call_changes_is_changed_here(plain: Plain) -> None:
    plain.passes("""
        values = [3, 1, 2]
        assert submission.sort(values) is None
        assert values == [1, 2, 3]
        many = list(range(2000, 0, -1))
        submission.sort(many)
        assert many == sorted(many)
        params = list(nn.Linear(3, 3).parameters())
        for p in params:
            p.grad = torch.full_like(p, 5.0)
        submission.clip(params, 1.0)
        assert all(bool((p.grad == 1).all()) for p in params)
        X, y, theta = np.ones((4, 2)), np.ones((4, 1)), np.zeros((2, 1))
        submission.epoch(X, y, theta)
        np.testing.assert_allclose(theta, 0.4)
        layer = submission.Linear(2, 2)
        w = layer.weight
        with torch.no_grad():
            w.zero_()
        assert float(layer(torch.ones(2)).detach().abs().sum()) == 0
        w.data += 1
        torch.testing.assert_close(layer(torch.ones(2)), torch.full((2,), 2.0))
        x = torch.ones(2)
        assert submission.same(x) is x
    """)


def test_functions_of_libraries_cross_by_their_names(plain: Plain) -> None:
    plain.passes("""
        x = torch.tensor([-1.0, 2.0])
        for f in (torch.relu, nn.functional.relu, torch.exp, torch.Tensor.abs, abs):
            torch.testing.assert_close(submission.apply(f, x), f(x))
        assert submission.apply(np.exp, 0.0) == 1.0
        assert submission.apply(math.sqrt, 4.0) == 2.0
        assert submission.apply(len, [1, 2]) == 2
        assert submission.same(torch.float64) is torch.float64
        assert submission.same(nn.ReLU) is nn.ReLU
        assert submission.same(slice(1, None)) == slice(1, None)
        assert submission.same((..., 2**300, 1j, range(3), b"x")) == (..., 2**300, 1j, range(3), b"x")
        assert submission.apply(submission.gelu, torch.zeros(2)).tolist() == [0, 0]
        assert submission.same(np.float32(2.5)) == np.float32(2.5)
        assert submission.same({"a": [1, {2}]}) == {"a": [1, {2}]}
        assert submission.same(torch.Size([2])) == (2,)
    """)


def test_random_numbers_are_those_of_the_check(plain: Plain) -> None:
    plain.passes("""
        torch.manual_seed(3)
        drawn = submission.draw(4)
        after = torch.randn(2)
        torch.manual_seed(3)
        assert torch.equal(drawn, torch.randn(4))
        assert torch.equal(after, torch.randn(2))
        assert not torch.equal(submission.draw(4), submission.draw(4))
        import random
        random.seed(1), np.random.seed(1), torch.manual_seed(1)
        first = submission.draw_all()
        random.seed(1), np.random.seed(1), torch.manual_seed(1)
        assert submission.draw_all() == first
        random.seed(1), np.random.seed(1), torch.manual_seed(1)
        assert (random.random(), float(np.random.rand()), torch.rand(()).item()) == first
    """)


def test_autograd_in_all_its_forms(plain: Plain) -> None:
    plain.passes("""
        x = torch.randn(3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(submission.gelu, (x,))
        assert torch.autograd.gradcheck(submission.softmax, (x,))
        y = submission.gelu(x)
        (g,) = torch.autograd.grad(y.sum(), x)
        torch.testing.assert_close(g, torch.autograd.functional.jacobian(submission.gelu, x).diagonal())
        z = submission.softmax(submission.gelu(x * 2))
        z[0].backward()
        x2 = x.detach().clone().requires_grad_()
        torch.softmax(nn.functional.gelu(x2 * 2), -1)[0].backward()
        torch.testing.assert_close(x.grad, x2.grad)
        with torch.no_grad():
            assert not submission.gelu(x).requires_grad
        layer = submission.Linear(3, 1)
        layer(torch.randn(2, 3)).sum().backward()
        assert layer.weight.grad.shape == (1, 3)
        opt = torch.optim.SGD(layer.parameters(), lr=0.1)
        before = layer.weight.detach().clone()
        opt.step()
        assert not torch.equal(before, layer.weight)
        opt.zero_grad()
        assert layer.weight.grad is None
        double = submission.Linear(3, 1).double()
        assert double.weight.dtype == torch.float64
        assert {name for name, _ in double.named_parameters()} == {"weight", "bias"}
        assert set(double.state_dict()) == {"weight", "bias"}
        double.load_state_dict({"weight": torch.zeros(1, 3), "bias": torch.ones(1)})
        assert double(torch.zeros(3, dtype=torch.float64)).item() == 1
    """)


IMPORTS = """
import torchdojo.submission as student
from torchdojo.submission import Box, Linear, gelu
"""


def test_names_are_imported_before_a_check_runs(plain: Plain) -> None:
    plain.passes(
        """
        assert Linear(3, 4)(torch.ones(2, 3)).shape == (2, 4)
        assert student.Linear(3, 4).weight.shape == (4, 3)
        assert gelu(torch.zeros(1)).item() == 0
        assert submission.apply(gelu, torch.zeros(1)).item() == 0
        assert isinstance(Box(1), Box)
        assert not isinstance(Box(1), Linear)
        from torchdojo.submission import softmax
        assert softmax(torch.zeros(2)).tolist() == [0.5, 0.5]
        """,
        head=IMPORTS,
    )


def test_a_name_that_the_reference_lacks_is_the_authors_error(plain: Plain) -> None:
    check = plain.check("submission.Convolution(3)", REFERENCE + "\n\ndef Convolution(n):\n    pass\n")
    assert check.status == "grader_error"
    assert "the reference defines no Convolution" in check.message


def test_settings_of_the_check_hold_in_the_submission(plain: Plain) -> None:
    plain.passes("""
        torch.set_default_dtype(torch.float64)
        try:
            assert submission.draw(2).dtype == torch.float64
        finally:
            torch.set_default_dtype(torch.float32)
        assert submission.draw(2).dtype == torch.float32
    """)


# ------------------------------------------------------------------ what goes wrong


def test_an_exception_that_the_check_does_not_catch_has_its_line(plain: Plain) -> None:
    source = REFERENCE.replace("return y if self.bias", "return y + 'oops' if self.bias")
    check = plain.check("submission.Linear(3, 4, bias=False)(torch.ones(2, 3))", source)
    assert check.status == "error", check.message
    assert check.finding.called == "Linear(3, 4, bias=False)(tensor of shape (2, 3))"
    assert check.finding.text == "return y + 'oops' if self.bias is None else y + self.bias"
    assert check.finding.line == source.splitlines().index(f"        {check.finding.text}") + 1
    assert check.finding.got.startswith("TypeError: ")


@pytest.mark.parametrize(
    ("wrong", "body", "expected", "got"),
    [
        ("def gelu(x):\n    return 1.0", "submission.gelu(torch.ones(2))", "a tensor of shape (2,), float32", "a float"),
        ("def gelu(x):\n    return [x]", "submission.gelu(torch.ones(2))", "a tensor of shape (2,), float32", "a list"),
        ("def gelu(x):\n    pass", "submission.gelu(torch.ones(2))", "a tensor of shape (2,), float32", "None"),
        ("def gelu(x):\n    return x > 0", "submission.gelu(torch.ones(2))", "a tensor of shape (2,), float32", "a tensor of shape (2,), bool"),
        ("def gelu(x):\n    return x.numpy()", "submission.gelu(torch.ones(2))", "a tensor of shape (2,), float32", "a numpy array of shape (2,), float32"),
        ("class Always:\n    def __eq__(self, other):\n        return True\n\n\ndef pair(x):\n    return Always(), Always()", "assert submission.pair([1, 2]) == (1, 2)", "an int", "an object of class Always"),
        ("class Always:\n    def __eq__(self, other):\n        return True\n\n\ndef draw_all():\n    return Always()", "assert submission.draw_all() == 3", "a tuple", "an object of class Always"),
        ("def Value(data):\n    return data", "submission.Value(1.0)", "an object of class Value", "a float"),
        ("def numbers(n):\n    return n", "list(submission.numbers(3))", "an iterator", "an int"),
    ],
)  # fmt: skip
def test_another_kind_than_the_references_fails(plain: Plain, wrong: str, body: str, expected: str, got: str) -> None:
    check = plain.check(body, f"{REFERENCE}\n\n{wrong}\n")
    assert (check.status, check.finding.expected, check.finding.got) == ("failed", expected, got), check.message


HOSTILE = '''

import sys


class Always:
    """Would win every comparison in a process that ran it."""

    content = 1

    def __init__(self, *args):
        pass

    def __eq__(self, other):
        return True

    __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __contains__ = __eq__

    def __bool__(self):
        return True

    def __reduce__(self):
        return (exec, ("import os; os.environ['HACKED'] = '1'",))

    def __torch_function__(self, *args, **kwargs):
        return torch.ones(())

    def __array__(self, *args, **kwargs):
        return np.ones(())

    @property
    def __class__(self):
        return torch.Tensor


class Odd(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise KeyboardInterrupt("a tensor that refuses everything")


class Angry:
    def __init__(self, *args):
        pass

    def __getattribute__(self, name):
        raise KeyboardInterrupt("angry")


def deep(x):
    for _ in range(100):
        x = [x]
    return x


def endless():
    while True:
        yield 1
'''


@pytest.mark.parametrize(
    ("wrong", "body", "words"),
    [
        ("Box = Always", "assert submission.Box(2).content == 2", "assert 1 == 2"),
        ("Box = Angry", "assert submission.Box(1).content == 1", "KeyboardInterrupt"),
        ("same = lambda x: Always()", "assert torch.equal(submission.same(torch.ones(2)), torch.ones(2))", "an object of class Always"),
        ("same = deep", "assert submission.same(1) == 1", "nested too deep"),
        ("same = deep", "assert submission.same([1]) == [1]", "nested too deep"),
        ("same = lambda x: torch.zeros(3000, 3000, dtype=torch.float64)", "submission.same(torch.ones(2))", "too large"),
        ("same = lambda x: 'x' * 10**6", "submission.same('x')", "too long"),
        ("numbers = lambda n: endless()", "assert next(submission.numbers(3)) == 0", "assert"),
        ("fail = lambda what: sys.exit(0)", "submission.fail('key')", "SystemExit"),
        ("def fail(what):\n    raise KeyboardInterrupt('no')", "submission.fail('key')", "KeyboardInterrupt: no"),
        ("def fail(what):\n    import _pytest.outcomes as o\n    raise o.Skipped('done')", "submission.fail('key')", "Skipped: done"),
        ("def fail(what):\n    raise GeneratorExit", "submission.fail('key')", "GeneratorExit"),
    ],
)  # fmt: skip
def test_what_is_hostile_neither_judges_nor_runs_here(plain: Plain, wrong: str, body: str, words: str) -> None:
    import os

    check = plain.check(body, f"{REFERENCE}\n{HOSTILE}\n\n{wrong}\n")
    assert check.status in ("failed", "error"), check.message
    assert words in check.message
    assert "HACKED" not in os.environ


MEDDLING = {
    "an input": (
        "def gelu(x):\n    x.zero_()\n    return torch.zeros_like(x)",
        "x = torch.randn(3)\ny = submission.gelu(x)\ntorch.testing.assert_close(y, nn.functional.gelu(x))",
        "the tensor of shape (3,) as it was",
    ),
    "an input that is returned": (
        "def gelu(x):\n    return x.zero_()",
        "x = torch.randn(3)\ny = submission.gelu(x)\ntorch.testing.assert_close(y, nn.functional.gelu(x))",
        "the tensor of shape (3,) as it was",
    ),
    "an input's shape": (
        "def gelu(x):\n    x.data = torch.zeros(1)\n    return torch.zeros(1)",
        "x = torch.randn(3)\ny = submission.gelu(x)\ntorch.testing.assert_close(y, nn.functional.gelu(x))",
        "the tensor of shape (3,) as it was",
    ),
    "an input in a later step": (
        "kept = []\n\ndef gelu(x):\n    kept.append(x)\n    return x\n\ndef pair(x):\n    kept[0].zero_()\n    return 1, 2",
        "x = torch.ones(3)\nsubmission.gelu(x)\nsubmission.pair([1, 2])\nassert x.sum() == 0",
        "the tensor of shape (3,) as it was",
    ),
    "an array": (
        "def same(x):\n    x[:] = 0\n    return x",
        "x = np.ones(3)\ny = submission.same(x)\nassert (y == x).all()",
        "the array of shape (3,) as it was",
    ),
    "a gradient": (
        "def gelu(x):\n    x.grad.zero_()\n    return torch.zeros_like(x)",
        "x = torch.ones(3, requires_grad=True)\nx.grad = torch.ones(3)\nassert (submission.gelu(x) == x.grad).all()",
        "the tensor of shape (3,) as it was",
    ),
    "a parameter": (
        "class Linear(Linear):\n    def forward(self, x):\n        self.weight.data.zero_()\n        return super().forward(x)",
        "layer = submission.Linear(3, 4)\nw, x = layer.weight, torch.randn(2, 3)\ntorch.testing.assert_close(layer(x), x @ w.T)",
        "the tensor of shape (4, 3) as it was",
    ),
    "a list": (
        "def pair(x):\n    x[:] = [0, 0]\n    return 0, 0",
        "x = [3, 1, 2]\nlow, high = submission.pair(x)\nassert low == min(x) and high == max(x)",
        "the list as it was",
    ),
    "a dict": (
        "def same(x):\n    x.clear()\n    return x",
        "x = {'a': 1}\ny = submission.same(x)\nassert x == y",
        "the dict as it was",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MEDDLING)
def test_what_a_check_holds_is_not_for_a_submission_to_change(plain: Plain, what: str) -> None:
    """Where the reference changes nothing: or a check would compare an answer with what the submission wrote."""
    wrong, body, expected = MEDDLING[what]
    check = plain.check(body, f"{REFERENCE}\n\n{wrong}\n")
    assert (check.status, check.finding.expected) == ("failed", expected), check.message
    assert check.finding.got == "it was changed in place"


@pytest.mark.parametrize("answer", ["x", "list(x)", "tuple(x)"])
def test_a_copy_of_an_argument_is_as_good_as_itself(plain: Plain, answer: str) -> None:
    plain.passes(
        "assert list(submission.same([1, 2])) == [1, 2]", f"{REFERENCE}\n\ndef same(x):\n    return {answer}\n"
    )
    wrong = plain.check("submission.same({1: 2})", f"{REFERENCE}\n\ndef same(x):\n    return 1\n")
    assert (wrong.finding.expected, wrong.finding.got) == ("a dict", "an int")
    plain.passes("assert submission.copied([1, 2]) == [1, 2]", f"{REFERENCE}\n\ndef copied(x):\n    return x\n")


def test_changes_without_effect_are_no_changes(plain: Plain) -> None:
    plain.passes(
        """
        x, a, v = torch.tensor([0.0, 1.0]), np.ones(2), [1.5, 2]
        assert submission.gelu(x).shape == (2,)
        assert (submission.same(a) == 1).all()
        assert submission.pair(v) == (1.5, 2)
        params = [torch.ones(2, requires_grad=True)]
        params[0].sum().backward()
        submission.clip(params, 5.0)
        """,
        f"""{REFERENCE}\n
def pair(x):
    x[:] = [number + 0.0 if type(number) is float else number for number in x]
    return min(x), max(x)


def same(x):
    x *= 1
    return x


def gelu(x):
    x.neg_()
    x.neg_()
    return 0.5 * x * (1 + torch.erf(x / 2**0.5))


def clip(params, most):
    for p in params:
        p.grad = p.grad.clamp(-most, most) * (1 + 1e-7)
""",
    )


@pytest.mark.parametrize(
    ("wrong", "body", "words"),
    [
        ("def same(x):\n    raise StopIteration", "assert all(map(submission.same, [1, 2]))", "StopIteration"),
        ("def same(x):\n    raise StopIteration", "assert all(submission.same(x) for x in [1, 2])", "StopIteration"),
        ("def numbers(n):\n    return iter(())", "for got, n in zip(submission.numbers(3), range(3)):\n    assert got == n", "the end of the iteration"),
        ("def numbers(n):\n    while True:\n        yield 0", "assert list(submission.numbers(3)) == [0, 1, 2]", "an item"),
        ("class Items(Items):\n    __len__ = lambda self: 1\n    def __iter__(self):\n        while True:\n            yield 1", "assert sorted(submission.Items([1])) == [1]", "an item"),
        ("class Items(Items):\n    def __getitem__(self, index):\n        raise IndexError", "items = submission.Items([1])\ntry:\n    items[0]\nexcept IndexError:\n    pass", "an IndexError"),
    ],
)  # fmt: skip
def test_a_submission_does_not_end_the_loops_of_a_check(plain: Plain, wrong: str, body: str, words: str) -> None:
    """One that ended early would leave nothing to compare, and one that never ended would take for ever."""
    body += "\nassert submission.pair([1, 2]) == (1, 2)"
    check = plain.check(body, f"{REFERENCE}\n\n{wrong}\n")
    assert check.status in ("failed", "error"), check.message
    assert words in check.finding.got


@pytest.mark.parametrize("answer", ["set(bad)", "dict.fromkeys(bad, 1)"])
def test_keys_of_one_hash_are_refused(plain: Plain, answer: str) -> None:
    wrong = f"def same(x):\n    bad = [k * (2**61 - 1) for k in range(600)]\n    return {answer}"
    body = f"submission.same({'{1}' if 'set' in answer else '{1: 1}'})"
    check = plain.check(body, f"{REFERENCE}\n\n{wrong}\n")
    assert (check.status, check.finding.got) == ("failed", "a reply of no known form"), check.message


def test_an_iterator_that_ends_is_caught_as_such(plain: Plain) -> None:
    plain.passes("""
        numbers = submission.numbers(1)
        assert next(numbers) == 0
        with pytest.raises(StopIteration):
            next(numbers)
        with pytest.raises(IndexError):
            submission.Items([])[0]
    """)


@pytest.mark.parametrize(
    "body",
    [
        "submission.draw(submission.same(3) * 1000)",
        "submission.Items(range(submission.same(3)))",
        "submission.spend(submission.same(3))",
        "n = submission.same(3)\ntry:\n    submission.draw(n * 1000)\nexcept Exception:\n    pass",
    ],
)
def test_an_answer_does_not_make_the_reference_stop_the_grading(
    tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference takes the submission's steps in this process, with what the submission answered before."""
    monkeypatch.setattr(check_run, "PATIENCE", 1.0)
    spend = "\n\ndef spend(n):\n    while n > 0:\n        n -= 1\n"
    with plain_course(tmp_path, NONE) as plain:
        for name in ("reference", "exercises"):
            (tmp_path / name / "ch1_plain.py").write_text(REFERENCE + spend)
        wrong = "\n\ndef same(x):\n    return 10**10\n"
        check = plain.check(body, REFERENCE + spend + wrong, seconds=1)
        assert (check.status, check.earned) == ("failed", 0), check.message
        assert check.finding.got == "an answer before that is far too large for this step"


def test_a_reference_that_cannot_take_a_step_is_the_authors_error(plain: Plain) -> None:
    check = plain.check("assert submission.same(1) == 1\nsubmission.draw(10**13)")
    assert (check.status, check.earned) == ("grader_error", 0), check.message


def test_what_a_hidden_check_was_given_is_in_no_name(plain: Plain) -> None:
    wrong = "def same(x):\n    return type(f'input {x}', (), {})()"
    source = f"{REFERENCE}\n\n{wrong}\n"
    check = plain.check("submission.same(0.25)", source)
    assert check.finding.got == "an object of class input 0.25"
    result = plain.grade("submission.same(0.25)", source)
    result.checks[0].public = False
    (check,) = withhold_words(result, source.encode()).checks
    assert "0.25" not in check.finding.got


@pytest.mark.parametrize("code", ["('input 0.25', 1)", "(['x'], 1)", "('library', 'input 0.25')", "('object', 1, 'input 0.25', 'x', 1, ())", "('ndarray', 9, {'value': ('array', '<f4', ('input 0.25',), 1)})", "('error class', 1, ((1, 'input 0.25'),), ())", "('number', 'input 0.25', b'')", "('int', 'input 0.25')", "('dtype', 'input 0.25')"])  # fmt: skip
def test_a_forged_reply_says_nothing(plain: Plain, code: str) -> None:
    """The code that sends replies is in the submission's process, so it may send anything."""
    forged = f"import torchdojo.worker.conversation as c\nreal = c.Conversation._pack\nc.Conversation._pack = lambda self, value, depth: {code} if value == 7 else real(self, value, depth)\ndef same(x):\n    return 7"
    source = f"{REFERENCE}\n\ntry:\n{textwrap.indent(forged, '    ')}\nfinally:\n    pass\n"
    real = Conversation._pack
    try:
        result = plain.grade("assert submission.same([1]) == [1]", source)
    finally:
        Conversation._pack = real  # type: ignore[method-assign]
    assert result.checks[0].status == "failed", result.checks[0].message
    result.checks[0].public = False
    (check,) = withhold_words(result, source.encode()).checks
    assert "0.25" not in check.message


def test_operators_that_the_reference_lacks_are_not_asked(plain: Plain) -> None:
    plain.passes(
        """
        a, b = submission.Box(1), submission.Box(2)
        assert not (a == b)
        assert a != b
        assert not isinstance(a, torch.Tensor)
        for ask in (lambda: a < b, lambda: 3 in a, lambda: torch.add(a, 1), lambda: a + 1, lambda: len(a)):
            with pytest.raises(TypeError):
                ask()
        with pytest.raises((TypeError, AssertionError)):
            torch.testing.assert_close(a, torch.ones(()))
        assert np.asarray(a).dtype == object
        result = submission.same(torch.ones(2))
        assert type(result) is torch.Tensor
        assert result.sum() == 2
        """,
        f"{REFERENCE}\n{HOSTILE}\n\nBox = Always\nsame = lambda x: x.as_subclass(Odd)\n",
    )


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ("while True:\n        pass", "timeout", "no answer in time"),
        ("import os\n    os._exit(0)", "crashed", "ended itself"),
        ("return torch.ones(10**10)", "memory", ""),
    ],
)
def test_what_ends_the_process_ends_the_check_even_if_it_is_caught(
    boxed: Plain, wrong: str, status: str, words: str
) -> None:
    body = """
        for _ in range(3):
            try:
                submission.gelu(torch.ones(2))
            except BaseException:
                pass
    """
    check = boxed.check(body, f"{REFERENCE}\n\ndef gelu(x):\n    {wrong}\n", seconds=1)
    assert check.status == status, check.message
    assert words in check.message


def test_nothing_of_the_sandbox_is_reached(boxed: Plain, tmp_path: Path) -> None:
    boxed.passes("""
        layer = submission.Linear(3, 4)
        opt = submission.SGD(layer.parameters(), lr=0.1)
        before = layer.weight.detach().clone()
        layer(torch.ones(2, 3)).sum().backward()
        opt.step()
        torch.testing.assert_close(layer.weight, before - 0.1 * 2 * torch.ones(4, 3))
    """)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "submission.apply(lambda x: x, 1)",
            "apply(the function <lambda>, 1): argument 1, the function <lambda>, cannot cross",
        ),
        ("submission.same(nn.Linear(2, 2))", "argument 1, an object of class Linear, cannot cross"),
        ("submission.same([object()])", "argument 1, an object of class object, cannot cross"),
    ],
)
def test_what_cannot_cross_is_the_authors_error(plain: Plain, body: str, words: str) -> None:
    check = plain.check(body)
    assert check.status == "grader_error", check.message
    assert words in check.message
    assert "write a probe" in check.message


def test_the_chapter_itself_can_be_imported(plain: Plain) -> None:
    """And what is imported is never the reference, which is loaded in the same process."""
    plain.passes(
        """
        import ch1_plain
        from ch1_plain import softmax
        for linear in (chapter.Linear, Linear, ch1_plain.Linear, submission.Linear):
            assert linear(3, 4)(torch.ones(2, 3)).shape == (2, 4)
            assert repr(linear) == "<Linear of the submission>"
        assert repr(softmax) == "<softmax of the submission>"
        """,
        head="import ch1_plain as chapter\nfrom ch1_plain import Linear",
    )


def test_answers_from_a_table_earn_nothing(plain: Plain) -> None:
    """The table holds what the reference answered to the same steps, with other numbers."""
    body = """
        x = torch.randn(3)
        torch.testing.assert_close(submission.gelu(x), nn.functional.gelu(x))
    """
    plain.passes(body)
    course = load_course(plain.root)
    grader = Grader(course, course.chapters[0], Settings(plain.worker.backend, SECRET), plain.worker)
    result = grader.grade_replayed()
    assert [check.status for check in result.checks] == ["failed"], result.checks
    assert result.score == 0
    assert [result.status for result, _ in grader.dry_run()] == ["passed"]
    altered = grader.grade_altered_reference(lambda outputs: tamper(outputs, "zeros"))
    assert [check.status for check in altered.checks] == ["failed"], altered.checks
    assert [check.status for check in grader.grade_in_process(REFERENCE.encode()).checks] == ["passed"]


def test_an_inline_worker_keeps_a_conversations_objects_until_its_session_ends(plain: Plain) -> None:
    plain.passes("assert submission.Value(2.0).data == 2")
    params = {"args": (("object", 0), "Value"), "kwargs": {}, "shared": (), "random": {}, "grad": True}
    step = Call(STEP, {**params, "conversation": "of a test", "operation": "getattr"}, 0)
    request = Request("ch1_plain", REFERENCE.encode(), "ch1_plain.py", (step,))
    server = InlineServer()
    replies = [
        decode_reply(server.serve(Run(request, "probes", Limits(), "session"), {"probes": {}})) for _ in range(2)
    ]
    assert replies[0].outputs[0]["value"] == replies[1].outputs[0]["value"]
    assert find_object("of a test", 0) is not None
    server.end_session()
    assert find_object("of a test", 0) is None


def test_a_release_without_the_reference_goes_by_what_the_submission_is(plain: Plain) -> None:
    """There a check is a learner's own, and its kinds are those that come back."""
    course = load_course(plain.root)
    plain.passes(EVERYTHING)
    oracle = ReferenceOracle(course, course.chapters[0])
    oracle.reference = b""
    oracle.require_reference = lambda: None  # type: ignore[method-assign]
    grader = Grader(course, course.chapters[0], Settings(plain.worker.backend, SECRET), plain.worker, oracle)
    (check,) = grader.grade(REFERENCE.encode()).checks
    assert (check.status, check.message) == ("passed", "")
    (check,) = grader.grade(REFERENCE.replace("0.5 * x * (1", "0.4 * x * (1").encode()).checks
    assert check.status == "failed", check.message


EVERYTHING = """
layer = submission.Linear(3, 4)
x = torch.randn(2, 3, requires_grad=True)
layer(x).sum().backward()
assert layer.weight.grad.shape == (4, 3)
assert submission.Value(1.0) + submission.Value(2.0) == submission.Value(3.0)
assert list(submission.numbers(2)) == [0, 1]
assert len(submission.Items([1, 2])) == 2
assert submission.pair([3, 1]).low == 1
with pytest.raises(submission.OwnError):
    submission.fail("own")
torch.testing.assert_close(submission.gelu(x.detach()), nn.functional.gelu(x.detach()))
"""


# ------------------------------------------------------------------ replies that the engine's own code never sends

SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=3) | st.binary(max_size=3)
    | st.sampled_from(["tensor", "object", "ndarray", "list", "dict", "error class", "library", "named tuple", "given"])
    | st.sampled_from(["value", "raised", "shared", "given", "random", "grad", "depends", "own", "known", "args"])
    | st.builds(lambda: SentTensor(torch.ones(2), "cpu")),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["value", "grad", "requires_grad", "depends", "parameter"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
REPLIES = st.fixed_dictionaries(
    {"given": SCRAPS, "shared": SCRAPS, "random": SCRAPS}, optional={"value": SCRAPS, "raised": SCRAPS}
) | st.fixed_dictionaries(
    {"given": st.just(()), "shared": st.just(()), "random": st.just({})}, optional={"value": SCRAPS, "raised": SCRAPS}
)


class Broken(Exception):
    """How a check ends whose submission sends what it should not."""


class Scripted:
    """Gives a dialogue replies that a test chose."""

    is_mirrored = True

    def __init__(self, outputs: dict[str, Any], known: dict[str, Any]) -> None:
        self.outputs = outputs
        self.known = known

    def take_step(self, step: Any, mirrored: Any, called: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.outputs, self.known

    def find_mirrored(self, number: int) -> Any:
        return None

    def note_raised(self, error: BaseException, reply: Any) -> None:
        raise Broken

    def note_result(self, *, is_value: bool) -> None:
        pass

    def break_check(self, message: str) -> NoReturn:
        raise Broken

    def differ(self, expected: str, got: str, name: str = "") -> NoReturn:
        raise Broken


KNOWN = [
    1.0,
    ("list", (1, 2)),
    ("dict", (("a", 1),)),
    ("tensor", 5, {"value": SentTensor(torch.ones(2), "cpu"), "requires_grad": False, "parameter": False}),
    ("object", 7, "object", "Box", 8, ()),
    None,
]


@given(outputs=REPLIES, value=st.sampled_from(KNOWN))
@settings(max_examples=400, deadline=None)
def test_a_malformed_reply_ends_the_check(outputs: dict[str, Any], value: Any) -> None:
    known = {"given": (), "random": {}, "value": value, "changed": set()}
    dialogue = Dialogue(Scripted(outputs, known), ("a", "b"), "ch1_plain")
    given = [1, 2]
    with contextlib.suppress(Broken):
        result = dialogue.do("call", dialogue.module._torchdojo_link, given)
        assert type(result) in (
            int,
            float,
            bool,
            list,
            tuple,
            dict,
            torch.Tensor,
            type(None),
            Unexpected,
        ) or isinstance(
            result, RemoteObject | str | bytes | complex | set | frozenset | range | slice | torch.nn.Parameter
        )
