"""The feedback on an exercise in a notebook, as HTML and as plain text; works without nbgrader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from torchdojo.course import Exercise
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus
from torchdojo.notebooks.extraction import ExtractedSource
from torchdojo.report.check_view import CheckView, view_check, view_exercise
from torchdojo.report.sanitize import render_prose

COLOURS = {CheckStatus.PASSED: "#1a7f37", CheckStatus.TODO: "#6e7781", CheckStatus.SKIPPED: "#9a6700"}
WRONG_COLOUR = "#cf222e"
ROW = "padding:1px 1em 1px 0;vertical-align:top;text-align:left;"
MONO = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;"


def use_notebook_locations(result: Result, filename: str, extracted: ExtractedSource | None) -> None:
    """Replace a result's lines in the extracted module, which its author never sees, by lines in the notebook."""
    if extracted is None:
        return
    in_file = re.compile(rf"{re.escape(filename)}:(\d+)")
    in_advice = re.compile(rf"(?:{re.escape(filename)}:|\bline )(\d+)")  # elsewhere, "line 3" may be the author's words

    def locate(line: int | None) -> str:
        cell_line = extracted.cell_line(line)
        return f"line {cell_line.line} of the cell “{cell_line.first}”" if cell_line else ""

    def translate(text: str, pattern: re.Pattern[str] = in_file) -> str:
        return pattern.sub(lambda match: locate(int(match[1])) or match[0], text)

    result.message = translate(result.message)
    for check in result.checks:
        finding = check.finding
        text = f"{finding.text}\n{locate(finding.line)}".strip() if finding.text else ""
        got, printed = map(translate, (finding.got, finding.printed))
        advice = translate(finding.advice, in_advice)
        check.finding = replace(finding, got=got, advice=advice, printed=printed, text=text, line=None)


def exercise_html(
    exercise: Exercise, checks: Sequence[CheckResult], note: str = "", remarks: Sequence[str] = ()
) -> str:
    """Return the feedback on one exercise. Everything in it is escaped, and it loads nothing from the network.

    note: follows the points; remarks: on how the notebook was read, of which those that name the exercise are shown
    """
    head = f"<div style='font-size:110%'><b>{escape(exercise.name)}</b> · {_points(checks, escape(note))}</div>"
    own = [remark for remark in remarks if re.search(rf"\b{exercise.name}\b", remark)]
    head += "".join(f"<div style='color:#9a6700'>! {escape(remark)}</div>" for remark in own)
    body = "".join(map(_check_html, _views(checks)))
    read = ""
    if exercise.read and any(check.status.is_wrong for check in checks):
        read = f"<div style='margin-top:6px;color:#6e7781'>Read: {render_prose(exercise.read)}</div>"
    return f"<div class='torchdojo' style='line-height:1.5;max-width:60em'>{head}{body}{read}</div>"


def _points(checks: Sequence[CheckResult], note: str) -> str:
    earned, max_points = sum(check.earned for check in checks), sum(check.max_score for check in checks)
    return f"{earned:g} of {max_points:g} points{' · ' + note if note else ''}"


def _views(checks: Sequence[CheckResult]) -> list[CheckView]:
    """Return the views to show: one if the exercise is a stub, or if a file that cannot be loaded fails all checks."""
    if checks and all(check.status is CheckStatus.TODO for check in checks):
        return [replace(view_check(checks[0]), title="still to do: the cell contains ...")]
    same = len(checks) > 1 and len({check.finding.got for check in checks}) == 1
    if same and all(check.status is CheckStatus.ERROR and not check.finding.called for check in checks):
        return [replace(view_check(checks[0]), title="the notebook could not be read or loaded")]
    return view_exercise(checks)


def _note(view: CheckView) -> str:
    """Return the status, unless the mark says enough."""
    clear = view.status in (CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.TODO)
    return "" if clear else f"({view.status.label})"


def _has_details(view: CheckView) -> bool:
    return view.status not in (CheckStatus.PASSED, CheckStatus.TODO)


def _check_html(view: CheckView) -> str:
    colour = COLOURS.get(view.status, WRONG_COLOUR)
    note = f" <i>{_note(view)}</i>" if _note(view) else ""
    line = (
        f"<div style='margin-top:4px'><span style='color:{colour};font-weight:bold'>{view.status.mark}</span> "
        f"{escape(view.title)}{note}</div>"
    )
    if not _has_details(view):
        return line
    rows = "".join(
        f"<tr style='background:transparent'><td style='{ROW}color:#6e7781'>{label}</td>"
        f"<td style='{ROW}{MONO}'>{escape(text)}</td></tr>"
        for label, text in view.rows
    )
    table = f"<table style='margin:2px 0 2px 1.4em;border:none;font-size:95%'>{rows}</table>" if rows else ""
    return line + table + "".join(f"<div style='margin-left:1.4em'>{render_prose(text)}</div>" for text in _texts(view))


def _texts(view: CheckView) -> list[str]:
    return [text for text in (view.diagnosis, *view.explanation, *view.advice) if text]


def exercise_text(exercise: Exercise, checks: Sequence[CheckResult], note: str = "") -> str:
    """Return the feedback on one exercise as plain text."""
    lines = [f"{exercise.name} · {_points(checks, note)}"]
    for view in _views(checks):
        lines.append(f" {view.status.mark} {view.title} {_note(view)}".rstrip())
        if _has_details(view):
            details = [f"{label:<9}{text}" for label, text in view.rows] + _texts(view)
            lines += [f"     {line}" for detail in details for line in detail.splitlines()]
    return "\n".join(lines)
