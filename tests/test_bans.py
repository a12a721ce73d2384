"""Bans: whatever road leads to what is forbidden, it refuses while its exercise is asked, and nowhere else."""

from __future__ import annotations

import copy
import inspect
import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.conftest import PROJECT, SECRET
from torchdojo.course import Chapter, CourseError, Exercise, load_course
from torchdojo.grading.bans import find_violation
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import Result
from torchdojo.probe.accelerator import simulated_accelerator
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.verify.hostile import Attack, load_attacks, source_path
from torchdojo.worker.guard import Ban, Forbidden, Guard, resolve
from torchdojo.worker.protocol import Call, Limits, Reply, ReplyStatus, Request

COURSE = load_course(PROJECT)
REFERENCES = {chapter.name: COURSE.reference_file(chapter).read_text(encoding="utf-8") for chapter in COURSE.chapters}
ROADS = [attack for attack in load_attacks(COURSE) if attack.defence == "bans"]
FIRST_CALLS = {"Linear": Call("linear_values", {}, 1), "SGD": Call("sgd_steps", {}, 1)}


def find(chapter: str, exercise: str) -> tuple[Chapter, Exercise]:
    found = COURSE.find(chapter)
    declared = found.find(exercise) if found else None
    assert found
    assert declared
    return found, declared


CH3, LINEAR = find("ch3_modules", "Linear")
CH6, SGD = find("ch6_optimizers", "SGD")


# --------------------------------------------------------------------------------- what the text alone says for certain

PLAIN_USES = [
    ("import torch.nn as nn\nclass Linear(nn.Linear): pass", "torch.nn.Linear", 2),
    ("import torch\nclass Linear:\n def f(self, x):\n  return torch.nn.functional.linear(x)", LINEAR.forbids[1], 4),
    ("from torch.nn import functional as F\ndef Linear(a, b): return lambda x: F.linear(x)", LINEAR.forbids[1], 2),
    ("import torch\nfrom torch.nn import Linear", "torch.nn.Linear", 2),
]
UNDECIDED = [
    "from torch import nn\nclass Linear(nn.Module): pass\nmine = nn.Linear(2, 3)",
    "from torch import nn\nclass Linear(nn.Module):\n theirs = nn.Linear\nB = nn.Linear",
    "from torch import nn\nclass Linear(nn.Module):\n def f(self, nn): return nn.Linear(2, 3)",
    "from torch import nn\nimport mine as nn\nclass Linear(nn.Module):\n def f(self): return nn.Linear(2, 3)",
    "from torch import nn\ndef change():\n global nn\n nn = 1\nclass Linear:\n def f(self): return nn.Linear(2, 3)",
    "from .torch import nn\nclass Linear(nn.Linear): pass",
    "from torch import nn\nclass Linear(nn.Module):\n def f(self, x): return isinstance(x, (Linear, nn.Linear))",
]


@pytest.mark.parametrize(("source", "name", "line"), PLAIN_USES)
def test_a_plain_use_is_found_in_the_text(source: str, name: str, line: int) -> None:
    found = find_violation(ParsedSource(source.encode()), LINEAR)
    assert found is not None
    assert (found.name, found.line) == (name, line)


@pytest.mark.parametrize("source", UNDECIDED)
def test_what_the_text_does_not_decide_is_left_to_the_run(source: str) -> None:
    assert find_violation(ParsedSource(source.encode()), LINEAR) is None


@pytest.mark.parametrize(
    ("source", "is_plain"),
    [
        ("import torch\nclass SGD(torch.optim.SGD): pass", True),
        ("from torch.optim.adam import Adam\nclass SGD(Adam): pass", True),
        ("import torch\nclass SGD(torch.optim.Optimizer): pass", False),
        ("from torch.optim.optimizer import Optimizer\nclass SGD(Optimizer): pass", False),
        ("from torch import optim\nclass SGD(optim.Optimizer):\n x = optim.lr_scheduler.StepLR(1, 2)", False),
    ],
)
def test_a_whole_package_can_be_forbidden_but_for_some(source: str, is_plain: bool) -> None:
    assert (find_violation(ParsedSource(source.encode()), SGD) is not None) is is_plain


