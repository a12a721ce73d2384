"""Which hints a learner has seen."""

from __future__ import annotations

from torchdojo.course import Chapter, Course, Exercise
from torchdojo.learner.state_files import FOLDER, recall, remember

FILE = "hints.json"


def deeper(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return the next level, from 1, of an exercise's hints, and remember that it was shown."""
    path = course.root / FOLDER / FILE
    level = min(depth(course, chapter, exercise) + 1, len(exercise.hints))
    remember(path, {**recall(path), f"{chapter.name}/{exercise.name}": level})
    return level


def depth(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return how many hints of an exercise were shown; 0 if nothing usable is remembered."""
    seen = recall(course.root / FOLDER / FILE).get(f"{chapter.name}/{exercise.name}")
    return seen if type(seen) is int and 0 < seen <= len(exercise.hints) else 0
