"""The course as typed objects, validated field by field."""

from __future__ import annotations

import os
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
    WithJsonSchema,
    field_validator,
)

from torchdojo.course.zone import find_zone, in_zone

# A pattern, and what it means in a message: one of its kind, and several.
NOT_EMPTY = r"\S"
NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
DATE = r"^\d{4}-\d\d-\d\d([Tt ].*)?$"
PATTERN_WORDS = {
    NOT_EMPTY: ("a string that is not empty", "strings"),
    NAME: ("a Python name (letters, digits and underscores, without a digit in front)", "Python names"),
    DATE: ("a date and time without quotation marks, as in 2026-03-01T23:59:00", "dates and times"),
}
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NOT_EMPTY)]
Identifier = Annotated[str, StringConstraints(pattern=NAME)]
# TOML has dates of its own, which editors hand to a schema as strings.
DueDate = Annotated[AwareDatetime, WithJsonSchema({"type": "string", "pattern": DATE})]

# Keys that mean nothing in an exercise that people grade, because nothing of it is run.
CHECK_KEYS = ("builds_on", "forbids", "allows", "hidden_points", "learnt")
# What an exercise must and must not have, by its graded_by, as a schema says it; faults.py says it to people.
KEYS_BY_GRADING: dict[str, Any] = {
    "if": {"properties": {"graded_by": {"const": "hand"}}, "required": ["graded_by"]},
    "then": {"required": ["rubric"], "properties": dict.fromkeys(CHECK_KEYS, False)},
    "else": {"required": ["hints"], "properties": {"rubric": False}},
}


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


def _key(meaning: str, *examples: Any, **constraints: Any) -> Any:
    """Return the field of a key: messages, the schema and docs/course-toml.md say its meaning and examples."""
    return Field(description=meaning, examples=list(examples) or None, **constraints)


