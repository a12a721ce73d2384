"""Gradescope's results.json, as its autograders write it.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
from typing import Any

from torchdojo.collect.platforms import Student
from torchdojo.course import Chapter
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.report.lms.gradebook import ExportError, Gradebook
from torchdojo.report.remarks import remarks_for
from torchdojo.review.grade import Grade


def results_json(gradebook: Gradebook, student: str, chapters: list[str], missing: str = "") -> str:
    """Return one student's results. missing: what to add for a chapter that was not submitted

    ExportError if grading failed or the student is exempt: Gradescope has no way to record that, and would show 0, so
    nothing may be written.
    """
    wanted = gradebook.chapters(chapters)
    tests: list[dict[str, Any]] = []
    score = seconds = 0.0
    messages: list[str] = []
    for number, chapter in enumerate(wanted, start=1):
        if gradebook.is_exempt(student, chapter.name):
            raise ExportError(f"{student} is exempt from {chapter.name}, which Gradescope's results cannot say")
        result = gradebook.results.get((student, chapter.name))
        grade = gradebook.grades.get((student, chapter.name))
        if result is not None and (grade is None or grade.score is None):
            raise ExportError(f"{chapter.name} of {student} hit a grader error and has no score")
        if grade is not None and grade.score is not None:
            score += grade.score
            messages += grade.adjustment.reasons if grade.adjustment else []
            messages += [f"Score of {chapter.name}: {grade.explanation}"] if grade.is_changed else []
            messages += _comments(gradebook, grade)
        if result is None:
            if grade is None or grade.score is None:
                messages.append(f"{chapter.name} was not submitted. {missing}".strip())
            tests.append(_missing_test(chapter, number))
            continue
        seconds += result.seconds
        messages += [result.message] if result.status is ResultStatus.REJECTED else []
        messages += result.notes
        tests += [_test(check, f"{number}.{place}") for place, check in enumerate(result.checks, start=1)]
        items = _items(chapter, grade) if grade else []
        tests += [{**item, "number": f"{number}.{len(result.checks) + place}"} for place, item in enumerate(items, 1)]
    values = {
        "score": round(score, 2),
        "execution_time": round(seconds),
        "output": "\n".join(line for line in messages if line),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": _identity(gradebook, student),
        "tests": tests,
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _identity(gradebook: Gradebook, student: str) -> dict[str, str]:
    """Return what says whose results they are: a file that is moved no longer has its folder's name."""
    known = next((one for one in gradebook.students if one.id == student), Student(student))
    values = {"student": student, "name": known.name, "email": known.email, **known.roster_ids}
    return {key: value for key, value in values.items() if value}


def _test(check: CheckResult, number: str) -> dict[str, Any]:
    skipped = check.status is CheckStatus.SKIPPED
    test = {
        "name": f"{check.exercise.name}: {check.title}",
        "name_format": "text",
        "number": number,
        "score": check.earned,
        "max_score": check.max_score,
        "status": CheckStatus.PASSED if check.status.is_done else CheckStatus.FAILED,
        "output": "skipped: the device it needs is not available" if skipped else check.message,
        "output_format": "text",
        "tags": [check.exercise.chapter, check.exercise.name],
        "visibility": "visible",
        "extra_data": {"check": f"{check.exercise}/{check.check}", "status": check.status, "mistake": check.mistake},
    }
    return {key: value for key, value in test.items() if value != ""}


def _items(chapter: Chapter, grade: Grade) -> list[dict[str, Any]]:
    """Return the items of rubrics: without a score while nobody has graded them."""
    items = []
    for exercise in grade.exercises:
        known = chapter.find(exercise.name)
        for item in exercise.checks if exercise.by_hand and known else ():
            rubric = known.find_item(item.name) if known else None
            title = rubric.title if rubric else item.name
            test: dict[str, Any] = {"name": f"{exercise.name}: {title}", "name_format": "text", "visibility": "visible"}
            if item.earned is None and not exercise.override:
                items.append({**test, "output": f"To be graded by hand: {item.points:g} points."})
            elif item.earned is not None:
                items.append({**test, "score": item.earned, "max_score": item.points})
    return items


def _comments(gradebook: Gradebook, grade: Grade) -> list[str]:
    """Return what staff wrote to the student, as plain text."""
    remarks = remarks_for(gradebook.decisions, grade.key, grade.work.submission if grade.work else "")
    about = ((", ".join(filter(None, (one.item, one.where))), one.text) for one in remarks.comments)
    answers = [f"Answer to your request: {one.answer}" for one in remarks.requests if one.answer]
    return [f"Comment ({where}): {text}" if where else f"Comment: {text}" for where, text in about] + answers


def _missing_test(chapter: Chapter, number: int) -> dict[str, Any]:
    return {
        "name": chapter.title,
        "name_format": "text",
        "number": str(number),
        "score": 0.0,
        "max_score": chapter.points,
        "status": CheckStatus.FAILED,
        "output": f"{chapter.name}.py was not submitted.",
        "output_format": "text",
        "tags": [chapter.name],
        "visibility": "visible",
        "extra_data": {"check": chapter.name, "status": "missing", "mistake": None},
    }
