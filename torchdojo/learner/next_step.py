"""Decide what a learner should fix first, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.learner.progress import ExerciseProgress, Progress

if TYPE_CHECKING:
    from torchdojo.course import Exercise
    from torchdojo.learner.checker import ChapterCheck


class NextStep(Enum):
    """What to do next."""

    START_COURSE = "nothing is done yet"
    START_CHAPTER = "the next exercise is the first of its chapter"
    CONTINUE = "go to the next exercise"
    FINISHED = "every exercise is right"


def first_failure(checks: Sequence[ChapterCheck], progress: Progress) -> tuple[ChapterCheck, Exercise | None] | None:
    """Return the first thing to fix: an exercise, or a whole file that cannot be loaded (no exercise).

    When a whole chapter was checked, an exercise that builds on one still to do does not count.
    """
    for check in checks:
        if check.result.status is ResultStatus.REJECTED:
            return check, None
        for exercise in check.exercises:
            blocked = check.is_whole and progress.is_blocked(progress[check.chapter.id_of(exercise)])
            if check.is_wrong(exercise) and not blocked:
                return check, exercise
    return None


def next_step(checks: Sequence[ChapterCheck], progress: Progress) -> tuple[NextStep, ExerciseProgress | None] | None:
    """Return what to do next, and in which exercise; None if these checks already say it.

    checks: what has just been checked, without anything to fix
    """
    named = [progress[c.chapter.id_of(exercise)] for c in checks if not c.is_whole for exercise in c.exercises]
    if any(entry.status is ExerciseStatus.TODO for entry in named):
        return None
    current = progress.current_exercise()
    if not list(progress):  # people grade all of the course
        return None
    if current is None:
        return None if any(check.installation_problem for check in checks) else (NextStep.FINISHED, None)
    if all(entry.status is ExerciseStatus.TODO for entry in progress):
        return NextStep.START_COURSE, current
    if current.exercise is current.chapter.exercises[0] and current.status is ExerciseStatus.TODO:
        return NextStep.START_CHAPTER, current
    return NextStep.CONTINUE, current