class CourseTable(BaseModel):
    """A table of course.toml. Unknown keys and values of another type are errors; _key says what each key means."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, info: info.alias or name,
    )


class RubricItem(CourseTable):
    """What people give points for in an exercise that only they grade. Learners see it."""

    model_config = ConfigDict(title="[[chapter.exercise.rubric]]")

    name: Annotated[
        Identifier,
        _key("Its name, which decisions about its points keep: never change it once grading has begun.", "tradeoff"),
    ]
    title: Annotated[Text, _key("What is asked, in a sentence.", "Names the trade-off between bias and variance")]
    points: Annotated[float, _key("What it is worth at most.", 2, 0.5, gt=0)]


class Exercise(CourseTable):
    """Something that a learner writes in a chapter and that is graded: by checks, or by people."""

    model_config = ConfigDict(title="[[chapter.exercise]]", json_schema_extra=KEYS_BY_GRADING)

    name: Annotated[
        Identifier,
        _key(
            "The function or class that the reference defines and a learner writes. If people grade it, it may also be "
            "a text that is assigned to this name, or only a name, as for the style of all code.",
            "sigmoid",
        ),
    ]
    points: Annotated[
        float, _key("What it is worth: the sum of the points of its checks, or of its rubric.", 2, 1.5, gt=0)
    ]
    graded_by: Annotated[
        Literal["checks", "hand"],
        _key('"hand" if only people grade it: nothing of it is run, and `dojo grade` gives no points for it.', "hand"),
    ] = "checks"
    rubric: Annotated[
        list[RubricItem],
        _key(
            "What people give points for: one table each. Required if it is graded by hand, and only allowed then.",
            min_length=1,
        ),
    ] = []
    hints: Annotated[
        list[Annotated[Text, Field(title="hint")]],
        _key(
            "Three hints, from a nudge to almost the answer, which a learner asks for one after the other. Required "
            "unless it is graded by hand.",
            ["a nudge", "the idea", "almost the answer"],
            min_length=3,
            max_length=3,
        ),
    ] = []
    builds_on: Annotated[
        list[Identifier],
        _key(
            "Other exercises of its chapter that its answers or its probes use. If it fails, it is graded again with "
            "the reference's version of these.",
            ["sigmoid"],
        ),
    ] = []
    read: Annotated[
        Text | None,
        _key(
            "The address of a page to read, shown when it fails.",
            "https://docs.pytorch.org/docs/stable/generated/torch.sigmoid.html",
        ),
    ] = None
    forbids: Annotated[
        list[Text],
        _key(
            "Functions, classes or operators that refuse while it is graded; `torch.optim.*` is all of a package.",
            ["torch.nn.Linear", "torch.optim.*"],
        ),
    ] = []
    allows: Annotated[list[Text], _key("Exceptions from `forbids`.", ["torch.optim.Optimizer"])] = []
    hidden_points: Annotated[
        float, _key("The points of the checks that a release leaves out. Only a release has this key.", 1.5, ge=0)
    ] = 0.0
    extra_credit: Annotated[bool, _key("Whether its points add to the score, but not to the maximum.", True)] = False
    learnt: Annotated[
        Text | None,
        _key(
            "What to take from it, and from the mistakes that others make in it, shown once it is done.",
            "exp of a large number is infinite: ask what happens at both ends.",
        ),
    ] = None

    @property
    def by_hand(self) -> bool:
        """Whether only people grade it."""
        return self.graded_by == "hand"

    def find_item(self, name: str) -> RubricItem | None:
        """Return the item of its rubric with this name, or None."""
        return next((item for item in self.rubric if item.name == name), None)


class Chapter(CourseTable):
    """A chapter: its exercises and its limits."""

    model_config = ConfigDict(title="[[chapter]]")

    name: Annotated[
        Identifier,
        _key(
            "The name of its files: `reference/<name>.py`, `exercises/<name>.py` and `graders/<name>/`.", "ch1_basics"
        ),
    ]
    title: Annotated[Text, _key("Its title, on screens and pages.", "Basics")]
    short: Annotated[Text, _key("One word or two, for the progress screen and for commands.", "basics")]
    kind: Annotated[
        Literal["torch", "python"],
        _key(
            '"python" if its probes and submissions do without torch, which is then not imported where they run.',
            "python",
        ),
    ] = "torch"
    check_seconds: Annotated[
        float,
        _key(
            "The limit on the CPU time, in seconds, of one question of a check: at least five times what right work "
            "needs.",
            10,
            gt=0,
            le=3600,
        ),
    ]
    memory_mb: Annotated[
        int, _key("The limit on the memory, in MiB, of all that a submission runs.", 1024, ge=256, le=1_000_000)
    ]
    due: Annotated[
        DueDate | None,
        _key(
            "When submissions are due. A time without an offset, and a date, which means the end of its day, need the "
            "`zone` of the course.",
            "2026-03-01T23:59:00",
        ),
    ] = None
    exercises: Annotated[
        list[Exercise],
        _key(
            "Its exercises, in the order in which learners meet them: one table each.", alias="exercise", min_length=1
        ),
    ]

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


class Policy(CourseTable):
    """The penalty for late submissions, in every chapter that has a due date."""

    model_config = ConfigDict(title="[policy]")

    penalty_per_day: Annotated[
        float, _key("Percent of the points earned that each started day costs.", 10, ge=0, le=100)
    ] = 0.0
    penalty_cap: Annotated[float, _key("The largest penalty, in percent of the points earned.", 50, ge=0, le=100)] = (
        100.0
    )
    grace_days: Annotated[int, _key("Days per student without a penalty, over the whole course.", 3, ge=0, le=1000)] = 0
    grace_minutes: Annotated[
        int,
        _key("Minutes that are not yet late, after the due time and after each further day.", 15, ge=0, le=1440),
    ] = 0


class Course(CourseTable):
    """A course: what holds for all of it, and where its files are."""

    model_config = ConfigDict(title="course.toml")

    title: Annotated[Text, _key("The course's title, on screens and pages.", "A first course")]
    show_reference: Annotated[
        bool,
        _key("Whether a learner with full points for a chapter sees where its reference solution is.", True),
    ] = False
    gpu: Annotated[bool, _key("Whether placement is also graded on a CUDA device, if the machine has one.", True)] = (
        False
    )
    released: Annotated[
        bool,
        _key(
            "Whether this is a release: public checks only, and recorded answers instead of the reference. "
            "Only a release has this key.",
            True,
        ),
    ] = False
    zone: Annotated[
        Annotated[str, AfterValidator(_check_zone)] | None,
        _key(
            "The name of the time zone by whose clocks due dates are read and shown, and late days are counted; "
            "without one, UTC.",
            "Europe/Berlin",
        ),
    ] = None
    policy: Annotated[Policy, _key("The penalty for late submissions; without it, there is none.")] = Policy()
    chapters: Annotated[
        list[Chapter], _key("The course's chapters, in their order: one table each.", alias="chapter", min_length=1)
    ]
    _root: Path = PrivateAttr(default=Path())

    @field_validator("chapters", mode="before")
    @classmethod
    def _read_due_dates(cls, chapters: Any, info: ValidationInfo) -> Any:
        """Return the chapters with their due dates in the course's zone. Without one, a time needs an offset."""
        name = info.data.get("zone", "UTC")  # without a zone None; it is not there if it was refused
        if name is None or not isinstance(chapters, list):
            return chapters
        zone = find_zone(name)

        def read(chapter: Any) -> Any:
            due = chapter.get("due") if isinstance(chapter, dict) else None
            return {**chapter, "due": in_zone(due, zone)} if isinstance(due, date) else chapter

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
        return self._root / "reference" / f"{chapter.name}.py"

    def exercise_file(self, chapter: Chapter) -> Path:
        """The file a learner edits."""
        return self._root / "exercises" / f"{chapter.name}.py"

    def stub_file(self, chapter: Chapter) -> Path:
        """The original exercise file in a release, which has no reference to make it from."""
        return self.graders_folder(chapter) / "stub.py"

    def probes_file(self, chapter: Chapter) -> Path:
        """The file with a chapter's probes: one without any if the chapter has none."""
        path = self.graders_folder(chapter) / "probes.py"
        return path if os.path.lexists(path) else Path(__file__).with_name("no_probes.py")

    def graders_folder(self, chapter: Chapter) -> Path:
        """The folder of probes, checks, mistakes and accepted answers."""
        return self._root / "graders" / chapter.name
