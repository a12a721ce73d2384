"""One check while it runs: what its fixtures do, and the exchanges that a diagnosis starts from."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import torch

from torchdojo.grading.assumed import AssumedAnswers
from torchdojo.grading.budget import TimeBudget
from torchdojo.grading.compare import (
    EXACT,
    Closeness,
    Difference,
    find_difference,
    find_form_difference,
    format_number,
)
from torchdojo.grading.exchange import NARROW_DTYPES, Exchange, without_excess
from torchdojo.grading.failure import CheckBroken, CheckFailed, DeviceMissing, Finding, ReferenceStopped
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.result import Kind
from torchdojo.grading.sendable import find_unsendable
from torchdojo.grading.status import CheckStatus
from torchdojo.probe import Draw, Probe
from torchdojo.stand_in.bounds import TimeIsUp, memory_limit, time_limit
from torchdojo.stand_in.dialogue import Dialogue
from torchdojo.stand_in.generators import held_random
from torchdojo.wire import unwrap_tensors
from torchdojo.worker.conversation import end_conversation, find_object
from torchdojo.worker.protocol import STEP, Call, Limits, Reply, ReplyStatus

Ask = Callable[[tuple[Call, ...], str], Reply]
Outputs = dict[str, Any]
# How a check ends whose probe did not answer; with any other reply it failed.
UNANSWERED = {
    ReplyStatus.ERROR: CheckStatus.ERROR,
    ReplyStatus.LOAD_ERROR: CheckStatus.ERROR,
    ReplyStatus.TIMEOUT: CheckStatus.TIMEOUT,
    ReplyStatus.STARVED: CheckStatus.TIMEOUT,
    ReplyStatus.MEMORY: CheckStatus.MEMORY,
    ReplyStatus.CRASHED: CheckStatus.CRASHED,
    ReplyStatus.FORBIDDEN: CheckStatus.FORBIDDEN,
}
PATIENCE = 10.0  # times the limit of a question: for the reference's step, as the machine may be busy
CONVERSATIONS = itertools.count()  # one for each check that uses the stand-in, in this process
DEVICE_NAMES = {"simulated": "cuda (simulated: same rules, computed on the CPU)", "cuda": "cuda"}


@dataclass(frozen=True)
class _Question:
    """What a check asked of a probe: with these parameters, in these calls, on this device.

    closeness: EXACT if the answers were compared with the reference's, otherwise only their forms were
    varies: the outputs whose length may differ from the reference's
    on_cpu: what the reference replied to the same on the CPU, if that was compared
    """

    probe: Probe
    params: dict[str, Any]
    calls: tuple[Call, ...]
    device: str
    closeness: Closeness
    varies: tuple[str, ...] = ()
    on_cpu: Reply | None = None


@dataclass(repr=False)  # hypothesis prints the fixtures, which are its methods
class CheckRun:
    """What a check's fixtures share.

    ask: runs calls on the submission; oracle: knows the reference's answers; secret: what seeds are derived from
    name: the check's; trains: whether checks that train ask anything
    accelerators: where a check on "cuda" runs, in this order: "simulated", "cuda" or both
    printed: what the submission printed while it answered the last question
    answered: whether the last question has been answered, so that what the check raises now may be due to that
    memory: the most bytes that the submission used for an answer so far, None if that is not measured
    budget: of the exercise's answers; None if their time is not limited together
    example_start: where the exchanges of the running example begin, None unless hypothesis gives examples
    given: whether the reference's version of what the exercise builds on was used
    ended_by: what ended the conversation with the submission, if anything did
    asked: the questions so far: the calls, the device, and the seconds that the reference took, None for a training
    begin: called with a question that will be asked once the reference has been
    assumed: what the reference is assumed to answer on an accelerator; None to ask it everything
    """

    ask: Ask
    oracle: Oracle
    secret: bytes
    name: str
    thresholds: dict[str, float]
    accelerators: tuple[str, ...] = ("simulated",)
    trains: bool = True
    kinds: set[Kind] = field(default_factory=set)
    by_steps: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    questions: list[_Question] = field(default_factory=list)
    asked: list[tuple[tuple[Call, ...], str, float | None]] = field(default_factory=list)
    begin: Callable[[tuple[Call, ...], str], None] | None = None
    assumed: AssumedAnswers | None = None
    called: str = ""
    printed: str = ""
    answered: bool = False
    memory: int | None = None
    budget: TimeBudget | None = None
    given: bool = False
    ended_by: CheckFailed | ReferenceStopped | None = None
    _dialogue: Dialogue | None = None
    _names: tuple[str, str] = ("", "")
    _raised: list[tuple[BaseException, Reply]] = field(default_factory=list)
    example_start: int | None = None

    def drawn(self) -> Draw:
        """Return a source of parameters for questions, the same whenever this secret is used."""
        return Draw(self.derive_seed("parameters"))

    def compare(self, probe: Probe, *, device: str = "cpu", calls: int = 2, **params: Any) -> Outputs:
        """Require the reference's outputs, and return those of the first call; see docs/authoring.md."""
        self.kinds.add("value")
        first: list[Outputs] = []
        for name in self._devices(device):
            asked = self._derive_calls(probe, params, calls)
            reply, _ = self._require_answer(_Question(probe, params, asked, name, EXACT))
            first.append(reply.outputs[0])
        return first[0]

    def observe(
        self,
        probe: Probe,
        *,
        device: str = "cpu",
        matches: float = 1e-9,
        varies: tuple[str, ...] = (),
        **params: Any,
    ) -> Outputs:
        """Return the submission's outputs, which have the reference's form, for the check to judge.

        Names, types, dtypes, shapes and structure are the reference's. On several accelerators all outputs must have
        this form, and the last one's are returned.

        varies: the outputs whose length depends on chance or on the submission
        """
        self.kinds.add("statistics")
        for name in self._devices(device):
            asked = self._derive_calls(probe, params, 1)
            question = _Question(probe, params, asked, name, Closeness(relative=matches), varies)
            reply, expected = self._require_answer(question)
        answer: Outputs = unwrap_tensors({key: reply.outputs[0][key] for key in expected.outputs[0]})
        return answer

    def repeat(self, run: CheckRun, device: str, without: Collection[str]) -> int:
        """Ask on a device what another check asked on the CPU, with the same seeds; return how many questions.

        What it compared with the reference is compared again. What it only observed must have the right form.
        """
        asked = [q for q in run.questions if q.device == "cpu" and q.probe.name not in without]
        # A device changes nothing about the second call, or about a narrow dtype, that the first does not show.
        asked = [self._of_first_call(q) for q in asked if q.params.get("dtype") not in NARROW_DTYPES]
        self.kinds |= {"value" if q.closeness is EXACT else "statistics" for q in asked}
        for name in self._devices(device) if asked else ():
            there = [replace(question, device=name) for question in asked]
            seconds = sum((self._assume(q) or self.oracle.reference_answer(q.calls, name)).seconds for q in there)
            reply = self._ask_submission(tuple(call for q in there for call in q.calls), name, seconds)
            answered = reply.is_ok and len(reply.outputs) == len(there)
            for index, question in enumerate(there):  # one by one again where something failed, to say what
                known = replace(reply, outputs=[reply.outputs[index]], returned="") if answered else None
                self._require_answer(question, known)
        return len(asked)

    def _of_first_call(self, question: _Question) -> _Question:
        """Return the question of only the first call, with what the reference replied to it if that was compared."""
        on_cpu = None
        if self.assumed is not None and question.closeness is EXACT:
            reply = self.oracle.reference_answer(question.calls, "cpu")
            on_cpu = replace(reply, outputs=reply.outputs[:1])
        return replace(question, calls=question.calls[:1], on_cpu=on_cpu)

    def _assume(self, question: _Question) -> Reply | None:
        """Return what the reference is assumed to answer, None if it must be asked."""
        if self.assumed is None or question.on_cpu is None:
            return None
        return self.assumed.find(question.calls[0], question.device, question.on_cpu)

    def _learn(self, question: _Question, expected: Reply) -> None:
        """Note what the reference answered, to assume it later."""
        if self.assumed is not None and question.on_cpu is not None:
            self.assumed.learn(question.calls[0], question.device, expected, question.on_cpu)

    def _require_answer(self, question: _Question, reply: Reply | None = None) -> tuple[Reply, Reply]:
        """Require a right answer, or one of the right form; return the replies of submission and reference.

        reply: the submission's, if it has been asked
        """
        probe, params, calls, device = question.probe, question.params, question.calls, question.device
        assumed = self._assume(question)
        reply, expected = self._ask_both(probe, params, calls, device, question.closeness, reply, assumed)
        if assumed is not None and not self._is_same(reply, assumed):
            expected, assumed = self._ask_reference(calls, device), None
            self.exchanges[-1] = replace(self.exchanges[-1], reply=without_excess(reply, expected))
        if assumed is None:
            self._learn(question, expected)
            if question.closeness is EXACT:
                self._require_same(reply, expected, float64_outputs(self.oracle, calls, device))
            else:
                self._require_form(reply.outputs[0], expected.outputs[0], question.varies)
        self.questions.append(question)
        return reply, expected

    def _is_same(self, reply: Reply, expected: Reply) -> bool:
        try:
            self._require_same(reply, expected, None)
        except CheckFailed:
            return False
        return True

    def rejects(self, probe: Probe, *, device: str = "cpu", **params: Any) -> None:
        """Require a ValueError, whoever raises it and whatever it says, and the reference's other outputs."""
        self.kinds.add("raises")
        asked = self._derive_calls(probe, params, 1)
        reply, expected = self._ask_both(probe, params, asked, self._devices(device)[0], EXACT)
        got, known = dict(reply.outputs[0]), dict(expected.outputs[0])
        raised, is_value_error, message = (got.pop(key, None) for key in ("raised", "is_value_error", "message"))
        if not known.pop("is_value_error", False):
            raise CheckBroken("the reference raises no ValueError here")
        for key in ("raised", "message"):
            known.pop(key, None)
        if raised is None:
            self._fail(expected="a ValueError", got="no exception")
        if is_value_error is not True:
            words = f"{raised}: {message}"[:2000]
            self._fail(expected="a ValueError", got=words, words=words)
        difference = find_difference(got, known)
        if difference:
            self._fail_by(difference)

    def reaches(self, probe: Probe) -> None:
        """Require that what a probe is calibrated by reaches its threshold; it runs with its default parameters.

        The number is computed here, from what the submission returned.
        """
        self.kinds |= {"value", "threshold"}
        measure, threshold = probe.calibrate, self.thresholds.get(probe.name)
        if measure is None or threshold is None:
            chapter = self.oracle.chapter.name
            raise CheckBroken(f"{probe.name} has no calibrated threshold; run `dojo calibrate {chapter}`")
        if not self.trains:
            return
        asked = self._derive_calls(probe, {}, 1)
        self.called = probe.describe({})
        reply = self._ask_submission(asked, "cpu", None)
        self.exchanges.append(Exchange(asked, "cpu", without_excess(reply, None), EXACT, costly=True))
        name = measure.__name__.replace("_", " ")
        wanted = f"{name} of at least {threshold:.4g}"
        self._require_ok(reply, wanted)
        try:
            value = float(measure(unwrap_tensors(reply.outputs[0]), Draw(asked[0].seed)))
        except Exception:  # whatever the answer holds
            self._fail(expected=wanted, got=f"an answer that has no {name}")
        if not value >= threshold:
            self._fail(expected=wanted, got=f"{name}: {format_number(value)}")

    # ------------------------------------------------------------------ the submission's stand-in

    @property
    def submission(self) -> Any:
        """What stands for the submission's module; see docs/authoring.md."""
        if self._dialogue is None:
            number = next(CONVERSATIONS)
            self._names = f"{number}/submission", f"{number}/reference"
            self._dialogue = Dialogue(self, self._names, self.oracle.chapter.name)
        return self._dialogue.module

    @contextlib.contextmanager
    def conversing(self) -> Iterator[None]:
        """Let a check use the stand-in. What ended the conversation is raised again: a check may have caught it."""
        with held_random(self.derive_seed("conversation")):
            yield
        self._dialogue = None
        for name in self._names:
            end_conversation(name)
        if self.ended_by is not None:
            raise self.ended_by

    def take_step(self, step: Outputs, mirrored: Outputs, called: str) -> tuple[Outputs, Outputs | None]:
        """Take a step of the conversation with the submission, and with the reference; return the outputs of both.

        mirrored: the parameters of the reference's step; its outputs are None where the course does not hold it
        """
        if self.ended_by is not None:
            raise self.ended_by
        self.called, self.by_steps = called, True
        seconds, known = None, None
        if self.is_mirrored:
            expected = self._mirror(Call(STEP, mirrored, 0))
            seconds, known = expected.seconds, expected.outputs[0]
        reply = self._ask_submission((Call(STEP, step, 0),), "cpu", seconds)
        if not reply.is_ok:
            self.end_with(self._failure_of(reply))
        return reply.outputs[0], known

    def _mirror(self, step: Call) -> Reply:
        """Return the reference's reply to a step. What the submission answered before may have led to too large a one:
        then the check ends.
        """  # fmt: skip
        seconds = PATIENCE * (self.budget.limit if self.budget else Limits.seconds)
        try:
            with time_limit(seconds) as is_up, memory_limit(2 * self.oracle.chapter.memory_mb * 2**20):
                reply = self.oracle.reference_answer((step,), "cpu")
            why = f"{reply.status}: {reply.type}: {reply.message}"
        except TimeIsUp:
            pass
        if is_up.is_set():
            why = f"not done after {seconds:.3g} s"
        elif reply.is_ok:
            return reply
        self.end_with(ReferenceStopped(f"the reference ends as {why}"))

    def note_result(self, *, is_value: bool) -> None:
        """Note what a check bases its verdict on: a value that came back, or an exception."""
        self.kinds.add("value" if is_value else "raises")

    def note_raised(self, error: BaseException, reply: Reply) -> None:
        """Remember which reply of the submission an exception stands for that its stand-in raises."""
        self._raised.append((error, reply))

    def failure_of(self, error: BaseException) -> CheckFailed | None:
        """Return how a check ends that does not catch an exception of the submission; None for any other exception."""
        reply = next((reply for known, reply in self._raised if known is error), None)
        return None if reply is None else self._failure_of(reply)

    @property
    def is_mirrored(self) -> bool:
        """Whether the course holds the reference, so that it can take the submission's steps, too."""
        return bool(self.oracle.reference)

    def find_mirrored(self, number: int) -> Any:
        """Return the reference's object of a number, None where the course does not hold the reference."""
        return find_object(self._names[1], number) if self.is_mirrored else None

    def end_with(self, failure: CheckFailed | ReferenceStopped) -> NoReturn:
        """End the conversation, and the check."""
        self.ended_by = failure
        raise failure

    def break_check(self, message: str) -> NoReturn:
        """End the check as its author is at fault."""
        raise CheckBroken(message)

    def differ(self, expected: str, got: str, name: str = "") -> NoReturn:
        """End the check as what came back is of another kind than the reference's. name: see Finding"""
        self.end_with(CheckFailed(Finding(self.called, expected, got, kind_differs=True, name=name)))

    def _devices(self, device: str) -> tuple[str, ...]:
        return ("cpu",) if device == "cpu" else self.accelerators

    def _derive_calls(self, probe: Probe, params: dict[str, Any], count: int) -> tuple[Call, ...]:
        """Return calls with a seed each, derived from the run's secret and the check's name.

        An example that hypothesis tries again gets the same seeds as before.
        """
        question = f"{len(self.exchanges)}"
        if self.example_start is not None:
            question = f"{len(self.exchanges) - self.example_start}/{sorted(params.items())!r}"
        return tuple(Call(probe.name, params, self.derive_seed(f"{question}/{index}")) for index in range(count))

    def start_example(self) -> None:
        """Note that hypothesis runs the check with another example."""
        self.example_start = len(self.exchanges)

    def keep_last_example(self) -> None:
        """Forget what earlier examples asked: the last one is the smallest that fails, and explains it."""
        del self.exchanges[: self.example_start or 0]

    def derive_seed(self, what: str) -> int:
        """Return a seed for something of this check, derived from the run's secret."""
        text = f"{self.oracle.chapter.name}/{self.name}/{what}"
        return int.from_bytes(hmac.digest(self.secret, text.encode(), hashlib.sha256)[:7], "big")

    def _ask_both(
        self,
        probe: Probe,
        params: dict[str, Any],
        calls: tuple[Call, ...],
        device: str,
        closeness: Closeness,
        reply: Reply | None = None,
        expected: Reply | None = None,
    ) -> tuple[Reply, Reply]:
        """Return the replies of the submission and of the reference; if either did not answer, the check ends.

        reply: the submission's, if it has been asked; expected: the reference's, if it is assumed
        """
        self.called = probe.describe(params)
        if device != "cpu":
            self.called += f" on {DEVICE_NAMES[device]}"
            if device == "cuda" and not torch.cuda.is_available():
                raise DeviceMissing("this machine has no CUDA device")
        if reply is None and self.begin is not None:
            self.begin(calls, device)  # the submission answers while the reference does
        expected = expected or self._ask_reference(calls, device)
        reply = reply or self._ask_submission(calls, device, expected.seconds)
        self.exchanges.append(Exchange(calls, device, without_excess(reply, expected), closeness))
        self._require_ok(reply)
        return reply, expected

    def _ask_reference(self, calls: tuple[Call, ...], device: str) -> Reply:
        """Return the reference's reply. CheckBroken if it did not answer, or the question cannot be sent."""
        expected = self.oracle.reference_answer(calls, device)
        if not expected.is_ok:
            raise CheckBroken(f"the reference itself ends as {expected.status}: {expected.type}: {expected.message}")
        if unsendable := find_unsendable(calls, expected):
            raise CheckBroken(unsendable)
        return expected

    def _ask_submission(self, calls: tuple[Call, ...], device: str, reference_seconds: float | None) -> Reply:
        """Ask the submission, unless its time for this exercise is spent. reference_seconds: see TimeBudget.add"""
        if self.budget and (refusal := self.budget.refuse()):
            return refusal
        self.asked.append((calls, device, reference_seconds))
        self.answered = False
        reply = self.ask(calls, device)
        self.answered, self.printed = True, reply.printed
        if self.budget:
            self.budget.add(reply, reference_seconds)
        if reply.memory is not None:
            self.memory = max(reply.memory, self.memory or 0)
        return reply

    def _require_same(self, reply: Reply, expected: Reply, precise: list[Outputs] | None) -> None:
        if len(reply.outputs) != len(expected.outputs):
            self._fail(expected=f"{len(expected.outputs)} answers", got=f"{len(reply.outputs)} answers")
        for index, known in enumerate(expected.outputs):
            difference = find_difference(reply.outputs[index], known, precise[index] if precise else None)
            if difference:
                again = " (on the second call, with other inputs)" if index else ""
                self._fail_by(difference, again)

    def _require_form(self, got: Outputs, known: Outputs, varies: Collection[str]) -> None:
        difference = find_form_difference(got, known, varies)
        if difference:
            self._fail_by(difference)

    def _require_ok(self, reply: Reply, expected: str = "") -> None:
        if not reply.is_ok:
            raise self._failure_of(reply, expected)

    def _failure_of(self, reply: Reply, expected: str = "") -> CheckFailed:
        if reply.status is ReplyStatus.FORBIDDEN:
            expected = f"{self.name.partition('/')[0]} without {reply.type}"
        finding = Finding(
            called=self.called,
            expected=expected,
            got=_describe_failure(reply),
            line=reply.line,
            words=_words_of(reply),
        )
        return CheckFailed(finding, UNANSWERED.get(reply.status, CheckStatus.FAILED))

    def _fail_by(self, difference: Difference, again: str = "") -> NoReturn:
        expected, got = difference.say()
        raise CheckFailed(Finding(self.called, expected, got + again, has_text=difference.has_text))

    def _fail(self, *, expected: str, got: str, words: str = "") -> NoReturn:
        raise CheckFailed(Finding(called=self.called, expected=expected, got=got, words=words))


