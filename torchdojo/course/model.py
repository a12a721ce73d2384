"""The course as typed objects, validated field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from torchdojo.course.zone import find_zone, in_zone

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _check_zone(name: str) -> str:
    find_zone(name)
    return name


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


class CourseTable(BaseModel):
    """A table of course.toml. Unknown keys and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Exercise(CourseTable):
    """A function or class of a chapter that is graded.

    hidden_points: in a release, the points of the checks that it leaves out
    extra_credit: its points add to the score, but not to the maximum
    learnt: what to take from it, and from the mistakes that others make, shown once it is done
    """

    name: Identifier
    points: Annotated[float, Field(gt=0, strict=False)]
    hints: Annotated[list[Text], Field(min_length=3, max_length=3)]
    builds_on: list[Identifier] = []
    read: Text | None = None
    forbids: list[Text] = []
    allows: list[Text] = []
    hidden_points: Annotated[float, Field(ge=0, strict=False)] = 0.0
    extra_credit: bool = False
    learnt: Text | None = None


class Chapter(CourseTable):
    """A chapter: its exercises and its limits.

    check_seconds: CPU time of one question; memory_mb: memory of all that a submission runs, in MiB
    due: when submissions are due, by the clocks of the course's zone if it names one, or None
    kind: "python" if its probes and submissions do without torch: nothing imports it in the process that runs them
    """

    name: Identifier
    title: Text
    short: Text
    kind: Literal["torch", "python"] = "torch"
    check_seconds: Annotated[float, Field(gt=0, le=3600, strict=False)]
    memory_mb: Annotated[int, Field(ge=256, le=1_000_000)]
    due: AwareDatetime | None = None
    exercises: Annotated[list[Exercise], Field(min_length=1, alias="exercise")]

    def id_of(self, exercise: Exercise) -> ExerciseId:
        """Return the id of one of its exercises."""
        return ExerciseId(self.name, exercise.name)

    @property
    def points(self) -> float:
        """The points of all its exercises."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def required_points(self) -> float:
        """The points that make a full score: all but those of extra-credit exercises."""
        return sum(exercise.points for exercise in self.exercises if not exercise.extra_credit)

    @property
    def hidden_points(self) -> float:
        """The points of the checks that a release leaves out."""
        return sum(exercise.hidden_points for exercise in self.exercises)

    @property
    def builds_on(self) -> dict[str, list[str]]:
        """The exercises that each of its exercises builds on."""
        return {exercise.name: exercise.builds_on for exercise in self.exercises}

    def find(self, name: str) -> Exercise | None:
        """Return the exercise of this name, or None."""
        return next((exercise for exercise in self.exercises if exercise.name == name), None)


class Policy(CourseTable):
    """The penalty for late submissions, in every chapter that has a due date.

    penalty_per_day: percent of the points earned, for each started day; penalty_cap: the largest penalty, in percent
    grace_days: days per student without a penalty, over the whole course
    grace_minutes: minutes that are not yet late, after the due time and after each further day
    """

    penalty_per_day: Annotated[float, Field(ge=0, le=100, strict=False)] = 0.0
    penalty_cap: Annotated[float, Field(ge=0, le=100, strict=False)] = 100.0
    grace_days: Annotated[int, Field(ge=0, le=1000)] = 0
    grace_minutes: Annotated[int, Field(ge=0, le=1440)] = 0


class Course(CourseTable):
    """A course, and where its files are.

    show_reference: whether a learner with full points for a chapter is told where its reference solution is
    gpu: whether placement is graded on a CUDA device too, if the machine has one
    released: whether this is a release: public checks only, and recorded answers instead of the reference
    zone: the name of the time zone by whose clocks its times are read, shown and counted, such as "Europe/Berlin"
    """

    title: Text
    show_reference: bool = False
    gpu: bool = False
    released: bool = False
    zone: Annotated[str, AfterValidator(_check_zone)] | None = None
    policy: Policy = Policy()
    chapters: Annotated[list[Chapter], Field(min_length=1, alias="chapter")]
    _root: Path = PrivateAttr(default=Path())

    @field_validator("chapters", mode="before")
    @classmethod
    def _read_due_dates(cls, chapters: Any, info: ValidationInfo) -> Any:
        """Return the chapters with their due dates in the course's zone. Without one, a time needs an offset."""
        zone = info.data.get("zone")
        if zone is None or not isinstance(chapters, list):
            return chapters

        def read(chapter: Any) -> Any:
            due = chapter.get("due") if isinstance(chapter, dict) else None
            return {**chapter, "due": in_zone(due, find_zone(zone))} if isinstance(due, date) else chapter

        return [read(chapter) for chapter in chapters]

    @property
    def tzinfo(self) -> tzinfo:
        """The zone by whose clocks times without one are read: the course's, or UTC if it names none."""
        return find_zone(self.zone) if self.zone else UTC

    @property
    def root(self) -> Path:
        """The folder that holds course.toml."""
        return self._root

    @property
    def points(self) -> float:
        """The points of all chapters."""
        return sum(chapter.points for chapter in self.chapters)

    @property
    def hidden_points(self) -> float:
        """The points of the checks that a release leaves out."""
        return sum(chapter.hidden_points for chapter in self.chapters)

    def find(self, name: str) -> Chapter | None:
        """Return the chapter of this name, or None."""
        return next((chapter for chapter in self.chapters if chapter.name == name), None)

    def reference_file(self, chapter: Chapter) -> Path:
        """The literate module with the solutions."""
        return self._root / "reference" / f"{chapter.name}.py"

    def exercise_file(self, chapter: Chapter) -> Path:
        """The file a learner edits."""
        return self._root / "exercises" / f"{chapter.name}.py"

    def stub_file(self, chapter: Chapter) -> Path:
        """The original exercise file in a release, which has no reference to make it from."""
        return self.graders_folder(chapter) / "stub.py"

    def graders_folder(self, chapter: Chapter) -> Path:
        """The folder of probes, checks, mistakes and accepted answers."""
        return self._root / "graders" / chapter.name
