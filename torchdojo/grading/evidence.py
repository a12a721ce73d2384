"""What a check asked and was answered, and whether another answer to the same question is the same one."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.grading.compare import Closeness, difference
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

RAISED = (ReplyStatus.ERROR, ReplyStatus.UNUSABLE, ReplyStatus.REFUSED)


@dataclass(frozen=True)
class Evidence:
    """One question and its answer: what to ask a mistake to see whether it would have answered the same.

    costly: the answer takes a training, so it is asked of a mistake only where nothing cheaper tells
    """

    calls: tuple[Call, ...]
    device: str
    reply: Reply
    closeness: Closeness
    costly: bool = False


def same_answer(known: Reply, item: Evidence) -> bool:
    """Whether a known answer is the one that a check got."""
    reply = item.reply
    if reply.is_ok:
        if not known.is_ok or len(known.outputs) != len(reply.outputs):
            return False
        pairs = zip(reply.outputs, known.outputs, strict=True)
        return all(difference(got, expected, None, item.closeness) is None for got, expected in pairs)
    return reply.status in RAISED and raised_words(known) == raised_words(reply)


def raised_words(reply: Reply) -> tuple[str, str, str]:
    """Return what an exception says, without what may vary between two runs of the same mistake."""
    return reply.status.value, reply.type, "".join(c for c in reply.message if not c.isdigit())[:200]
