"""Run one request: load the submission, call its probes, and reply with their outputs or with what went wrong."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from types import ModuleType
from typing import Any

from torchdojo.probe import Draw, Probe
from torchdojo.probe.python_settings import seed_python
from torchdojo.wire import WireError
from torchdojo.worker.exceptions import describe
from torchdojo.worker.guard import Guard, resolve
from torchdojo.worker.left_behind import find_changes
from torchdojo.worker.library_in_use import library
from torchdojo.worker.modules import load_given, load_submission
from torchdojo.worker.protocol import FIND_CHANGES, Call, LeftOut, Reply, ReplyStatus, Request, is_step
from torchdojo.worker.returned import Recorder, write_returned
from torchdojo.worker.terminal import PrintedTail


def run_request(request: Request, probes: dict[str, Probe]) -> Reply:
    """Return a reply with one dict of outputs per call, or one that says what went wrong.

    The submission is reloaded for every request, but for the steps of a conversation only once.
    """
    if request.calls and request.calls[0].probe == FIND_CHANGES:
        return Reply(ReplyStatus.OK, [{"changes": find_changes(request.chapter)}])
    started = time.process_time()
    conversation = _find_conversation(request.calls)
    reached: dict[int, None] = conversation.reached if conversation else {}
    left_out: list[LeftOut] = []
    terminal = PrintedTail()
    compiled: list[str] = []
    recorder = Recorder(request.filename, call_probe.__code__)
    guard = Guard(resolve(request.forbids, request.allows), request.filename)
    try:
        with library().running(request.device, compiled) as device:
            loaded = conversation.chapter if conversation else None
            chapter = loaded or _load(request, reached, left_out, recorder)
            if isinstance(chapter, Reply):
                reply = chapter
            elif conversation:
                reached.clear()
                with guard.asking(), terminal.keeping(request.filename):
                    reply = Reply(ReplyStatus.OK, conversation.take_steps(chapter, request))
            else:
                reached.clear()
                with guard.asking(), terminal.keeping(request.filename), recorder.recording():
                    outputs = [call_probe(probes[call.probe], chapter, call, device) for call in request.calls]
                reply = Reply(ReplyStatus.OK, outputs)
    except WireError as error:
        reply = Reply(ReplyStatus.REFUSED, type="WireError", message=str(error))
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


def _find_conversation(calls: tuple[Call, ...]) -> Any:
    """Return the conversation that calls are steps of, None if they are calls of probes."""
    if not is_step(calls):
        return None
    from torchdojo.worker.conversation import find_conversation

    return find_conversation(calls)


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
    """Return a probe's outputs for one call of a loaded submission, which may change the parameters that it gets."""
    seed_python(call.seed)
    library().seed(call.seed)
    return library().copied(probe(chapter, Draw(call.seed, device), **copy.deepcopy(call.params)))
