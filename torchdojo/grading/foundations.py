"""Say where to look first if an exercise builds on others that are not right yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from torchdojo.course import Chapter
from torchdojo.grading.result import CheckResult
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission
from torchdojo.grading.unfinished import say_unfinished
from torchdojo.source.placeholders import describe_unfinished


def advise_foundations(chapter: Chapter, results: Iterable[CheckResult], known: Collection[CheckResult]) -> None:
    """Where an exercise fails and one that it builds on does too, advise to start there."""
    todo = {result.exercise.name for result in known if result.status is CheckStatus.TODO}
    failed = {result.exercise.name for result in known if not result.status.is_done} - todo
    for result in results:
        exercise = chapter.find(result.exercise.name)
        builds_on = exercise.builds_on if exercise else []
        if result.status in (CheckStatus.FAILED, CheckStatus.ERROR):
            say_unfinished(result, [name for name in builds_on if name in todo])
        causes = [name for name in builds_on if name in failed]
        if causes and result.status in (CheckStatus.FAILED, CheckStatus.ERROR) and result.mistake is None:
            advice = f"It builds on {' and '.join(causes)}, which is not right yet: look there first."
            advice = f"{advice}\n{result.finding.advice}".strip()
            result.finding = replace(result.finding, advice=advice)


def describe_given(chapter: Chapter, results: Sequence[CheckResult], submission: Submission | None) -> list[str]:
    """Return, for each exercise that keeps points since others are at fault, which those are."""
    wrong = {result.exercise.name for result in results if not result.status.is_done}
    given = {result.exercise.name: result.given for result in results if result.given}
    notes: list[str] = []
    if submission is None:
        return notes
    for exercise, names in given.items():
        others = [other for name in names if (other := chapter.find(name))]
        to_do = [other.name for other in others if submission.readiness(other).status is CheckStatus.TODO]
        if to_do:
            uses = describe_unfinished(exercise, to_do).removesuffix(".")
            notes.append(f"{uses}: it was graded with the reference's version")
        else:
            at_fault = " and ".join([name for name in names if name in wrong] or names)
            notes.append(f"{exercise} was graded with the reference's {at_fault}: look there first")
    return notes