def float64_outputs(oracle: Oracle, calls: tuple[Call, ...], device: str) -> list[Outputs] | None:
    """Return the reference's outputs in float64 if the probe is asked for a narrower dtype."""
    if not any(call.params.get("dtype") in NARROW_DTYPES for call in calls):
        return None
    wide = tuple(Call(call.probe, {**call.params, "dtype": "float64"}, call.seed) for call in calls)
    return oracle.reference_answer(wide, device).outputs or None


def _words_of(reply: Reply) -> str:
    """Return what a submission's process said in place of an answer, "" if it is the worker that says why."""
    if reply.status is ReplyStatus.FORBIDDEN or reply.status.is_our_finding:
        return ""
    has_type = reply.type and reply.status not in (ReplyStatus.REFUSED, ReplyStatus.MEMORY)
    return f"{reply.type}: {reply.message}" if has_type else reply.message


def _describe_failure(reply: Reply) -> str:
    """Return why no outputs came back: at its end `_words_of` the reply."""
    raised = _words_of(reply)
    return {
        ReplyStatus.ERROR: raised,
        ReplyStatus.LOAD_ERROR: f"it cannot be loaded a second time: {raised}",
        ReplyStatus.UNUSABLE: raised,
        ReplyStatus.REFUSED: f"something that may not be handed over: {reply.message}",
        ReplyStatus.TIMEOUT: f"no answer in time ({reply.message})",
        ReplyStatus.STARVED: f"no answer in time ({reply.message})",
        ReplyStatus.MEMORY: f"more memory than this chapter allows. {reply.message}",
        ReplyStatus.CRASHED: reply.message,
        ReplyStatus.FORBIDDEN: f"{reply.type} is used",
    }[reply.status]
