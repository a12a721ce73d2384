"""The kinds of decisions that people make about results, as they are written to OUT/reviews.jsonl."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from torchdojo.batch.results import ResultKey
from torchdojo.grading.status import CheckStatus

# What a person may say of a check, an exercise or a chapter instead of giving it points: it gets all of them, none, or
# counts neither for the score nor for the maximum.
DECIDABLE = (CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.SKIPPED)


class _Model(BaseModel):
    """Unknown keys and values of another type are errors: people edit and merge the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ReviewTarget(_Model):
    """One submission that a decision is about, as it was then.

    submission: its hash, "" if nothing was handed in; earned: what the grader gave for the decision's item, None if it
    gives nothing for it, as for an exercise that people grade
    """

    student: str
    chapter: str
    submission: str = ""
    earned: float | None = None

    @property
    def key(self) -> ResultKey:
        """The student and the chapter."""
        return self.student, self.chapter


class _OnTargets(_Model):
    targets: Annotated[tuple[ReviewTarget, ...], Field(strict=False, min_length=1)]


def _check_status(status: CheckStatus | None) -> CheckStatus | None:
    if status is not None and status not in DECIDABLE:
        raise ValueError(f"must be one of {', '.join(DECIDABLE)}")
    return status


class Override(_OnTargets):
    """Points for a check, an exercise or a chapter, in place of the grader's; or a withdrawal, without either.

    item: "" for the chapter, "<exercise>", or "<exercise>/<check>", where an exercise that people grade has the items
    of its rubric for checks; status: one of DECIDABLE; reason: shown to the student
    """

    kind: Literal["override"] = "override"
    item: str
    points: float | None = None
    status: Annotated[CheckStatus | None, Field(strict=False), AfterValidator(_check_status)] = None
    reason: str = ""

    @property
    def withdraws(self) -> bool:
        """Whether it takes an earlier one back."""
        return self.points is None and self.status is None


class Comment(_OnTargets):
    """Markdown for the student, or a note that only staff sees.

    item: "" for the submission, or an exercise; line: of the submission, None if it is about no single one
    replaces: the id of the comment whose text this is now, for these targets; an empty text deletes it
    """

    kind: Literal["comment"] = "comment"
    text: str
    item: str = ""
    line: int | None = None
    staff_only: bool = False
    replaces: str = ""


class Reviewed(_OnTargets):
    """Whether somebody is done with a submission."""

    kind: Literal["reviewed"] = "reviewed"
    reviewed: bool = True


class RegradeRequest(_OnTargets):
    """What a student asks to look at again."""

    kind: Literal["request"] = "request"
    text: str
    item: str = ""


class Answer(_Model):
    """The answer to a request, which closes it. request: its id"""

    kind: Literal["answer"] = "answer"
    request: str
    text: str


class CheckMode(StrEnum):
    """What becomes of a check in this run: it counts, everybody gets its points, or it leaves the maximum."""

    ON = "on"
    FULL_POINTS = "full_points"
    LEFT_OUT = "left_out"


class SwitchCheck(_Model):
    """A wrong check is switched off for the whole class, or on again. check: "<chapter>/<exercise>/<check>" """

    kind: Literal["check"] = "check"
    check: str
    mode: Annotated[CheckMode, Field(strict=False)]
    reason: str = ""


class Undo(_Model):
    """A decision does not count, as if it had not been made. of: its id; an undo can be undone, too"""

    kind: Literal["undo"] = "undo"
    of: str


Decision = Annotated[
    Override | Comment | Reviewed | RegradeRequest | Answer | SwitchCheck | Undo, Field(discriminator="kind")
]


class ReviewEntry(_Model):
    """A line of the file: who decided what, and when (ISO time in UTC)."""

    id: str
    at: str
    by: str
    decision: Decision
