"""Test suites in the form of three public courses: a right solution gets all points, a wrong one loses the right ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SECRET, TESTS
from torchdojo.course import load_course
from torchdojo.grading.grader import Grader, Settings
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.worker import Worker

SUITES = TESTS / "suites"
# An exception alone earns nothing, so that the one check is lost with the other.
ADAMW = {"adamw", "adamw_refuses_a_negative_rate"}


class Suite:
    """A course with a test suite that calls the submission. reference: the right solution"""

    def __init__(self, root: Path, worker: Worker) -> None:
        course = load_course(root)
        chapter = course.chapters[0]
        self.reference = course.reference_file(chapter).read_text()
        self.grader = Grader(course, chapter, Settings(worker.backend, SECRET), worker)

    def lost(self, old: str = "", new: str = "") -> dict[str, str]:
        """Return the checks that a solution does not pass, each with its message. old, new: what is wrong with it"""
        assert old in self.reference
        result = self.grader.grade(self.reference.replace(old, new).encode() if old else self.reference.encode())
        assert result.status == "graded", [check.message for check in result.checks]
        assert result.max_score == 10 or result.max_score == 6
        assert old or result.score == result.max_score
        return {check.check: check.message for check in result.checks if check.status != "passed"}


def suite(name: str, backend: SandboxBackend, folder: Path) -> Iterator[Suite]:
    root = folder / name
    shutil.copytree(SUITES / name, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "exercises").mkdir()
    shutil.copy(root / f"reference/{name}.py", root / "exercises")
    with Worker(backend, [root / f"graders/{name}/probes.py"]) as worker:
        yield Suite(root, worker)


@pytest.fixture(scope="module")
def basics(bubblewrap: SandboxBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    yield from suite("basics", bubblewrap, tmp_path_factory.mktemp("suites"))


@pytest.fixture(scope="module")
def needle(bubblewrap: SandboxBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    yield from suite("needle", bubblewrap, tmp_path_factory.mktemp("suites"))


@pytest.fixture(scope="module")
def scalar(bubblewrap: SandboxBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    yield from suite("scalar", bubblewrap, tmp_path_factory.mktemp("suites"))


@pytest.mark.parametrize("name", ["basics", "needle", "scalar"])
def test_a_right_solution_gets_all_points(request: pytest.FixtureRequest, name: str) -> None:
    assert request.getfixturevalue(name).lost() == {}


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("return x @ self.weight.T", "return x @ self.weight.T + 1", {"linear"}),
        ("e = torch.exp(x - x.max(dim, keepdim=True).values)", "e = torch.exp(x)", {"softmax_matches_pytorch"}),
        ("    logits = logits - logits.max(-1, keepdim=True).values\n", "", {"cross_entropy"}),
        ("torch.sqrt(sum(g.square().sum() for g in gradients))", "sum(g.norm() for g in gradients)", {"clip_gradients"}),
        ("(1 - group[\"lr\"] * group[\"weight_decay\"])", "1", ADAMW),
        ("(1 - b1 ** state[\"t\"])", "1", ADAMW),
        ('state["m"].mul_(b1).add_(p.grad, alpha=1 - b1)', 'state["m"].add_(p.grad)', ADAMW),
    ],
)  # fmt: skip
def test_a_wrong_language_model_loses_the_right_checks(basics: Suite, old: str, new: str, lost: set[str]) -> None:
    assert basics.lost(old, new).keys() == lost


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("self.momentum * self.u.get(p, 0) + (1 - self.momentum) * grad", "grad", {"sgd_momentum"}),
        ("            grad = p.grad + self.weight_decay * p.data\n            self.u", "            grad = p.grad\n            self.u", {"sgd_weight_decay"}),
        ("m, v = self.m[p] / (1 - self.beta1**self.t), self.v[p] / (1 - self.beta2**self.t)", "m, v = self.m[p], self.v[p]", {"adam", "adam_weight_decay_and_bias_correction"}),
        ("theta -= lr / batch * (x.T @ z)", "theta = theta - lr / batch * (x.T @ z)", {"softmax_regression_epoch"}),
    ],
)  # fmt: skip
def test_a_wrong_optimizer_in_numpy_loses_the_right_checks(needle: Suite, old: str, new: str, lost: set[str]) -> None:
    assert needle.lost(old, new).keys() == lost


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("self.grad += other.data * out.grad", "self.grad = other.data * out.grad", {"value_sanity_check", "value_more_ops"}),
        ("self.grad += other * self.data ** (other - 1) * out.grad", "self.grad += other * self.data * out.grad", {"value_more_ops"}),
        ("if index < len(self.layers) - 1:", "if False:", {"mlp_learns"}),
        ("for p in [*ws, b]]", "for p in ws]", {"mlp_learns"}),
    ],
)  # fmt: skip
def test_a_wrong_value_loses_the_right_checks(scalar: Suite, old: str, new: str, lost: set[str]) -> None:
    assert scalar.lost(old, new).keys() == lost
