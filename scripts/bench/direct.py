"""Run the course's checks without the engine around them: no sandbox, no worker, no wire, no pytest session.

The other tools run this: the course's own probes, comparisons and points, in the process of the submission. They read
the reference's answers from a file, as a teacher writes expected numbers into tests, so none pays for running it.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

from torchdojo.course import Chapter, Course, load_course
from torchdojo.grading.calibration import load_thresholds
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.failure import CheckFailed
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle
from torchdojo.sandbox.choose import backend_named
from torchdojo.worker.exceptions import describe
from torchdojo.worker.modules import load_file, load_module
from torchdojo.worker.protocol import Call, Reply, ReplyStatus, decode_reply, encode_reply
from torchdojo.worker.request_runner import call_probe
from torchdojo.worker.torch_library import device_context

SECRET = b"the secret of the benchmark"


@dataclass(frozen=True)
class Check:
    """A check. function: its test function; name: the name in pytest"""

    function: Callable[..., None]
    exercise: str
    name: str
    points: float


def find_chapter(course: Course, name: str) -> Chapter:
    """Return the chapter of this name; ValueError if there is none."""
    chapter = course.find(name)
    if chapter is None:
        raise ValueError(f"the course has no chapter {name}")
    return chapter


def load_checks(course: Course, chapter: Chapter) -> list[Check]:
    """Load a chapter's checks, in the order of its files."""
    found = []
    for path in sorted(course.graders_folder(chapter).glob("test_*.py")):
        module = load_file(path.stem, path)
        shared = module.pytestmark if isinstance(module.pytestmark, list) else [module.pytestmark]
        for name, function in vars(module).items():
            if name.startswith("test_") and callable(function):
                marks = {mark.name: mark.args for mark in [*shared, *getattr(function, "pytestmark", [])]}
                found.append(Check(function, marks["exercise"][0], name, float(marks["points"][0])))
    return found


class Direct:
    """Grades a chapter's submissions in this process.

    answers: the file that `record_answers` wrote, or None to run the reference here
    """

    def __init__(self, root: Path, chapter: str, answers: Path | None = None) -> None:
        self.course = load_course(root)
        self.chapter = find_chapter(self.course, chapter)
        self.oracle = ReferenceOracle(self.course, self.chapter)
        if answers is not None:
            self.oracle._cache = pickle.loads(answers.read_bytes())
        self.thresholds = load_thresholds(self.course.graders_folder(self.chapter))
        self.checks = load_checks(self.course, self.chapter)
        self.probes = SimpleNamespace(**self.oracle.probes)

    def load(self, source: bytes) -> ModuleType:
        """Load a submission's text as a module."""
        return load_module(self.chapter.name, source, f"{self.chapter.name}.py")

    def run(self, check: Check, module: Any) -> None:
        """Run one check on a module; raise what it raises."""

        def ask(calls: tuple[Call, ...], device: str) -> Reply:
            return answer_directly(self.oracle, self.chapter, module, calls, device)

        name = f"{check.exercise}/{check.name}"
        run = CheckRun(ask, self.oracle, SECRET, name, self.thresholds)
        code = check.function.__code__
        check.function(
            **{
                arg: self.probes if arg == "probes" else getattr(run, arg)
                for arg in code.co_varnames[: code.co_argcount]
            }
        )

    def grade(self, source: bytes) -> float:
        """Load a text, run every check, and return the points earned."""
        try:
            module = self.load(source)
        except Exception:
            return 0.0
        earned = 0.0
        for check in self.checks:
            try:
                self.run(check, module)
                earned += check.points
            except CheckFailed:
                pass
        return earned


def answer_directly(
    oracle: ReferenceOracle, chapter: Chapter, module: Any, calls: Iterable[Call], device: str
) -> Reply:
    """Return a loaded module's reply to these calls, made in this process."""
    filename = f"{chapter.name}.py"
    try:
        with device_context(device) as place, torch.enable_grad():
            return Reply(ReplyStatus.OK, [call_probe(oracle.probes[c.probe], module, c, place) for c in calls])
    except BaseException as error:
        return decode_reply(encode_reply(describe(error, filename, ReplyStatus.ERROR)))


def record_answers(root: Path, chapter: str, path: Path) -> None:
    """Save the reference's answers to the checks' questions."""
    course = load_course(root)
    grader = Grader(course, find_chapter(course, chapter), Settings(backend_named("none"), SECRET))
    grader.dry_run()
    assert isinstance(grader.oracle, ReferenceOracle)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(grader.oracle._cache))


if __name__ == "__main__":  # python -m scripts.bench.direct ROOT CHAPTER ANSWERS
    record_answers(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
