"""Asking ahead in one process gives the verdicts that asking each check alone gives, whatever a submission does."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import PROJECT, SECRET, Tiny
from torchdojo.course import Course, load_course, load_overlays
from torchdojo.course.stub import load_stub
from torchdojo.grading.grader import Grader, GradingStopped, Settings
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.worker.protocol import Continue, Reply

# How a submission may know that its process has loaded it before: an expression that is true then, and what makes it so.
TRACES = {
    "an attribute of torch": ("hasattr(torch, 'seen')", "torch.seen = True"),
    "an attribute of a function of torch": ("hasattr(F.dropout, 'seen')", "F.dropout.seen = True"),
    "a class of torch": ("hasattr(nn.Module, 'seen')", "nn.Module.seen = True"),
    "a function of torch replaced": ("F.silu.__name__ != 'silu'", "F.silu = F.relu"),
    "a method of torch replaced": ("nn.ReLU.forward is nn.Tanh.forward", "nn.ReLU.forward = nn.Tanh.forward"),
    "the code of a function replaced": (
        "F.softsign.__code__ is F.tanh.__code__",
        "F.softsign.__code__ = F.tanh.__code__",
    ),
    "the defaults of a function": ("F.dropout.__defaults__[0] == 0.25", "F.dropout.__defaults__ = (0.25, True, False)"),
    "an item in a table of torch": ("'seen' in torch.__all__", "torch.__all__.append('seen')"),
    "a hook of torch": (
        "len(nn.modules.module._global_forward_hooks) > 0",
        "nn.modules.module.register_module_forward_hook(lambda *_: None)",
    ),
    "a module of its own": ("'seen' in sys.modules", "sys.modules['seen'] = types.ModuleType('seen')"),
    "a module that nothing had imported": ("'nturl2path' in sys.modules", "import nturl2path"),
    "an attribute of a module of Python": ("hasattr(random, 'seen')", "random.seen = True"),
    "a class of Python": ("hasattr(json.JSONEncoder, 'seen')", "json.JSONEncoder.seen = True"),
    "a built-in name": ("hasattr(builtins, 'seen')", "builtins.seen = True"),
    "the environment": ("'SEEN' in os.environ", "os.environ['SEEN'] = '1'"),
    "a file": ("os.path.exists('seen')", "open('seen', 'w').close()"),
    "the search path": ("'seen' in sys.path", "sys.path.append('seen')"),
    "a signal's handler": (
        "signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL",
        "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    ),
    "the recursion limit": ("sys.getrecursionlimit() == 2345", "sys.setrecursionlimit(2345)"),
    "a thread": (
        "threading.active_count() > 1",
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ),
    "a process": ("has_child()", "subprocess.Popen(['sleep', '60'])"),
    "a context variable": (
        "'seen' in [variable.name for variable in contextvars.copy_context()]",
        "contextvars.ContextVar('seen').set(1)",
    ),
}
# These are put back after each question, so that a submission is in the dark in either way.
PUT_BACK = {
    "torch's generator": ("torch.initial_seed() == 4321", "torch.manual_seed(4321)"),
    "Python's generator": ("random.random() == random.Random(4321).random()", "random.seed(4321)"),
    "numpy's generator": ("np.random.get_state()[1][0] == 4321", "np.random.seed(4321)"),
    "the default dtype": ("torch.get_default_dtype() == torch.float64", "torch.set_default_dtype(torch.float64)"),
}
HEAD = """
import builtins, contextvars, json, os, random, signal, subprocess, sys, threading, time, types
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

def has_child():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True

SEEN = {expression}
if not SEEN:
    {statement}

def double(x):
    if not SEEN and {first}:
        return 3 * x
    if x.numel() == 0:
        raise ValueError("x is empty")
    return 2 * x

class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(factor)))

    def forward(self, x):
        return self.weight * x * (2 if not SEEN else 1)
