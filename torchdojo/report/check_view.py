"""One check as it is shown on the terminal, on a feedback page and in a notebook cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torchdojo.grading.status import CheckStatus

if TYPE_CHECKING:  # the terminal shows most screens without loading torch
    from torchdojo.grading.result import CheckResult

AT = "at"  # the label of the line
PRINTED = "printed"  # the label of what a submission printed
GRADER_ERROR_ADVICE = "The check itself failed: you lose no points. Please report it to your course staff."


@dataclass(frozen=True)
class CheckView:
    """A check's verdict in the parts that are shown.

    rows: labels and texts of what was called, expected and got, where, and what was printed
    advice, explanation: paragraphs
    mistake: the title of the recognised mistake, or ""; claim: the words before it, which say how certain it is
    repeated: whether an earlier check of the exercise explains it; changed: what people decided of it, or ""
    line: the one that the row "at" shows
    """

    title: str
    status: CheckStatus
    points: float
    rows: list[tuple[str, str]]
    advice: list[str]
    mistake: str = ""
    explanation: tuple[str, ...] = ()
    claim: str = ""
    repeated: bool = False
    changed: str = ""
    line: int | None = None

    @property
    def diagnosis(self) -> str:
        """The sentence that names the recognised mistake, or ""."""
        if not self.mistake:
            return ""
        return f"{'Same mistake as above:' if self.repeated else self.claim} “{self.mistake}”."


def view_check(check: CheckResult, filename: str = "", *, is_own: bool = False) -> CheckView:
    """Return a check's view.

    filename: what to name before the line's number; is_own: whether it is shown to staff or to the learner whose
    machine ran it, with what was printed during a hidden check, which may tell its inputs
    """
    finding = check.finding
    line = "" if finding.line is None else f"{filename}:{finding.line}   " if filename else f"line {finding.line}   "
    has_line = finding.text and check.status is not CheckStatus.TODO
    rows = [
        ("called", finding.called),
        ("expected", finding.expected),
        ("got", finding.got),
        (AT, f"{line}{finding.text}" if has_line else ""),
        (PRINTED, finding.printed if check.public or is_own else ""),
    ]
    advice = [text for text in finding.advice.splitlines() if text.strip()]
    return CheckView(
        title=check.title,
        status=check.status,
        points=check.points,
        rows=[(label, text) for label, text in rows if text],
        advice=advice + ([GRADER_ERROR_ADVICE] if check.status is CheckStatus.GRADER_ERROR else []),
        mistake=check.mistake_title if check.mistake else "",
        claim=check.claim,
        explanation=_paragraphs(check.explanation),
        line=finding.line if has_line else None,
    )


def view_exercise(checks: Iterable[CheckResult], *, is_own: bool = False) -> list[CheckView]:
    """Return the views of an exercise's checks: each mistake explained once, prints of the first that fails.

    is_own: as for `view_check`
    """
    views: list[CheckView] = []
    is_told = False
    for view in (view_check(check, is_own=is_own) for check in checks):
        if is_told or not view.status.is_wrong:
            view = replace(view, rows=[row for row in view.rows if row[0] != PRINTED])
        is_told = is_told or any(label == PRINTED for label, _ in view.rows)
        repeated = bool(view.mistake) and any(view.mistake == other.mistake for other in views)
        views.append(replace(view, explanation=(), repeated=True) if repeated else view)
    return views


def _paragraphs(text: str) -> tuple[str, ...]:
    """Return a text's paragraphs, which blank lines separate; a line "Read: …" is one of its own."""
    paragraphs = [""]
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("Read:"):
            paragraphs.append(line)
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line}".strip()
    return tuple(filter(None, paragraphs))
