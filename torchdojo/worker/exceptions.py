"""Describe what a submission raised: as a reply, with the submission's own lines on the way there."""

from __future__ import annotations

import traceback
from types import TracebackType

from torchdojo.worker.library_in_use import library
from torchdojo.worker.protocol import MAX_REACHED, Reply, ReplyStatus, message_of


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