@pytest.mark.parametrize(
    "source",
    [
        f"import torch\nclass Linear:\n x = torch{'.a' * 900}()",
        "import torch\nclass Linear:\n x = 1\n" + "".join(f"def f{n}(a, b): return a\n" for n in range(1200)),
        "import torch\nclass Linear: pass\n" + "x = x\n" * 10_000,
        "import torch\nclass Linear:\n" + " def f(self): return torch.nn.relu(torch.ones(1))\n" * 20_000,
    ],
    ids=["deep", "definitions", "statements", "megabyte"],
)
def test_a_text_is_read_in_time(source: str) -> None:
    try:
        parsed = ParsedSource(source.encode())
        list(parsed.statements)
    except SourceError:
        return
    started = time.process_time()
    assert find_violation(parsed, LINEAR) is None
    assert time.process_time() - started < 1


# ---------------------------------------------------------------------------------------------------- every road ends


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, tuple[Worker, Path]]]:
    paths = {chapter.name: COURSE.graders_folder(chapter) / "probes.py" for chapter in (CH3, CH6)}
    with Worker(NONE, [paths["ch3_modules"]]) as ch3, Worker(NONE, [paths["ch6_optimizers"]]) as ch6:
        yield {
            "ch3_modules": (ch3, paths["ch3_modules"]),
            "ch6_optimizers": (ch6, paths["ch6_optimizers"]),
        }


Workers = dict[str, tuple[Worker, Path]]


def ask(workers: Workers, exercise: Exercise, source: bytes, banned: bool = True, calls: int = 1) -> Reply:
    chapter = CH3 if exercise is LINEAR else CH6
    worker, probes = workers[chapter.name]
    request = Request(
        chapter.name,
        source,
        f"{chapter.name}.py",
        (FIRST_CALLS[exercise.name],) * calls,
        forbids=tuple(exercise.forbids) if banned else (),
        allows=tuple(exercise.allows),
    )
    return worker.run(request, probes, Limits(), [])


@pytest.mark.parametrize("road", ROADS, ids=[road.id for road in ROADS])
def test_every_road_works_and_ends_at_the_ban(road: Attack, workers: Workers) -> None:
    """Without the ban it answers; with it, whatever the submission does about that, the reply says what was used."""
    exercise = LINEAR if road.exercise == "Linear" else SGD
    source = source_path(COURSE, road).read_bytes()
    assert ask(workers, exercise, source, banned=False).is_ok
    reply = ask(workers, exercise, source)
    assert reply.status is ReplyStatus.FORBIDDEN
    assert resolve(tuple(exercise.forbids), tuple(exercise.allows)).knows(reply.type)


def test_there_are_many_roads() -> None:
    assert len(ROADS) >= 48


def test_a_use_is_said_with_its_line(workers: Workers) -> None:
    text = (
        REFERENCES["ch3_modules"]
        + "\nVIA = [nn.Linear]\n\n\nclass Linear(nn.Module):\n    def __init__(self, *sizes):\n"
    )
    text += "        super().__init__()\n        self.inner = VIA[0](*sizes)\n"
    reply = ask(workers, LINEAR, text.encode())
    assert (reply.type, reply.text) == ("torch.nn.Linear", "self.inner = VIA[0](*sizes)")
    assert reply.line == text.splitlines().index("        self.inner = VIA[0](*sizes)") + 1


# ------------------------------------------------------------------------------------- honest work keeps its full marks

