"""How a check ends when it does not pass."""

from __future__ import annotations

from dataclasses import dataclass

from torchdojo.grading.status import CheckStatus


@dataclass(frozen=True)
class Finding:
    """What a learner is told about a check that did not pass.

    line, text: where to look in the submission, and that line's text, "" if it is only where the exercise begins
    advice: what to do, or ""
    words: the submission's own words at the end of `got`, such as an exception with its message
    values: what pytest or a library says at the end of `got` of the values that an assertion looked at
    printed: the last lines that the submission printed during the check
    has_text: whether `got` contains a text that the submission's process returned
    kind_differs: whether it says that another kind of value was returned than the reference returns
    name: what the submission calls a class or a function, at a place in `got`
    """

    called: str = ""
    expected: str = ""
    got: str = ""
    line: int | None = None
    text: str = ""
    advice: str = ""
    words: str = ""
    values: str = ""
    printed: str = ""
    kind_differs: bool = False
    has_text: bool = False
    name: str = ""


class CheckFailed(Exception):
    """The submission's answer is not what the check requires."""

    def __init__(self, finding: Finding, status: CheckStatus = CheckStatus.FAILED) -> None:
        super().__init__(finding.got or finding.expected)
        self.finding = finding
        self.status = status


class DeviceMissing(Exception):
    """The device that a check needs is not available: the check is skipped and not counted."""


class CheckBroken(Exception):
    """The check, the probe or the reference is at fault: the submission loses no points."""


class ReferenceStopped(CheckBroken):
    """The reference could not take a step that a submission has taken: whose fault that is remains to be found."""


def expect(condition: object, *, expected: str, got: str, advice: str = "") -> None:
    """Fail the running check with these words unless the condition holds."""
    if not condition:
        raise CheckFailed(Finding(expected=expected, got=got, advice=advice))
