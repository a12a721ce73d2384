"""Grade one submission of one chapter."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import torch

from torchdojo.course import Chapter, Course, CourseError
from torchdojo.grading.calibration import load_thresholds
from torchdojo.grading.diagnose import diagnose
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.failure import Finding
from torchdojo.grading.oracle import Oracle, ReferenceOracle
from torchdojo.grading.plugin import GradingPlugin, never, run_pytest
from torchdojo.grading.recorded import RecordedOracle
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.slow_imports import modules_named_in
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.submission import Submission, source_failure
from torchdojo.grading.version import graders_hash
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import SourceError
from torchdojo.worker.modules import import_modules
from torchdojo.worker.protocol import Call, Limits, Reply, ReplyStatus, Request


class GradingStopped(Exception):
    """Grading was stopped from outside before its last check: there is no result."""


Change = Callable[[Any], tuple[Any, bool]]
BLANK = b"pass\n"
# What learners' checks draw their inputs from: everybody has it, so that a release can hold the answers.
PUBLIC_SECRET = b"what public checks ask is known to all"
RUNS = itertools.count()  # a number for each submission that is graded, in this process


@dataclass(frozen=True)
class Settings:
    """How a run grades.

    backend: the sandbox; secret: what inputs are drawn from
    accelerators: "simulated", "cuda" (a real one), or both, in this order
    public: run the public checks only. A release's checks always draw from the release's own secret
    """

    backend: SandboxBackend
    secret: bytes
    accelerators: tuple[str, ...] = ("simulated",)
    public: bool = False


def accelerators_of(course: Course) -> tuple[str, ...]:
    """Return where a course's placement is checked on this machine: always simulated, and on CUDA if both wish it."""
    return ("simulated", "cuda") if course.gpu and torch.cuda.is_available() else ("simulated",)


