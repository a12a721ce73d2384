"""Run one request: load the submission, call its probes, and put whatever happens into a reply."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterator
from types import ModuleType, TracebackType
from typing import Any

import torch

from torchdojo.probe import Draw, Probe
from torchdojo.wire import SentTensor
from torchdojo.worker.modules import load_module
from torchdojo.worker.protocol import Call, Reply, ReplyStatus, Request, message_of


def run_request(request: Request, probes: dict[str, Probe]) -> Reply:
    """Return a reply with one dict of outputs per call, or one that says what went wrong."""
    started = time.perf_counter()
    device = "cpu"
    try:
        with device_context(request.device) as device, torch.enable_grad():
            chapter = _load(request)
            if isinstance(chapter, Reply):
                return chapter
            outputs = [call_probe(probes[call.probe], chapter, call, device) for call in request.calls]
            return Reply(ReplyStatus.OK, outputs, time.perf_counter() - started)
    except BaseException as error:  # a submission may raise anything, SystemExit and KeyboardInterrupt included
        return describe(error, request.filename, ReplyStatus.ERROR)


def _load(request: Request) -> ModuleType | Reply:
    try:
        return load_module(request.chapter, request.source, request.filename)
    except BaseException as error:  # as above
        return describe(error, request.filename, ReplyStatus.LOAD_ERROR)


def call_probe(probe: Probe, chapter: ModuleType, call: Call, device: str) -> Any:
    torch.manual_seed(call.seed)
    return _copy_tensors(probe(chapter, Draw(call.seed, device), **call.params))


def _copy_tensors(outputs: Any) -> Any:
    """Copy every tensor now: a later call, or the end of the device's context, must not change what was returned."""
    if isinstance(outputs, torch.Tensor):
        device = str(outputs.device)
        if outputs.device.type == "meta" or outputs.layout != torch.strided:
            return outputs
        plain = outputs.detach().to("cpu", copy=True)
        return SentTensor(plain, device)
    if type(outputs) in (list, tuple):
        return type(outputs)(_copy_tensors(item) for item in outputs)
    if type(outputs) is dict:
        return {key: _copy_tensors(value) for key, value in outputs.items()}
    return outputs


@contextlib.contextmanager
def preserve_torch_settings() -> Iterator[None]:
    """Put torch's global settings back at the end, whatever a submission did to them."""
    dtype, threads, grad = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(grad)


@contextlib.contextmanager
def device_context(device: str) -> Iterator[str]:
    """Enter what a place to compute needs, and yield the device to name there.

    device: "cpu", "cuda" (a real one), or "simulated" (the simulated accelerator, which goes by the name of cuda)
    """
    if device != "simulated":
        yield device
        return
    from torchdojo.probe.accelerator import simulated_accelerator

    with simulated_accelerator():
        yield "cuda"


def describe(error: BaseException, filename: str, status: ReplyStatus) -> Reply:
    """Return what a person needs to know of an exception: its type, its words, and the submission's line."""
    line, text = _line_in(error, filename)
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
        made_at=_made_at(error, filename),
    )


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in str(error) or "not enough memory" in str(error)
    )


def _line_in(error: BaseException, filename: str) -> tuple[int | None, str]:
    """Return the innermost line of the submission on the way to the error, and its text."""
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno, (error.text or "").strip()[:300]
    frames = [f for f in _frames(error.__traceback__) if f.filename == filename]
    if not frames:
        return None, ""
    return frames[-1].lineno, (frames[-1].line or "")[:300]


def _frames(trace: TracebackType | None) -> traceback.StackSummary:
    try:
        return traceback.extract_tb(trace, limit=-200)
    except BaseException:  # a hostile traceback is no reason to lose the reply
        return traceback.StackSummary()


def _made_at(error: BaseException, filename: str) -> list[tuple[int, str]]:
    """Return the submission's lines that made the tensors a placement error is about, where that is known."""
    places = getattr(error, "made_at", None)
    if not isinstance(places, list):
        return []
    found = [p for p in places if isinstance(p, tuple) and len(p) == 3 and p[0] == filename and isinstance(p[1], int)]
    return [(place[1], str(place[2])[:200]) for place in found[:5]]
