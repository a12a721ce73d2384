"""Run one request: load the submission, call its probes, and reply with their outputs or with what went wrong."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType, TracebackType
from typing import Any

import torch

from torchdojo.probe import Draw, Probe
from torchdojo.wire import SentTensor
from torchdojo.worker.guard import Guard, resolve
from torchdojo.worker.modules import load_given, load_submission
from torchdojo.worker.protocol import MAX_REACHED, Call, LeftOut, Reply, ReplyStatus, Request, message_of
from torchdojo.worker.returned import Recorder, write_returned
from torchdojo.worker.terminal import PrintedTail


def run_request(request: Request, probes: dict[str, Probe]) -> Reply:
    """Return a reply with one dict of outputs per call, or one that says what went wrong."""
    started = time.process_time()
    reached: dict[int, None] = {}
    left_out: list[LeftOut] = []
    terminal = PrintedTail()
    device = "cpu"
    recorder = Recorder(request.filename, call_probe.__code__)
    guard = Guard(resolve(request.forbids, request.allows), request.filename)
    with eager_only() as asked:
        try:
            with device_context(request.device) as device, torch.enable_grad():
                chapter = _load(request, reached, left_out, recorder)
                if isinstance(chapter, Reply):
                    reply = chapter
                else:
                    reached.clear()
                    with guard.asking(), terminal.keeping(request.filename), recorder.recording():
                        outputs = [call_probe(probes[call.probe], chapter, call, device) for call in request.calls]
                    reply = Reply(ReplyStatus.OK, outputs)
        except BaseException as error:  # a submission may raise anything, SystemExit and KeyboardInterrupt included
            reply = describe(error, request.filename, ReplyStatus.ERROR)
    if guard.used:
        name, line, text = guard.used
        reply = Reply(ReplyStatus.FORBIDDEN, type=name, line=line, text=text)
    seconds = time.process_time() - started
    return replace(
        reply,
        seconds=seconds,
        left_out=left_out,
        reached=sorted(reached),
        compiles=bool(asked),
        printed=terminal.text,
        returned=write_returned(recorder.calls),
    )


def _load(
    request: Request, reached: dict[int, None], left_out: list[LeftOut], recorder: Recorder
) -> ModuleType | Reply:
    """Load a submission; note the placeholders reached, now and later, and the statements left out."""

    def note(line: int, value: Any) -> Any:
        reached[line] = None
        return value

    try:
        given = load_given(request.given, request.given_names)
        chapter, raising = load_submission(
            request.chapter, request.source, request.filename, request.without, given, note, recorder.note
        )
    except BaseException as error:  # as above
        return describe(error, request.filename, ReplyStatus.LOAD_ERROR)
    left_out += raising
    return chapter


@contextlib.contextmanager
def eager_only() -> Iterator[list[str]]:
    """Let torch compile nothing; yield the names of what was asked to, as far as it is known.

    Compiled code computes the same numbers, and a compiler takes longer than a check may.
    """
    asked: list[str] = []

    def leave(function: Any = None, *_: Any, **__: Any) -> Any:
        asked.append("torch.compile")
        return leave if function is None else function

    def leave_module(module: torch.nn.Module, *_: Any, **__: Any) -> None:
        asked.append("torch.compile")

    patches = [(torch, "compile", leave), (torch.jit, "script", leave), (torch.nn.Module, "compile", leave_module)]
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    try:
        for owner, name, patch in patches:
            setattr(owner, name, patch)
        yield asked
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def call_probe(probe: Probe, chapter: ModuleType, call: Call, device: str) -> Any:
    """Return a probe's outputs for one call of a loaded submission."""
    torch.manual_seed(call.seed)
    return copy_tensors(probe(chapter, Draw(call.seed, device), **call.params))


def copy_tensors(outputs: Any) -> Any:
    """Copy every tensor, so that neither a later call nor the end of the device's context changes what was returned."""
    if isinstance(outputs, torch.Tensor):
        device = str(outputs.device)
        if outputs.device.type == "meta" or outputs.layout != torch.strided:
            return outputs
        plain = outputs.detach().to("cpu", copy=True)
        return SentTensor(plain, device)
    if type(outputs) in (list, tuple):
        return type(outputs)(copy_tensors(item) for item in outputs)
    if type(outputs) is dict:
        return {key: copy_tensors(value) for key, value in outputs.items()}
    return outputs


@contextlib.contextmanager
def device_context(device: str) -> Iterator[str]:
    """Enter what a device needs, and yield the name that code uses for it.

    device: "cpu", "cuda" (a real one), or "simulated" (the simulated accelerator, which is called cuda)
    """
    if device != "simulated":
        yield device
        return
    from torchdojo.probe.accelerator import simulated_accelerator

    with simulated_accelerator():
        yield "cuda"


def describe(error: BaseException, filename: str, status: ReplyStatus) -> Reply:
    """Return the reply for an exception: its type, its message, and the submission's line."""
    lines, text = _lines_in(error, filename)
    line = lines[-1] if lines else None
    if _is_out_of_memory(error):
        status = ReplyStatus.MEMORY
    elif status is ReplyStatus.ERROR and line is None:
        status = ReplyStatus.UNUSABLE
    return Reply(
        status=status,
        type=type(error).__name__[:200],
        message=message_of(error),
        line=line,
        text=text,
        lines=lines,
        made_at=_made_at(error, filename),
    )


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, RuntimeError) and not isinstance(error, torch.OutOfMemoryError):
        return any(words in message_of(error) for words in ("can't allocate memory", "not enough memory"))
    return isinstance(error, MemoryError | torch.OutOfMemoryError)


def _lines_in(error: BaseException, filename: str) -> tuple[list[int], str]:
    """Return the submission's lines on the way to the error, the innermost last, and the text of that one."""
    if isinstance(error, SyntaxError) and error.filename == filename:
        return [] if error.lineno is None else [error.lineno], (error.text or "").strip()[:300]
    frames = [f for f in _frames(error.__traceback__) if f.filename == filename and f.lineno is not None]
    if not frames:
        return [], ""
    return [f.lineno for f in frames if f.lineno is not None][-MAX_REACHED:], (frames[-1].line or "")[:300]


def _frames(trace: TracebackType | None) -> traceback.StackSummary:
    try:
        return traceback.extract_tb(trace, limit=-200)
    except BaseException:  # a hostile traceback is no reason to lose the reply
        return traceback.StackSummary()


def _made_at(error: BaseException, filename: str) -> list[tuple[int, str]]:
    """Return the submission's lines that created the tensors a placement error is about, where that is known."""
    sites = getattr(error, "made_at", None)
    if not isinstance(sites, list):
        return []
    found = [s for s in sites if isinstance(s, tuple) and len(s) == 3 and s[0] == filename and isinstance(s[1], int)]
    return [(line, str(maker)[:200]) for _, line, maker in found[:5]]
