"""What a worker and its owner send each other: the messages, and their one encoding, for both ends.

The owner sends Prepare, Run, Continue and EndSession. The worker answers Prepare with Ready, which it also sends once
it has started, and Run and Continue with a Reply. Within the worker, the process that forks hands a session's first Run
on to its child and then sends Continue. The owner need not wait for one reply before it sends the next message.

A Reply comes from the process that ran the submission, so its reader trusts none of it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple

from torchdojo.wire import WireError, WireLimits, decode, encode
from torchdojo.worker.terminal import MAX_PRINTED, last_lines

# Before a reply's message: memory and time, each negative where not measured; whether the worker itself replied.
USED = struct.Struct(">qd?")
OUT_OF_TIME = 124  # the exit code of a worker that cannot stop a request without ending itself
MAX_LEFT_OUT, MAX_REACHED = 100, 100  # in a reply
MAX_RETURNED = 30_000  # characters of it that say what was returned
STEP = "step of a conversation"  # in place of a probe's name: see worker/conversation.py
FIND_CHANGES = "find what was left behind"  # likewise: see worker/left_behind.py
# Each process of a session may use this many requests' CPU time; one that answers several checks, more.
REQUESTS_PER_SESSION, REQUESTS_IF_SHARED = 16, 512
ENGINE_PROCESSES = 4  # of ours, which the kernel counts as a submission's
MESSAGE_LIMITS = WireLimits(text=2 * 2**20, header_bytes=16 * 2**20)  # a Run holds a submission's whole text


@dataclass(frozen=True)
class Call:
    """One call of a probe: its name, its parameters, its seed."""

    probe: str
    params: dict[str, Any]
    seed: int


def is_step(calls: tuple[Call, ...]) -> bool:
    """Whether calls are steps of a conversation."""
    return bool(calls) and calls[0].probe == STEP


def is_quiet(calls: tuple[Call, ...]) -> bool:
    """Whether calls are steps on the reference, whose changes to what is shared nobody asks for."""
    return is_step(calls) and "quiet" in calls[0].params


@dataclass(frozen=True)
class Request:
    """What a worker is asked: a submission's text, and the calls to make in one process, in this order.

    without: the numbers, from 0, of the text's top-level statements that are not to be run
    given: a text whose definitions of `given_names` take the place of the submission's own
    forbids, allows: what the exercise forbids, as in course.toml
    """

    chapter: str
    source: bytes
    filename: str
    calls: tuple[Call, ...]
    device: str = "cpu"
    without: tuple[int, ...] = ()
    given: bytes = b""
    given_names: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What one request may use.

    seconds: CPU time of all that it runs together, and as long again asleep: when none of it computes, and none waits
    for a processor or a disk; patience: times `seconds` of wall time, which end it in any case
    memory: bytes of everything it runs, beyond what torch itself holds; processes: how many it may run at a time,
    threads included; reply: bytes that come back
    """

    seconds: float = 20.0
    memory: int = 2 * 2**30
    reply: int = 64 * 2**20
    processes: int = 64
    patience: float = 10.0

    @property
    def wall_seconds(self) -> float:
        """The wall time that is allowed, in seconds."""
        return self.patience * self.seconds


Bans = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]  # of several exercises, each as `forbids` and `allows`


@dataclass(frozen=True)
class Prepare:
    """Import modules and load a probes file, before any Run names it. bans: what requests will forbid"""

    probes_path: str
    modules: list[str]
    bans: Bans = ()


@dataclass(frozen=True)
class Run:
    """Run a request with the probes of a file that was prepared.

    session: requests in a row with the same name, if it is not empty, share one process and one submission
    is_shared: whether the session is that of several checks
    """

    request: Request
    probes_path: str
    limits: Limits
    session: str = ""
    is_shared: bool = False


@dataclass(frozen=True)
class Continue:
    """Make more calls, on the submission and with the probes of the session's last Run.

    forbids, allows: as in a Request
    """

    calls: tuple[Call, ...]
    device: str
    forbids: tuple[str, ...]
    allows: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True)
class EndSession:
    """Kill what is left of the last session."""


@dataclass(frozen=True)
class Ready:
    """The worker has started, or has done what Prepare asked. error: why it could not, or empty."""

    error: str = ""


Message = Prepare | Run | Continue | EndSession | Ready


