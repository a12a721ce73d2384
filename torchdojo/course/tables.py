"""The tables of course.toml as they are validated: what each key means, and what it may hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from torchdojo.course.model import NAME
from torchdojo.course.zone import find_zone, in_zone

# A pattern, and what it means in a message: one of its kind, and several.
NOT_EMPTY = r"\S"
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


def _key(meaning: str, *examples: Any, **constraints: Any) -> Any:
    """Return the field of a key: messages, the schema and docs/course-toml.md say its meaning and examples."""
    return Field(description=meaning, examples=list(examples) or None, **constraints)


class _TomlTable(BaseModel):
    """A table of course.toml. Unknown keys and values of another type are errors; _key says what each key means.

    The course itself is of the classes in model.py, which have the same fields and need no pydantic.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, info: info.alias or name,
    )


class RubricItemTable(_TomlTable):
    """What people give points for in an exercise that only they grade. Learners see it."""

    model_config = ConfigDict(title="[[chapter.exercise.rubric]]")

    name: Annotated[
        Identifier,
        _key("Its name, which decisions about its points keep: never change it once grading has begun.", "tradeoff"),
    ]
    title: Annotated[Text, _key("What is asked, in a sentence.", "Names the trade-off between bias and variance")]
    points: Annotated[float, _key("What it is worth at most.", 2, 0.5, gt=0)]


class ExerciseTable(_TomlTable):
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
        list[RubricItemTable],
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


class ChapterTable(_TomlTable):
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
        list[ExerciseTable],
        _key(
            "Its exercises, in the order in which learners meet them: one table each.", alias="exercise", min_length=1
        ),
    ]


class PolicyTable(_TomlTable):
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


class CourseTable(_TomlTable):
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
    policy: Annotated[PolicyTable, _key("The penalty for late submissions; without it, there is none.")] = PolicyTable()
    chapters: Annotated[
        list[ChapterTable],
        _key("The course's chapters, in their order: one table each.", alias="chapter", min_length=1),
    ]

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

    def to_json(self) -> dict[str, Any]:
        """Return the tables as JSON has them, with all keys under their names in the file."""
        return self.model_dump(mode="json", by_alias=True)
