"""Who must be looked at: what was stopped, forbidden or unreadable, or met an error of the grader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from torchdojo.batch import Kept
from torchdojo.report.places import href_of
from torchdojo.report.words import shortened

LOOK = ("crashed", "timeout", "memory", "forbidden", "grader_error")
URGENCY = ("grader_error", "crashed", "forbidden", "memory", "timeout", "rejected")
MOST_WORDS = 240


@dataclass(frozen=True, slots=True)
class Look:
    """A submission that a person must look at: the reason (a status), where it showed, and what was said."""

    student: str
    href: str
    chapter: str
    reason: str
    where: str
    words: str


def looks_of(one: Kept, checks: list[dict[str, Any]], short: str) -> list[Look]:
    """Return why a submission needs a person, a reason each. checks: as checks_of; short: its chapter's short title"""
    found = []
    for reason, showed in _reasons(one, checks).items():
        words = str(showed[0].get("got") or showed[0]["message"]) if showed else str(one.detail.get("message", ""))
        names = [check["exercise"].partition("/")[2] for check in showed]
        where = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in Counter(names).items())
        href = href_of(one.student, one.chapter)
        found.append(Look(one.student, href, short, reason, where, shortened(words)[:MOST_WORDS]))
    return found


def _reasons(one: Kept, checks: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return each reason with the checks that showed it."""
    if one.line["status"] == "rejected":
        return {"rejected": []}
    found: dict[str, list[dict[str, Any]]] = {}
    for check in checks:
        if check["status"] in LOOK:
            found.setdefault(check["status"], []).append(check)
    if one.line["status"] == "grader_error":
        found.setdefault("grader_error", [])
    return found


def most_urgent_first(looks: list[Look]) -> list[Look]:
    """Return them by reason, then by student."""
    return sorted(looks, key=lambda look: (URGENCY.index(look.reason), look.student))
