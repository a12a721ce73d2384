"""A table of recorded answers, as a submission would use that computes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from torchdojo.worker.protocol import Call, Reply, ReplyStatus, is_step

Key = tuple[str, str, str]  # check, device, probe


@dataclass
class ReplayTable:
    """Answers by what can be known beforehand of a question: its check, device and probe, and best its parameters."""

    _answers: dict[Key, list[tuple[Call, dict[str, Any]]]] = field(default_factory=dict)
    _used: Counter[str] = field(default_factory=Counter)

    def record(self, calls: tuple[Call, ...], device: str, check: str, reply: Reply) -> None:
        """Keep a reply's outputs, one for each call."""
        for call, outputs in zip(calls, reply.outputs, strict=True):
            self._answers.setdefault((check, device, call.probe), []).append((call, outputs))

    def replay(self, calls: tuple[Call, ...], device: str, check: str) -> Reply:
        """Return what was recorded for calls like these."""
        outputs = []
        for call in calls:
            answers = self._answers.get((check, device, call.probe), [])
            alike = [known for recorded, known in answers if _are_alike(recorded, call)]
            known = alike or [known for _, known in answers]
            if not known:
                return Reply(ReplyStatus.ERROR, type="KeyError", message="nothing was recorded for this question")
            question = (
                f"{check} {device} {call.probe} {call.params.get('operation') if is_step((call,)) else call.params}"
            )
            outputs.append(known[self._used[question] % len(known)])
            self._used[question] += 1
        return Reply(ReplyStatus.OK, outputs)


def _are_alike(one: Call, other: Call) -> bool:
    """Whether calls ask the same; of the steps of conversations, whose parameters hold tensors, whether they do."""
    if is_step((one,)):
        return bool(one.params["operation"] == other.params["operation"])
    return one.params == other.params
