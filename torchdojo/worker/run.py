"""Run one request: load the submission, call its probes, and put whatever happens into a reply of plain values."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any

import torch

from torchdojo.probe import Draw, Probe
from torchdojo.wire import Limits, WireError, encode
from torchdojo.worker.load import load_module

Reply = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call of a probe: its name, its parameters, its seed."""

    probe: str
    params: dict[str, Any]
    seed: int


@dataclass(frozen=True)
class Request:
    """What a worker is asked: a submission's text, and the calls to make in one process, in this order."""

    chapter: str
    source: bytes
    filename: str
    calls: tuple[Call, ...]
    device: str = "cpu"

    def plain(self) -> dict[str, Any]:
        """Return the request as values that may cross the wire."""
        calls = [(call.probe, call.params, call.seed) for call in self.calls]
        return {
            "chapter": self.chapter,
            "source": self.source,
            "filename": self.filename,
            "calls": calls,
            "device": self.device,
        }

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> Request:
        """Undo `plain`."""
        calls = tuple(Call(name, params, seed) for name, params, seed in values["calls"])
        return cls(values["chapter"], values["source"], values["filename"], calls, values["device"])


def run_request(request: Request, probes: dict[str, Probe]) -> Reply:
    """Return {"status": "ok", "outputs": [one dict a call], "seconds": …}, or what went wrong.

    "load_error" if the submission cannot be loaded, "error" if it raised, "unusable" if a probe could not use what it
    returned, "memory" if memory ran out. These carry "type", "message", "line" (in the submission) and "text" (its
    source).
    """
    started = time.perf_counter()
    device = "cpu"
    try:
        with placed_on(request.device) as device, torch.enable_grad():
            chapter = _load(request)
            if isinstance(chapter, dict):
                return chapter
            outputs = [_call(probes[call.probe], chapter, call, device) for call in request.calls]
            return {"status": "ok", "outputs": outputs, "seconds": time.perf_counter() - started}
    except BaseException as error:  # a submission may raise anything, SystemExit and KeyboardInterrupt included
        return describe(error, request.filename, "error")


def _load(request: Request) -> ModuleType | Reply:
    try:
        return load_module(request.chapter, request.source, request.filename)
    except BaseException as error:  # as above
        return describe(error, request.filename, "load_error")


def _call(probe: Probe, chapter: ModuleType, call: Call, device: str) -> Any:
    torch.manual_seed(call.seed)
    return _sealed(probe(chapter, Draw(call.seed, device), **call.params))


def _sealed(outputs: Any) -> Any:
    """Copy every tensor now: a later call, or the end of the device's context, must not change what was returned."""
    if isinstance(outputs, torch.Tensor):
        from torchdojo.wire import Tagged

        device = str(outputs.device)
        if outputs.device.type == "meta" or outputs.layout != torch.strided:
            return outputs
        plain = outputs.detach().to("cpu", copy=True)
        return Tagged(plain, device)
    if type(outputs) in (list, tuple):
        return type(outputs)(_sealed(item) for item in outputs)
    if type(outputs) is dict:
        return {key: _sealed(value) for key, value in outputs.items()}
    return outputs


@contextlib.contextmanager
def settings_kept() -> Iterator[None]:
    """Put torch's global settings back at the end, whatever a submission did to them."""
    dtype, threads, grad = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        torch.set_grad_enabled(grad)


@contextlib.contextmanager
def placed_on(device: str) -> Iterator[str]:
    """Enter what a place to compute needs, and yield the device to name there.

    device: "cpu", "cuda" (a real one), or "simulated" (the simulated accelerator, which goes by the name of cuda)
    """
    if device != "simulated":
        yield device
        return
    from torchdojo.probe.accelerator import simulated_accelerator

    with simulated_accelerator():
        yield "cuda"


def describe(error: BaseException, filename: str, status: str) -> Reply:
    """Return what a person needs to know of an exception: its type, its words, and the submission's line."""
    if _is_out_of_memory(error):
        status = "memory"
    line, text = _line_in(error, filename)
    if status == "error" and line is None:
        status = "unusable"
    return {
        "status": status,
        "type": type(error).__name__[:200],
        "message": _message(error),
        "line": line,
        "text": text,
        "made_at": _made_at(error, filename),
    }


def _message(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except BaseException:  # its __str__ is the submission's
        return "(its message could not be read)"


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


def encode_reply(reply: Reply, limits: Limits) -> bytes:
    """Return the reply's message; what may not cross the wire becomes a reply that says so."""
    try:
        return encode(reply, limits)
    except WireError as error:
        refusal = {"status": "refused", "type": "WireError", "message": str(error)[:2000], "line": None, "text": ""}
        return encode(refusal, limits)
    except BaseException as error:  # a tensor subclass may raise anything when it is copied
        refusal = {
            "status": "refused",
            "type": type(error).__name__[:200],
            "message": _message(error),
            "line": None,
            "text": "",
        }
        return encode(refusal, limits)
