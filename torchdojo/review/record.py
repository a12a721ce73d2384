"""What a run gave for each submission, as lean lines of JSON that later versions can read, to compare runs.

The format is its own, so that runs can be compared after the store's format changed, or after `--force`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from pydantic import BaseModel, ConfigDict

from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter, Course
from torchdojo.course.model import Policy
from torchdojo.errors import UserError
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import CheckGrade, ExerciseGrade, Grade
from torchdojo.review.grades import StudentGrades, all_grades

FORMAT = 1  # raise it only when what is there changes its meaning: readers ignore keys that they do not know
DECIMALS = 6  # of points, so that equal ones are the same
VERSION_PARTS = ("submission", "engine", "graders", "sandbox", "devices")


class RecordsError(UserError):
    """Records that cannot be read; the message is user-facing."""


class _Lean(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class CountedPoints(_Lean):
    """Points of a chapter, an exercise or a check. earned: None if it has none; status: how it ended, or "" """

    earned: float | None
    points: float
    status: str = ""


class CheckRecord(_Lean):
    """A check, or an item of a rubric. raw: what grading gave, None for an item; counted: with what people decided"""

    exercise: str
    check: str
    raw: CountedPoints | None
    counted: CountedPoints


class ExerciseRecord(_Lean):
    """An exercise that people gave points to as a whole."""

    exercise: str
    counted: CountedPoints


class LateRecord(_Lean):
    """What lateness and the course's rules depend on, beside the points. free_days: those that were used"""

    penalty_per_day: float = 0.0
    penalty_cap: float = 0.0
    grace_days: int = 0
    days_late: int = 0
    exempt: bool = False
    extra_credit: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    free_days: int = 0
    penalty: float = 0.0


class GradeRecord(_Lean):
    """A submission's grade, and all that it came from.

    counted: the score; status: how grading ended, "" if nothing was submitted
    submission, graders, engine, inputs: hashes, "" where unknown; sandbox, devices: names
    decisions: the ids of those that count, by item as in an `Override`
    """

    student: str
    chapter: str
    counted: CountedPoints
    status: str = ""
    submission: str = ""
    graders: str = ""
    engine: str = ""
    sandbox: str = ""
    devices: str = ""
    inputs: str = ""
    late: LateRecord = LateRecord()
    decisions: dict[str, list[str]] = {}
    exercises: tuple[ExerciseRecord, ...] = ()
    checks: tuple[CheckRecord, ...] = ()

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter


class Records(Protocol):
    """Records by student and chapter. at: when they were made, in ISO format"""

    @property
    def at(self) -> str: ...

    def keys(self) -> list[ResultKey]:
        """Return which there are."""

    def get(self, key: ResultKey) -> GradeRecord | None:
        """Return one, None if there is none."""


class SavedRecords:
    """The records in a file, held one at a time. RecordsError if it cannot be read, is damaged, or of a later version.

    at: when they were written, in ISO format
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[ResultKey, int] = {}
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise RecordsError(f"{path} cannot be read: {error.strerror}") from None
        try:
            self._read_places()
        except BaseException:
            self.close()
            raise

    def _read_places(self) -> None:
        try:
            head = json.loads(self._file.readline())
            if head["format"] != FORMAT:
                raise RecordsError(f"another version of torchdojo wrote {self.path}")
            self.at = str(head["at"])
            place = self._file.tell()
            for line in self._file:
                self._places[GradeRecord.model_validate_json(line).key] = place
                place += len(line)
        except OSError as error:
            raise RecordsError(f"{self.path} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):  # a ValidationError is a ValueError
            raise RecordsError(f"{self.path} is damaged") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def keys(self) -> list[ResultKey]:
        """Return which records there are, in the order of the file."""
        return list(self._places)

    def get(self, key: ResultKey) -> GradeRecord | None:
        """Return one, None if there is none."""
        place = self._places.get(key)
        if place is None:
            return None
        self._file.seek(place)
        return GradeRecord.model_validate_json(self._file.readline())

    def __iter__(self) -> Iterator[GradeRecord]:
        for key in self._places:
            if record := self.get(key):
                yield record


class NoRecords:
    """The records of what was never graded."""

    at = ""

    def keys(self) -> list[ResultKey]:
        """Return none."""
        return []

    def get(self, key: ResultKey) -> GradeRecord | None:
        """Return None."""
        return None


def open_records(path: Path) -> SavedRecords | None:
    """Return the records in a file, None if there is no such file. RecordsError if they cannot be read."""
    return SavedRecords(path) if path.exists() else None


def saving(file: BinaryIO, records: Iterable[GradeRecord], at: str = "") -> Iterator[GradeRecord]:
    """Yield records, each after it is written to a file that `SavedRecords` reads. at: the time, as of `time_now`"""
    file.write(head_line(at))
    for record in records:
        file.write(record_line(record))
        yield record


def head_line(at: str) -> bytes:
    """Return the first line of a file of records. at: the time, as of `time_now`"""
    return json.dumps({"format": FORMAT, "at": at}).encode() + b"\n"


def time_now(course: Course) -> str:
    """Return the time by the course's clocks, in ISO format."""
    return datetime.now(course.tzinfo).isoformat(timespec="seconds")


