"""Compare grades before and after: what changed, and why. Pure: it reads and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from torchdojo.batch.results import ResultKey
from torchdojo.review.record import CountedPoints, GradeRecord, Records

Item = tuple[str, str]  # exercise and check, "" for the whole chapter or the whole exercise
ItemKey = tuple[str, str, str, str]  # student, chapter, exercise, check
Pair = tuple[GradeRecord | None, GradeRecord | None]
CHAPTER: Item = ("", "")
MAX_FIRST = 20  # changes that a summary keeps
SAME = 1e-9
COLUMNS = (
    *("student", "chapter", "exercise", "check", "before", "after", "max before", "max after"),
    *("status before", "status after", "cause"),
)


class Cause(StrEnum):
    """Why points changed."""

    SUBMISSION = "submission"  # another one was handed in, or it is new, or gone
    GRADER = "grader"
    ENGINE = "engine"
    POLICY = "policy"  # due dates, penalties, the roster, extra credit, a rubric
    REVIEW = "review"  # somebody's decision
    INPUTS = "inputs"  # the same, graded again on other inputs, as by --force
    MACHINE = "machine"  # the same, on another sandbox or device, or at another time


@dataclass(frozen=True, slots=True)
class Change:
    """Points or a status that changed. exercise, check: "" if it is about the whole. before, after: None: not there"""

    student: str
    chapter: str
    exercise: str
    check: str
    before: CountedPoints | None
    after: CountedPoints | None
    causes: tuple[Cause, ...]

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter

    @property
    def item(self) -> ItemKey:
        """What changed."""
        return self.student, self.chapter, self.exercise, self.check

    @property
    def is_grade(self) -> bool:
        """Whether it is the score or the maximum of a chapter."""
        if self.exercise:
            return False
        return _score(self.before) != _score(self.after)

    def row(self) -> list[str | float | None]:
        """Return the values of COLUMNS."""
        before, after = self.before, self.after
        return [
            *(self.student, self.chapter, self.exercise, self.check),
            *(one.earned if one else None for one in (before, after)),
            *(one.points if one else None for one in (before, after)),
            *(one.status if one else "" for one in (before, after)),
            ", ".join(self.causes),
        ]


def _score(points: CountedPoints | None) -> tuple[float | None, float, bool] | None:
    return None if points is None else (points.earned, points.points, points.status == "exempt")


def counted_items(record: GradeRecord) -> dict[Item, CountedPoints]:
    """Return all points of a grade: the chapter's, those of exercises that people gave, and those of the checks."""
    items = {CHAPTER: record.counted}
    items |= {(one.exercise, ""): one.counted for one in record.exercises}
    items |= {(one.exercise, one.check): one.counted for one in record.checks}
    return items


class GradePairs:
    """Pairs grades, which come one at a time, with those before."""

    def __init__(self, before: Records) -> None:
        self._before = before
        self._gone = dict.fromkeys(before.keys())

    def pair(self, record: GradeRecord) -> Pair:
        """Return a grade before and after."""
        self._gone.pop(record.key, None)
        return self._before.get(record.key), record

    def gone(self) -> Iterator[Pair]:
        """Yield the grades before that nothing was paired with."""
        for key in self._gone:
            yield self._before.get(key), None


def pair_grades(before: Records, after: Iterable[GradeRecord]) -> Iterator[Pair]:
    """Yield each grade before and after, in the order of `after`, and then those that are gone."""
    pairs = GradePairs(before)
    yield from map(pairs.pair, after)
    yield from pairs.gone()


def compare_grades(before: GradeRecord | None, after: GradeRecord | None) -> Iterator[Change]:
    """Yield what changed of one grade; at least one of the two is there."""
    record = after or before
    if record is None:
        return
    old, new = (counted_items(one) if one else {} for one in (before, after))
    for item in [*new, *(one for one in old if one not in new)]:
        if old.get(item) != new.get(item):
            causes = _causes(before, after, item)
            ordered = tuple(cause for cause in Cause if cause in causes)
            yield Change(record.student, record.chapter, *item, old.get(item), new.get(item), ordered)


def _causes(before: GradeRecord | None, after: GradeRecord | None, item: Item) -> set[Cause]:
    if before is None or after is None:
        record = before or after
        assert record is not None
        if record.submission or record.status:
            return {Cause.SUBMISSION}
        return {Cause.REVIEW} if record.decisions else {Cause.POLICY}
    causes = set()
    if _raw(before, item) != _raw(after, item):
        causes |= _work_causes(before, after)
    if _decisions(before, item) != _decisions(after, item):
        causes.add(Cause.REVIEW)
        if before.submission != after.submission:
            causes.add(Cause.SUBMISSION)  # what was decided of the other one does not count any more
    if item == CHAPTER and _is_late_changed(before, after):
        causes.add(Cause.POLICY)
    return causes or _last_causes(before, after)


