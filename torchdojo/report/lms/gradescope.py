"""Gradescope's results.json, as its autograders write it.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
from typing import Any

from torchdojo.course import Chapter
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.lms.gradebook import ExportError, Gradebook


def results_json(gradebook: Gradebook, student: str, chapters: list[str], missing: str = "") -> str:
    """Return one student's results. missing: what to add for a chapter that was not submitted

    ExportError if grading failed: Gradescope has no way to record that, so nothing may be written.
    """
    wanted = gradebook.chapters(chapters)
    tests: list[dict[str, Any]] = []
    score = seconds = 0.0
    messages: list[str] = []
    for number, chapter in enumerate(wanted, start=1):
        kept = gradebook.results.get((student, chapter.name))
        adjustment = gradebook.adjustments.get((student, chapter.name))
        if kept is None:
            messages.append(f"{chapter.name} was not submitted. {missing}".strip())
            tests.append(_missing_test(chapter, number))
            continue
        if kept.line["status"] == ResultStatus.GRADER_ERROR:
            raise ExportError(f"{chapter.name} of {student} hit a grader error and has no score")
        score += gradebook.score(student, chapter.name) or 0.0
        seconds += kept.line["seconds"]
        messages += adjustment.reasons if adjustment else []
        messages += [str(kept.detail.get("message", ""))] if kept.line["status"] == ResultStatus.REJECTED else []
        titles = {(one["exercise"], one["check"]): one["title"] for one in kept.detail.get("checks", [])}
        for place, check in enumerate(kept.line["checks"], start=1):
            title = titles.get((check["exercise"], check["check"])) or check["check"].replace("_", " ")
            tests.append(_test(check, title, f"{number}.{place}"))
    values = {
        "score": round(score, 2),
        "execution_time": round(seconds),
        "output": "\n".join(line for line in messages if line),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _test(check: dict[str, Any], title: str, number: str) -> dict[str, Any]:
    status = CheckStatus(check["status"])
    skipped = status is CheckStatus.SKIPPED
    test = {
        "name": f"{check['exercise'].partition('/')[2]}: {title}",
        "name_format": "text",
        "number": number,
        "score": check["earned"],
        "max_score": 0.0 if skipped else check["points"],
        "status": CheckStatus.PASSED if status.is_done else CheckStatus.FAILED,
        "output": "skipped: the device it needs is not available" if skipped else check["message"],
        "output_format": "text",
        "visibility": "visible",
    }
    return {key: value for key, value in test.items() if value != ""}


def _missing_test(chapter: Chapter, number: int) -> dict[str, Any]:
    return {
        "name": chapter.title,
        "number": str(number),
        "score": 0.0,
        "max_score": chapter.points,
        "status": CheckStatus.FAILED,
        "output": f"{chapter.name}.py was not submitted.",
        "visibility": "visible",
    }