class ReplyStatus(StrEnum):
    """How a request ended."""

    OK = "ok"
    ERROR = "error"  # the submission raised
    LOAD_ERROR = "load_error"  # the submission could not be loaded
    UNUSABLE = "unusable"  # a probe could not use what the submission returned
    REFUSED = "refused"  # what the submission returned may not cross
    FORBIDDEN = "forbidden"  # the submission used what its exercise forbids
    TIMEOUT = "timeout"
    STARVED = "starved"  # its wall time ended before its CPU time: the machine was busy
    MEMORY = "memory"
    CRASHED = "crashed"

    @property
    def is_our_finding(self) -> bool:
        """Whether only the worker can find this: a submission's process that claims it has forged its reply."""
        return self in (ReplyStatus.TIMEOUT, ReplyStatus.STARVED, ReplyStatus.CRASHED)


class LeftOut(NamedTuple):
    """A top-level statement of a submission that raised and was left out.

    number: from 0; raised: the exception with its message
    """

    number: int
    raised: str


@dataclass(frozen=True)
class Reply:
    """What came back for a request.

    outputs: one dict per call if the status is ok
    seconds: CPU time, as measured by whoever created the reply
    type, message, line, text: what was raised, and where in the submission; of a forbidden use, `type` is what was used
    lines: the submission's lines on the way to what was raised, the innermost last
    made_at: the submission's lines that created the tensors a placement error is about, with the function
    memory: the most bytes that the submission was seen to use, None where that is not measured
    charged: the seconds that count against its limit, of CPU time or asleep, None where that is not measured
    left_out: the statements that could not be run; reached: the lines of the placeholders that the calls ran
    compiles: whether it asked torch to compile something, which is not done in grading
    printed: the last lines that it printed while it was asked
    returned: of what kinds the values are that its functions returned to the probes, for worker.returned to read
    """

    status: ReplyStatus
    outputs: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    type: str = ""
    message: str = ""
    line: int | None = None
    text: str = ""
    lines: list[int] = field(default_factory=list)
    made_at: list[tuple[int, str]] = field(default_factory=list)
    memory: int | None = None
    charged: float | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    reached: list[int] = field(default_factory=list)
    compiles: bool = False
    printed: str = ""
    returned: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether there are outputs."""
        return self.status is ReplyStatus.OK


def encode_message(message: Message) -> bytes:
    """Return a message's bytes. WireError if it exceeds the wire's limits."""
    return encode({"kind": type(message).__name__, **_plain(message)}, MESSAGE_LIMITS)


def _plain(message: Any) -> dict[str, Any]:
    """Return a message's fields, without the copies that dataclasses.asdict makes: a parameter may be a tensor."""
    values = {item.name: getattr(message, item.name) for item in fields(message)}
    if "request" in values:
        values["request"] = _plain(message.request)
    if "limits" in values:
        values["limits"] = vars(message.limits)
    if "calls" in values:
        values["calls"] = tuple(map(vars, message.calls))
    return values


def decode_message(data: bytes) -> Message:
    """Return the message of these bytes; WireError if they hold none."""
    values = decode(data, MESSAGE_LIMITS)
    try:
        match values:
            case {"kind": "Prepare", "probes_path": str(path), "modules": list(modules), "bans": tuple(bans)}:
                return Prepare(path, modules, bans)
            case {"kind": "Run", "request": request, "limits": limits, **rest}:
                request = Request(**{**request, "calls": _calls(request["calls"])})
                return Run(request, limits=Limits(**limits), **_without_kind(rest))
            case {"kind": "Continue", "calls": tuple(calls), "limits": limits, **rest}:
                return Continue(_calls(calls), limits=Limits(**limits), **_without_kind(rest))
            case {"kind": "EndSession"}:
                return EndSession()
            case {"kind": "Ready", "error": str(error)}:
                return Ready(error)
    except (AttributeError, KeyError, TypeError) as error:
        raise WireError(f"a damaged message of the worker's protocol: {error}") from None
    raise WireError("not a message of the worker's protocol")


