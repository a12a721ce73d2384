"""Add up what verifying found, and hold the checks themselves to account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torchdojo.course import Chapter
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.subjects import Subject


@dataclass
class ExerciseTally:
    """The counts of one exercise.

    sole: for each check, the subjects that no other check of the exercise catches; demanded: the checks that some
    mistake says must fail; failing: for each check, the mistakes that fail it
    """

    checks: dict[str, str]
    accepted: int = 0
    mistakes: int = 0
    named: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    caught: dict[str, int] = field(default_factory=dict)
    sole: dict[str, list[str]] = field(default_factory=dict)
    demanded: set[str] = field(default_factory=set)
    failing: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class ChapterTally:
    """One chapter's counts and problems, filled outcome by outcome.

    checks: for each exercise its checks, each with the reason why it is kept although it may catch nothing alone ("" if
    none is given); equivalents: reasons by "exercise/id" of a mutant
    """

    chapter: Chapter
    checks: dict[str, dict[str, str]]
    equivalents: dict[str, str]
    automatic: bool
    exercises: dict[str, ExerciseTally] = field(init=False)
    problems: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    _unused: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.exercises = {name: ExerciseTally(checks) for name, checks in self.checks.items()}
        self._unused = set(self.equivalents)

    def add(self, subject: Subject, outcome: Outcome, *, first: bool) -> list[str]:
        """Count a run; return its problems in words. first: whether it is the subject's first seed."""
        wanted = subject.expectation
        self.seconds += outcome.seconds
        problems = list(outcome.problems)
        if wanted.kind == "mutant":
            problems = self._add_mutant(f"{wanted.exercise}/{wanted.id}", wanted.exercise, outcome)
        elif first and wanted.kind in ("accepted", "mistake"):
            tally = self.exercises[wanted.exercise]
            tally.accepted += wanted.kind == "accepted"
            tally.mistakes += wanted.kind == "mistake"
            tally.named += outcome.named
            tally.demanded.update(wanted.fails)
            for check in outcome.failed if wanted.kind == "mistake" else ():
                tally.failing.setdefault(check, []).append(wanted.id)
        if first and wanted.kind in ("mistake", "mutant"):
            self._note(self.exercises[wanted.exercise], subject.name, outcome.failed)
        self.problems += [(subject.name, words) for words in problems]
        return problems

    def _add_mutant(self, key: str, exercise: str, outcome: Outcome) -> list[str]:
        tally = self.exercises[exercise]
        tally.mutants += 1
        self._unused.discard(key)
        if not outcome.problems:
            tally.killed += 1
            return [f"is recorded as equivalent, but fails {outcome.failed[0]}"] if key in self.equivalents else []
        if key in self.equivalents:
            tally.equivalent += 1
            return []
        return list(outcome.problems)

    @staticmethod
    def _note(tally: ExerciseTally, name: str, failed: list[str]) -> None:
        for check in failed:
            tally.caught[check] = tally.caught.get(check, 0) + 1
        if len(failed) == 1:
            tally.sole.setdefault(failed[0], []).append(name)

    def finish(self) -> list[str]:
        """Return what is wrong beyond single runs: checks that do not earn their keep, records of no mutant."""
        found = list(self._idle()) if self.automatic else []
        if self.automatic:
            found += [f"{key} in equivalent.json is no mutant any more" for key in sorted(self._unused)]
        self.problems += [(self.chapter.name, words) for words in found]
        return found

    def _idle(self) -> Iterator[str]:
        for name, tally in self.exercises.items():
            for check, reason in tally.checks.items():
                if tally.sole.get(check):
                    continue
                if not reason:
                    count = tally.caught.get(check, 0)
                    yield f"{name}/{check} is never the only check to fail (of {count} it catches), and says no reason"
                elif check not in tally.demanded:
                    yield (
                        f"{name}/{check} is kept for a reason, but no mistake's FAILS names it: none would miss it "
                        f"(it fails {', '.join(tally.failing.get(check, [])) or 'no mistake'})"
                    )
