"""What grades.csv and the words at a run's end need of a result: much less than its line, so that all can be held."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import Any

from torchdojo.grading.status import CheckStatus, ResultStatus


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result in short. score: None where grading failed; statuses, mistakes: those that any of its checks has"""

    student: str
    chapter: str
    status: ResultStatus
    score: float | None
    max_score: float
    statuses: frozenset[CheckStatus]
    mistakes: frozenset[str]


def outcome_of(line: dict[str, Any]) -> Outcome:
    """Return what matters of a line of results.jsonl."""
    return Outcome(
        line["student"],
        intern(line["chapter"]),
        ResultStatus(line["status"]),
        line["score"],
        line["max_score"],
        frozenset(CheckStatus(check["status"]) for check in line["checks"]),
        frozenset(intern(check["mistake"]) for check in line["checks"] if check["mistake"]),
    )