def _without_kind(values: dict[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "kind"}


def _calls(calls: tuple[Any, ...]) -> tuple[Call, ...]:
    return tuple(Call(**call) for call in calls)


def encode_reply(reply: Reply, max_bytes: int = WireLimits.total_bytes) -> bytes:
    """Return a reply's bytes. One whose outputs may not cross, or are larger than max_bytes, becomes a refusal."""
    limits = WireLimits(total_bytes=max_bytes)
    try:
        message = encode(_fields(reply), limits)
    except BaseException as error:  # a tensor subclass may raise anything when it is copied
        refusal = Reply(ReplyStatus.REFUSED, type=type(error).__name__[:200], message=message_of(error))
        message = encode(_fields(refusal), limits)
    return set_used(bytes(USED.size) + message, reply.memory, reply.charged)


def _fields(reply: Reply) -> dict[str, Any]:
    left_out = [tuple(pair) for pair in reply.left_out[:MAX_LEFT_OUT]]
    reached = reply.reached[:MAX_REACHED]
    return {**vars(reply), "status": reply.status.value, "left_out": left_out, "reached": reached}


def set_used(reply: bytes, memory: int | None, charged: float | None, *, is_ours: bool = False) -> bytes:
    """Return an encoded reply with other `memory` and `charged`: they are not for the submission's process to say.

    is_ours: whether the worker itself replied, in place of that process
    """
    used = USED.pack(-1 if memory is None else memory, -1.0 if charged is None else charged, is_ours)
    return used + reply[USED.size :]


def decode_reply(data: bytes, max_bytes: int = WireLimits.total_bytes, calls: int | None = None) -> Reply:
    """Return the reply of these bytes. Bytes that hold none are a refusal, whatever is in them.

    calls: how many were made; None if that does not matter
    """
    try:
        answer = decode(data[USED.size :], WireLimits(total_bytes=max_bytes))
    except WireError as error:
        return Reply(ReplyStatus.REFUSED, type="WireError", message=_text(str(error), 2000))
    name = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(name, str) or name not in set(ReplyStatus):
        return Reply(ReplyStatus.REFUSED, message="a reply of no known form")
    *numbers, is_ours = USED.unpack(data[: USED.size])
    memory, charged = (value if value >= 0 else None for value in numbers)
    status = ReplyStatus(name)
    if status.is_our_finding and not is_ours:
        return Reply(ReplyStatus.REFUSED, message="a reply of no known form", memory=memory, charged=charged)
    outputs, seconds, line = (answer.get(name) for name in ("outputs", "seconds", "line"))
    if not _are_outputs(outputs):
        outputs = []
        if status is ReplyStatus.OK:
            message = "a reply of no known form"
            return Reply(ReplyStatus.REFUSED, message=message, memory=memory, charged=charged)
    if status is ReplyStatus.OK and calls is not None and len(outputs) != calls:
        message = f"{len(outputs)} answers to {calls} calls"
        return Reply(ReplyStatus.REFUSED, message=message, memory=memory, charged=charged)
    return Reply(
        status=status,
        outputs=outputs,
        seconds=seconds if type(seconds) is float and math.isfinite(seconds) else 0.0,
        type=_text(answer.get("type"), 200),
        message=_text(answer.get("message"), 2000),
        line=line if type(line) is int else None,
        text=_text(answer.get("text"), 300),
        lines=_lines(answer.get("lines")),
        made_at=_pairs(answer.get("made_at"), 5),
        memory=memory,
        charged=charged,
        left_out=[LeftOut(*pair) for pair in _pairs(answer.get("left_out"), MAX_LEFT_OUT)],
        reached=_lines(answer.get("reached")),
        compiles=answer.get("compiles") is True,
        printed=last_lines(_text(answer.get("printed"), MAX_PRINTED)),
        returned=_text(answer.get("returned"), MAX_RETURNED),
    )


def _are_outputs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(isinstance(key, str) for key in item) for item in value
    )


def _text(value: Any, length: int) -> str:
    """Return a text, shortened, without halves of surrogate pairs: no file could hold them."""
    return value[:length].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _pairs(value: Any, most: int) -> list[tuple[int, str]]:
    """Return the line numbers with their texts in a value that should be a list of them."""
    pairs = [pair for pair in value[:most] if isinstance(pair, tuple)] if isinstance(value, list) else []
    return [(p[0], _text(p[1], 400)) for p in pairs if len(p) == 2 and type(p[0]) is int and type(p[1]) is str]


def _lines(value: Any) -> list[int]:
    return [line for line in value[:MAX_REACHED] if type(line) is int] if isinstance(value, list) else []


def message_of(error: BaseException) -> str:
    """Return an exception's message, shortened."""
    try:
        return str(error)[:2000]
    except BaseException:  # its __str__ is the submission's
        return "(its message could not be read)"


def raised_text(error: BaseException) -> str:
    """Return an exception's type and message, as the last line of a traceback shows them, shortened."""
    message = message_of(error)
    name = type(error).__name__[:100]
    return f"{name}: {message}"[:400] if message else name
