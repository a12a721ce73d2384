"""The name of a mistake is true: whoever writes it differently gets it, whoever does something else does not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from torchdojo.course import load_course
from torchdojo.course.overlay import lay_over
from torchdojo.grading.evidence import is_telling
from torchdojo.grading.exchange import raised_words
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult
from torchdojo.sandbox.backend import NONE
from torchdojo.source.files import ParsedSource
from torchdojo.wire import SentTensor
from torchdojo.worker.protocol import Reply, ReplyStatus

COURSE = load_course(Path(__file__).parents[1])
SECRET = b"a secret for each test"


def failing(exercise: str, source: str) -> list[CheckResult]:
    """Grade one exercise, written as here, and return its failing checks of values."""
    chapter = next(c for c in COURSE.chapters if c.find(exercise))
    reference = ParsedSource(COURSE.reference_file(chapter).read_bytes())
    grader = Grader(COURSE, chapter, Settings(NONE, SECRET))
    try:
        result = grader.grade(lay_over(reference, ParsedSource(source.encode())), [exercise])
    finally:
        grader.close()
    return [check for check in result.checks if check.status.is_wrong and check.check != "placement"]


SGD_STEP = """
def sgd_step(parameters, lr):
    with torch.no_grad():
        for parameter in parameters:
            if parameter.grad is None:
                {}
            parameter -= parameter.grad * lr
            {}
"""


def test_the_same_mistake_in_other_words_is_named() -> None:
    found = failing("sgd_step", SGD_STEP.format("continue", "pass"))
    assert {check.mistake for check in found} == {"not_cleared"}
    assert not any(check.is_likely for check in found)


def test_an_answer_that_fails_elsewhere_too_is_not_named() -> None:
    """The first missing gradient ends the loop, and nothing is cleared: neither mistake alone explains that."""
    found = failing("sgd_step", SGD_STEP.format("return", "pass"))
    assert {check.mistake for check in found} == {None}


def test_an_exception_makes_a_mistake_likely_only() -> None:
    found = failing(
        "sgd_step",
        """
def sgd_step(parameters, lr):
    for w in parameters:
        if w.grad is not None:
            w.sub_(w.grad * lr)
            w.grad = None
""",
    )
    assert {check.mistake for check in found} == {"update_recorded"}
    assert all(check.is_likely for check in found)
    assert "It looks like the mistake" in found[0].message


def test_a_standard_deviation_of_another_size_is_no_variance_used_for_it() -> None:
    found = failing(
        "init_parameters", "def init_parameters():\n    return torch.rand(2, 1) / 100, torch.rand(1) / 100\n"
    )
    assert {check.mistake for check in found} == {"one_sided"}


DROP_LAYER = """
class DropLayer(nn.Module):
    def __init__(self, layer, survival_prob):
        super().__init__()
        if not 0 <= survival_prob <= 1:
            raise ValueError("survival_prob is a probability")
        self.layer = layer
        self.survival_prob = survival_prob

    def forward(self, x):
        if self.training:
            dropped = {}
            return x if dropped else self.layer(x) + x
        return x + self.layer(x) * self.survival_prob
"""


@pytest.mark.parametrize(
    ("dropped", "mistake"),
    [
        ("torch.bernoulli(torch.tensor(float(self.survival_prob))).item() == 1", "drop_probability"),
        ("torch.rand(1).item() > 1 - self.survival_prob", "drop_probability"),
        ("torch.rand(1).item() > 0.6", None),
    ],
)
def test_random_layers_that_draw_in_another_way(dropped: str, mistake: str | None) -> None:
    found = failing("DropLayer", DROP_LAYER.format(dropped))
    assert {check.mistake for check in found} == {mistake}


def test_numbers_in_an_exceptions_message_count() -> None:
    words = "mat1 and mat2 shapes cannot be multiplied ({} and 576x120)"
    one, other = (
        Reply(ReplyStatus.ERROR, type="RuntimeError", message=words.format(shape)) for shape in ("3x400", "1x1200")
    )
    assert raised_words(one) != raised_words(other)
    here, there = (
        Reply(ReplyStatus.ERROR, type="TypeError", message=f"<Net object at {address}> is not callable")
        for address in ("0x7f22", "0x7f99aa")
    )
    assert raised_words(here) == raised_words(there)


@pytest.mark.parametrize(
    ("got", "expected", "telling"),
    [
        ({"share": 1.0}, {"share": 0.25}, False),
        ({"cleared": False}, {"cleared": True}, False),
        ({"accuracy": 0.125}, {"accuracy": 0.875}, False),
        ({"loss": 0.693147181}, {"loss": 0.35}, True),
        ({"y": SentTensor(torch.zeros(3), "cpu")}, {"y": SentTensor(torch.rand(3), "cpu")}, False),
        (
            {"y": SentTensor(torch.tensor([3, 5, 7, 9]), "cpu")},
            {"y": SentTensor(torch.tensor([0, 1, 2, 3]), "cpu")},
            True,
        ),
        ({"y": 0.1234567, "z": 1.0}, {"y": 0.1234567, "z": 0.5}, False),
        ({"y": [float("nan")]}, {"y": [0.1234567]}, False),
    ],
)
def test_what_proves_a_mistake(got: dict, expected: dict, telling: bool) -> None:
    assert is_telling(got, expected) is telling


def test_a_known_mistake_is_judged_once(tiny_root: Path) -> None:
    """How it fares in the checks is the same for every submission: the second of two asks only what it must."""
    folder = tiny_root / "graders/ch1_tiny"
    (folder / "test_double.py").write_text(
        "from pathlib import Path\nimport pytest\n\npytestmark = pytest.mark.exercise('double')\n\n"
        "def test_values(observe, probes):\n"
        "    with Path(__file__).with_name('runs').open('a') as file:\n        file.write('.')\n"
        "    assert float(observe(probes.doubled, matches=0.5)['y'].sum()) < -99\n"
    )
    (folder / "mistakes/double/in_place.py").unlink()
    (folder / "mistakes/double/squared.py").write_text(
        '"""Squared.\n\nDoubling is not squaring.\n"""\n\nFAILS = ("values",)\n\n\ndef double(x):\n    return x * x\n'
    )
    course = load_course(tiny_root)
    grader = Grader(course, course.chapters[0], Settings(NONE, SECRET))
    source = course.reference_file(course.chapters[0]).read_bytes().replace(b"return 2 * x", b"return x * x * 1.0")
    runs, verdicts = [], []
    for _ in range(3):
        (check,) = grader.grade_in_process(source, ["double"]).checks
        runs.append(len((folder / "runs").read_text()))
        verdicts.append((check.mistake, check.is_likely, check.message))
    assert runs == [2, 3, 4]
    assert verdicts[0][:2] == ("squared", True)
    assert verdicts[0] == verdicts[1] == verdicts[2]