class Grader:
    """Grades submissions of one chapter; the worker and the oracle stay warm between them."""

    def __init__(
        self,
        course: Course,
        chapter: Chapter,
        settings: Settings,
        worker: Worker | None = None,
        oracle: Oracle | None = None,
    ) -> None:
        self.course = course
        self.chapter = chapter
        self.settings = settings
        self.folder = course.graders_folder(chapter)
        self.probes_path = self.folder / "probes.py"
        if not self.probes_path.is_file():
            raise CourseError(self.probes_path, "the chapter's probes are missing")
        self.worker = worker or Worker(settings.backend, [self.probes_path])
        if "cuda" in settings.accelerators:
            self.worker.allow_gpu()
        self.limits = Limits(seconds=chapter.check_seconds, memory=chapter.memory_mb * 2**20)
        self._oracle = oracle
        self._hash = graders_hash(course, chapter)
        self._check_files: dict[str, ModuleType] = {}

    @property
    def oracle(self) -> Oracle:
        """The chapter's oracle, made when it is first needed."""
        if self._oracle is None:
            self._oracle = (RecordedOracle if self.course.released else ReferenceOracle)(self.course, self.chapter)
        return self._oracle

    def checks(self) -> list[CheckResult]:
        """Return every check of the chapter, unanswered."""
        plugin = self._plugin(Submission(BLANK, f"{self.chapter.name}.py"), None)
        self._run(plugin)
        return list(plugin.results.values())

    def judge(self, change: Change, only: Sequence[str] | None = None) -> Result:
        """Return the verdict on the reference's own answers, changed on their way to the checks.

        change: returns a reply's outputs, changed, and whether they are; a check that got changed ones is marked with
        the kind "changed". Nothing is asked of the worker and nothing is diagnosed.
        """
        started = time.perf_counter()
        submission = Submission(self.oracle.reference, f"{self.chapter.name}.py")
        marked: set[str] = set()

        def ask(calls: tuple[Call, ...], device: str, check: str) -> Reply:
            reply = self.oracle.reference_answer(calls, device)
            outputs, changed = change(reply.outputs)
            if changed:
                marked.add(check)
            return replace(reply, outputs=outputs)

        plugin = self._plugin(submission, only)
        plugin.ask = ask
        self._run(plugin)
        for node in marked:
            plugin.results[node].kinds.add("changed")
        return self._result(list(plugin.results.values()), submission, started)

    def warm(self, source: bytes, only: Sequence[str]) -> None:
        """Get ready what grading this text will need: the worker's imports, and the reference's answers.

        A later `grade` of these exercises then takes the time of the submission's own answers alone.
        """
        self._get_ready(source)
        self.worker.prepare(self.probes_path, self._modules(source))
        if not self.course.released:
            self.rehearse(only)

    def rehearse(self, only: Sequence[str] | None = None) -> list[tuple[CheckResult, list[Exchange]]]:
        """Run the checks on the reference's own answers; return each with the questions it asked, and their answers.

        Nothing is trained: a probe whose output has a calibrated threshold is said to give just that.
        """
        self.oracle.require_reference()
        submission = Submission(self.oracle.reference, f"{self.chapter.name}.py")
        plugin = self._plugin(submission, only)

        def ask(calls: tuple[Call, ...], device: str, check: str) -> Reply:
            name = calls[0].probe
            output = self.oracle.probes[name].calibrate
            if output and not calls[0].params:
                return Reply(ReplyStatus.OK, [{output: plugin.thresholds.get(name)}])
            return self.oracle.reference_answer(calls, device)

        plugin.ask = ask
        self._run(plugin)
        return [(result, plugin.runs[node].exchanges) for node, result in plugin.results.items() if node in plugin.runs]

    def grade(
        self,
        source: bytes | SourceError,
        filename: str,
        only: Sequence[str] | None = None,
        stop: Callable[[], bool] = never,
    ) -> Result:
        """Return the verdict on a submission's text, or on the reason why it could not be read.

        only: names of exercises to check, or None for all; stop: asked before each check, GradingStopped if it says yes
        """
        started = time.perf_counter()
        try:
            if isinstance(source, SourceError):
                raise source
            submission = Submission(source, filename)
        except SourceError as error:
            return self._rejected(source_failure(error, filename), error.line, only, started)
        plugin = self._plugin(submission, only)
        plugin.stop = stop
        ready = any(submission.standing(e).is_ready for e in self.chapter.exercises if not only or e.name in only)
        if ready:
            self._get_ready(submission.source)
            refusal = self._load(submission)
            if refusal is not None:
                return self._rejected(_load_failure(refusal, filename), refusal.line, only, started, submission)
        self._run(plugin)
        results = list(plugin.results.values())
        self.worker.end_session()
        if plugin.stopped:
            raise GradingStopped
        if ready:
            diagnose(self.oracle, [(plugin.results[node], run) for node, run in plugin.runs.items()])
        _gate_raises(plugin)
        self._blame_foundations(results)
        return self._result(results, submission, started)

    def _plugin(self, submission: Submission, only: Sequence[str] | None) -> GradingPlugin:
        modules = self._modules(submission.source)
        run = next(RUNS)

        def ask(calls: tuple[Call, ...], device: str, check: str) -> Reply:
            request = Request(self.chapter.name, submission.source, submission.filename, calls, device)
            return self.worker.run(request, self.probes_path, self.limits, modules, session=f"{run}/{check}")

        return GradingPlugin(
            chapter=self.chapter,
            folder=self.folder,
            submission=submission,
            oracle=self.oracle,
            ask=ask,
            secret=self.settings.secret if self.oracle.secret is None else self.oracle.secret,
            public=self.settings.public,
            thresholds=load_thresholds(self.folder),
            accelerators=self.settings.accelerators,
            only=set(only) if only else None,
        )

    def _modules(self, source: bytes) -> list[str]:
        """Return what the worker should import before it forks."""
        return modules_named_in(source + b"\n" + self.probes_path.read_bytes())

    def _get_ready(self, source: bytes) -> None:
        """Have the worker import what this text needs and, meanwhile, import here what the reference needs."""
        self.worker.start_preparing(self.probes_path, self._modules(source))
        if not self.course.released:
            import_modules(self._modules(self.oracle.reference))
        self.oracle.require_reference()

    def why_not_loaded(self, submission: Submission) -> str:
        """Load a submission as grading does first; return why it would be rejected, or nothing."""
        refusal = self._load(submission)
        return _load_failure(refusal, submission.filename) if refusal else ""

    def _load(self, submission: Submission) -> Reply | None:
        """Load the submission once, alone; return the reply if that did not go well."""
        modules = self._modules(submission.source)
        request = Request(self.chapter.name, submission.source, submission.filename, ())
        reply = self.worker.run(request, self.probes_path, self.limits, modules)
        return None if reply.is_ok else reply

    def _run(self, plugin: GradingPlugin) -> None:
        """Run the checks. Their files are imported once; another folder's files of the same names are others."""
        before = set(sys.modules)
        sys.modules.update(self._check_files)
        try:
            run_pytest(plugin)
        finally:
            for name in set(sys.modules) - before:
                if name.split(".")[-1].startswith("test_"):
                    self._check_files[name] = sys.modules.pop(name)
        if plugin.problems:
            self._check_files.clear()  # one that could not be loaded may be among them, in part
            raise plugin.problems[0]
        self._require_points(plugin)

    def _require_points(self, plugin: GradingPlugin) -> None:
        for exercise in self.chapter.exercises:
            if plugin.only is not None and exercise.name not in plugin.only:
                continue
            total = sum(result.points for result in plugin.results.values() if result.exercise.name == exercise.name)
            if self.settings.public:
                if not total:
                    raise CourseError(
                        self.folder, f"{exercise.name} has no public check: mark one of its checks public"
                    )
            elif total != exercise.points:
                raise CourseError(
                    self.folder,
                    f"the checks of {exercise.name} are worth {total:g} points, course.toml says {exercise.points:g}",
                )

    def _rejected(
        self,
        words: str,
        line: int | None,
        only: Sequence[str] | None,
        started: float,
        submission: Submission | None = None,
    ) -> Result:
        """Return the result of a submission that could not be read or loaded: every check there, none earned."""
        plugin = self._plugin(Submission(BLANK, f"{self.chapter.name}.py"), only)
        self._run(plugin)
        for result in plugin.results.values():
            result.status = CheckStatus.ERROR
            result.finding = Finding(
                got=words, line=line, text=submission.text_of(line) if submission else "", theirs=True
            )
        done = self._result(list(plugin.results.values()), submission, started)
        done.status, done.message = ResultStatus.REJECTED, words
        return done

    def _blame_foundations(self, results: list[CheckResult]) -> None:
        """Where an exercise fails and one it builds on does too, say so first."""
        failed = {r.exercise.name for r in results if not r.status.is_done}
        for result in results:
            exercise = self.chapter.find(result.exercise.name)
            causes = [name for name in (exercise.builds_on if exercise else []) if name in failed]
            if causes and result.status in (CheckStatus.FAILED, CheckStatus.ERROR) and result.mistake is None:
                words = f"It builds on {' and '.join(causes)}, which is not right yet: look there first."
                result.finding = _with_advice(result.finding, words)

    def _result(self, results: list[CheckResult], submission: Submission | None, started: float) -> Result:
        broken = any(result.status is CheckStatus.GRADER_ERROR for result in results)
        return Result(
            chapter=self.chapter.name,
            status=ResultStatus.GRADER_ERROR if broken else ResultStatus.GRADED,
            checks=results,
            sandbox=self.settings.backend.name,
            device="+".join(self.settings.accelerators),
            seconds=time.perf_counter() - started,
            submission=submission.hash if submission else "",
            graders=self._hash,
        )

    def close(self) -> None:
        """Stop the worker."""
        self.worker.close()


def _load_failure(reply: Reply, filename: str) -> str:
    place = f"{filename}:{reply.line}" if reply.line else filename
    said = f"{reply.type}: {reply.message}" if reply.type else reply.message
    return (
        f"{place} cannot be loaded: {said}"
        if reply.status == ReplyStatus.LOAD_ERROR
        else f"{place} cannot be loaded ({reply.status}): {said}"
    )


def _gate_raises(plugin: GradingPlugin) -> None:
    """Take back the points of checks that only saw an exception, where no value check of the exercise passes."""
    solid = {r.exercise for r in plugin.results.values() if r.status is CheckStatus.PASSED and "value" in r.kinds}
    for node, result in plugin.results.items():
        if result.status is CheckStatus.PASSED and result.kinds == {"raises"} and result.exercise not in solid:
            result.status, result.earned = CheckStatus.FAILED, 0.0
            result.finding = Finding(
                called=plugin.runs[node].called,
                expected="the exception, and right values for legal input",
                got="the exception; but no check of this exercise's values passes yet",
            )


def _with_advice(finding: Finding, words: str) -> Finding:
    return replace(finding, advice=f"{finding.advice}\n{words}".strip())