def _raw(record: GradeRecord, item: Item) -> object:
    """Return what grading gave for what an item's points depend on."""
    if item == CHAPTER:
        return record.status, {(one.exercise, one.check): _score(one.raw) for one in record.checks if one.raw}
    own = {(one.exercise, one.check): one.raw for one in record.checks if one.exercise == item[0] and one.raw}
    return own if item[1] == "" else own.get(item)


def _work_causes(before: GradeRecord, after: GradeRecord) -> set[Cause]:
    """Return why grading gave something else."""
    causes = set()
    if before.submission != after.submission:
        causes.add(Cause.SUBMISSION)
    if before.graders != after.graders:
        causes.add(Cause.GRADER)
    if before.engine != after.engine and before.engine and after.engine:
        causes.add(Cause.ENGINE)
    if causes:
        return causes
    if (before.sandbox, before.devices) != (after.sandbox, after.devices):
        causes.add(Cause.MACHINE)
    if before.inputs != after.inputs:
        causes.add(Cause.INPUTS)
    return causes or {Cause.MACHINE}


def _decisions(record: GradeRecord, item: Item) -> dict[str, list[str]]:
    """Return the decisions that an item's points depend on: of a check, those on its whole exercise."""
    if item == CHAPTER:
        return record.decisions
    return {name: ids for name, ids in record.decisions.items() if name.partition("/")[0] == item[0] and name}


def _is_late_changed(before: GradeRecord, after: GradeRecord) -> bool:
    """Whether other rules gave another penalty or maximum.

    A penalty also changes with the points that it is a share of."""
    old, new = (one.late.model_copy(update={"free_days": 0, "penalty": 0.0}) for one in (before, after))
    if old == new:
        return False
    is_penalised = before.late.penalty != after.late.penalty
    return is_penalised or any(
        one != other
        for one, other in (
            (old.exempt, new.exempt),
            (old.extra_credit, new.extra_credit),
            (old.by_hand, new.by_hand),
        )
    )


def _last_causes(before: GradeRecord, after: GradeRecord) -> set[Cause]:
    """Return the causes of what neither grading, a decision nor a rule of this chapter explains."""
    if before.late != after.late:  # such as free days that another chapter used
        return {Cause.POLICY}
    if [one.raw for one in before.checks] != [one.raw for one in after.checks]:
        return _work_causes(before, after)
    return {Cause.ENGINE}  # another version counts the same differently


@dataclass
class ChangeSummary:
    """What changed, counted.

    at: when what it is compared with was graded; grades: how many scores or maximums of chapters changed
    causes: of those; points: of every student, before and after; rows: how many changes in all
    first: the first of them, without the checks of new submissions
    """

    at: str = ""
    grades: int = 0
    rows: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    first: list[Change] = field(default_factory=list)

    def add(self, before: GradeRecord | None, after: GradeRecord | None) -> list[Change]:
        """Count what changed of a grade, and return it."""
        changes = list(compare_grades(before, after))
        is_whole = before is None or after is None
        shown = [change for change in changes if not (is_whole and change.exercise)]
        self.first += shown[: MAX_FIRST - len(self.first)]
        self.rows += len(changes)
        for change in changes:
            if change.is_grade:
                self.grades += 1
                self.causes.update(change.causes)
        for record in [record for record in (after or before,) if record]:
            old, new = self.points.get(record.student, (0.0, 0.0))
            self.points[record.student] = (old + _earned(before), new + _earned(after))
        return changes

    @property
    def totals(self) -> dict[str, tuple[float, float]]:
        """The points before and after, of the students whose total changed."""
        return {name: pair for name, pair in self.points.items() if abs(pair[0] - pair[1]) > SAME}


def _earned(record: GradeRecord | None) -> float:
    return record.counted.earned or 0.0 if record else 0.0


def collect(before: Records, after: Iterable[GradeRecord]) -> tuple[ChangeSummary, list[Change]]:
    """Return what changed, counted and one by one."""
    summary = ChangeSummary(before.at)
    return summary, [change for pair in pair_grades(before, after) for change in summary.add(*pair)]


def summarise(before: Records, after: Iterable[GradeRecord]) -> ChangeSummary:
    """Return what changed, counted."""
    summary = ChangeSummary(before.at)
    for pair in pair_grades(before, after):
        summary.add(*pair)
    return summary
