"""One submission's chapter while its checks run: the result of each, and what they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from torchdojo.course import Chapter, CourseError, ExerciseId
from torchdojo.explain.code import Code
from torchdojo.explain.definitions import explain_undefined
from torchdojo.grading.assertion_words import words_of
from torchdojo.grading.assumed import AssumedAnswers
from torchdojo.grading.budget import TimeBudget
from torchdojo.grading.check_run import CheckRun
from torchdojo.grading.collection import CollectedChecks, fixtures_of
from torchdojo.grading.examples import prepare_examples
from torchdojo.grading.failure import CheckBroken, CheckFailed, DeviceMissing, Finding, ReferenceStopped
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Readiness, Submission
from torchdojo.probe import Probe
from torchdojo.worker.protocol import Call, Reply
from torchdojo.worker.returned import read_returned

# What a check may raise to say that an answer is wrong: assert, torch.testing, numpy.testing, pytest.fail and raises.
FAILURES = (AssertionError, pytest.fail.Exception)
NODE = pytest.StashKey[str]()
ARGUMENTS_DO_NOT_FIT = re.compile(r"TypeError: (?:\w+\.)*(\w+)\(\) (?:takes|missing|got (?:an unexpected|multiple))")
MAX_WORDS = 2000  # characters of what a check says


def never() -> bool:
    """Return False: the default of a `stop` callback."""
    return False


def no_budget(checks: Iterable[CheckResult]) -> TimeBudget | None:
    """Return None: by default an exercise has no time budget."""
    return None


@dataclass(frozen=True)
class Rejection:
    """Why a submission cannot be graded, with the line and its text; whether it could not even be read."""

    reason: str
    line: int | None = None
    text: str = ""
    is_unread: bool = False


@dataclass
class ChapterRun:
    """Grades one submission of one chapter, whoever drives pytest.

    folder: with the chapter's checks; problems: what is wrong with them; public: run the public checks only
    ask: runs calls on the submission, on a device, for the check with this id
    only: exercises to check, None for all
    checks: those to run, by their exercises and names, with what they repeat; None for all
    fixtures: the names of those that each check asks for
    rejection: why nothing can be run; is_ours: whether the text is the course's own
    trains: whether checks that train ask anything
    stop: called before each check; once it returns True, no other check runs and `stopped` is set
    new_budget: returns the time budget of an exercise with these checks, if it has one
    budgeted: the checks that count for it, whether they are run or not
    begin: like `ask`, called before the reference is asked, None if there is nothing to begin
    assumed: what the reference is assumed to answer on an accelerator; None to ask it everything
    given_up: the exercises whose checks no longer run, for they will be run again
    doubted: the checks that raised, after an answer, what may be the check's own fault; see Grader.finish
    """

    chapter: Chapter
    folder: Path
    submission: Submission
    oracle: Oracle
    ask: Callable[[tuple[Call, ...], str, str], Reply]
    secret: bytes
    thresholds: dict[str, float]
    accelerators: tuple[str, ...] = ("simulated",)
    only: set[str] | None = None
    checks: Collection[tuple[ExerciseId, str]] | None = None
    public: bool = False
    trains: bool = True
    rejection: Rejection | None = None
    is_ours: bool = False
    results: dict[str, CheckResult] = field(default_factory=dict)
    runs: dict[str, CheckRun] = field(default_factory=dict)
    fixtures: dict[str, Collection[str]] = field(default_factory=dict)
    problems: list[CourseError] = field(default_factory=list)
    doubted: set[str] = field(default_factory=set)
    begin: Callable[[tuple[Call, ...], str, str], None] | None = None
    assumed: AssumedAnswers | None = None
    given_up: set[str] | None = None
    new_budget: Callable[[Iterable[CheckResult]], TimeBudget | None] = no_budget
    budgets: dict[str, TimeBudget | None] = field(default_factory=dict)
    budgeted: list[CheckResult] = field(default_factory=list)
    stop: Callable[[], bool] = never
    stopped: bool = False
    readiness: dict[str, Readiness] = field(default_factory=dict)

    def part(self, exercises: Collection[str]) -> ChapterRun:
        """Return the run of these exercises alone, with the same results."""
        results = {node: result for node, result in self.results.items() if result.exercise.name in exercises}
        runs = {node: run for node, run in self.runs.items() if node in results}
        return replace(self, results=results, runs=runs, doubted=self.doubted & results.keys())

    def merge(self, part: ChapterRun) -> None:
        """Let the results of a part that was run again take the place of those that were there."""
        self.stopped |= part.stopped
        self.doubted = {node for node in self.doubted if node not in part.results} | part.doubted
        self.runs = {node: check for node, check in self.runs.items() if node not in part.results} | part.runs
        self.results |= part.results

    def take(self, checks: CollectedChecks) -> list[pytest.Item]:
        """Return the checks to run, in the order of course.toml, and start a result for each."""
        self.problems += checks.problems
        chosen = [(item, result) for item, result in checks.cases if self._is_chosen(result)]
        self.budgeted = [result for _, result in chosen]
        if self.checks is not None:
            named = [case for case in chosen if (case[1].exercise, case[1].check) in self.checks]
            repeating = {result.exercise for item, result in named if "recompare" in fixtures_of(item)}
            chosen = [case for case in chosen if case in named or case[1].exercise in repeating]
        for item, result in chosen:
            item.stash[NODE] = item.nodeid
            self.results[item.nodeid] = replace(result, kinds=set())
            self.fixtures[item.nodeid] = fixtures_of(item)
        return [item for item, _ in chosen]

    def _is_chosen(self, result: CheckResult) -> bool:
        return (self.only is None or result.exercise.name in self.only) and (result.public or not self.public)

    # ------------------------------------------------------------------ a check

    def is_given_up(self, item: pytest.Item) -> bool:
        """Whether a check need not run, for all of its exercise's will be run again: not each has passed."""
        return self.given_up is not None and self.results[node_of(item)].exercise.name in self.given_up

    def why_not_run(self, item: pytest.Item) -> Finding | None:
        """Return why a check cannot be run, after it was noted in its result; None if it can be."""
        result = self.results[node_of(item)]
        if self.rejection is not None:
            why, result.status = self.rejection, CheckStatus.ERROR
            result.finding = Finding(got=why.reason, line=why.line, text=why.text)
            return result.finding
        name = result.exercise.name
        readiness = self._find_readiness(name)
        if readiness.status is None:
            return None
        result.status, result.finding = readiness.status, self._explain_not_run(name, readiness)
        return result.finding

    def start_check(self, item: pytest.Item) -> CheckRun:
        """Return what the fixtures of a check share."""
        node = node_of(item)
        name = self.results[node].exercise.name
        if name not in self.budgets:
            own = [result for result in self.budgeted if result.exercise.name == name]
            self.budgets[name] = self.new_budget(own)
        run = self.runs[node] = CheckRun(
            ask=lambda calls, device: self.ask(calls, device, node),
            begin=partial(self._begin, node),
            assumed=self.assumed,
            oracle=self.oracle,
            secret=self.secret,
            name=f"{name}/{item.name}",
            thresholds=self.thresholds,
            accelerators=self.accelerators,
            budget=self.budgets[name],
            trains=self.trains,
        )
        prepare_examples(item, run.derive_seed("examples"), run.start_example)
        return run

    def _begin(self, node: str, calls: tuple[Call, ...], device: str) -> None:
        if self.begin is not None:
            self.begin(calls, device, node)

    def recompare(self, node: str, run: CheckRun, device: str, without: Collection[Probe]) -> None:
        """Repeat on a device what the exercise's checks that passed on the CPU have asked."""
        exercise = self.results[node].exercise
        left_out = {probe.name for probe in without}
        passed = (node for node, result in self.results.items() if result.status is CheckStatus.PASSED)
        runs = [self.runs[node] for node in passed if node in self.runs and self.results[node].exercise == exercise]
        run.called = f"{exercise.name} on {device}"
        if not sum(run.repeat(other, device, left_out) for other in runs):
            finding = Finding(expected="a right answer on the CPU first", got="no check of its values passes yet")
            raise CheckFailed(finding, self._how_it_was_stopped(exercise))

    def _how_it_was_stopped(self, exercise: ExerciseId) -> CheckStatus:
        """Return what stopped an exercise's checks, such as a time limit; "failed" if nothing did."""
        statuses = (result.status for result in self.results.values() if result.exercise == exercise)
        return next((status for status in statuses if status.stopped), CheckStatus.FAILED)

    def record(self, node: str, when: str, seconds: float, error: BaseException | None) -> None:
        """Set a check's verdict by how one of its phases ended: with an exception, or with None.

        when: "setup", "call" or "teardown"; seconds: what it took
        """
        result, run = self.results[node], self.runs.get(node)
        result.seconds += seconds
        if error is not None:
            self._record_error(node, when, error)
        elif when == "call":
            result.status, result.earned = CheckStatus.PASSED, result.points
        if run:
            result.kinds, result.memory, result.called = run.kinds, run.memory, run.called
            result.by_steps = run.by_steps
        if self.given_up is not None and error is not None:
            self.given_up.add(result.exercise.name)

    def _record_error(self, node: str, when: str, error: BaseException) -> None:
        result, run = self.results[node], self.runs.get(node)
        called = run.called if run else ""
        error = (run and run.failure_of(error)) or error
        result.earned = 0.0
        if run:
            run.keep_last_example()
        if isinstance(error, CheckFailed):
            result.status, result.finding = error.status, self._complete(error, result, run)
        elif isinstance(error, DeviceMissing | pytest.skip.Exception):
            result.status = CheckStatus.SKIPPED
            result.finding = Finding(called=called, got=str(error))
        elif _is_assertion(error) and (when == "call" or (run and run.answered)):
            message, values = words_of(error, self.fixtures.get(node, ()))
            got = "\n".join(filter(None, [message, values]))
            failure = CheckFailed(Finding(called=called, got=got, values=values, has_text=True))
            result.status, result.finding = CheckStatus.FAILED, self._complete(failure, result, run)
            self.doubted.add(node)
        else:
            result.status = CheckStatus.GRADER_ERROR
            result.finding = Finding(called=called, got=f"{type(error).__name__}: {error}"[:MAX_WORDS])
            is_certain = isinstance(error, CheckBroken) and not isinstance(error, ReferenceStopped)
            if run and run.answered and not is_certain:
                self.doubted.add(node)

    def _complete(self, error: CheckFailed, result: CheckResult, run: CheckRun | None) -> Finding:
        """Return the finding of a check that failed, with what the check itself did not say."""
        finding = error.finding
        defaults = {CheckStatus.FAILED: result.title, CheckStatus.ERROR: "no exception"}
        line, advice = self._line_to_show(result, finding, run)
        return replace(
            finding,
            called=finding.called or (run.called if run else ""),
            expected=finding.expected or defaults.get(error.status, ""),
            line=line or self.submission.definition_line(result.exercise.name),
            text=finding.text or self.submission.source_line(line),
            advice=f"{finding.advice}\n{advice}".strip(),
        )

    def _find_readiness(self, name: str) -> Readiness:
        if name not in self.readiness:
            exercise = self.chapter.find(name)
            assert exercise is not None
            self.readiness[name] = self.submission.readiness(exercise)
        return self.readiness[name]

    def _explain_not_run(self, name: str, readiness: Readiness) -> Finding:
        if readiness.status is CheckStatus.TODO:
            return Finding(line=readiness.line, text="...")
        code = Code(self.submission.parsed, self.submission.stub)
        if readiness.status is CheckStatus.FAILED:
            return Finding(
                expected=f"{self.submission.filename} defines {name}",
                got="no definition of that name",
                advice=explain_undefined(code, name),
            )
        if readiness.status is CheckStatus.ERROR:
            return Finding(
                expected=f"{self.submission.filename} defines {name}",
                got=readiness.reason,
                line=readiness.line,
                text=self.submission.source_line(readiness.line),
                advice=self.submission.explain_omission(self.submission.omission_of(name)),
            )
        return Finding(
            expected=f"{name} without {readiness.forbidden}",
            got=f"{readiness.forbidden} is used",
            line=readiness.line,
            text=self.submission.source_line(readiness.line),
        )

    def _line_to_show(self, result: CheckResult, finding: Finding, run: CheckRun | None) -> tuple[int | None, str]:
        """Return the line of an exercise to look at, and what to say of it.

        That is where an exception was raised, or if another exercise raised it, the line that used that one; of
        arguments that do not fit, the signature; of a wrong answer, the line that computed it. None if it is not known.
        """
        name, text = result.exercise.name, self.submission.source_line(finding.line)
        if text:
            owner = self.submission.owner(finding.line)
            lines = run.exchanges[-1].reply.lines if run and run.exchanges else []
            own = [line for line in lines if self.submission.owner(line) == name]
            if owner != name and self.chapter.find(owner) and own:
                inner = f"line {finding.line}, `{text}`"
                return own[-1], f"The exception was raised in `{owner}`, which is used here: {inner}."
            return finding.line, ""
        if match := ARGUMENTS_DO_NOT_FIT.match(finding.words):
            return self.submission.signature_line(name, match[1]), ""
        return self._computing_line(name, run) if run and "raises" not in run.kinds else None, ""

    def _computing_line(self, name: str, run: CheckRun) -> int | None:
        """Return the line that computed the answers to the last question, None if it is not one and the same."""
        reply = run.exchanges[-1].reply if run.exchanges else None
        calls = read_returned(reply.returned) if reply is not None and reply.is_ok else []
        own = [call for call in calls if call.function.partition(".")[0] == name and call.form.kind != "None"]
        lines = {self.submission.computing_line(name, call.line) for call in own}
        return lines.pop() if len(lines) == 1 else None


def node_of(item: pytest.Item) -> str:
    """Return the id of a check, as it was collected: pytest-xdist may add the name of a group later."""
    return item.stash.get(NODE, item.nodeid)


def _is_assertion(error: BaseException) -> bool:
    """Whether an exception says that an answer is wrong; of a group, whether each in it does."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_assertion, error.exceptions))
    return isinstance(error, FAILURES)
