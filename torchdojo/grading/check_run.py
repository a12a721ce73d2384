"""One check while it runs: the questions it asks the submission, and the exchanges it leaves for the diagnosis."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from torchdojo.grading.compare import EXACT, Closeness, difference, outline, show
from torchdojo.grading.exchange import Exchange
from torchdojo.grading.failure import CheckBroken, CheckFailed, DeviceMissing, Finding
from torchdojo.grading.oracle import Oracle
from torchdojo.grading.status import CheckStatus
from torchdojo.probe import Probe
from torchdojo.wire import SentTensor
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

Ask = Callable[[tuple[Call, ...], str], Reply]
Outputs = dict[str, Any]
MIXED = ("all tensors to be on the same device", "be either on cpu or on the same device")
LIKE = {"zeros", "ones", "full", "empty", "rand", "randn", "randint"}  # torch has zeros_like, and so on
# How a check ends whose probe did not answer; with any other reply it failed.
UNANSWERED = {
    ReplyStatus.ERROR: CheckStatus.ERROR,
    ReplyStatus.LOAD_ERROR: CheckStatus.ERROR,
    ReplyStatus.TIMEOUT: CheckStatus.TIMEOUT,
    ReplyStatus.MEMORY: CheckStatus.MEMORY,
    ReplyStatus.CRASHED: CheckStatus.CRASHED,
}
PLACES = {"simulated": "cuda (simulated: same rules, computed on the CPU)", "cuda": "cuda"}


@dataclass
class CheckRun:
    """What a check's fixtures share.

    ask: runs calls on the submission; oracle: on the reference; secret: what seeds are derived from; name: the check's
    accelerators: where a check on "cuda" runs, one after the other: "simulated", "cuda" or both
    memory: the most bytes that the submission was seen to use for an answer so far; None where that is not measured
    """

    ask: Ask
    oracle: Oracle
    secret: bytes
    name: str
    thresholds: dict[str, float]
    accelerators: tuple[str, ...] = ("simulated",)
    kinds: set[str] = field(default_factory=set)
    exchanges: list[Exchange] = field(default_factory=list)
    called: str = ""
    memory: int | None = None

    def compare(self, probe: Probe, *, device: str = "cpu", calls: int = 2, **params: Any) -> Outputs:
        """Demand the reference's outputs; see docs/authoring.md."""
        self.kinds.add("value")
        first: list[Outputs] = []
        for place in self._places(device):
            asked = self._calls(probe, params, calls)
            reply, expected = self._both(probe, params, asked, place, EXACT)
            self._require_same(reply, expected, self._precise(asked, params, place))
            first.append(reply.outputs[0])
        return first[0]

    def _places(self, device: str) -> tuple[str, ...]:
        return ("cpu",) if device == "cpu" else self.accelerators

    def observe(self, probe: Probe, *, device: str = "cpu", matches: float = 1e-9, **params: Any) -> Outputs:
        """Return the submission's outputs, of the reference's names and types, for the check to judge.

        On several accelerators all outputs must be of these types, and the last one's are returned.
        """
        self.kinds.add("statistics")
        for place in self._places(device):
            asked = self._calls(probe, params, 1)
            reply, expected = self._both(probe, params, asked, place, Closeness(relative=matches))
            got, known = reply.outputs[0], expected.outputs[0]
            for name, value in known.items():
                self._require_type(name, got.get(name), value)
        return {name: got[name].tensor if isinstance(got[name], SentTensor) else got[name] for name in known}

    def rejects(self, probe: Probe, *, names: tuple[str, ...], device: str = "cpu", **params: Any) -> None:
        """Demand a ValueError whose message holds one of the names, and the reference's other outputs."""
        self.kinds.add("raises")
        asked = self._calls(probe, params, 1)
        reply, expected = self._both(probe, params, asked, self._places(device)[0], EXACT)
        got, known = dict(reply.outputs[0]), dict(expected.outputs[0])
        raised, is_value_error, message = (got.pop(key, None) for key in ("raised", "is_value_error", "message"))
        if not known.pop("is_value_error", False):
            raise CheckBroken("the reference raises no ValueError here")
        for key in ("raised", "message"):
            known.pop(key, None)
        wanted = " or ".join(f"“{name}”" for name in names)
        words = f"ValueError, with {wanted} in its message"
        if raised is None:
            self._fail(expected=words, got="no exception")
        if is_value_error is not True:
            self._fail(expected=words, got=f"{raised}: {message}", theirs=True)
        if not isinstance(message, str) or not any(name in message for name in names):
            self._fail(expected=words, got=f"ValueError: {message}", theirs=True)
        found = difference(got, known)
        if found:
            self._fail(expected=found.expected, got=found.got)

    def reaches(self, probe: Probe, output: str) -> Outputs:
        """Demand that a float output reaches its calibrated threshold; the probe runs with its default parameters."""
        self.kinds |= {"value", "threshold"}
        threshold = self.thresholds.get(probe.name)
        if threshold is None:
            raise CheckBroken(
                f"{probe.name} has no calibrated threshold; run dojo calibrate {self.oracle.chapter.name}"
            )
        asked = self._calls(probe, {}, 1)
        self.called = probe.describe({})
        reply = self._submission(asked, "cpu")
        self.exchanges.append(Exchange(asked, "cpu", reply, EXACT, costly=True))
        self._require_ok(reply, f"{output} of at least {threshold:.4g}")
        value = reply.outputs[0].get(output)
        if type(value) is not float or not value >= threshold:
            self._fail(expected=f"{output} of at least {threshold:.4g}", got=f"{output}: {show(value)}")
        return reply.outputs[0]

    def _calls(self, probe: Probe, params: dict[str, Any], count: int) -> tuple[Call, ...]:
        """Return the calls with seeds of their own, derived from the run's secret and the check's name."""
        calls: list[Call] = []
        for _ in range(count):
            text = f"{self.oracle.chapter.name}/{self.name}/{len(self.exchanges)}/{len(calls)}"
            seed = int.from_bytes(hmac.digest(self.secret, text.encode(), hashlib.sha256)[:7], "big")
            calls.append(Call(probe.name, params, seed))
        return tuple(calls)

    def _both(
        self, probe: Probe, params: dict[str, Any], calls: tuple[Call, ...], device: str, closeness: Closeness
    ) -> tuple[Reply, Reply]:
        """Ask the reference, then the submission; a submission that did not answer ends the check."""
        self.called = probe.describe(params)
        if device != "cpu":
            self.called += f" on {PLACES[device]}"
            _require_accelerator(device)
        expected = self.oracle.reference_answer(calls, device)
        if not expected.is_ok:
            raise CheckBroken(f"the reference itself ends as {expected.status}: {expected.type}: {expected.message}")
        reply = self._submission(calls, device)
        self.exchanges.append(Exchange(calls, device, reply, closeness))
        self._require_ok(reply, outline(expected.outputs[0]))
        return reply, expected

    def _submission(self, calls: tuple[Call, ...], device: str) -> Reply:
        reply = self.ask(calls, device)
        if reply.memory is not None:
            self.memory = max(reply.memory, self.memory or 0)
        return reply

    def _precise(self, calls: tuple[Call, ...], params: dict[str, Any], device: str) -> list[Outputs] | None:
        """Return the reference's outputs in float64, for a probe that was asked for float32 (or less)."""
        if params.get("dtype") not in ("float32", "float16", "bfloat16"):
            return None
        wide = tuple(Call(call.probe, {**call.params, "dtype": "float64"}, call.seed) for call in calls)
        return self.oracle.reference_answer(wide, device).outputs or None

    def _require_same(self, reply: Reply, expected: Reply, precise: list[Outputs] | None) -> None:
        if len(reply.outputs) != len(expected.outputs):
            self._fail(expected=f"{len(expected.outputs)} answers", got=f"{len(reply.outputs)} answers")
        for index, known in enumerate(expected.outputs):
            found = difference(reply.outputs[index], known, precise[index] if precise else None)
            if found:
                again = " (on the second call, with other inputs)" if index else ""
                self._fail(expected=found.expected, got=found.got + again)

    def _require_type(self, name: str, got: Any, known: Any) -> None:
        same = type(got) is type(known)
        if not same:
            self._fail(expected=f"{name}: {show_type(known)}", got=f"{name}: {show(got)}")

    def _require_ok(self, reply: Reply, expected: str) -> None:
        if reply.is_ok:
            return
        raise CheckFailed(self._stopped(reply, expected), UNANSWERED.get(reply.status, CheckStatus.FAILED))

    def _stopped(self, reply: Reply, expected: str) -> Finding:
        """Say why no outputs came back."""
        said = f"{reply.type}: {reply.message}" if reply.type else reply.message
        words = {
            ReplyStatus.ERROR: said,
            ReplyStatus.LOAD_ERROR: f"it cannot be loaded a second time: {said}",
            ReplyStatus.UNUSABLE: f"something the check cannot work with: {said}",
            ReplyStatus.REFUSED: f"something that may not be handed over: {reply.message}",
            ReplyStatus.TIMEOUT: f"no answer in time ({reply.message})" if reply.message else "no answer in time",
            ReplyStatus.MEMORY: f"more memory than this chapter allows. {reply.message}".strip(),
            ReplyStatus.CRASHED: reply.message,
        }[reply.status]
        advice = _placement_advice(reply)
        return Finding(self.called, expected, words, reply.line, reply.text, advice, theirs=True)

    def _fail(self, *, expected: str, got: str, theirs: bool = False) -> None:
        raise CheckFailed(Finding(called=self.called, expected=expected, got=got, theirs=theirs))


def _placement_advice(reply: Reply) -> str:
    """Say which tensor is on the wrong device and what to do, where a reply is about that."""
    if reply.made_at:
        line, maker = reply.made_at[0]
        name = maker.removeprefix("torch.")
        remedy = f"`torch.{name}_like(x)` or `device=x.device`" if name in LIKE else "`device=x.device`"
        return (
            f"The tensor made in line {line} ({maker}) is on the CPU, and its partner is not. Make it there: {remedy}."
        )
    if any(words in reply.message for words in MIXED):
        return (
            "Something was left on the CPU. `t.to(device)` returns the moved tensor: use that, for inputs and targets."
        )
    return ""


def _require_accelerator(place: str) -> None:
    """DeviceMissing unless the accelerator of this kind is there; the simulated one always is."""
    if place == "cuda" and not torch.cuda.is_available():
        raise DeviceMissing("this machine has no CUDA device")


def show_type(value: Any) -> str:
    """Name the type of an output as a learner would."""
    return "a tensor" if isinstance(value, SentTensor) else f"a {type(value).__name__}"
