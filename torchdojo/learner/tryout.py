"""Ask an exercise the question of a check again, in this process and in the foreground: the learner's own code.

Nothing is graded here: no sandbox, no limits, no verdict. Prints are seen at once, and `breakpoint()` stops.
"""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from types import ModuleType
from typing import TYPE_CHECKING, Any

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.files import display_path
from torchdojo.learner.script import Script, write_script
from torchdojo.source.files import ParsedSource

if TYPE_CHECKING:  # which loads torch
    from torchdojo.grading.compare import Difference
    from torchdojo.grading.exchange import Exchange
    from torchdojo.grading.grader import Grader
    from torchdojo.grading.result import CheckResult
    from torchdojo.grading.submission import Submission
    from torchdojo.sandbox.worker import Worker

SCRIPT_NAME = "the question"  # what a traceback and a debugger call the script's file
MAX_ENTRIES, MAX_LINES, WIDTH = 40, 10, 88  # of a value that is shown


@dataclass(frozen=True)
class Tryout:
    """A question of a check, ready to be asked again.

    script: None if the check asks nothing, because the exercise cannot be run
    expected, precise: the reference's outputs, in float64 too for a narrower dtype; None if they decide nothing
    """

    check: CheckResult
    script: Script | None = None
    expected: dict[str, Any] | None = None
    precise: dict[str, Any] | None = None


@dataclass(frozen=True)
class Answered:
    """What came of a question. outputs: as they are compared, None if error, or refusal, says why there are none"""

    outputs: dict[str, Any] | None = None
    error: BaseException | None = None
    refusal: str = ""


class Tryouts:
    """The questions of an exercise's public checks. Nobody's code but the learner's own is run with them.

    SourceError if the exercise file cannot be loaded; WorkerError if no worker can be started.
    """

    def __init__(self, course: Course, chapter: Chapter, exercise: Exercise, source: ParsedSource, worker: Worker):
        from torchdojo.grading.accelerators import available_accelerators
        from torchdojo.grading.grader import PUBLIC_SECRET, Grader, Settings

        self.chapter = chapter
        self.path = course.exercise_file(chapter)
        settings = Settings(worker.backend, PUBLIC_SECRET, available_accelerators(course), public=True)
        self._grader: Grader = Grader(course, chapter, settings, worker)
        self._submission: Submission
        self._submission, asked = self._grader.exchanges(source, exercise.name)
        self._exchanges: dict[str, list[Exchange]] = {check.check: exchanges for check, exchanges in asked}
        self.checks: list[CheckResult] = [check for check, _ in asked]

    def choose(self, name: str = "") -> Tryout:
        """Return the question that the check of this name fails at, or its first one; "" for the first that fails."""
        failing = (check for check in self.checks if check.status.is_wrong)
        check = next((c for c in self.checks if c.check == name), None) or next(failing, self.checks[0])
        exchanges = self._exchanges[check.check]
        if not exchanges:
            return Tryout(check)
        exchange = exchanges[-1] if check.status.is_wrong else exchanges[0]
        expected, precise, number = self._expected(exchange)
        calls = exchange.calls[: number + 1]
        probes = ParsedSource(self._grader.course.probes_file(self._grader.chapter).read_bytes())
        defaults = self._grader.oracle.probes[calls[0].probe].defaults
        script = write_script(probes, self.chapter.name, calls, defaults, exchange.device)
        return Tryout(check, script, expected, precise)

    def _expected(self, exchange: Exchange) -> tuple[dict[str, Any] | None, dict[str, Any] | None, int]:
        """Return the expected outputs, those in float64, and the number of the call, from 0, that they belong to.

        There are none where a release has recorded none: of the first of several calls that are asked together.
        """
        from torchdojo.grading.check_run import float64_outputs
        from torchdojo.grading.compare import EXACT, find_difference
        from torchdojo.grading.failure import CheckBroken

        if exchange.costly or exchange.closeness is not EXACT:
            return None, None, 0
        oracle, outputs = self._grader.oracle, exchange.reply.outputs
        try:
            expected = oracle.reference_answer(exchange.calls, exchange.device).outputs
        except CheckBroken:
            return None, None, 0
        precise: Sequence[Any] = float64_outputs(oracle, exchange.calls, exchange.device) or [None] * len(expected)
        differ = [i for i in range(len(outputs)) if find_difference(outputs[i], expected[i], precise[i])]
        number = differ[0] if differ else 0 if exchange.reply.is_ok else len(exchange.calls) - 1
        return expected[number], precise[number], number

    def ask(self, script: Script) -> Answered:
        """Load the exercise file and run a script on it, in this process."""
        from torchdojo.probe.settings import preserve_settings
        from torchdojo.worker.torch_library import eager_only

        linecache.cache[SCRIPT_NAME] = (len(script.text), None, script.text.splitlines(keepends=True), SCRIPT_NAME)
        with preserve_settings(), eager_only([]):
            try:
                self._load()
                namespace: dict[str, Any] = {"__name__": "question"}
                exec(compile(script.text, SCRIPT_NAME, "exec", dont_inherit=True), namespace)
                return _attempt(namespace["outputs"])
            except BaseException as error:  # exit(), a debugger that was left and Ctrl-C too
                return Answered(error=error)

    def _load(self) -> None:
        """Load the exercise file as exercises.CHAPTER, without the lines at its end that only try things out."""
        from torchdojo.worker.modules import load_submission

        package, name = ModuleType("exercises"), f"exercises.{self.chapter.name}"
        sys.modules["exercises"] = package
        without = self._submission.without + self._submission.trailing(e.name for e in self.chapter.exercises)
        filename = display_path(self.path)
        module, _ = load_submission(name, self._submission.code, filename, without, {}, lambda _, value: value)
        setattr(package, self.chapter.name, module)