LINEAR_CHECKS = """
for cls in (Linear, nn.Linear): print(cls(3, 4)(torch.ones(2, 3)).shape)
theirs_only = nn.Linear
both = {"mine": Linear, "theirs": nn.Linear}
pair = {name: cls(4, 3) for name, cls in both.items()}
pair["theirs"].load_state_dict(pair["mine"].state_dict())
x = torch.randn(2, 4)
assert torch.allclose(pair["mine"](x), pair["theirs"](x))
assert torch.allclose(nn.functional.linear(x, pair["mine"].weight, pair["mine"].bias), pair["mine"](x))

class Timed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

def check_linear(features=4, layer=nn.Linear):
    mine, theirs = Linear(features, 3), layer(features, 3)
    theirs.weight = mine.weight
    if not isinstance(theirs, nn.Linear):
        raise TypeError("no nn.Linear")
    for a, b in zip(mine.parameters(), theirs.parameters()):
        b.data = a.data.clone()
    torch.testing.assert_close(mine(torch.ones(2, features)), theirs(torch.ones(2, features)))

check_linear()
traced = torch.jit.trace(nn.Linear(3, 3), torch.ones(1, 3))
torch.optim.SGD(Timed().parameters(), lr=0.1)
try:
    nn.Linear(3, 4)(torch.ones(5))
except RuntimeError as error:
    import traceback
    print("".join(traceback.format_exception(error)))
if __name__ == "__main__":
    print(nn.Linear(3, 4))
"""
# Inside the exercise: names of the library's class that nothing calls.
LINEAR_INSIDE = (
    "class Linear(nn.Module):",
    (
        "class Linear(nn.Module):\n    KINDS = (nn.Linear, nn.Bilinear)\n"
        "    def is_one(self):\n        return isinstance(self, (Linear, nn.Linear))\n"
    ),
)
DROP_LAYER = """
class DropLayer(DropLayer):
    def forward(self, x):
        probe = nn.Linear(x.shape[-1], 1)(x.detach().float()) if x.is_floating_point() and not x.is_cuda else 0
        return super().forward(x)
"""
SGD_CHECKS = """
def compare(mine, theirs, **options):
    results = []
    for cls in (mine, theirs):
        torch.manual_seed(0)
        model = nn.Linear(3, 1)
        optimizer = cls(model.parameters(), **options)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        for _ in range(3):
            model(torch.ones(2, 3)).sum().backward()
            optimizer.step()
            schedule.step()
        results.append(model.weight.detach().clone())
    return torch.allclose(*results)

assert compare(SGD, torch.optim.SGD, lr=0.1, momentum=0.9)
assert compare(Adam, torch.optim.Adam, lr=0.1)
known = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}

class Described(SGD):
    def __repr__(self):
        return f"mine, and no {torch.optim.SGD.__name__}"
"""


def graded(chapter: Chapter, source: str, only: list[str] | None = None) -> Result:
    grader = Grader(COURSE, chapter, Settings(NONE, SECRET))
    try:
        return grader.grade(source.encode(), only)
    finally:
        grader.close()


def lost(result: Result) -> list[tuple[str, str, str, str]]:
    return [(c.exercise.name, c.check, c.status.value, c.message) for c in result.checks if not c.status.is_done]


def test_self_checks_and_uses_elsewhere_cost_nothing_in_chapter_3() -> None:
    text = REFERENCES["ch3_modules"].replace(*LINEAR_INSIDE)
    assert text != REFERENCES["ch3_modules"]
    result = graded(CH3, text + LINEAR_CHECKS + DROP_LAYER, ["Linear", "DropLayer"])
    assert lost(result) == []
    assert result.notes == []


def test_self_checks_and_uses_elsewhere_cost_nothing_in_chapter_6() -> None:
    result = graded(CH6, REFERENCES["ch6_optimizers"] + "\nfrom torch import nn\n" + SGD_CHECKS, ["SGD", "Adam"])
    assert lost(result) == []
    assert result.notes == []


def test_a_forbidden_part_is_the_fault_of_its_own_exercise() -> None:
    """DropNet builds on Linear: what Linear uses is not DropNet's, and what DropNet uses is not Linear's."""
    uses = "\nLINEARS = [nn.Linear]\n\n\nclass Linear(LINEARS[0]):\n    pass\n"
    result = graded(CH3, REFERENCES["ch3_modules"] + uses, ["Linear", "DropNet"])
    ends = {name: {c.status.value for c in result.checks if c.exercise.name == name} for name in ("Linear", "DropNet")}
    assert ends == {"Linear": {"forbidden"}, "DropNet": {"passed"}}
    assert result.score == 5
    other = REFERENCES["ch3_modules"] + "\nLINEARS = [nn.Linear]\nMINE = DropNet\n\n\ndef DropNet(*sizes, **options):\n"
    other += "    net = MINE(*sizes, **options)\n    net.head.probe = LINEARS[0](1, 1)\n    return net\n"
    result = graded(CH3, other, ["Linear", "DropNet"])
    ends = {name: {c.status.value for c in result.checks if c.exercise.name == name} for name in ("Linear", "DropNet")}
    assert ends == {"Linear": {"passed"}, "DropNet": {"forbidden"}}
    message = next(c.finding for c in result.checks if c.exercise.name == "DropNet")
    assert (message.expected, message.got) == ("DropNet without torch.nn.Linear", "torch.nn.Linear is used")
    assert message.text == "net.head.probe = LINEARS[0](1, 1)"


