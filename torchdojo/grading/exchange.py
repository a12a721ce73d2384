"""A check's question with the submission's reply, and whether another reply to the same question is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from torchdojo.grading.compare import Closeness, find_difference
from torchdojo.wire import size_of
from torchdojo.worker.protocol import Call, Reply, ReplyStatus

SPARE_BYTES = 2**18  # of an answer that is kept, beyond twice the reference's
ADDRESS = re.compile(r"\b0x[0-9a-f]{4,}\b")
NARROW_DTYPES = ("float32", "float16", "bfloat16")
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

    @property
    def is_narrow(self) -> bool:
        """Whether a dtype was asked for in which the tolerance depends on the reference's own rounding."""
        return any(call.params.get("dtype") in NARROW_DTYPES for call in self.calls)


def without_excess(reply: Reply, expected: Reply | None) -> Reply:
    """Return a reply as evidence is kept: without outputs that are far larger than the reference's.

    No known mistake is recognised by such a reply. expected: the reference's, None if it was not asked
    """
    excess = size_of(reply.outputs) - SPARE_BYTES
    is_kept = excess <= 0 or (expected is not None and excess <= 2 * size_of(expected.outputs))
    return reply if is_kept else replace(reply, outputs=[])


def same_answer(known: Reply, exchange: Exchange) -> bool:
    """Whether a known reply is the one that a check got."""
    reply = exchange.reply
    if reply.is_ok:
        if not known.is_ok or len(known.outputs) != len(reply.outputs):
            return False
        pairs = zip(without_wording(reply.outputs), without_wording(known.outputs), strict=True)
        return all(find_difference(got, expected, None, exchange.closeness) is None for got, expected in pairs)
    return reply.status in RAISED and raised_words(known) == raised_words(reply)


def without_wording(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return outputs without the message of a ValueError that was asked for: everybody words it differently."""
    return [
        {key: value for key, value in output.items() if key not in ("raised", "message")}
        if output.get("is_value_error") is True
        else output
        for output in outputs
    ]


def raised_words(reply: Reply) -> tuple[str, str, str]:
    """Return what identifies an exception, without the addresses that vary between two runs.

    What is asked of a None, such as a gradient that is not there, depends on how the code is written.
    """
    if "'NoneType'" in reply.message and reply.type in ("AttributeError", "TypeError"):
        return reply.status.value, "", "'NoneType'"
    return reply.status.value, reply.type, ADDRESS.sub("", reply.message)[:400]
