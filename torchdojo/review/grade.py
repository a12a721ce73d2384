"""What counts of a student's chapter, and of each exercise and check in it, with the explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torchdojo.batch.policy import Adjustment
from torchdojo.batch.results import ResultKey
from torchdojo.grading.result import Result
from torchdojo.grading.status import CheckStatus
from torchdojo.review.decision import SwitchCheck
from torchdojo.review.decisions import Standing
from torchdojo.review.works import Work


@dataclass(frozen=True, slots=True)
class CheckGrade:
    """A check, or an item of a rubric, with what counts of it.

    points: those that it can earn, 0 if it does not count; raw: what grading gave, None for an item of a rubric
    earned: None if nobody has graded the item yet; status: None for an item; override: the one that counts
    """

    exercise: str
    name: str
    points: float
    raw: float | None
    earned: float | None
    status: CheckStatus | None = None
    override: Standing | None = None
    switched: SwitchCheck | None = None

    @property
    def item(self) -> str:
        """What an override of it names."""
        return f"{self.exercise}/{self.name}"

    @property
    def is_changed(self) -> bool:
        """Whether people decided about it. One that is switched off changes nothing where it gives the same points."""
        is_switched = self.switched is not None and (self.earned != self.raw or not self.points)
        return self.override is not None or is_switched


@dataclass(frozen=True, slots=True)
class ExerciseGrade:
    """An exercise with what counts of it. points: those that it can earn; raw: what grading gave; by_hand: see Exercise

    override: of the exercise itself, if one counts
    """

    name: str
    points: float
    raw: float
    earned: float
    checks: tuple[CheckGrade, ...]
    by_hand: bool = False
    extra_credit: bool = False
    override: Standing | None = None

    @property
    def to_grade(self) -> tuple[CheckGrade, ...]:
        """The items that nobody has graded yet."""
        return () if self.override else tuple(check for check in self.checks if check.earned is None)


@dataclass(frozen=True, slots=True)
class Line:
    """A summand of a score, and what it is: "from checks", "by review: …". is_total: it replaces the sum so far"""

    points: float
    words: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """An override that somebody should look at again.

    was, now: what grading gave for its item when it was written, and gives now; suspended: it does not count, because
    another submission was graded since
    """

    item: str
    standing: Standing
    was: float | None
    now: float | None
    suspended: bool

    @property
    def words(self) -> str:
        """Why, in a sentence."""
        name = self.item or "the chapter"
        if self.suspended:
            return f"{name}: the submission changed since this was decided, so it does not count"
        now = "no points" if self.now is None else format(self.now, "g")
        return f"{name}: was {self.was:g} when this was written, is {now} now"


@dataclass(frozen=True)
class Grade:
    """What a student has for a chapter.

    work: None if nothing was submitted; raw: the points from checks, None if nothing was submitted or grading failed
    earned: those with corrections, before lateness; score: what counts, None if nothing does (also for an exempt
    student); max_score: of what is graded; adjustment: for lateness, extensions, extra credit, of `earned`
    lines: the summands of the score; override: of the chapter; doubts: overrides to look at again
    """

    student: str
    chapter: str
    work: Work | None
    raw: float | None
    earned: float | None
    score: float | None
    max_score: float
    exercises: tuple[ExerciseGrade, ...] = ()
    adjustment: Adjustment | None = None
    exempt: bool = False
    override: Standing | None = None
    lines: tuple[Line, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter

    @property
    def explanation(self) -> str:
        """The summands of the score as text: "19.25 from checks, +0.75 by review: …, −2 late"."""
        texts = []
        for number, line in enumerate(self.lines):
            sign = "= " if line.is_total else "" if number == 0 else "−" if line.points < 0 else "+"
            value = abs(line.points) if sign in ("−", "+") else line.points
            texts.append(f"{sign}{round(value, 2):g} {line.words}")
        return ", ".join(texts)

    @property
    def is_changed(self) -> bool:
        """Whether people changed what the checks gave. The points of an exercise that they grade change nothing."""
        return self.override is not None or any(
            exercise.override or check.is_changed
            for exercise in self.exercises
            if not exercise.by_hand
            for check in exercise.checks
        )

    @property
    def is_missing(self) -> bool:
        """Whether nothing was submitted, and nobody gave anything for it."""
        return self.work is None and self.score is None and not self.exempt

    @property
    def to_grade(self) -> tuple[CheckGrade, ...]:
        """The items of rubrics that nobody has graded yet."""
        if self.work is None or self.override or self.exempt:
            return ()
        return tuple(item for exercise in self.exercises for item in exercise.to_grade)

    def exercise(self, name: str) -> ExerciseGrade | None:
        """Return what counts of an exercise, None if the chapter has none of this name."""
        return next((one for one in self.exercises if one.name == name), None)

    def reviewed_result(self, result: Result) -> Result:
        """Return a result with the points and statuses of checks that count, for pages and exports."""
        now = {(one.exercise, one.name): one for exercise in self.exercises for one in exercise.checks}
        checks = []
        for check in result.checks:
            one = now.get((check.exercise.name, check.check))
            if one and one.status and (one.status is not check.status or one.earned != check.earned):
                check = replace(check, status=one.status, earned=one.earned or 0.0)
            checks.append(check)
        return replace(result, checks=checks)