"""


@pytest.fixture(scope="module")
def workers(tiny_course: Course, bubblewrap: SandboxBackend) -> Iterator[Worker]:
    probes = tiny_course.graders_folder(tiny_course.chapters[0]) / "probes.py"
    with Worker(bubblewrap, [probes]) as worker:
        yield worker


def grader_of(course: Course, worker: Worker, *, ahead: bool) -> Grader:
    return Grader(course, course.chapters[0], Settings(worker.backend, SECRET, ahead=ahead), worker)


def without_measures(result: Result) -> Result:
    """A result without what differs from one run to the next."""
    checks = [replace(check, seconds=0.0, memory=None) for check in result.checks]
    return replace(result, checks=checks, seconds=0.0)


@pytest.mark.parametrize("first", ["True", "x.dtype == torch.float32"])
@pytest.mark.parametrize("trace", TRACES | PUT_BACK)
def test_what_is_left_behind_makes_nothing_right(tiny_course: Course, workers: Worker, trace: str, first: str) -> None:
    expression, statement = (TRACES | PUT_BACK)[trace]
    source = HEAD.format(expression=expression, statement=statement, first=first).encode()
    alone, ahead = (without_measures(grader_of(tiny_course, workers, ahead=way).grade(source)) for way in (False, True))
    assert ahead == alone
    assert alone.notes == [], "the submission must run whole, or this test tests nothing"
    assert not all(check.status is CheckStatus.PASSED for check in alone.checks)


def known_answers(course: Course) -> list[bytes]:
    chapter = course.chapters[0]
    overlays = [one.source for kind in ("accepted", "mistakes") for one in load_overlays(course, chapter, kind)]
    return [course.reference_file(chapter).read_bytes(), load_stub(course, chapter).encode(), *overlays]


def test_known_answers_get_the_same_verdicts(tiny_course: Course, workers: Worker) -> None:
    for source in known_answers(tiny_course):
        alone, ahead = (
            without_measures(grader_of(tiny_course, workers, ahead=way).grade(source)) for way in (False, True)
        )
        assert ahead == alone


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_questions_does_not_matter(tiny_course: Course, workers: Worker, seed: int) -> None:
    shuffled, plain = (grader_of(tiny_course, workers, ahead=True) for _ in range(2))
    reference, *others = known_answers(tiny_course)
    shuffled.grade(reference)  # from which what the others will be asked is known
    expected = shuffled._expected.of(shuffled.settings, shuffled.limits)
    assert len(expected) == 5
    items = random.Random(seed).sample(list(expected.items()), 5)
    expected.clear()
    expected.update(items)
    for source in others:
        assert without_measures(shuffled.grade(source)) == without_measures(plain.grade(source))


def test_another_secret_and_a_wrong_guess_of_what_comes_change_nothing(tiny_course: Course, workers: Worker) -> None:
    grader = grader_of(tiny_course, workers, ahead=True)
    for source in known_answers(tiny_course):
        grader.settings = replace(grader.settings, secret=source)
        first = without_measures(grader.grade(source))
        expected = grader._expected.of(grader.settings, grader.limits)
        for (_, asked), (_, other) in itertools.pairwise(list(expected.values())):
            asked[:] = other
        assert without_measures(grader.grade(source)) == first


class Watched(Worker):
    """Counts what it is asked."""

    runs = questions = 0

    def run(self, *arguments: Any, **options: Any) -> Reply:
        self.runs += 1
        return super().run(*arguments, **options)

    def send_ahead(self, question: Continue) -> None:
        self.questions += 1
        super().send_ahead(question)


@pytest.fixture
def watched(tiny_course: Course, bubblewrap: SandboxBackend) -> Iterator[Watched]:
    probes = tiny_course.graders_folder(tiny_course.chapters[0]) / "probes.py"
    with Watched(bubblewrap, [probes]) as worker:
        yield worker


def test_a_worker_that_is_killed_in_between_costs_nobody_anything(tiny: Tiny, watched: Watched) -> None:
    class Killed(Watched):
        def send_ahead(self, question: Continue) -> None:
            super().send_ahead(question)
            if self.questions == 3:
                self.interrupt()

    watched.__class__ = Killed
    assert grader_of(tiny.course, watched, ahead=True).grade(tiny.reference.encode()).score == 3.5


def test_a_right_answer_is_asked_in_one_process(tiny: Tiny, watched: Watched) -> None:
    grader = grader_of(tiny.course, watched, ahead=True)
    for _ in range(2):  # the second time, all questions are expected
        watched.runs = watched.questions = 0
        assert grader.grade(tiny.reference.encode()).score == 3.5
        assert (watched.runs, watched.questions) == (1, 6), "one load, five questions, and what was left behind"


def test_the_courses_references_are_asked_in_one_process(bubblewrap: SandboxBackend) -> None:
    """Torch wraps the optimizers and manual_seed at their first use, which no submission is to blame for.

    The first of these chapters has an optimizer of its own among its probes, and imports what the second one does not.
    """
    course = load_course(PROJECT)
    chapters = [chapter for chapter in course.chapters if chapter.name in ("ch3_modules", "ch7_gradient_noise")]
    with Watched(bubblewrap, [course.probes_file(chapter) for chapter in chapters]) as worker:
        for chapter in reversed(chapters):
            worker.runs = 0
            result = Grader(course, chapter, Settings(bubblewrap, SECRET), worker).grade(
                course.reference_file(chapter).read_bytes()
            )
            assert (result.score, worker.runs) == (result.max_score, 1), chapter.name


def test_only_an_exercise_that_fails_is_asked_alone(tiny: Tiny, watched: Watched) -> None:
    source = tiny.reference.replace("self.weight * double(x) / 2", "x * 0")
    result = grader_of(tiny.course, watched, ahead=True).grade(source.encode())
    assert [check.check for check in result.checks if check.status is CheckStatus.FAILED] == ["values"]
    checks_of_scale, failed_with_the_references_double = 2, 1
    assert watched.runs == 1 + checks_of_scale + failed_with_the_references_double


@pytest.mark.parametrize(
    "body", ["while True: pass", "import os; os._exit(0)", "x = [0] * 10**10", "import time; time.sleep(100)"]
)
def test_what_stops_a_process_costs_only_its_own_exercise(tiny: Tiny, workers: Worker, body: str) -> None:
    grader = grader_of(tiny.course, workers, ahead=True)
    grader.limits = replace(grader.limits, seconds=1.0)
    source = tiny.with_double(body).replace("double(x) / 2", "x")
    result = grader.grade(source.encode())
    passed = {check.exercise.name for check in result.checks if check.status is CheckStatus.PASSED}
    assert passed == {"Scale"}


def test_a_process_that_is_ended_hides_nothing_it_held(tiny_course: Course, workers: Worker) -> None:
    """What was left behind in a process is gone with it; so nothing counts that was asked there."""
    expression, statement = TRACES["an attribute of torch"]
    source = HEAD.format(expression=expression, statement=statement, first="True")
    source = source.replace("return self.weight * x * (2 if not SEEN else 1)", "os._exit(0)")
    alone, ahead = (
        without_measures(grader_of(tiny_course, workers, ahead=way).grade(source.encode())) for way in (False, True)
    )
    assert ahead == alone
    assert not any(check.status is CheckStatus.PASSED for check in alone.checks)


def test_grading_that_is_stopped_leaves_a_worker_that_answers(tiny: Tiny, workers: Worker) -> None:
    grader = grader_of(tiny.course, workers, ahead=True)
    calls = iter([False, False, True])

    def stop() -> bool:
        return next(calls, True)

    with pytest.raises(GradingStopped):
        grader.grade(tiny.reference.encode(), stop=stop)
    assert grader.grade(tiny.reference.encode()).score == 3.5


@pytest.mark.slow
@pytest.mark.parametrize("name", [chapter.name for chapter in load_course(PROJECT).chapters])
@pytest.mark.parametrize("kind", ["accepted", "mistakes"])
def test_the_courses_known_answers_get_the_same_verdicts(bubblewrap: SandboxBackend, name: str, kind: str) -> None:
    """All of them, in both ways, each with a secret of its own: about a quarter of an hour per chapter."""
    course = load_course(PROJECT)
    chapter = course.find(name)
    assert chapter is not None
    graders = [Grader(course, chapter, Settings(bubblewrap, SECRET, ahead=way)) for way in (False, True)]
    try:
        for one in load_overlays(course, chapter, kind):
            for grader in graders:
                grader.settings = replace(grader.settings, secret=str(one).encode())
            alone, ahead = (without_measures(grader.grade(one.source, [one.exercise])) for grader in graders)
            assert ahead == alone, one
    finally:
        for grader in graders:
            grader.close()
