"""Count what a verification found, and find the checks that it shows to be superfluous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torchdojo.course import Chapter
from torchdojo.grading.result import CheckResult
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.subjects import Expectation, Subject

LEAST_CREDIT = 0.5  # of an exercise's points, kept by a mistake that fails one check which is not its point


@dataclass
class ExerciseCounts:
    """The counts of one exercise.

    checks: with the reason why each is kept, or ""; caught: how many subjects each check fails; alone: those that no
    other check of the exercise fails; required: checks that some mistake's FAILS names; failing: mistakes by check
    core: checks that are the point of the exercise; replayed, lazy: the most points that replayed answers earned, and
    answers without work; constructor: those that a constructor alone earned; lazy_answers: how many these were
    credit: the share of the points that each mistake keeps which fails one check, not a core one
    variants, true_names, false_names: of mistakes, those that were named rightly, and falsely; the others got no name
    messages: the first message that each mistake gets, by its id
    """

    checks: dict[str, str]
    core: frozenset[str] = frozenset()
    points: float = 0.0
    accepted: int = 0
    mistakes: int = 0
    named: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    replayed: float = 0.0
    lazy: float = 0.0
    constructor: float = 0.0
    lazy_answers: int = 0
    credit: list[float] = field(default_factory=list)
    caught: dict[str, int] = field(default_factory=dict)
    alone: dict[str, list[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    failing: dict[str, list[str]] = field(default_factory=dict)
    variants: int = 0
    true_names: int = 0
    false_names: int = 0
    messages: dict[str, str] = field(default_factory=dict)

    def add_caught(self, subject: str, failed: list[str]) -> None:
        """Count a wrong answer and the checks that it failed."""
        for check in failed:
            self.caught[check] = self.caught.get(check, 0) + 1
        if len(failed) == 1:
            self.alone.setdefault(failed[0], []).append(subject)

    def add_unearned(self, expectation: Expectation, share: float) -> None:
        """Count what an answer without work, or a replayed one, earned."""
        earned = round(share * self.points, 4)
        if expectation.kind == "replayed":
            self.replayed = max(self.replayed, earned)
            return
        self.lazy_answers += 1
        if expectation.most:
            self.constructor = max(self.constructor, earned)
        else:
            self.lazy = max(self.lazy, earned)

    def add_variant(self, expectation: Expectation, names: list[str]) -> None:
        """Count a variant, and whether the names that it got are true."""
        self.variants += 1
        if set(names) - {expectation.id, expectation.beside}:
            self.false_names += 1
        elif names:
            self.true_names += 1

    @property
    def unnamed(self) -> int:
        """How many variants got no name."""
        return self.variants - self.true_names - self.false_names

    def add_credit(self, failed: list[str], share: float) -> list[str]:
        """Count the points that a mistake keeps if it fails one check, which is not a core one; return the problem."""
        if not self.core or len(failed) != 1 or failed[0] in self.core:
            return []
        self.credit.append(share)
        if share > LEAST_CREDIT:
            return []
        return [f"fails only {failed[0]}, which is not a core check, and keeps only {share:.0%} of the points"]


@dataclass
class ChapterCounts:
    """One chapter's counts and problems, to which outcomes are added.

    checks: of the chapter, those of selected exercises only
    equivalents: reasons by "exercise/id" of a mutant; mutants: whether mutants are graded
    text_problems: where checks and the learner's text disagree
    """

    chapter: Chapter
    checks: list[CheckResult]
    equivalents: dict[str, str]
    mutants: bool
    text_problems: list[str] = field(default_factory=list)
    exercises: dict[str, ExerciseCounts] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    _unused: set[str] = field(init=False)

    def __post_init__(self) -> None:
        for check in self.checks:
            counts = self.exercises.setdefault(check.exercise.name, ExerciseCounts({}))
            counts.checks[check.check] = check.kept
            counts.points += check.points
            counts.core |= {check.check} if check.core else set()
        self._unused = set(self.equivalents)

    def add(self, subject: Subject, outcome: Outcome, *, first: bool) -> list[str]:
        """Count a run; return its problems. first: whether it is the subject's first seed"""
        expectation = subject.expectation
        self.seconds += outcome.seconds
        problems = outcome.problems
        if expectation.kind == "mutant":
            problems = self._add_mutant(f"{expectation.exercise}/{expectation.id}", expectation.exercise, outcome)
        elif first and expectation.kind in ("accepted", "mistake"):
            counts = self.exercises[expectation.exercise]
            counts.accepted += expectation.kind == "accepted"
            counts.mistakes += expectation.kind == "mistake"
            counts.named += outcome.named
            counts.required.update(expectation.fails)
            if expectation.kind == "mistake":
                counts.messages[expectation.id] = outcome.message
                problems = [*problems, *counts.add_credit(outcome.failed, outcome.share)]
                for check in outcome.failed:
                    counts.failing.setdefault(check, []).append(expectation.id)
        elif expectation.kind == "variant":
            self.exercises[expectation.exercise].add_variant(expectation, outcome.names)
        elif expectation.kind in ("replayed", "lazy"):
            self.exercises[expectation.exercise].add_unearned(expectation, outcome.share)
        if first and expectation.kind in ("mistake", "mutant"):
            self.exercises[expectation.exercise].add_caught(subject.name, outcome.failed)
        self.problems += [(subject.name, problem) for problem in problems]
        return problems

    def _add_mutant(self, key: str, exercise: str, outcome: Outcome) -> list[str]:
        counts = self.exercises[exercise]
        counts.mutants += 1
        self._unused.discard(key)
        if not outcome.problems:
            counts.killed += 1
            return [f"is recorded as equivalent, but fails {outcome.failed[0]}"] if key in self.equivalents else []
        if key in self.equivalents:
            counts.equivalent += 1
            return []
        return outcome.problems

    def finish(self) -> list[str]:
        """Return what is wrong beyond single runs: demands without a sentence, superfluous checks, stale records."""
        problems = list(self.text_problems)
        if self.mutants:
            problems += self._superfluous_checks()
            problems += [f"{key} in equivalent.json is no longer a mutant" for key in sorted(self._unused)]
        self.problems += [(self.chapter.name, problem) for problem in problems]
        return problems

    def _superfluous_checks(self) -> Iterator[str]:
        for name, counts in self.exercises.items():
            for check, reason in counts.checks.items():
                if counts.alone.get(check):
                    continue
                if not reason:
                    caught = counts.caught.get(check, 0)
                    yield (
                        f"{name}/{check} never fails alone (of {caught} wrong answers it fails), and gives no reason: "
                        '@pytest.mark.kept("why")'
                    )
                elif check not in counts.required:
                    yield (
                        f"{name}/{check} is kept for a reason, but no mistake's FAILS names it: nothing would miss it "
                        f"(it fails {', '.join(counts.failing.get(check, [])) or 'no mistake'})"
                    )