def _attempt(outputs: Any) -> Answered:
    """Return outputs as they come from a worker, which is what they are compared as."""
    from torchdojo.worker.protocol import Reply, ReplyStatus, decode_reply, encode_reply
    from torchdojo.worker.torch_library import copy_tensors

    reply = decode_reply(encode_reply(Reply(ReplyStatus.OK, [copy_tensors(outputs)])))
    return Answered(reply.outputs[0]) if reply.is_ok else Answered(refusal=reply.message)


def find_output(tryout: Tryout, attempt: Answered) -> tuple[str, Difference] | None:
    """Return the name of the first output that is not as expected, with the difference; None if there is none."""
    from torchdojo.grading.compare import find_difference

    got, expected = attempt.outputs, tryout.expected
    if got is None or expected is None:
        return None
    difference = find_difference(got, expected, tryout.precise)
    if difference is None:
        return None
    precise = tryout.precise or {}
    wrong = (n for n in expected if n in got and find_difference(got[n], expected[n], precise.get(n)))
    return next(wrong, ""), difference


def show_value(value: Any) -> str:
    """Return a value as Python and torch print it, shortened."""
    import torch

    from torchdojo.probe.settings import preserve_settings
    from torchdojo.wire import unwrap_tensors

    with preserve_settings():
        torch.set_printoptions(  # type: ignore[no-untyped-call]
            threshold=MAX_ENTRIES, edgeitems=2, linewidth=WIDTH
        )
        lines = pformat(unwrap_tensors(value), width=WIDTH, compact=True, sort_dicts=False).splitlines()
    more = len(lines) - MAX_LINES
    return "\n".join(lines if more <= 1 else [*lines[:MAX_LINES], f"… {more} more lines"])


def own_traceback(error: BaseException, path: Path) -> str:
    """Return a traceback as Python prints it, with the frames of the exercise file and of the script only."""
    summary = traceback.TracebackException.from_exception(error)
    seen: list[traceback.TracebackException | None] = [summary]
    for part in seen:
        if part is not None:
            own = [frame for frame in part.stack if frame.filename in (display_path(path), SCRIPT_NAME)]
            part.stack = traceback.StackSummary.from_list(own)
            seen += [part.__cause__, part.__context__]
    return "".join(summary.format()).rstrip()
