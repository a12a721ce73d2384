"""Run the course's checks without the engine around them: no sandbox, no worker, no wire, no isolation.

The other tools run this: the course's own probes, comparisons and points, in the process of the submission. They read
the reference's answers from a file, as a teacher writes expected numbers into tests, so none pays for running it.
"""

from __future__ import annotations

import contextlib
import functools
import pickle
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from torchdojo.course import Chapter, Course, load_course
from torchdojo.course.stub import stub_definitions
from torchdojo.grading.calibration import load_thresholds
from torchdojo.grading.chapter_run import ChapterRun, node_of
from torchdojo.grading.driver import CheckDriver
from torchdojo.grading.failure import CheckBroken, CheckFailed
from torchdojo.grading.grader import EMPTY_MODULE, Grader, Settings
from torchdojo.grading.oracle import ReferenceOracle, question
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission
from torchdojo.sandbox.choose import backend_named
from torchdojo.source.repair import parse_around_errors
from torchdojo.worker.exceptions import describe
from torchdojo.worker.library_in_use import library
from torchdojo.worker.modules import load_module
from torchdojo.worker.protocol import Call, Reply, ReplyStatus
from torchdojo.worker.request_runner import call_probe

SECRET = b"the secret of the benchmark"


def find_chapter(course: Course, name: str) -> Chapter:
    """Return the chapter of this name; ValueError if there is none."""
    chapter = course.find(name)
    if chapter is None:
        raise ValueError(f"the course has no chapter {name}")
    return chapter


class FileOracle(ReferenceOracle):
    """Reads the reference's answers from a file that `record_answers` wrote, and runs it only for what is not there."""

    def __init__(self, course: Course, chapter: Chapter, answers: Path) -> None:
        super().__init__(course, chapter)
        self._answers: dict[str, Reply] = pickle.loads(answers.read_bytes())

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        return self._answers.get(question(calls, device)) or super().reference_answer(calls, device)


class _Recorder(ReferenceOracle):
    """Notes the reference's answers."""

    def __init__(self, course: Course, chapter: Chapter) -> None:
        super().__init__(course, chapter)
        self.answers: dict[str, Reply] = {}

    def reference_answer(self, calls: tuple[Call, ...], device: str) -> Reply:
        reply = self.answers[question(calls, device)] = super().reference_answer(calls, device)
        return reply


class Direct:
    """Grades a chapter's submissions in this process; the engine collects the checks, and that is all it does.

    answers: the file that `record_answers` wrote
    """

    def __init__(self, root: Path, chapter: str, answers: Path) -> None:
        course = load_course(root)
        self.chapter = find_chapter(course, chapter)
        self.folder = course.graders_folder(self.chapter)
        self.filename = f"{chapter}.py"
        self._oracle = FileOracle(course, self.chapter, answers)
        self._thresholds = load_thresholds(self.folder)
        self._stub = stub_definitions(course, self.chapter)
        self._driver = CheckDriver(self.chapter, self.folder)
        self._probes = SimpleNamespace(**self._oracle.probes)

    def load(self, source: bytes) -> ModuleType:
        """Load a submission's text as a module; what it raises is raised."""
        return load_module(self.chapter.name, source, self.filename)

    def new_run(self, module: Any, source: bytes = EMPTY_MODULE) -> ChapterRun:
        """Return a run of the checks on a loaded module. source: its text, for messages that show lines"""
        return ChapterRun(
            chapter=self.chapter,
            folder=self.folder,
            submission=Submission(parse_around_errors(source, self.filename), self._stub),
            oracle=self._oracle,
            ask=lambda calls, device, check: self._answer(module, calls, device),
            secret=SECRET,
            thresholds=self._thresholds,
        )

    def checks(self, run: ChapterRun) -> dict[str, pytest.Function]:
        """Return a run's checks by their names, such as "Linear/values", in the order in which they run."""
        found = {}
        for item in self._driver.start(run):
            assert isinstance(item, pytest.Function)
            result = run.results[node_of(item)]
            found[f"{result.exercise.name}/{result.check}"] = item
        return found

    def call(self, run: ChapterRun, item: pytest.Function) -> None:
        """Call a check as a plain function, and note that it passed; raise what it raises."""
        check, result = run.start_check(item), run.results[node_of(item)]

        @functools.cache
        def value(name: str) -> Any:
            match name:
                case "probes":
                    return self._probes
                case "drawn":
                    return check.drawn()
                case "compare" | "observe" | "rejects" | "reaches":
                    return getattr(check, name)
                case "recompare":
                    return lambda device, without=(): run.recompare(node_of(item), check, device, without)
            definition = item._fixtureinfo.name2fixturedefs[name][-1]
            arguments = {other: value(other) for other in definition.argnames}
            return definition.func(**arguments)

        item.obj(**{name: value(name) for name in item._fixtureinfo.argnames})
        result.status, result.earned = CheckStatus.PASSED, result.points

    def find_todo(self, source: bytes) -> set[str]:
        """Return the names of the exercises whose text says that they cannot be run, such as those still to do."""
        submission = Submission(parse_around_errors(source, self.filename), self._stub)
        return {e.name for e in self.chapter.graded_exercises if not submission.readiness(e).is_ready}

    def grade(self, source: bytes, todo: Collection[str] = ()) -> float:
        """Load a text, call every check but those of `todo`, and return the points of those that pass."""
        try:
            module = self.load(source)
        except Exception:
            return 0.0
        run = self.new_run(module)
        for name, item in self.checks(run).items():
            if name.partition("/")[0] in todo:
                continue
            try:
                self.call(run, item)
            except (CheckFailed, AssertionError, pytest.fail.Exception):
                continue
            except CheckBroken:
                raise
            except Exception:
                if not run.runs[node_of(item)].answered:  # then it is not the answer that it could not deal with
                    raise
        return sum(result.earned for result in run.results.values())

    def _answer(self, module: Any, calls: Iterable[Call], device: str) -> Reply:
        """Return a loaded module's reply to these calls, made in this process."""
        try:
            with library().running(device, []) as name:
                probes = self._oracle.probes
                return Reply(ReplyStatus.OK, [call_probe(probes[call.probe], module, call, name) for call in calls])
        except Exception as error:
            return describe(error, self.filename, ReplyStatus.ERROR)


def record_answers(root: Path, chapter: str, path: Path) -> None:
    """Save the reference's answers to the checks' questions."""
    course = load_course(root)
    found = find_chapter(course, chapter)
    recorder = _Recorder(course, found)
    with contextlib.closing(Grader(course, found, Settings(backend_named("none"), SECRET), oracle=recorder)) as grader:
        grader.dry_run()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(recorder.answers))


if __name__ == "__main__":  # python -m scripts.bench.direct ROOT CHAPTER ANSWERS
    record_answers(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
