"""What the reference is assumed to answer spares its work, and changes no verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from torchdojo.course import load_course
from torchdojo.grading.assumed import AssumedAnswers
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.sandbox.backend import NONE
from torchdojo.wire import SentTensor
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

PROBES = """

@probe("double(x), of a shape that depends on the seed")
def changing(ch, draw: Draw):
    return {"y": ch.double(draw.normal(draw.integer(1, 20)))}


@probe("double(x), a part of {fraction}")
def part(ch, draw: Draw, *, fraction):
    return {"y": ch.double(draw.normal(int(8 * fraction)))}


@probe("double(x), as often as the device is good for")
def fewer(ch, draw: Draw):
    rows = 4 if draw.device.type == "cpu" else 2
    return {"y": ch.double(draw.normal(4)[:rows])}


@probe("double(x), now here, now there")
def somewhere(ch, draw: Draw):
    y = ch.double(draw.normal(3))
    return {"y": y if draw.integer(0, 2) else y.cpu()}


@probe("double(x), case {case}")
def by_case(ch, draw: Draw, *, case):
    y = ch.double(draw.normal(3))
    return {"y": y if case else y.cpu()}


@probe("double(x), size {size}")
def sized(ch, draw: Draw, *, size=3):
    y = ch.double(draw.normal(size))
    return {"y": y, "on the CPU": y.sum().cpu(), "size": size}
"""
CHECKS = '''

@pytest.mark.points(0.25)
def test_forms(observe, probes):
    """It keeps any form."""
    for fraction in (0.5, 0.5, 0.25):
        observe(probes.part, fraction=fraction)
        observe(probes.changing)


@pytest.mark.points(0.5)
def test_sizes(compare, probes, drawn):
    """It doubles any size."""
    compare(probes.sized, size=drawn.integer(10, 1000))
    compare(probes.fewer)
    for case in (1, 2, 0):
        compare(probes.somewhere)
        compare(probes.by_case, case=case)


@pytest.mark.points(0.25)
def test_placement(recompare):
    """It works on any device."""
    recompare(device="cuda")
'''
SECRETS = [bytes([number]) for number in range(6)]


@pytest.fixture
def graders(tiny_root: Path) -> Iterator[Callable[..., Grader]]:
    """Returns graders of the tiny course with more checks of `double`. ahead: whether anything is assumed"""
    folder = tiny_root / "graders/ch1_tiny"
    with (folder / "probes.py").open("a") as file:
        file.write(PROBES)
    checks = folder / "test_double.py"
    checks.write_text(checks.read_text() + CHECKS)
    toml = tiny_root / "course.toml"
    toml.write_text(toml.read_text().replace("points = 2\n", "points = 3\n"))
    course = load_course(tiny_root)
    made: list[Grader] = []

    def make(*, ahead: bool) -> Grader:
        made.append(Grader(course, course.chapters[0], Settings(NONE, SECRETS[0], ahead=ahead)))
        return made[-1]

    yield make
    for grader in made:
        grader.close()


def grade(grader: Grader, source: str, secret: bytes) -> Result:
    grader.settings = replace(grader.settings, secret=secret)
    result = grader.grade(source.encode(), ["double"])
    return replace(result, seconds=0.0, checks=[replace(c, seconds=0.0, memory=None) for c in result.checks])


def double(body: str) -> str:
    return f"import torch\n\ndef double(x):\n    if x.numel() == 0:\n        raise ValueError\n    {body}\n"


ANSWERS = {
    "right": "return 2 * x",
    "wrong": "return 3 * x",
    "of another form": "return (2 * x)[None]",
    "of another form now and then": "return 2 * x if x.sum() > 0 else [2 * x]",
    "of another dtype": "return (2 * x).float()",
    "always of the same shape": "return torch.zeros(4, dtype=x.dtype, device=x.device)",
    "now and then on the CPU": "return 2 * x if x.sum() > 0 else 2 * x.cpu()",
    "of a small one on the CPU": "return 2 * x if x.numel() > 3 else 2 * x.cpu()",
    "on the CPU": "return 2 * x.cpu()",
    "wrong on a device": "return 2 * x if x.device.type == 'cpu' else 3 * x",
    "raises on a device": "return 2 * x + torch.zeros(1)",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("before", [0, 3])
def test_no_verdict_depends_on_it(graders: Callable[..., Grader], answer: str, before: int) -> None:
    """Neither of the first text, nor after others from which it is known what the reference answers."""
    plain, assuming = graders(ahead=False), graders(ahead=True)
    for secret in SECRETS[:before]:
        grade(assuming, double(ANSWERS["right"]), secret)
    for secret in SECRETS[before:]:
        wanted = grade(plain, double(answer), secret)
        assert grade(assuming, double(answer), secret) == wanted
        assert (answer == ANSWERS["right"]) == all(check.status is CheckStatus.PASSED for check in wanted.checks)


def test_the_reference_is_asked_less(graders: Callable[..., Grader], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the third text on: not on a device what was compared on the CPU, unless it answers something else there."""
    asked: list[tuple[str, str]] = []
    run = ReferenceOracle._run

    def count(oracle: ReferenceOracle, source: bytes, calls: tuple[Call, ...], device: str) -> Reply:
        asked.append((calls[0].probe if calls else "", device))
        return run(oracle, source, calls, device)

    monkeypatch.setattr(ReferenceOracle, "_run", count)
    grader = graders(ahead=True)
    for secret in SECRETS[:2]:
        asked.clear()
        grade(grader, double(ANSWERS["right"]), secret)
    assert {("sized", "cpu"), ("sized", "simulated"), ("doubled", "simulated")} <= set(asked)
    asked.clear()
    grade(grader, double(ANSWERS["right"]), SECRETS[2])
    simulated = {probe for probe, device in asked if device == "simulated"}
    assert {"sized", "doubled"}.isdisjoint(simulated)
    assert {"fewer", "part", "changing"} <= simulated


