"""Run one request: load the submission, call its probes, and reply with their outputs or with what went wrong."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from types import ModuleType, TracebackType
from typing import Any

from torchdojo.probe import Draw, Probe
from torchdojo.probe.python_settings import seed_python
from torchdojo.worker.guard import Guard, resolve
from torchdojo.worker.library_in_use import library
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
    compiled: list[str] = []
    recorder = Recorder(request.filename, call_probe.__code__)
    guard = Guard(resolve(request.forbids, request.allows), request.filename)
    try:
        with library().running(request.device, compiled) as device:
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
        compiles=bool(compiled),
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


def call_probe(probe: Probe, chapter: ModuleType, call: Call, device: str) -> Any:
    """Return a probe's outputs for one call of a loaded submission."""
    seed_python(call.seed)
    library().seed(call.seed)
    return library().copied(probe(chapter, Draw(call.seed, device), **call.params))


def describe(error: BaseException, filename: str, status: ReplyStatus) -> Reply:
    """Return the reply for an exception: its type, its message, and the submission's line."""
    lines, text = _lines_in(error, filename)
    line = lines[-1] if lines else None
    if library().is_out_of_memory(error):
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
