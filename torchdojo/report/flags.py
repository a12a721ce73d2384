"""Flag submissions that need a person: stopped, forbidden or unreadable, or hit by a grader error."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from torchdojo.batch.results import StoredResult
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.sanitize import shorten

Reason = CheckStatus | ResultStatus
URGENCY: tuple[Reason, ...] = (
    *(CheckStatus.GRADER_ERROR, CheckStatus.CRASHED, CheckStatus.FORBIDDEN),
    *(CheckStatus.MEMORY, CheckStatus.TIMEOUT, ResultStatus.REJECTED),
)
MAX_MESSAGE_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a submission needs attention: the reason (a status), the exercises concerned, and the first message.

    page: the name of the student's page; chapter: the chapter's short title
    """

    student: str
    page: str
    chapter: str
    reason: Reason
    where: str
    message: str


def find_flags(stored: StoredResult, short_title: str) -> list[Flag]:
    """Return a flag for each reason. short_title: the chapter's"""
    flags = []
    for reason, flagged in _checks_by_reason(stored.result).items():
        message = flagged[0].finding.got or flagged[0].message if flagged else stored.result.message
        names = Counter(check.exercise.name for check in flagged)
        where = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in names.items())
        flags.append(
            Flag(
                stored.student,
                stored.result.chapter,
                short_title,
                reason,
                where,
                shorten(message)[:MAX_MESSAGE_CHARACTERS],
            )
        )
    return flags


def _checks_by_reason(result: Result) -> dict[Reason, list[CheckResult]]:
    if result.status is ResultStatus.REJECTED:
        return {ResultStatus.REJECTED: []}
    flagged: dict[Reason, list[CheckResult]] = {}
    for check in result.checks:
        if check.status.needs_review:
            flagged.setdefault(check.status, []).append(check)
    if result.status is ResultStatus.GRADER_ERROR:
        flagged.setdefault(CheckStatus.GRADER_ERROR, [])
    return flagged


def most_urgent_first(flags: list[Flag]) -> list[Flag]:
    """Return the flags by reason, then by student."""
    return sorted(flags, key=lambda flag: (URGENCY.index(flag.reason), flag.student))