def reply(number: float, device: str = "cpu") -> Reply:
    return Reply(ReplyStatus.OK, [{"y": SentTensor(torch.tensor([number]), device)}])


def call(seed: int, **params: object) -> Call:
    return Call("ask", dict(params), seed)


def learn(assumed: AssumedAnswers, seed: int, device: str = "cuda:0", number: float | None = None) -> None:
    there = reply(float(seed) if number is None else number, device)
    assumed.learn(call(seed), "simulated", there, reply(float(seed)))


def test_one_seed_proves_nothing() -> None:
    assumed = AssumedAnswers()
    for _ in range(2):
        learn(assumed, 1)
        assert assumed.find(call(3), "simulated", reply(3.0)) is None
    learn(assumed, 2)
    found = assumed.find(call(3), "simulated", reply(3.0))
    assert found is not None
    assert (found.outputs[0]["y"].tensor.item(), found.outputs[0]["y"].device) == (3.0, "cuda:0")
    assert assumed.find(call(3), "cuda", reply(3.0)) is None


@pytest.mark.parametrize("other", [{"number": 9.5}, {"device": "cpu"}])
@pytest.mark.parametrize("when", range(4))
def test_what_was_wrong_once_is_assumed_no_more(other: dict[str, Any], when: int) -> None:
    assumed = AssumedAnswers()
    for seed in range(4):
        learn(assumed, seed, **(other if seed == when else {}))
    assert assumed.find(call(9), "simulated", reply(9.0)) is None


@pytest.mark.parametrize("other", [{"case": 1}, {"mode": "b"}, {"flag": True}, {"row": (1, 2)}, {"extra": None}])
def test_what_may_move_an_answer_makes_another_kind(other: dict[str, object]) -> None:
    assumed = AssumedAnswers()
    known = {"case": 0, "mode": "a", "flag": False, "row": (1, 2, 3)}
    for seed in range(2):
        question = call(seed, **known, size=10 + seed, factor=seed / 3, data=tuple(range(seed, seed + 9)))
        assumed.learn(question, "simulated", reply(1.0, "cuda:0"), reply(1.0))
    numbers = {"size": 99, "factor": 0.5, "data": tuple(range(20))}
    assert assumed.find(call(9, **known, **numbers), "simulated", reply(1.0)) is not None
    assert assumed.find(call(9, **{**known, **other}, **numbers), "simulated", reply(1.0)) is None


def test_a_mistake_is_judged_alike_by_one_check_and_by_all(graders: Callable[..., Grader]) -> None:
    grader = graders(ahead=True)
    wanted = [grader.oracle.mistakes[0]]
    assert wanted[0].exercise == "double"
    for mistake in wanted:
        together = dict(graders(ahead=True).judge_mistake(mistake))
        assert {"values", "forms", "sizes", "placement"} < together.keys()
        one_by_one = {check: grader.judge_mistake(mistake, [check])[check] for check in together}
        assert one_by_one == together
