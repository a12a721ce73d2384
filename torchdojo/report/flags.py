"""Flag submissions that need a person: stopped, forbidden or unreadable, or hit by a grader error."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from torchdojo.batch import Kept
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.paths import student_href
from torchdojo.report.sanitize import shorten

Reason = CheckStatus | ResultStatus
URGENCY: tuple[Reason, ...] = (
    *(CheckStatus.GRADER_ERROR, CheckStatus.CRASHED, CheckStatus.FORBIDDEN),
    *(CheckStatus.MEMORY, CheckStatus.TIMEOUT, ResultStatus.REJECTED),
)
MAX_MESSAGE_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a submission needs attention: the reason (a status), the exercises concerned, and the first message."""

    student: str
    href: str
    chapter: str
    reason: Reason
    where: str
    message: str


def find_flags(one: Kept, checks: list[dict[str, Any]], short_title: str) -> list[Flag]:
    """Return a flag for each reason. checks: as checks_of returns them; short_title: the chapter's"""
    flags = []
    for reason, flagged in _checks_by_reason(one, checks).items():
        message = str(flagged[0].get("got") or flagged[0]["message"]) if flagged else str(one.detail.get("message", ""))
        names = Counter(check["exercise"].partition("/")[2] for check in flagged)
        where = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in names.items())
        href = student_href(one.student, one.chapter)
        flags.append(Flag(one.student, href, short_title, reason, where, shorten(message)[:MAX_MESSAGE_CHARACTERS]))
    return flags


def _checks_by_reason(one: Kept, checks: list[dict[str, Any]]) -> dict[Reason, list[dict[str, Any]]]:
    if one.line["status"] == ResultStatus.REJECTED:
        return {ResultStatus.REJECTED: []}
    flagged: dict[Reason, list[dict[str, Any]]] = {}
    for check in checks:
        status = CheckStatus(check["status"])
        if status.needs_review:
            flagged.setdefault(status, []).append(check)
    if one.line["status"] == ResultStatus.GRADER_ERROR:
        flagged.setdefault(CheckStatus.GRADER_ERROR, [])
    return flagged


def most_urgent_first(flags: list[Flag]) -> list[Flag]:
    """Return the flags by reason, then by student."""
    return sorted(flags, key=lambda flag: (URGENCY.index(flag.reason), flag.student))
