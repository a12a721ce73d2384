"""Say what people decided about a submission, and when, in the order of the newest first."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.batch.results import ResultKey
from torchdojo.grading.status import CheckStatus
from torchdojo.review.decision import (
    Answer,
    Comment,
    Decision,
    Override,
    RegradeRequest,
    Reviewed,
    ReviewEntry,
    ReviewTarget,
    SwitchCheck,
    Undo,
)
from torchdojo.review.decisions import Decisions

MAX_QUOTED = 80


@dataclass(frozen=True)
class PastDecision:
    """A decision, and what it was. is_undone: whether it does not count"""

    entry: ReviewEntry
    words: str
    is_undone: bool


def past_decisions(decisions: Decisions, key: ResultKey) -> list[PastDecision]:
    """Return the decisions about a submission, the last one first."""
    return [
        PastDecision(entry, describe(entry.decision, decisions), entry.id in decisions.undone)
        for entry in reversed(decisions.entries.values())
        if any(target.key == key for target in targets_of(entry.decision, decisions))
    ]


def targets_of(decision: Decision, decisions: Decisions) -> tuple[ReviewTarget, ...]:
    """Return the submissions that a decision is about: none for one about a check of the whole class."""
    match decision:
        case Override() | Comment() | Reviewed() | RegradeRequest():
            return decision.targets
        case Answer(request=other) | Undo(of=other) if other in decisions.entries:
            return targets_of(decisions.entries[other].decision, decisions)
    return ()


def describe(decision: Decision, decisions: Decisions) -> str:
    """Return what a decision was, such as "1.5 points for double: half right"."""
    words = _describe(decision, decisions)
    count = len(targets_of(decision, decisions))
    return f"{words}, for {count} submissions" if count > 1 and not isinstance(decision, Undo) else words


def _describe(decision: Decision, decisions: Decisions) -> str:
    match decision:
        case Override():
            return describe_override(decision)
        case Comment():
            kind = "staff note" if decision.staff_only else "comment"
            if not decision.text.strip():
                return f"{kind} deleted"
            return f"{kind}{' changed' if decision.replaces else ''}: {_quote(decision.text)}"
        case Reviewed():
            return "marked as reviewed" if decision.reviewed else "marked as not reviewed"
        case RegradeRequest():
            return f"request to grade again: {_quote(decision.text)}"
        case Answer():
            return f"answer: {_quote(decision.text)}"
        case SwitchCheck():
            return f"check {decision.check}: {decision.mode.replace('_', ' ')}"
        case Undo(of=other) if other in decisions.entries:
            return f"undone: {describe(decisions.entries[other].decision, decisions)}"
    return "undone"


GIVES = {
    CheckStatus.PASSED: "full points for",
    CheckStatus.FAILED: "no points for",
    CheckStatus.SKIPPED: "not counted:",
}


def describe_override(override: Override) -> str:
    """Return what an override gives, to what, and why."""
    item = override.item or "the chapter"
    if override.withdraws:
        return f"points for {item} withdrawn"
    if override.status is not None:
        gives = GIVES[override.status]
    else:
        gives = f"{override.points:g} point{'' if override.points == 1 else 's'} for"
    return f"{gives} {item}: {override.reason}".removesuffix(": ")


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat[:MAX_QUOTED]}{'…' if len(flat) > MAX_QUOTED else ''}”"
