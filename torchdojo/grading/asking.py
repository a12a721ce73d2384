"""Ask submissions in a worker: load their text, and make the calls of checks, within the chapter's limits."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from torchdojo.course import Chapter
from torchdojo.grading.result import CheckResult
from torchdojo.grading.slow_imports import SlowImports
from torchdojo.grading.submission import Submission
from torchdojo.sandbox.worker import Worker
from torchdojo.source.files import ParsedSource
from torchdojo.worker.protocol import Call, Limits, Reply, ReplyStatus, Request

QUICK_LOAD = 0.2  # the share of a check's time that loading a text may take
SESSION_NUMBERS = itertools.count()  # one per graded submission, in this process


class Asker:
    """Loads submissions of one chapter in a worker, and asks them.

    probes: the chapter's probes file; limits: of a check that has no time limit of its own
    """

    def __init__(self, chapter: Chapter, worker: Worker, probes: Path) -> None:
        self.chapter = chapter
        self.worker = worker
        self.probes = probes
        self.limits = Limits(seconds=chapter.check_seconds, memory=chapter.memory_mb * 2**20)
        forbidding = [exercise for exercise in chapter.graded_exercises if exercise.forbids]
        self._bans = tuple((tuple(exercise.forbids), tuple(exercise.allows)) for exercise in forbidding)
        self._slow_imports = SlowImports(probes, chapter.kind)

    def modules(self, source: bytes | ParsedSource, only: Collection[str] | None) -> list[str]:
        """Return the slow imports that a text needs for these exercises, None for all."""
        return self._slow_imports.find(source, only)

    def start_preparing(self, source: bytes | ParsedSource, only: Collection[str] | None) -> None:
        """Let the worker import what a text needs, without waiting for it."""
        self.worker.start_preparing(self.probes, self.modules(source, only), self._bans)

    def prepare(self, source: bytes | ParsedSource, only: Collection[str] | None) -> None:
        """Let the worker import what a text needs. WorkerError if it cannot."""
        self.worker.prepare(self.probes, self.modules(source, only), self._bans)

    def run(
        self, request: Request, limits: Limits, modules: Sequence[str], session: str = "", *, is_shared: bool = False
    ) -> Reply:
        """Make a request of the worker; `Worker.run` says what the arguments are."""
        return self.worker.run(request, self.probes, limits, modules, session, is_shared, self._bans)

    def request(
        self, submission: Submission, name: str, calls: tuple[Call, ...], device: str, given: bytes | None = None
    ) -> Request:
        """Return a request to make these calls for an exercise. given: the text of what it builds on, if not its own"""
        declared = self.chapter.find(name)
        assert declared is not None
        return Request(
            self.chapter.name,
            submission.code,
            submission.filename,
            calls,
            device,
            submission.without,
            given or b"",
            () if given is None else tuple(declared.builds_on),
            tuple(declared.forbids),
            tuple(declared.allows),
        )

    def limits_of(self, check: CheckResult) -> Limits:
        """Return the limits of what a check asks."""
        return self.limits if check.timeout is None else replace(self.limits, seconds=check.timeout)

    def load(
        self, submission: Submission, only: Collection[str] | None = None, *, is_shared: bool = False
    ) -> tuple[str, int | None]:
        """Load a submission, and note in it what has to be left out; return why it is rejected, or "", and its line.

        is_shared: whether what is asked then is asked in the same process

        A statement that raises is left out by the worker. A text that takes too long or too much, or ends its
        process, is loaded without what the exercises do not need, such as a demo, or else without all that may act.
        """
        names = [exercise.name for exercise in self.chapter.graded_exercises]
        modules = self._slow_imports.find(submission.parsed, only)
        first = chosen = self._try_to_load(submission, (), modules, is_shared=is_shared)
        without: tuple[int, ...] = ()
        is_settled = self._is_quick(first) or first.status is ReplyStatus.STARVED
        for plan in submission.plans(names) if not is_settled else ():
            reply = self._try_to_load(submission, plan, modules)
            if self._is_quick(reply) or (reply.is_ok and not first.is_ok):
                chosen, without = reply, plan
                break
            if first.is_ok:
                break
        if not chosen.is_ok:
            return _describe_load_error(first, submission.filename), first.line
        submission.leave_out(chosen.left_out, without, _why_left_out(first), submission.trailing(names))
        submission.compiles = chosen.compiles
        submission.load_seconds = _seconds_of(chosen)
        return self.why_rejected(submission)

    def _is_quick(self, reply: Reply) -> bool:
        return reply.is_ok and _seconds_of(reply) <= self.limits.seconds * QUICK_LOAD

    def why_rejected(self, submission: Submission) -> tuple[str, int | None]:
        """Return why a submission is rejected, and its line: every exercise is in what is left out. "" if not."""
        names = [exercise.name for exercise in self.chapter.graded_exercises]
        if not names or not submission.omissions or not submission.defines_none_of(names):
            return "", None
        first = submission.omissions[0]
        reason = f"{submission.filename}:{first.line} cannot be loaded: {first.note}"
        return f"{reason}\n{submission.explain_omission(first)}".strip(), first.line

    def _try_to_load(
        self, submission: Submission, without: tuple[int, ...], modules: Sequence[str], *, is_shared: bool = False
    ) -> Reply:
        """Load a submission without these statements. is_shared: see `load`"""
        request = Request(self.chapter.name, submission.code, submission.filename, (), without=without)
        session = f"{next(SESSION_NUMBERS)}/all" if is_shared else ""
        return self.run(request, self.limits, modules, session, is_shared=is_shared)


def _describe_load_error(reply: Reply, filename: str) -> str:
    location = f"{filename}:{reply.line}" if reply.line else filename
    status = "" if reply.status is ReplyStatus.LOAD_ERROR else f" ({reply.status})"
    raised = f"{reply.type}: {reply.message}" if reply.type else reply.message
    return f"{location} cannot be loaded{status}: {raised}"


def _seconds_of(reply: Reply) -> float:
    return reply.seconds if reply.charged is None else reply.charged


def _why_left_out(reply: Reply) -> str:
    """Return why the text is loaded without some of its statements. reply: what came of loading all of it"""
    if reply.status is ReplyStatus.MEMORY:
        return "otherwise loading the file takes more memory than this chapter allows"
    if reply.status in (ReplyStatus.OK, ReplyStatus.TIMEOUT):
        return "otherwise loading the file takes too long"
    return f"otherwise the file cannot be loaded: {reply.message}"