def shown_time(at: str) -> str:
    """Return a time of `time_now` for people: the day and the minute."""
    return at[:16].replace("T", " ")


def record_line(record: GradeRecord) -> bytes:
    """Return a record as a line of a file."""
    return record.model_dump_json(exclude_defaults=True).encode("utf-8", "replace") + b"\n"


def current_records(run: StoredRun, decisions: Decisions) -> Iterator[GradeRecord]:
    """Yield the records of all students. Only one student's results are in memory at a time."""
    maker = RecordMaker(run, decisions)
    for one in all_grades(run, decisions):
        yield from maker.records(one)


class RecordMaker:
    """Makes the records of a run's grades."""

    def __init__(self, run: StoredRun, decisions: Decisions) -> None:
        self._run = run
        self._decisions = decisions
        self._policy = run.policy()
        self._inputs = run.inputs_hash()

    def records(self, one: StudentGrades) -> Iterator[GradeRecord]:
        """Yield a student's records."""
        for name, grade in one.grades.items():
            chapter = self._run.course.find(name)
            if chapter is not None:
                version = self._run.version(one.student, name)
                yield make_record(grade, chapter, self._policy, self._decisions, version, self._inputs)


def make_record(
    grade: Grade, chapter: Chapter, policy: Policy, decisions: Decisions, version: str = "", inputs: str = ""
) -> GradeRecord:
    """Return the record of a grade. version: of its result, as it was stored; inputs: the hash of the run's inputs"""
    work = grade.work
    parts = dict(zip(VERSION_PARTS, version.split(":", 4), strict=False)) if version.count(":") == 4 else {}
    return GradeRecord(
        student=grade.student,
        chapter=grade.chapter,
        counted=_points(grade.score, grade.max_score, "exempt" if grade.exempt else work.status if work else ""),
        status=work.status if work else "",
        submission=work.submission if work else "",
        graders=work.graders if work else "",
        engine=parts.get("engine", ""),
        sandbox=parts.get("sandbox", ""),
        devices=parts.get("devices", ""),
        inputs=inputs if work else "",
        late=_late(grade, chapter, policy),
        decisions=_decision_ids(grade, decisions),
        exercises=tuple(
            ExerciseRecord(exercise=one.name, counted=_points(one.earned, one.points))
            for one in grade.exercises
            if one.override
        ),
        checks=tuple(_check(grade, exercise, check) for exercise in grade.exercises for check in exercise.checks),
    )


def _points(earned: float | None, points: float, status: str = "") -> CountedPoints:
    rounded = None if earned is None else round(earned, DECIMALS)
    return CountedPoints(earned=rounded, points=round(points, DECIMALS), status=str(status))


def _check(grade: Grade, exercise: ExerciseGrade, check: CheckGrade) -> CheckRecord:
    raw = None
    work = grade.work and next((one for one in grade.work.checks if one.item == check.item), None)
    if work:
        raw = _points(work.earned, work.points, work.status)
    counted = _points(check.earned, check.points, check.status or "")
    return CheckRecord(exercise=exercise.name, check=check.name, raw=raw, counted=counted)


def _late(grade: Grade, chapter: Chapter, policy: Policy) -> LateRecord:
    one = grade.adjustment
    rules = {}
    if one is not None:
        rules = {"penalty_per_day": policy.penalty_per_day, "penalty_cap": policy.penalty_cap}
    return LateRecord(
        **rules,
        grace_days=policy.grace_days if one else 0,
        days_late=one.days_late if one else 0,
        exempt=bool(one and one.exempt),
        extra_credit=tuple(exercise.name for exercise in chapter.exercises if exercise.extra_credit),
        by_hand=tuple(
            f"{exercise.name}/{item.name}={item.points:g}" for exercise in chapter.exercises for item in exercise.rubric
        ),
        free_days=one.grace_days if one else 0,
        penalty=round(one.penalty, DECIMALS) if one else 0.0,
    )


def _decision_ids(grade: Grade, decisions: Decisions) -> dict[str, list[str]]:
    """Return the ids of the decisions that count for a grade, by item."""
    found = {"": [grade.override.entry.id]} if grade.override else {}
    for exercise in grade.exercises:
        if exercise.override:
            found[exercise.name] = [exercise.override.entry.id]
        for check in exercise.checks:
            switch = decisions.switched_off.get(f"{grade.chapter}/{check.item}") if check.switched else None
            ids = [entry.id for entry in (check.override and check.override.entry, switch) if entry]
            if ids:
                found[check.item] = ids
    return found
