"""Gradescope's results.json, as its autograders write it.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
from typing import Any

from torchdojo.course import Chapter
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.lms.book import Book, BookError


def results_json(book: Book, student: str, chapters: list[str], missing: str = "") -> str:
    """Return one student's results. missing: what to say where a chapter asked for was not handed in.

    BookError where grading itself failed: Gradescope knows no score that is not charged, so nothing may be written.
    """
    wanted = book.chapters(chapters)
    tests: list[dict[str, Any]] = []
    score = seconds = 0.0
    said: list[str] = []
    for number, chapter in enumerate(wanted, start=1):
        kept = book.kept.get((student, chapter.name))
        adjusted = book.adjustments.get((student, chapter.name))
        if kept is None:
            said.append(f"{chapter.name} was not handed in. {missing}".strip())
            tests.append(_nothing(chapter, number))
            continue
        if kept.line["status"] == ResultStatus.GRADER_ERROR:
            raise BookError(f"{chapter.name} of {student} met an error of the grader, and is not charged")
        score += book.score(student, chapter.name) or 0.0
        seconds += kept.line["seconds"]
        said += adjusted.reasons if adjusted else []
        said += [str(kept.detail.get("message", ""))] if kept.line["status"] == ResultStatus.REJECTED else []
        titles = {(one["exercise"], one["check"]): one["title"] for one in kept.detail.get("checks", [])}
        for place, check in enumerate(kept.line["checks"], start=1):
            title = titles.get((check["exercise"], check["check"])) or check["check"].replace("_", " ")
            tests.append(_test(check, title, f"{number}.{place}"))
    values = {
        "score": round(score, 2),
        "execution_time": round(seconds),
        "output": "\n".join(line for line in said if line),
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
        "output": "skipped: the device it needs is not here" if skipped else check["message"],
        "output_format": "text",
        "visibility": "visible",
    }
    return {key: value for key, value in test.items() if value != ""}


def _nothing(chapter: Chapter, number: int) -> dict[str, Any]:
    return {
        "name": chapter.title,
        "number": str(number),
        "score": 0.0,
        "max_score": chapter.points,
        "status": CheckStatus.FAILED,
        "output": f"{chapter.name}.py was not handed in.",
        "visibility": "visible",
    }
