"""How a check ends when it does not pass: what was called, what was expected, what was got."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.grading.status import CheckStatus


@dataclass(frozen=True)
class Finding:
    """What a learner is told of a check that did not pass.

    line, text: the submission's line to look at, and its source; advice: a sentence more, if there is one
    theirs: whether `got` holds the submission's own words, an exception's message
    """

    called: str = ""
    expected: str = ""
    got: str = ""
    line: int | None = None
    text: str = ""
    advice: str = ""
    theirs: bool = False


class CheckFailed(Exception):
    """The submission's answer is not what the check demands."""

    def __init__(self, finding: Finding, status: CheckStatus = CheckStatus.FAILED) -> None:
        super().__init__(finding.got or finding.expected)
        self.finding = finding
        self.status = status


class DeviceMissing(Exception):
    """The device that a check needs is not there; the check is skipped and its points leave the maximum."""


class CheckBroken(Exception):
    """The check, the probe or the reference is at fault; the submission is not charged."""


def expect(condition: object, *, expected: str, got: str, advice: str = "") -> None:
    """Fail the running check, in these words, unless the condition holds."""
    if not condition:
        raise CheckFailed(Finding(expected=expected, got=got, advice=advice))
