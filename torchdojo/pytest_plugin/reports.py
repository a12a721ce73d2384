"""Turn verdicts into what pytest shows and writes: reports, properties for junitxml, the points at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

# pytest-xdist sends these from process to process, and --lf, --junitxml and the summary read them.
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus

Points = Mapping[str, tuple[float, float]]  # by chapter: what was earned, and what could be


def tell(reports: list[pytest.TestReport], result: CheckResult, path: Path) -> None:
    """Make a check's reports say its verdict. path: of the submission"""
    report = next((report for report in reports if report.when == "call"), reports[0])
    own_words = report.longreprtext if report.failed and result.finding.has_text else ""
    if result.status is CheckStatus.GRADER_ERROR and report.failed:
        own_words = report.longreprtext
    report.when = "call"  # that the exercise is not written is a failure, not an error of the set-up
    if result.status is CheckStatus.PASSED:
        report.outcome, report.longrepr = "passed", None
    elif result.status is CheckStatus.SKIPPED:
        file, line, _ = report.location
        report.outcome, report.longrepr = "skipped", (file, line or 0, f"Skipped: {result.finding.got}")
    else:
        report.outcome, report.longrepr = "failed", _describe(result, path, own_words)
    if result.finding.printed:
        report.sections.append(("What the submission printed", result.finding.printed))
    properties = {
        "exercise": str(result.exercise),
        "status": result.status.value,
        "points": f"{result.max_score:g}",
        "earned": f"{result.earned:g}",
    }
    if result.mistake:
        properties["mistake"] = result.mistake
    for each in reports:
        each.user_properties += properties.items()


def _describe(result: CheckResult, path: Path, own_words: str) -> Any:
    """Return what is shown of a check that did not pass. own_words: what the check itself raised, as pytest shows it"""
    finding = result.finding
    lines = [f"{result.title}: {result.status.words}", "", result.message]
    if own_words:
        lines += ["", own_words]
    summary = finding.got.partition("\n")[0] if finding.got else result.status.words
    where = ReprFileLocation(os.path.relpath(path), finding.line or 1, summary)
    entries = [ReprEntryNative([line + "\n" for line in lines])]
    return ReprExceptionInfo(ReprTraceback(entries, None, style="native"), where)


def points_in(reports: Iterable[pytest.TestReport]) -> Points:
    """Return the points in the reports of a session."""
    seen: dict[str, tuple[str, float, float]] = {}
    for report in reports:
        properties: dict[str, Any] = dict(report.user_properties)
        if "earned" in properties and "exercise" in properties:
            chapter = str(properties["exercise"]).partition("/")[0]
            seen[report.nodeid] = (chapter, float(properties["earned"]), float(properties["points"]))
    points: dict[str, tuple[float, float]] = {}
    for chapter, earned, most in seen.values():
        before = points.get(chapter, (0.0, 0.0))
        points[chapter] = (before[0] + earned, before[1] + most)
    return points


def show_points(terminal: Any, points: Points) -> None:
    """Write the points of each chapter before the summary's last line."""
    for chapter, (earned, most) in points.items():
        terminal.write_line(f"{chapter}: {earned:g} of {most:g} points")
