"""How many hints of each exercise a learner has seen."""

from __future__ import annotations

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.learner.state_files import STATE_FOLDER, read_state, write_state

FILE = "hints.json"


def advance_hint(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Record that one more hint of an exercise was shown, and return its level, from 1. The last one is repeated."""
    path = course.root / STATE_FOLDER / FILE
    level = min(hints_shown(course, chapter, exercise) + 1, len(exercise.hints))
    write_state(path, {**read_state(path), str(chapter.id_of(exercise)): level})
    return level


def hints_shown(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return how many hints of an exercise were shown; 0 if nothing valid is recorded."""
    shown = read_state(course.root / STATE_FOLDER / FILE).get(str(chapter.id_of(exercise)))
    return shown if type(shown) is int and 0 < shown <= len(exercise.hints) else 0
