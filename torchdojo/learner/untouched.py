"""Find chapters in which everything is still to do. Their files say so: nothing is run, and torch is not imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.course.stub import stub_definitions
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.grading.submission import Submission
from torchdojo.learner.checker import ChapterCheck, missing_imports
from torchdojo.source.files import SourceError
from torchdojo.source.repair import read_around_errors


def check_untouched(
    course: Course, chapter: Chapter, folder: Path, exercises: Sequence[Exercise]
) -> ChapterCheck | None:
    """Return what checking a chapter finds, without its single checks, if each of the exercises is still to do.

    exercises: with checks, () for all that have some. None if one of them can be run, or the file cannot be read.
    """
    path = folder / f"{chapter.name}.py"
    chosen = tuple(exercises) or tuple(chapter.graded_exercises)
    source = read_around_errors(path)
    if isinstance(source, SourceError):
        return None
    submission = Submission(source, stub_definitions(course, chapter))
    if any(submission.readiness(exercise).status is not CheckStatus.TODO for exercise in chosen):
        return None
    result = Result(
        chapter=chapter.name,
        status=ResultStatus.GRADED,
        checks=[],
        sandbox="none",
        device="cpu",
        seconds=0.0,
        submission=submission.hash,
        graders="",
        notes=submission.notes,
    )
    return ChapterCheck(
        chapter, path, result, chosen, warnings=missing_imports(source, result), is_untouched=bool(chosen)
    )
