"""The result of grading one submission of one chapter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from torchdojo.course import ExerciseId
from torchdojo.grading.failure import Finding
from torchdojo.grading.status import CheckStatus, ResultStatus

# "threshold": at least a number; "changed": of altered answers, see Grader.grade_altered_reference
Kind = Literal["value", "raises", "statistics", "threshold", "changed"]
VALUE = re.compile(r"(?:^|[:=;] )-?(?:\d|nan|inf)")  # a number that is not in a shape


@dataclass
class CheckResult:
    """One check's verdict.

    check: the test's name without test_; title: the sentence that learners read
    memory: the most bytes that the submission used for one answer, or None if that is not measured
    mistake: the id of the recognised mistake, or None; mistake_title, explanation: of that mistake
    is_likely: whether it is only likely: the answers behave like the mistake's, and are not the same numbers
    kinds: the comparisons that the check made; chance: bound on the probability that correct work fails it
    kept: why it exists although others catch all that it does; public: whether it is released to learners
    rests_on: the words of the learner's text that state what it demands
    core: whether it is the point of its exercise; guessable: whether an answer without work may pass it
    hint: the first hint to show while it fails, or ""
    timeout: the seconds that a question of its own may take, None for the chapter's
    called: what was asked last, in the learner's words
    by_steps: whether it talked to the submission step by step, of which no mistake is recognised
    given: exercises whose reference took the place of the submission's version, so that this check passed
    """

    exercise: ExerciseId
    check: str
    title: str
    points: float
    status: CheckStatus = CheckStatus.TODO
    earned: float = 0.0
    seconds: float = 0.0
    memory: int | None = None
    finding: Finding = field(default_factory=Finding)
    mistake: str | None = None
    mistake_title: str = ""
    explanation: str = ""
    is_likely: bool = False
    kinds: set[Kind] = field(default_factory=set)
    chance: float = 0.0
    kept: str = ""
    public: bool = False
    rests_on: tuple[str, ...] = ()
    core: bool = False
    guessable: bool = False
    hint: str = ""
    timeout: float | None = None
    called: str = ""
    given: tuple[str, ...] = ()
    by_steps: bool = False

    @property
    def max_score(self) -> float:
        """The points that could be earned: none if it was skipped."""
        return 0.0 if self.status is CheckStatus.SKIPPED else self.points

    @property
    def claim(self) -> str:
        """How certain the recognised mistake is, and whether this check's own numbers show it: words before its title.

        The mistake explains the whole exercise: this check may have met an exception, or only looked at a shape.
        """
        if self.is_likely:
            return "It looks like the mistake"
        finding = self.finding
        is_value = self.kinds == {"value"} and not finding.words and not finding.kind_differs
        return f"{'Your numbers match' if is_value and VALUE.search(finding.got) else 'This is'} the mistake"

    @property
    def message(self) -> str:
        """The whole message as plain text: called, expected, got, where, and what it may be."""
        rows = [("called", self.finding.called), ("expected", self.finding.expected), ("got", self.finding.got)]
        lines = [f"{word:<9}{text}" for word, text in rows if text]
        if self.finding.line is not None and self.finding.text:
            lines.append(f"{'at':<9}line {self.finding.line}   {self.finding.text}")
        if self.mistake:
            explained = f": {self.explanation}" if self.explanation else "."
            lines.append(f"{self.claim} “{self.mistake_title}”{explained}")
        if self.finding.advice:
            lines.append(self.finding.advice)
        return "\n".join(lines)

    def to_entry(self) -> dict[str, Any]:
        """Return the check's entry in results.jsonl."""
        return {
            "exercise": str(self.exercise),
            "check": self.check,
            "points": self.points,
            "earned": self.earned,
            "status": self.status,
            "message": self.message,
            "mistake": self.mistake,
            "seconds": round(self.seconds, 4),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as values for JSON."""
        values = {"exercise": str(self.exercise), "kinds": sorted(self.kinds), "finding": dict(vars(self.finding))}
        return {**vars(self), **values}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CheckResult:
        """Undo `to_dict`."""
        typed = {
            "exercise": ExerciseId.parse(values["exercise"]),
            "status": CheckStatus(values["status"]),
            "finding": Finding(**values["finding"]),
            "kinds": set(values["kinds"]),
            "rests_on": tuple(values["rests_on"]),
            "given": tuple(values["given"]),
        }
        return cls(**{**values, **typed})


def rests_on_unfinished(check: CheckResult) -> bool:
    """Whether a check says first that its exercise uses others that are still to do."""
    return check.finding.got.partition("\n")[0].endswith(" still to do.")


@dataclass
class Result:
    """The verdict on one submission of one chapter.

    sandbox, device: where it was graded; submission, graders: hashes; message: why it was rejected or not graded
    notes: sentences about how it was loaded, such as what was left out
    shared_from: the student whose submission of the same text this result was computed from, "" for the student's own
    """

    chapter: str
    status: ResultStatus
    checks: list[CheckResult]
    sandbox: str
    device: str
    seconds: float
    submission: str
    graders: str
    message: str = ""
    notes: list[str] = field(default_factory=list)
    shared_from: str = ""

    @property
    def score(self) -> float | None:
        """The points earned, or None after a grader error."""
        return None if self.status is ResultStatus.GRADER_ERROR else sum(check.earned for check in self.checks)

    @property
    def max_score(self) -> float:
        """The points that could be earned; skipped checks do not count."""
        return sum(check.max_score for check in self.checks)

    def to_line(self, student: str) -> dict[str, Any]:
        """Return the line of results.jsonl."""
        return {
            "student": student,
            "chapter": self.chapter,
            "score": self.score,
            "max_score": self.max_score,
            "status": self.status,
            "sandbox": self.sandbox,
            "device": self.device,
            "seconds": round(self.seconds, 3),
            "submission": self.submission,
            "graders": self.graders,
            "notes": self.notes,
            "shared_from": self.shared_from,
            "checks": [check.to_entry() for check in self.checks],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as values for JSON."""
        return {**vars(self), "checks": [check.to_dict() for check in self.checks]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Result:
        """Undo `to_dict`."""
        checks = [CheckResult.from_dict(check) for check in values["checks"]]
        return cls(**{**values, "status": ResultStatus(values["status"]), "checks": checks})
