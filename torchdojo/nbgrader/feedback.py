"""What a learner reads below an exercise: as HTML in a notebook, as text elsewhere. nbgrader is not needed for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from torchdojo.course import Exercise
from torchdojo.grading import CheckResult, Result
from torchdojo.grading.status import CheckStatus
from torchdojo.notebooks.extraction import CellLine, ExtractedSource

COLOURS = {CheckStatus.PASSED: "#1a7f37", CheckStatus.TODO: "#6e7781", CheckStatus.SKIPPED: "#9a6700"}
WRONG = "#cf222e"
LINK = re.compile(r"https://[^\s<>\"']*[^\s<>\"'.,;:)]")
CODE = re.compile(r"`([^`]+)`")
ROW = "padding:1px 1em 1px 0;vertical-align:top;text-align:left;"
MONO = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;"


def use_notebook_locations(result: Result, filename: str, extracted: ExtractedSource | None) -> None:
    """Put the notebook's own places into a result's findings: lines of the module mean nothing to its author."""
    if extracted is None:
        return
    message = re.compile(rf"{re.escape(filename)}:(\d+)")

    def said(match: re.Match[str]) -> str:
        place = extracted.cell_line(int(match[1]))
        return describe_location(place) if place else match[0]

    result.message = message.sub(said, result.message)
    for check in result.checks:
        finding = check.finding
        check.finding = replace(finding, got=message.sub(said, finding.got), advice=message.sub(said, finding.advice))
        place = extracted.cell_line(finding.line)
        if place is not None:
            # The exercise's own first line says nothing: its cell is the one above.
            own = finding.text == place.first
            text = "" if own else f"{finding.text}\n{describe_location(place)}".strip()
            check.finding = replace(check.finding, text=text, line=None if own else place.line)


def describe_location(place: CellLine) -> str:
    """Say where a line stands in a notebook, whose cells have no numbers that a learner sees."""
    return f"line {place.line} of the cell “{place.first}”"


def exercise_html(exercise: Exercise, checks: Sequence[CheckResult], note: str = "") -> str:
    """Return the feedback on one exercise. Everything in it is escaped, and it asks nothing of the network."""
    earned, most = sum(c.earned for c in checks), sum(c.max_score for c in checks)
    head = (
        f"<div style='font-size:110%'><b>{escape(exercise.name)}</b> · {earned:g} of {most:g} points"
        f"{' · ' + escape(note) if note else ''}</div>"
    )
    body = "".join(map(_check_html, _without_repeats(checks)))
    read = f"<div style='margin-top:6px;color:#6e7781'>Read: {_linked(exercise.read)}</div>" if exercise.read else ""
    read = read if _failed(checks) else ""
    return f"<div class='torchdojo' style='line-height:1.5;max-width:60em'>{head}{body}{read}</div>"


def _failed(checks: Sequence[CheckResult]) -> bool:
    return any(check.status.is_wrong for check in checks)


def _without_repeats(checks: Sequence[CheckResult]) -> list[CheckResult]:
    """Say the same thing once: a file that cannot be loaded fails every check for one reason, and so does a stub."""
    if checks and all(check.status is CheckStatus.TODO for check in checks):
        return [
            replace(checks[0], title="still to do: the cell holds its ...", finding=replace(checks[0].finding, text=""))
        ]
    said = {check.finding.got for check in checks}
    if (
        len(checks) > 1
        and len(said) == 1
        and all(c.status is CheckStatus.ERROR and not c.finding.called for c in checks)
    ):
        return [replace(checks[0], title="the notebook could not be read or loaded")]
    told: set[str | None] = set()
    once: list[CheckResult] = []
    for check in checks:
        once.append(replace(check, explanation="") if check.mistake in told else check)
        told.add(check.mistake)
    return once


def _is_noted(status: CheckStatus) -> bool:
    """Whether a mark alone does not say enough."""
    return status not in (CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.TODO)


def _check_html(check: CheckResult) -> str:
    note = f" <i>({check.status})</i>" if _is_noted(check.status) else ""
    line = (
        f"<div style='margin-top:4px'><span style='color:{COLOURS.get(check.status, WRONG)};font-weight:bold'>"
        f"{check.status.mark}</span> "
        f"{escape(check.title)}{note}</div>"
    )
    if check.status in (CheckStatus.PASSED, CheckStatus.TODO):
        return line
    rows = [("called", check.finding.called), ("expected", check.finding.expected), ("got", check.finding.got)]
    rows.append(("at", check.finding.text))
    cells = "".join(
        f"<tr style='background:transparent'><td style='{ROW}color:#6e7781'>{word}</td>"
        f"<td style='{ROW}{MONO}'>{escape(text)}</td></tr>"
        for word, text in rows
        if text
    )
    told = [_paragraph(text) for text in check.finding.advice.splitlines() if text.strip()]
    if check.mistake:
        told.append(_paragraph(f"The answers are exactly those of the mistake “{check.mistake_title}”."))
        told += [_paragraph(text) for text in check.explanation.splitlines() if text.strip()]
    table = f"<table style='margin:2px 0 2px 1.4em;border:none;font-size:95%'>{cells}</table>" if cells else ""
    return f"{line}{table}{''.join(told)}"


def _paragraph(text: str) -> str:
    return f"<div style='margin-left:1.4em'>{_linked(text)}</div>"


def _linked(text: str) -> str:
    """Escape a text; make links of the addresses in it, and code of what stands between backticks."""
    coded = CODE.sub(lambda m: f"<code>{m[1]}</code>", escape(text, quote=False))
    return LINK.sub(lambda m: f"<a href='{m[0]}' rel='noopener'>{m[0]}</a>", coded)


def exercise_text(exercise: Exercise, checks: Sequence[CheckResult], title_note: str = "") -> str:
    """Return the feedback on one exercise as plain text."""
    earned, most = sum(c.earned for c in checks), sum(c.max_score for c in checks)
    lines = [f"{exercise.name} · {earned:g} of {most:g} points{' · ' + title_note if title_note else ''}"]
    for check in _without_repeats(checks):
        note = f" ({check.status})" if _is_noted(check.status) else ""
        lines.append(f" {check.status.mark} {check.title}{note}")
        if check.status not in (CheckStatus.PASSED, CheckStatus.TODO):
            lines += [f"     {line}" for line in check.message.splitlines()]
    return "\n".join(lines)
