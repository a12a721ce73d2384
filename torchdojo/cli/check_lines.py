"""Failing checks as one line each, `FILE:LINE: EXERCISE: MESSAGE`, from which editors make their list of problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from torchdojo.files import display_path
from torchdojo.grading.status import ResultStatus
from torchdojo.learner.progress import Progress

if TYPE_CHECKING:
    from torchdojo.grading.result import CheckResult
    from torchdojo.learner.checker import ChapterCheck


def failing_lines(checks: Sequence[ChapterCheck], progress: Progress) -> Iterator[str]:
    """Yield a line for each check that failed, and for each file that could not be loaded."""
    for checked in checks:
        path = display_path(checked.path)
        if checked.installation_problem:
            yield f"{path}:1: {checked.chapter.name}: {_joined(checked.installation_problem)}"
        if checked.result.status is ResultStatus.REJECTED:
            line = next((check.finding.line for check in checked.result.checks), None) or 1
            yield f"{path}:{line}: {checked.chapter.name}: {_joined(checked.result.message)}"
            continue
        for check in checked.result.checks:
            if check.status.is_wrong:
                line = check.finding.line or progress[check.exercise].line or 1
                yield f"{path}:{line}: {check.exercise.name}: {_joined(_message(check))}"


def _message(check: CheckResult) -> str:
    """Return what was expected and what came back instead: of an assertion, its first line."""
    finding = check.finding
    got = finding.got.partition("\n")[0] if finding.has_text else finding.got
    parts = [
        check.title,
        f"called {finding.called}" if finding.called else "",
        f"expected {finding.expected}" if finding.expected not in ("", check.title) else "",
        f"got {got}" if got else "",
    ]
    return "; ".join(filter(None, parts))


def _joined(text: str) -> str:
    return " ".join(text.replace("\x1b", "␛").split())
