"""Count what a verification found, and find the checks that it shows to be superfluous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torchdojo.course import Chapter
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.subjects import Subject


@dataclass
class ExerciseCounts:
    """The counts of one exercise.

    checks: with the reason why each is kept, or ""; caught: how many subjects each check fails; alone: those that no
    other check of the exercise fails; required: checks that some mistake's FAILS names; failing: mistakes by check
    """

    checks: dict[str, str]
    accepted: int = 0
    mistakes: int = 0
    named: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    caught: dict[str, int] = field(default_factory=dict)
    alone: dict[str, list[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    failing: dict[str, list[str]] = field(default_factory=dict)

    def add_caught(self, subject: str, failed: list[str]) -> None:
        """Count a wrong answer and the checks that it failed."""
        for check in failed:
            self.caught[check] = self.caught.get(check, 0) + 1
        if len(failed) == 1:
            self.alone.setdefault(failed[0], []).append(subject)


@dataclass
class ChapterCounts:
    """One chapter's counts and problems, to which outcomes are added.

    checks: by exercise, with the reason why each is kept although it may catch nothing alone, or ""
    equivalents: reasons by "exercise/id" of a mutant; mutants: whether mutants are graded
    text_problems: where checks and the learner's text disagree
    """

    chapter: Chapter
    checks: dict[str, dict[str, str]]
    equivalents: dict[str, str]
    mutants: bool
    text_problems: list[str] = field(default_factory=list)
    exercises: dict[str, ExerciseCounts] = field(init=False)
    problems: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    _unused: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.exercises = {name: ExerciseCounts(checks) for name, checks in self.checks.items()}
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
            for check in outcome.failed if expectation.kind == "mistake" else ():
                counts.failing.setdefault(check, []).append(expectation.id)
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
                    yield f"{name}/{check} never fails alone (of {caught} wrong answers it fails), and gives no reason"
                elif check not in counts.required:
                    yield (
                        f"{name}/{check} is kept for a reason, but no mistake's FAILS names it: nothing would miss it "
                        f"(it fails {', '.join(counts.failing.get(check, [])) or 'no mistake'})"
                    )
