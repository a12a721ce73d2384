"""Grade one submission of one chapter."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from torchdojo.course import Chapter, Course, CourseError, Exercise, ExerciseId, Overlay
from torchdojo.course.stub import stub_definitions
from torchdojo.grading.ahead import Ahead, Asked, Asking
from torchdojo.grading.asking import SESSION_NUMBERS, Asker
from torchdojo.grading.assumed import AssumedAnswers
from torchdojo.grading.bans import resolve_bans, with_known_use
from torchdojo.grading.budget import TimeBudget
from torchdojo.grading.calibration import load_thresholds
from torchdojo.grading.chapter_run import ChapterRun, Rejection, never
from torchdojo.grading.compare import EXACT
from torchdojo.grading.diagnose import diagnose
from torchdojo.grading.driver import CheckDriver
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.explained import explain_replies
from torchdojo.grading.failure import Finding, ReferenceStopped
from torchdojo.grading.foundations import advise_foundations, describe_given
from torchdojo.grading.oracle import Oracle, ReferenceOracle, Verdict
from torchdojo.grading.recorded import RecordedOracle
from torchdojo.grading.replay import ReplayTable
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.returned import explain_returned, tell_returned
from torchdojo.grading.scoring import score_exercises
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.submission import Submission, describe_source_error
from torchdojo.grading.unfinished import mark_unfinished
from torchdojo.grading.version import graders_hash
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.source.repair import parse_around_errors
from torchdojo.worker.modules import import_modules
from torchdojo.worker.protocol import Call, Limits, Reply


class GradingStopped(Exception):
    """Grading was stopped before its last check, so there is no result."""


Answer = Callable[[tuple[Call, ...], str, str], Reply]  # given calls, a device and the check that asks
# Given a reply's outputs, return the altered ones, and whether they differ.
OutputTransform = Callable[[Any], tuple[Any, bool]]
EMPTY_MODULE = b"pass\n"
# What learners' checks draw their inputs from: everybody has it, so that a release can hold the answers.
PUBLIC_SECRET = b"what public checks ask is known to all"


@dataclass(frozen=True)
class Settings:
    """How to grade: in which sandbox, with which secret to draw inputs from, and where to check placement.

    accelerators: "simulated", "cuda" (a real one), or both, in this order
    public: run the public checks only. A release's checks always draw from the release's own secret
    ahead: expect right answers. Ask everything in one process, and alone only what does not pass there; do not ask the
    reference on an accelerator what it has answered on the CPU. Verdicts are the same
    """

    backend: SandboxBackend
    secret: bytes
    accelerators: tuple[str, ...] = ("simulated",)
    public: bool = False
    ahead: bool = True


T = TypeVar("T")


class _PerSettings(Generic[T]):
    """What is known for one secret and the other settings; with others it is forgotten."""

    def __init__(self) -> None:
        self._key: tuple[Settings, Limits] | None = None
        self._known: dict[str, T] = {}

    def of(self, settings: Settings, limits: Limits) -> dict[str, T]:
        """Return what is known for these settings, to add to."""
        if self._key != (settings, limits):
            self._key, self._known = (settings, limits), {}
        return self._known


class Grader:
    """Grades submissions of one chapter, and keeps its worker and its oracle between them."""

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
        self.filename = f"{chapter.name}.py"
        self.folder = course.graders_folder(chapter)
        probes = course.probes_file(chapter)
        if not probes.is_file():
            raise CourseError(probes, "the chapter's probes are missing")
        worker = worker or Worker(settings.backend, [probes], kind=chapter.kind)
        self._asker = Asker(chapter, worker.of_kind(chapter.kind), probes)
        if "cuda" in settings.accelerators:
            self.worker.allow_gpu()
        self._oracle = oracle
        self._hash = graders_hash(course, chapter)
        self._stub = stub_definitions(course, chapter)
        self._given: dict[str, bytes] = {}
        self._bans = resolve_bans(course, chapter)
        self._driver = CheckDriver(chapter, self.folder)
        self._judged = _PerSettings[dict[str, Verdict]]()  # of known mistakes, by their exercises and ids
        self._assumed = AssumedAnswers()
        self._expected = _PerSettings[tuple[Asking, list[Asked]]]()  # what checks asked that passed, by their ids

    @property
    def worker(self) -> Worker:
        """The process that runs submissions, or what stands for it."""
        return self._asker.worker

    @worker.setter
    def worker(self, value: Worker) -> None:
        self._asker.worker = value

    @property
    def limits(self) -> Limits:
        """The limits of a check that has no time limit of its own."""
        return self._asker.limits

    @limits.setter
    def limits(self, value: Limits) -> None:
        self._asker.limits = value

    @property
    def oracle(self) -> Oracle:
        """The chapter's oracle, created when it is first needed."""
        if self._oracle is None:
            self._oracle = (RecordedOracle if self.course.released else ReferenceOracle)(self.course, self.chapter)
        return self._oracle

    def checks(self) -> dict[str, CheckResult]:
        """Return every check of the chapter, not run, by pytest's id, below the chapter's folder."""
        run = self._new_run(self._submission(EMPTY_MODULE), None)
        self._driver.start(run)
        self._require_points(run)
        return run.results

    def grade_altered_reference(self, transform: OutputTransform, only: Sequence[str] | None = None) -> Result:
        """Return the verdict on the reference's outputs after a transform. Nothing is diagnosed.

        A check that compared altered outputs has the kind "changed".
        """
        started = time.perf_counter()
        altered: list[Any] = []

        def answer(calls: tuple[Call, ...], device: str, _: str) -> Reply:
            reply = self.oracle.reference_answer(calls, device)
            pairs = [transform(outputs) for outputs in reply.outputs]
            altered.extend(outputs for outputs, is_altered in pairs if is_altered)
            return replace(reply, outputs=[outputs for outputs, _ in pairs])

        run = self._run_answered(answer, only)
        known = set(map(id, altered))
        for node, check in run.runs.items():
            compared = (exchange.reply.outputs for exchange in check.exchanges if exchange.closeness is EXACT)
            if any(id(outputs) in known for several in compared for outputs in several):
                run.results[node].kinds.add("changed")
        return self._result(run, started)

    def grade_replayed(self, only: Sequence[str] | None = None) -> Result:
        """Return the verdict on the reference's answers to the questions of another secret: nothing is computed.

        What they earn, a submission earns that answers from a table.
        """
        started = time.perf_counter()
        table = ReplayTable()

        def record(calls: tuple[Call, ...], device: str, check: str) -> Reply:
            reply = self.oracle.reference_answer(calls, device)
            table.record(calls, device, check, reply)
            return reply

        self._run_answered(record, only, secret=hashlib.sha256(self.settings.secret).digest())
        run = self._run_answered(table.replay, only)
        score_exercises(run.results.values())
        return self._result(run, started)

    def grade_in_process(self, source: bytes, only: Sequence[str] | None = None) -> Result:
        """Return the verdict on the course's own code, which needs no sandbox, with the name of its mistake.

        Nothing is trained, and no points are given.
        """
        started = time.perf_counter()
        oracle = self.oracle
        assert isinstance(oracle, ReferenceOracle)
        run = self._run_answered(
            lambda calls, device, _: oracle.answer(source, calls, device), only, trains=False, source=source
        )
        mark_unfinished(self.chapter, run)
        self._diagnose(run, run)
        return self._result(run, started)

    def _run_answered(
        self,
        answer: Answer,
        only: Sequence[str] | None,
        *,
        checks: Collection[tuple[ExerciseId, str]] | None = None,
        trains: bool = True,
        source: bytes | ParsedSource | None = None,
        secret: bytes | None = None,
    ) -> ChapterRun:
        """Run the checks on answers that no worker gives.

        checks: those to run, by their exercises and names, None for all; trains: whether those that train ask anything
        source: the text that gives them, None for the reference; secret: what to draw inputs from, if another than ours
        """
        run = self._new_run(self._submission(source or self.oracle.reference), only)
        run.ask, run.checks, run.trains, run.is_ours = answer, checks, trains, True
        run.assumed = None
        run.secret = secret or run.secret
        self._run(run)
        return run

    def warm_up(self, source: bytes, only: Sequence[str]) -> None:
        """Prepare what grading this text will need: the worker's imports, and the reference's answers.

        A later `grade` of these exercises then takes only as long as the submission's own answers.
        """
        self._prepare(source, only)
        self._asker.prepare(source, only)
        if not self.course.released:
            self.dry_run(only)

    def dry_run(self, only: Sequence[str] | None = None) -> list[tuple[CheckResult, list[Exchange]]]:
        """Run the checks on the reference's answers; return each with its exchanges. Nothing is trained."""
        self.oracle.require_reference()
        run = self._run_answered(
            lambda calls, device, _: self.oracle.reference_answer(calls, device), only, trains=False
        )
        return [(result, run.runs[node].exchanges) for node, result in run.results.items() if node in run.runs]

    def grade(
        self,
        source: bytes | ParsedSource | SourceError,
        only: Sequence[str] | None = None,
        stop: Callable[[], bool] = never,
        diagnoses: bool = True,
    ) -> Result:
        """Return the verdict on a submission's text, or on the reason why it could not be read.

        only: names of exercises to check, or None for all; stop: called before each check, GradingStopped once it
        returns True; diagnoses: whether known mistakes are recognised
        """
        started = time.perf_counter()
        run = self.new_run(source, only)
        run.stop = stop
        ahead = self._ask_ahead(run)
        self.load(run, ahead)
        if ahead is None or run.rejection is not None or run.submission.without:
            self._run(run)
        else:
            self._run_ahead(run, ahead)
        self.finish(run, diagnoses=diagnoses)
        if run.stopped:
            raise GradingStopped
        return self._result(run, started)

    def new_run(self, source: bytes | ParsedSource | SourceError, only: Sequence[str] | None = None) -> ChapterRun:
        """Return what grades a submission's text, for somebody to drive: `load` it, run its checks, `finish` them."""
        try:
            if isinstance(source, SourceError):
                raise source
            return self._new_run(self._submission(source), only)
        except SourceError as error:
            run = self._new_run(self._submission(EMPTY_MODULE), only)
            run.rejection = Rejection(describe_source_error(error, self.filename), error.line, is_unread=True)
            return run

    def _ask_ahead(self, run: ChapterRun) -> Ahead | None:
        """Return what asks all of a run's questions in one process; None if there are none, or they must be alone."""
        forks = self.worker.backend.forks and "cuda" not in self.settings.accelerators
        if not self.settings.ahead or run.rejection is not None or not forks:
            return None
        ready = any(run.submission.readiness(exercise).is_ready for exercise in self._chosen(run))
        return Ahead(self.worker) if ready else None

    def _run_ahead(self, run: ChapterRun, ahead: Ahead) -> None:
        """Run the checks in one process, and then those of each exercise again, alone, that has not passed them all."""

        def asking(check: str) -> Asking:
            result = run.results[check]
            exercise = self.chapter.find(result.exercise.name)
            assert exercise is not None
            return Asking(exercise, check, self._asker.limits_of(result))

        alone, run.given_up = run.ask, ahead.given_up
        run.ask = lambda calls, device, check: ahead.ask(asking(check), calls, device)
        run.begin = lambda calls, device, check: ahead.begin(asking(check), calls, device)
        chosen = {exercise.name for exercise in self._chosen(run) if run.submission.readiness(exercise).is_ready}
        expected = self._expected.of(self.settings, self.limits)
        for known, asked in expected.values():
            if known.exercise.name in chosen:
                ahead.expect(known, asked)
        self._run(run)
        again = set(ahead.given_up)
        passed = [check for check, result in run.results.items() if result.status is CheckStatus.PASSED]
        if passed and not run.stopped and ahead.find_changes():
            again |= {result.exercise.name for result in run.results.values()}
        run.ask, run.begin, run.given_up = alone, None, None
        expected |= {check: (asking(check), run.runs[check].asked) for check in passed}
        if again and not run.stopped:
            part = self._new_run(run.submission, sorted(again))
            part.stop = run.stop
            self._run(part)
            run.merge(part)

    def _chosen(self, run: ChapterRun) -> list[Exercise]:
        return [e for e in self.chapter.graded_exercises if run.only is None or e.name in run.only]

    def load(self, run: ChapterRun, ahead: Ahead | None = None) -> None:
        """Load a run's submission in the worker, unless no exercise can be run; note why it is rejected if it is.

        ahead: what will ask questions in the same process
        """
        submission = run.submission
        if run.rejection is not None:
            return
        if any(submission.readiness(exercise).is_ready for exercise in self._chosen(run)):
            self._prepare(submission.parsed, run.only)
            reason, line = self._asker.load(submission, run.only, is_shared=ahead is not None)
        else:
            reason, line = self._asker.why_rejected(submission)
        if reason:
            run.rejection = Rejection(reason, line, submission.source_line(line))

    def finish(
        self,
        run: ChapterRun,
        exercises: Collection[str] | None = None,
        *,
        diagnoses: bool = True,
        scores: bool = True,
    ) -> None:
        """Settle the verdicts of exercises whose checks have run: explain them, name known mistakes, score them.

        exercises: all if None; those that they build on have been settled before
        diagnoses: whether known mistakes are recognised; scores: whether the checks of an exercise depend on each other
        """
        part = run if exercises is None else run.part(exercises)
        if run.rejection is not None:
            return
        printed = {node: check.printed for node, check in part.runs.items()}  # before the reference's version is used
        explain_replies(part)
        self._judge_doubted(part)
        returned = explain_returned(part)
        again = {} if part.stopped else self._ask_with_given(part)
        self.worker.end_session()
        run.stopped |= part.stopped
        if run.stopped:
            return
        run.results |= part.results
        run.runs |= part.runs
        exchanges = (exchange for check in part.runs.values() for exchange in check.exchanges)
        run.submission.compiles |= any(exchange.reply.compiles for exchange in exchanges)
        _forbid_whole_exercises(part.results, again)
        mark_unfinished(self.chapter, part)
        if diagnoses:
            self._diagnose(part, run)
        tell_returned(part, returned)
        if scores:
            score_exercises(part.results.values())
        advise_foundations(self.chapter, part.results.values(), run.results.values())
        for node, text in printed.items():
            part.results[node].finding = replace(part.results[node].finding, printed=text)

    def _diagnose(self, part: ChapterRun, whole: ChapterRun) -> None:
        checks = [(part.results[node], check) for node, check in part.runs.items()]
        wrong = (result for node, result in whole.results.items() if node in whole.runs and result.status.is_wrong)
        diagnose(self.oracle, self._judge_one, checks, {result.exercise.name for result in wrong})

    def _judge_one(self, mistake: Overlay, check: str) -> Verdict | None:
        return self.judge_mistake(mistake, [check]).get(check)

    def judge_mistake(self, mistake: Overlay, checks: Collection[str] | None = None) -> Mapping[str, Verdict]:
        """Return how checks of its exercise judge a known mistake, by their names. Nothing is trained.

        checks: their names, None for all. That depends on no submission, so a check judges a mistake once. There may be
        verdicts of others.
        """
        recorded = self.oracle.recorded_verdicts(mistake)
        if recorded is not None:
            return recorded
        known = self._judged.of(self.settings, self.limits).setdefault(f"{mistake.exercise}/{mistake.id}", {})
        if checks is None or not known.keys() >= set(checks):
            known |= self._judge(mistake, checks)
        return known

    def _judge(self, mistake: Overlay, checks: Collection[str] | None) -> dict[str, Verdict]:
        oracle, exercise = self.oracle, ExerciseId(self.chapter.name, mistake.exercise)
        assert isinstance(oracle, ReferenceOracle)
        run = self._run_answered(
            lambda calls, device, _: oracle.mistake_answer(mistake, calls, device),
            [mistake.exercise],
            checks=None if checks is None else {(exercise, check) for check in checks},
            trains=False,
        )
        return {r.check: Verdict(r.status, r.finding.expected, r.finding.got) for r in run.results.values()}

    def exchanges(self, source: ParsedSource, name: str) -> tuple[Submission, list[tuple[CheckResult, list[Exchange]]]]:
        """Ask a submission what the checks of an exercise ask; return it as it was loaded, and each check's exchanges.

        Nothing is scored or diagnosed. Where several calls got no answer, and the first of them alone gets none either,
        the exchange is about that one. SourceError if the submission cannot be loaded.
        """
        submission = self._submission(source)
        run, modules = self._new_run(submission, [name]), self._asker.modules(submission.parsed, [name])
        self._prepare(submission.parsed, [name])
        reason, line = self._asker.load(submission, [name])
        if reason:
            raise SourceError(reason, line)
        self._run(run)
        for node, check in run.runs.items():
            limits = self._asker.limits_of(run.results[node])
            for index, exchange in enumerate(check.exchanges):
                if not exchange.reply.is_ok and len(exchange.calls) > 1:
                    first = replace(exchange, calls=exchange.calls[:1])
                    request = self._asker.request(submission, name, first.calls, first.device)
                    reply = self._asker.run(request, limits, modules)
                    check.exchanges[index] = exchange if reply.is_ok else replace(first, reply=reply)
        self.worker.end_session()
        asked = {node: check.exchanges for node, check in run.runs.items()}
        return submission, [(result, asked.get(node, [])) for node, result in run.results.items()]

    def _submission(self, source: bytes | ParsedSource) -> Submission:
        parsed = source if isinstance(source, ParsedSource) else parse_around_errors(source, self.filename)
        return Submission(parsed, self._stub)

    def _judge_doubted(self, run: ChapterRun) -> None:
        """Settle whose fault it is that a check raised after an answer: its own, if it raises with the reference."""
        doubted = [run.results[node] for node in run.doubted]
        if not doubted:
            return
        asked = self.dry_run(sorted({result.exercise.name for result in doubted})) if self.oracle.reference else []
        broken = {(r.exercise, r.check): r.finding for r, _ in asked if r.status.is_wrong}
        for result in doubted:
            own = broken.get((result.exercise, result.check))
            if own is not None:
                result.status = CheckStatus.GRADER_ERROR
                result.finding = replace(own, got=f"the reference fails this check, too: {own.got}")
            elif result.status is CheckStatus.GRADER_ERROR:
                name = result.finding.got.partition(":")[0]
                got = f"an answer of another form than the text asks for ({name} when it was looked at)"
                if name == ReferenceStopped.__name__:
                    got = "an answer before that is far too large for this step"
                result.status = CheckStatus.FAILED
                result.finding = replace(result.finding, expected=result.title, got=got)

    def _ask_with_given(self, run: ChapterRun) -> dict[str, CheckResult]:
        """Ask each exercise that fails and builds on others again, with the reference's version of those others.

        A check that passes then keeps its points: what is wrong is elsewhere. Of the others only the replies are kept,
        for the diagnosis. Their messages are not: a submission has seen something of the reference there. Returns how
        all these checks ended the second time.
        """
        failed = {
            node: names
            for node, result in run.results.items()
            if result.status.is_wrong and (names := self._foundations(result.exercise.name))
        }
        if not failed or not self.oracle.reference:
            return {}
        exercises = sorted({run.results[node].exercise.name for node in failed})
        again = self._new_run(run.submission, exercises, {e: self._given_text(e) for e in exercises})
        again.stop = run.stop
        again.checks = {(run.results[node].exercise, run.results[node].check) for node in failed}
        self._run(again)
        run.stopped = again.stopped
        by_name = {(result.exercise, result.check): node for node, result in again.results.items()}
        for node, names in failed.items():
            other = by_name[run.results[node].exercise, run.results[node].check]
            if other in again.runs:
                run.runs[node] = replace(again.runs[other], given=True)
            if again.results[other].status is CheckStatus.PASSED:
                run.results[node] = replace(again.results[other], given=names)
        return again.results

    def _foundations(self, name: str) -> tuple[str, ...]:
        """Return the names of the exercises that an exercise builds on."""
        exercise = self.chapter.find(name)
        return tuple(exercise.builds_on) if exercise else ()

    def _given_text(self, name: str) -> bytes:
        """Return the reference's text of what an exercise builds on."""
        if name not in self._given:
            self._given[name] = ParsedSource(self.oracle.reference).extract(self._foundations(name))
        return self._given[name]

    def _new_run(
        self, submission: Submission, only: Sequence[str] | None, given: Mapping[str, bytes] | None = None
    ) -> ChapterRun:
        """Return what grades a submission. given: by exercise, the text that takes the place of what it builds on"""
        modules = self._asker.modules(submission.parsed, only)
        number = next(SESSION_NUMBERS)

        def ask(calls: tuple[Call, ...], device: str, check: str) -> Reply:
            exercise = run.results[check].exercise.name
            request = self._asker.request(submission, exercise, calls, device, given[exercise] if given else None)
            limits, session = self._asker.limits_of(run.results[check]), f"{number}/{check}"
            reply = self._asker.run(request, limits, modules, session)
            return with_known_use(reply, self._bans[exercise])

        secret = self.settings.secret if self.oracle.secret is None else self.oracle.secret
        self.oracle.expect_questions(secret)
        run = ChapterRun(
            chapter=self.chapter,
            folder=self.folder,
            submission=submission,
            oracle=self.oracle,
            ask=ask,
            secret=secret,
            public=self.settings.public,
            thresholds=load_thresholds(self.folder),
            accelerators=self.settings.accelerators,
            only=set(only) if only else None,
            assumed=self._assumed if self.settings.ahead and not self.course.released else None,
            new_budget=lambda checks: self._new_budget(submission, checks),
        )
        return run

    def _new_budget(self, submission: Submission, checks: Iterable[CheckResult]) -> TimeBudget | None:
        """Return the time of an exercise with these checks, if the reference's is known."""
        limit = max(self._asker.limits_of(check).seconds for check in checks)
        return TimeBudget(limit, limit, load=submission.load_seconds) if self.oracle.reference else None

    def _prepare(self, source: bytes | ParsedSource, only: Collection[str] | None) -> None:
        """Let the worker import what this text needs and, meanwhile, import here what the reference needs."""
        self._asker.start_preparing(source, only)
        if not self.course.released:
            import_modules(self._asker.modules(self.oracle.reference, only))
        self.oracle.require_reference()

    def load_error(self, submission: Submission) -> str:
        """Load a submission as grading does first; return why it would be rejected, or ""."""
        return self._asker.load(submission)[0]

    def _run(self, run: ChapterRun) -> None:
        """Run the checks."""
        self._driver.run(run)
        if run.checks is None:
            self._require_points(run)

    def _require_points(self, run: ChapterRun) -> None:
        for exercise in self.chapter.graded_exercises:
            if run.only is not None and exercise.name not in run.only:
                continue
            total = sum(result.points for result in run.results.values() if result.exercise.name == exercise.name)
            if self.settings.public and not total:
                raise CourseError(self.folder, f"{exercise.name} has no public check: mark one of its checks public")
            if not self.settings.public and not math.isclose(total, exercise.points):
                raise CourseError(
                    self.folder,
                    f"the checks of {exercise.name} are worth {total:g} points, course.toml says {exercise.points:g}",
                )

    def _result(self, run: ChapterRun, started: float) -> Result:
        results, rejection = list(run.results.values()), run.rejection
        has_error = any(result.status is CheckStatus.GRADER_ERROR for result in results)
        status = ResultStatus.GRADER_ERROR if has_error else ResultStatus.GRADED
        submission = None if run.is_ours or (rejection is not None and rejection.is_unread) else run.submission
        notes = submission.notes if submission else []
        return Result(
            chapter=self.chapter.name,
            status=ResultStatus.REJECTED if rejection is not None else status,
            checks=results,
            sandbox=self.settings.backend.name,
            device="+".join(self.settings.accelerators),
            seconds=time.perf_counter() - started,
            submission=submission.hash if submission else "",
            graders=self._hash,
            message=rejection.reason if rejection is not None else "",
            notes=[*notes, *describe_given(self.chapter, results, submission)],
        )

    def close(self) -> None:
        """Stop the worker, and end pytest's session."""
        self._driver.close()
        self.worker.close()


def _forbid_whole_exercises(results: dict[str, CheckResult], again: Mapping[str, CheckResult]) -> None:
    """Where one check saw the use of what an exercise forbids, that goes for all of its checks.

    again: how checks ended where the reference's version of other exercises was used: what those use does not count
    """
    uses: dict[ExerciseId, Finding] = {}
    unjudged = (CheckStatus.TIMEOUT, CheckStatus.MEMORY, CheckStatus.CRASHED, CheckStatus.GRADER_ERROR)
    judged = {node: result for node, result in again.items() if result.status not in unjudged}
    for seen in {**results, **judged}.values():
        if seen.status is CheckStatus.FORBIDDEN:
            uses.setdefault(seen.exercise, seen.finding)
    for result in results.values():
        if result.exercise in uses:
            result.status, result.earned, result.finding = CheckStatus.FORBIDDEN, 0.0, uses[result.exercise]
