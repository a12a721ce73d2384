"""A check's question with the submission's reply, and whether another reply to the same question is the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torchdojo.grading.compare import Closeness, find_difference
from torchdojo.wire import size_of
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

SPARE_BYTES = 2**18  # of an answer that is kept, beyond twice the reference's
RAISED = (ReplyStatus.ERROR, ReplyStatus.UNUSABLE, ReplyStatus.REFUSED)


@dataclass(frozen=True)
class Exchange:
    """One question and its reply; a mistake that gives the same reply explains the failure.

    closeness: what counts as the same; costly: a reply takes a training, so no mistake is asked where a cheaper
    exchange decides
    """

    calls: tuple[Call, ...]
    device: str
    reply: Reply
    closeness: Closeness
    costly: bool = False


def without_excess(reply: Reply, expected: Reply | None) -> Reply:
    """Return a reply as evidence is kept: without outputs that are far larger than the reference's.

    No known mistake is recognised by such a reply. expected: the reference's, None if it was not asked
    """
    most = SPARE_BYTES + (2 * size_of(expected.outputs) if expected else 0)
    return reply if size_of(reply.outputs) <= most else replace(reply, outputs=[])


def same_answer(known: Reply, exchange: Exchange) -> bool:
    """Whether a known reply is the one that a check got."""
    reply = exchange.reply
    if reply.is_ok:
        if not known.is_ok or len(known.outputs) != len(reply.outputs):
            return False
        pairs = zip(reply.outputs, known.outputs, strict=True)
        return all(find_difference(got, expected, None, exchange.closeness) is None for got, expected in pairs)
    return reply.status in RAISED and raised_words(known) == raised_words(reply)


def raised_words(reply: Reply) -> tuple[str, str, str]:
    """Return what identifies an exception, without what may vary between two runs of the same mistake."""
    return reply.status.value, reply.type, "".join(c for c in reply.message if not c.isdigit())[:200]
