"""Which hints of each exercise a learner has seen: the one of a check that fails, and the three general ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torchdojo.course import Course
from torchdojo.learner.progress import ExerciseProgress
from torchdojo.learner.state_files import STATE_FOLDER, read_state, write_state

FILE = "hints.json"
OF_CHECKS = "checks"  # no exercise's id, because it has no chapter


@dataclass(frozen=True)
class HintsShown:
    """The hints of an exercise that were shown.

    level: how many of the general ones; check: the last one that belongs to a check, or ""
    """

    level: int = 0
    check: str = ""

    def shows_check(self, entry: ExerciseProgress) -> bool:
        """Whether the hint of the check that fails now is among them."""
        return entry.hint != "" and entry.hint == self.check

    def has_more(self, entry: ExerciseProgress) -> bool:
        """Whether there is a hint that was not shown."""
        return entry.hint not in ("", self.check) or self.level < len(entry.exercise.hints)

    def add_next(self, entry: ExerciseProgress) -> HintsShown:
        """Return them with one more: the hint of the check that fails first, then the general ones."""
        if entry.hint not in ("", self.check):
            return replace(self, check=entry.hint)
        return replace(self, level=min(self.level + 1, len(entry.exercise.hints)))


def load_hints(course: Course, entry: ExerciseProgress) -> HintsShown:
    """Return which hints of an exercise were shown, none if nothing valid is recorded."""
    state = read_state(course.root / STATE_FOLDER / FILE)
    level, checks = state.get(str(entry.id)), state.get(OF_CHECKS)
    check = checks.get(str(entry.id)) if isinstance(checks, dict) else None
    valid = level if type(level) is int and 0 < level <= len(entry.exercise.hints) else 0
    return HintsShown(valid, check if isinstance(check, str) else "")


def save_hints(course: Course, entry: ExerciseProgress, hints: HintsShown) -> None:
    """Record which hints of an exercise were shown."""
    path = course.root / STATE_FOLDER / FILE
    state = read_state(path)
    checks = state.get(OF_CHECKS)
    checks = {**(checks if isinstance(checks, dict) else {}), str(entry.id): hints.check}
    write_state(path, {**state, str(entry.id): hints.level, OF_CHECKS: checks})