# -------------------------------------------------------------------------------------------------------- the guard


def test_a_name_that_does_not_exist_is_told(tmp_path: Path) -> None:
    for name in ("torch.nn.Linaer", "torch.optimizers.*", "torch.Size", "list.sort"):
        wrong = replace(LINEAR, forbids=[name])
        chapter = replace(CH3, exercises=[wrong])
        with pytest.raises(CourseError, match=rf"exercise\[Linear\]\.forbids: {name.replace('*', '.')}"):
            Grader(COURSE, chapter, Settings(NONE, SECRET))


def test_a_reply_can_name_only_what_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "run", lambda *_, **__: Reply(ReplyStatus.FORBIDDEN, type="seed 12345"))
    grader = Grader(COURSE, CH3, Settings(NONE, SECRET, ahead=False))
    monkeypatch.setattr(grader._asker, "load", lambda *_, **__: ("", None))
    result = grader.grade(REFERENCES["ch3_modules"].encode(), ["Linear"])
    grader.close()
    assert {c.finding.got for c in result.checks} == {"what is not allowed here is used"}


@pytest.fixture
def guard() -> Iterator[Guard]:
    yield Guard(resolve(tuple(LINEAR.forbids)), "submission.py")
    Guard(Ban(), "")


def test_when_nothing_is_asked_all_is_as_it_was(guard: Guard) -> None:
    x, weight = torch.randn(2, 3), torch.randn(4, 3, requires_grad=True)
    for _ in range(3):
        with guard.asking(), pytest.raises(Forbidden):
            functional.linear(x, weight)
        functional.linear(x, weight).sum().backward()
        assert weight.grad is not None
        assert torch.equal(weight.grad, x.sum(0).expand(4, 3))
        weight.grad = None
    layer = nn.Linear(3, 4)
    assert list(inspect.signature(nn.Linear).parameters) == ["in_features", "out_features", "bias", "device", "dtype"]
    assert "F.linear" in inspect.getsource(nn.Linear.forward)
    assert pickle.loads(pickle.dumps(nn.Linear)) is nn.Linear
    assert torch.equal(copy.deepcopy(layer)(x), layer(x))
    assert guard.used == ("torch.nn.functional.linear", None, "")


def test_only_what_is_forbidden_refuses(guard: Guard) -> None:
    with guard.asking():
        x = torch.randn(2, 5, 3, requires_grad=True)
        w = torch.randn(4, 3, requires_grad=True)
        for y in (x @ w.T, torch.einsum("bti,oi->bto", x, w), torch.tensordot(x, w, ([2], [1])), x.matmul(w.T)):
            y.sum().backward()
        torch.addmm(torch.ones(4), x[0], w.T)
        nn.Sequential(nn.Conv1d(5, 2, 1), nn.ReLU(), nn.Bilinear(3, 3, 2) and nn.Identity())(x)
        torch.func.vmap(torch.func.grad(lambda row: (row @ w.T).sum()))(x[0])
    assert guard.used is None


@pytest.mark.parametrize("place", ["cpu", "cuda", "inference", "autocast"])
def test_an_operator_refuses_wherever_it_would_run(guard: Guard, place: str) -> None:
    contexts = {
        "cuda": simulated_accelerator,
        "inference": torch.inference_mode,
        "autocast": lambda: torch.autocast("cpu"),
        "cpu": torch.enable_grad,
    }
    with guard.asking(), contexts[place]():  # type: ignore[operator]
        device = "cuda" if place == "cuda" else "cpu"
        tensors = torch.ones(2, 3, device=device), torch.ones(4, 3, device=device)
        with pytest.raises(Forbidden):
            torch.ops.aten.linear(*tensors)
