"""Count what a verification found, and find the checks that it shows to be superfluous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torchdojo.course import Chapter, without_case
from torchdojo.grading.result import CheckResult
from torchdojo.verify.equivalent import FILE as EQUIVALENT
from torchdojo.verify.outcome import Outcome
from torchdojo.verify.places import Places
from torchdojo.verify.subjects import Expectation, Subject

LEAST_CREDIT = 0.5  # of an exercise's points, kept by a mistake that fails one check which is not its point


@dataclass
class ExerciseCounts:
    """The counts of one exercise.

    checks: with the reason why each is kept, or ""; caught: how many subjects each test fails, in any of its cases
    alone: those that no other test of the exercise fails; required: checks and tests that some mistake's FAILS names
    failing: mistakes by check
    core: checks that are the point of the exercise; replayed, lazy: the most points that replayed answers earned, and
    answers without work; constructor: those that a constructor alone earned; lazy_answers: how many these were
    credit: the share of the points that each mistake keeps which fails one check, not a core one
    variants, true_names, false_names: of mistakes, those that were named rightly, and falsely; the others got no name
    messages: the first message that each mistake gets, by its id; unnamed_mistakes: those that get no name
    places: of mistakes, by their ids
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
    unnamed_mistakes: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def add_mistake(self, expectation: Expectation, outcome: Outcome) -> list[str]:
        """Count a known mistake; return the problem if it keeps too few points."""
        self.messages[expectation.id] = outcome.message
        self.places[expectation.id] = expectation.place
        self.unnamed_mistakes += [] if outcome.named else [expectation.id]
        for check in outcome.failed:
            self.failing.setdefault(check, []).append(expectation.id)
        return self.add_credit(outcome.failed, outcome.share)

    @property
    def first_cases(self) -> dict[str, str]:
        """The first check of each test."""
        first: dict[str, str] = {}
        for check in self.checks:
            first.setdefault(without_case(check), check)
        return first

    def is_required(self, test: str) -> bool:
        """Whether some mistake's FAILS names a test, or one of its cases."""
        return test in map(without_case, self.required)

    def mistakes_of(self, test: str) -> list[str]:
        """Return the mistakes that fail a test, in any of its cases."""
        return list(
            dict.fromkeys(id for check, ids in self.failing.items() if without_case(check) == test for id in ids)
        )

    def twins(self) -> Iterator[tuple[str, str]]:
        """Yield each pair of a mistake without a name and another that fails the same checks in the same way."""
        seen: set[str] = set()
        for id in self.unnamed_mistakes:
            seen.add(id)
            for other in self.messages:
                if other not in seen and self._shows(other) == self._shows(id):
                    yield id, other

    def _shows(self, id: str) -> tuple[str, list[str]]:
        """Return what a mistake shows: its message without its title, and the checks that it fails."""
        return self.messages[id].partition(" · ")[2], [check for check, ids in self.failing.items() if id in ids]

    def add_caught(self, subject: str, failed: list[str]) -> None:
        """Count a wrong answer and the checks that it failed."""
        tests = set(map(without_case, failed))
        for test in tests:
            self.caught[test] = self.caught.get(test, 0) + 1
        if len(tests) == 1:
            self.alone.setdefault(tests.pop(), []).append(subject)

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
    text_problems: where checks and the learner's text disagree; places: where the checks are
    """

    chapter: Chapter
    checks: list[CheckResult]
    equivalents: dict[str, str]
    mutants: bool
    text_problems: list[str] = field(default_factory=list)
    places: Places = field(default_factory=dict)
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
                problems = [*problems, *counts.add_mistake(expectation, outcome)]
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
            stale = (
                f"is recorded as equivalent, but fails {outcome.failed[0]}: remove {key} from {self._equivalents_file}"
            )
            return [stale] if key in self.equivalents else []
        if key in self.equivalents:
            counts.equivalent += 1
            return []
        return outcome.problems

    @property
    def _equivalents_file(self) -> str:
        return f"graders/{self.chapter.name}/{EQUIVALENT}"

    def finish(self) -> list[str]:
        """Return what is wrong beyond single runs: demands without a sentence, superfluous checks, stale records."""
        problems = [*self.text_problems, *self._mistakes_alike()]
        if self.mutants:
            problems += self._superfluous_checks()
            problems += [
                f"{self._equivalents_file}: {key} is no longer a mutant: remove its entry"
                for key in sorted(self._unused)
            ]
        self.problems += [(self.chapter.name, problem) for problem in problems]
        return problems

    def _mistakes_alike(self) -> Iterator[str]:
        for counts in self.exercises.values():
            for id, other in counts.twins():
                yield (
                    f"{counts.places[id]}: {id} and {other} fail the same checks with the same answers, so that "
                    f"nothing tells them apart. Ask a question that tells them apart, or delete one of them."
                )

    def _superfluous_checks(self) -> Iterator[str]:
        for name, counts in self.exercises.items():
            for test, check in counts.first_cases.items():
                reason, mistakes = counts.checks[check], counts.mistakes_of(test)
                is_required = counts.is_required(test)
                if counts.alone.get(test) or (reason and is_required):
                    continue
                where = self.places.get(f"{name}/{check}", "")
                yield "\n".join(
                    [
                        f"{where}: {name}/{test} {self._why_superfluous(counts, test, reason)}".removeprefix(": "),
                        *([] if reason else ['  @pytest.mark.kept("why")']),
                        *([] if is_required else [self._name_in_fails(name, test, mistakes)]),
                    ]
                )

    def _why_superfluous(self, counts: ExerciseCounts, test: str, reason: str) -> str:
        cure = "Delete it, or write"
        if reason:
            return f"is kept for a reason, but no mistake's FAILS names it: nothing would miss it. {cure}"
        caught = counts.caught.get(test, 0)
        return f"never fails alone (of {caught} wrong answers it fails), and gives no reason to keep it. {cure}"

    def _name_in_fails(self, exercise: str, test: str, mistakes: list[str]) -> str:
        """Return what to write so that a mistake needs a test. mistakes: that fail it"""
        if mistakes:
            place = self.exercises[exercise].places[mistakes[0]]
            others = f" (or {', '.join(mistakes[1:])})" if mistakes[1:] else ""
            return f'  "{test}" in FAILS of {place}{others}'
        return (
            f'  FAILS = ("{test}",) in a mistake that it catches: it fails no mistake yet '
            f"(dojo new mistake {self.chapter.name}/{exercise}/NAME)"
        )
