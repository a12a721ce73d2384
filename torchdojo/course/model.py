"""The course as typed objects."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Literal

from torchdojo.course.zone import find_zone

NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"  # of a chapter, an exercise or an item of a rubric


@dataclass(frozen=True, slots=True)
class ExerciseId:
    """An exercise of the course, written "<chapter>/<name>" in files and on screens."""

    chapter: str
    name: str

    @classmethod
    def parse(cls, text: str) -> ExerciseId:
        """Undo `str`."""
        chapter, _, name = text.partition("/")
        return cls(chapter, name)

    def __str__(self) -> str:
        return f"{self.chapter}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class RubricItem:
    """What people give points for in an exercise that only they grade. tables.py says what each field means."""

    name: str
    title: str
    points: float


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """Something that a learner writes in a chapter and that is graded: by checks, or by people.

    tables.py says what each field means.
    """

    name: str
    points: float
    graded_by: Literal["checks", "hand"]
    rubric: list[RubricItem]
    hints: list[str]
    builds_on: list[str]
    read: str | None
    forbids: list[str]
    allows: list[str]
    hidden_points: float
    extra_credit: bool
    learnt: str | None

    @property
    def by_hand(self) -> bool:
        """Whether only people grade it."""
        return self.graded_by == "hand"

    def find_item(self, name: str) -> RubricItem | None:
        """Return the item of its rubric with this name, or None."""
        return next((item for item in self.rubric if item.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A chapter: its exercises and its limits. tables.py says what each field means."""

    name: str
    title: str
    short: str
    kind: Literal["torch", "python"]
    check_seconds: float
    memory_mb: int
    due: datetime | None
    exercises: list[Exercise]

    def id_of(self, exercise: Exercise) -> ExerciseId:
        """Return the id of one of its exercises."""
        return ExerciseId(self.name, exercise.name)

    @property
    def graded_exercises(self) -> list[Exercise]:
        """Its exercises that have checks, in their order: all but those that people grade."""
        return [exercise for exercise in self.exercises if not exercise.by_hand]

    @property
    def hand_exercises(self) -> list[Exercise]:
        """Its exercises that only people grade, in their order."""
        return [exercise for exercise in self.exercises if exercise.by_hand]

    @property
    def points(self) -> float:
        """The points of all checks, without those that only people give."""
        return sum(exercise.points for exercise in self.graded_exercises)

    @property
    def required_points(self) -> float:
        """The points of checks that make a full score: all but those of extra-credit exercises."""
        return sum(exercise.points for exercise in self.graded_exercises if not exercise.extra_credit)

    @property
    def hand_points(self) -> float:
        """The points that only people give."""
        return sum(exercise.points for exercise in self.hand_exercises)

    @property
    def required_hand_points(self) -> float:
        """The points that only people give and that a full score needs: without those of extra-credit exercises."""
        return sum(exercise.points for exercise in self.hand_exercises if not exercise.extra_credit)

    @property
    def hidden_points(self) -> float:
        """The points of the checks that a release leaves out."""
        return sum(exercise.hidden_points for exercise in self.exercises)

    @property
    def builds_on(self) -> dict[str, list[str]]:
        """The exercises that each of its exercises with checks builds on."""
        return {exercise.name: exercise.builds_on for exercise in self.graded_exercises}

    def find(self, name: str) -> Exercise | None:
        """Return the exercise of this name, or None."""
        return next((exercise for exercise in self.exercises if exercise.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The penalty for late submissions, in every chapter that has a due date. tables.py says what each field means."""

    penalty_per_day: float = 0.0
    penalty_cap: float = 100.0
    grace_days: int = 0
    grace_minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course: what holds for all of it, and where its files are.

    root: the folder that holds course.toml; tables.py says what each other field means
    """

    title: str
    show_reference: bool
    gpu: bool
    released: bool
    zone: str | None
    policy: Policy
    chapters: list[Chapter]
    root: Path

    @property
    def tzinfo(self) -> tzinfo:
        """The zone by whose clocks times without one are read: the course's, or UTC if it names none."""
        return find_zone(self.zone) if self.zone else UTC

    @property
    def points(self) -> float:
        """The points of all checks of all chapters, without those that only people give."""
        return sum(chapter.points for chapter in self.chapters)

    @property
    def hand_points(self) -> float:
        """The points of all chapters that only people give."""
        return sum(chapter.hand_points for chapter in self.chapters)

    @property
    def hidden_points(self) -> float:
        """The points of the checks that a release leaves out."""
        return sum(chapter.hidden_points for chapter in self.chapters)

    def find(self, name: str) -> Chapter | None:
        """Return the chapter of this name, or None."""
        return next((chapter for chapter in self.chapters if chapter.name == name), None)

    def reference_file(self, chapter: Chapter) -> Path:
        """The literate module with the solutions."""
        return self.root / "reference" / f"{chapter.name}.py"

    def exercise_file(self, chapter: Chapter) -> Path:
        """The file a learner edits."""
        return self.root / "exercises" / f"{chapter.name}.py"

    def stub_file(self, chapter: Chapter) -> Path:
        """The original exercise file in a release, which has no reference to make it from."""
        return self.graders_folder(chapter) / "stub.py"

    def probes_file(self, chapter: Chapter) -> Path:
        """The file with a chapter's probes: one without any if the chapter has none."""
        path = self.graders_folder(chapter) / "probes.py"
        return path if os.path.lexists(path) else Path(__file__).with_name("no_probes.py")

    def graders_folder(self, chapter: Chapter) -> Path:
        """The folder of probes, checks, mistakes and accepted answers."""
        return self.root / "graders" / chapter.name
