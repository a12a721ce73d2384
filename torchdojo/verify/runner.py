"""Verify a course: grade its right, wrong and hostile answers, and tally the verdicts."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torchdojo.batch.jobs import Job
from torchdojo.batch.pool import run_jobs
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading.grader import Grader, Settings
from torchdojo.grading.result import CheckResult
from torchdojo.sandbox.backend import NONE, SandboxBackend
from torchdojo.sandbox.bubblewrap import why_no_bubblewrap
from torchdojo.verify.counts import ChapterCounts
from torchdojo.verify.demands import find_text_problems
from torchdojo.verify.equivalent import load_equivalents
from torchdojo.verify.hostile import Attack, run_attacks, set_up_targets
from torchdojo.verify.outcome import Outcome, OutcomeCache
from torchdojo.verify.places import find_check_places
from torchdojo.verify.subjects import (
    Subject,
    generate_subjects,
    generate_variant_subjects,
    load_subjects,
    reference_under_settings,
)

Selection = Sequence[tuple[Chapter, Exercise | None]]  # None: the whole chapter
# Known mistakes are always asked the same, so that their messages change only where a grader does.
MISTAKES_SECRET = b"what known mistakes are asked"
Problems = tuple[str, list[str]]  # what was graded, and what is unexpected about it; [] if nothing is


@dataclass(frozen=True)
class Plan:
    """What to grade.

    seeds: how many for each right answer; mutants: whether generated answers, too; variants: how many of each known
    mistake; mistakes_only: whether nothing but known mistakes
    """

    seeds: int = 1
    mutants: bool = True
    variants: int = 0
    mistakes_only: bool = False


@dataclass(frozen=True)
class PlannedRun:
    """A subject, to be graded with the seed of this number."""

    chapter: Chapter
    subject: Subject
    seed: int

    @property
    def title(self) -> str:
        """What is graded."""
        return f"{self.chapter.name}: {self.subject.name}"


class Verification:
    """The answers of a selection, and what grading them gave.

    runs: those still to be made; chapters: their counts, by name; checks: all checks of these chapters
    chance: bound on the probability that right work fails any check
    """

    def __init__(self, course: Course, selection: Selection, plan: Plan) -> None:
        """Plan every answer once, and the right ones once per seed."""
        self.course = course
        runs = (run for selected in selection for run in _plan(course, *selected, plan))
        self.runs = [run for run in runs if not plan.mistakes_only or run.subject.expectation.kind == "mistake"]
        self.chapters: dict[str, ChapterCounts] = {}
        self.checks: list[CheckResult] = []
        self.chance = 0.0
        for chapter, _ in selection:
            self._add_chapter(chapter, {e.name for c, e in selection if c is chapter and e}, plan.mutants)

    def _add_chapter(self, chapter: Chapter, selected: set[str], mutants: bool) -> None:
        by_id = Grader(self.course, chapter, Settings(NONE, b"")).checks()
        places = find_check_places(self.course, chapter, by_id)
        found = list(by_id.values())
        self.checks += found
        self.chance += sum(check.chance for check in found)
        names = [e.name for e in chapter.graded_exercises if not selected or e.name in selected]
        equivalents = load_equivalents(self.course, chapter)
        own = {key: why for key, why in equivalents.items() if key.partition("/")[0] in names}
        text_problems = find_text_problems(self.course, chapter, found, names, places)
        checks = [check for check in found if check.exercise.name in names]
        self.chapters[chapter.name] = ChapterCounts(chapter, checks, own, mutants, text_problems, places)

    def recall(self, cache: OutcomeCache) -> int:
        """Take the outcomes of earlier runs that were as expected; return how many those are."""
        left = []
        for run in self.runs:
            outcome = cache.get(cache.key(run.chapter.name, run.subject, run.seed))
            if outcome is None:
                left.append(run)
            else:
                self.chapters[run.chapter.name].add(run.subject, outcome, first=run.seed == 0)
        recalled = len(self.runs) - len(left)
        self.runs = left
        return recalled

    def grade(
        self,
        backend: SandboxBackend,
        cache: OutcomeCache,
        processes: int,
        on_start: Callable[[str], None] = lambda title: None,
    ) -> Iterator[Problems]:
        """Make the runs; yield the problems of each as soon as it is graded. on_start: called with what is begun"""
        secret = {run.seed: secrets.token_bytes(16) for run in self.runs}
        jobs = [
            Job(
                run,
                run.chapter.name,
                run.subject.source,
                MISTAKES_SECRET if run.subject.expectation.kind == "mistake" else secret[run.seed],
                run.subject.only,
                transform=run.subject.transform,
                replays=run.subject.expectation.kind == "replayed",
                in_process=run.subject.expectation.kind == "variant",
                diagnoses=run.subject.expectation.kind not in ("mutant", "lazy"),
            )
            for run in self.runs
        ]
        for job, result in run_jobs(self.course.root, backend, jobs, processes, lambda job: on_start(job.label.title)):
            run: PlannedRun = job.label
            outcome = Outcome.from_result(run.subject, result, self.chapters[run.chapter.name].places)
            cache.add(cache.key(run.chapter.name, run.subject, run.seed), outcome)
            problems = self.chapters[run.chapter.name].add(run.subject, outcome, first=run.seed == 0)
            yield run.title, problems

    def finish(self) -> Iterator[Problems]:
        """Yield the problems of each chapter that show only when everything is graded."""
        for name, counts in self.chapters.items():
            yield f"{name}: its checks", counts.finish()

    @property
    def problem_count(self) -> int:
        """How many problems there are."""
        return sum(len(counts.problems) for counts in self.chapters.values())


def _plan(course: Course, chapter: Chapter, exercise: Exercise | None, plan: Plan) -> Iterator[PlannedRun]:
    name = exercise.name if exercise else None
    subjects = load_subjects(course, chapter, name)
    yield from (PlannedRun(chapter, subject, 0) for subject in subjects)
    yield from (PlannedRun(chapter, subject, 0) for subject in reference_under_settings(course, chapter, name))
    if plan.mutants:
        yield from (PlannedRun(chapter, subject, 0) for subject in generate_subjects(course, chapter, name))
    if plan.variants:
        planned = generate_variant_subjects(course, chapter, name, plan.variants)
        yield from (PlannedRun(chapter, subject, 0) for subject in planned)
    right = [s for s in subjects if s.expectation.kind in ("reference", "accepted")]
    yield from (PlannedRun(chapter, subject, seed) for seed in range(1, plan.seeds) for subject in right)


class AttackTally:
    """The attacks that were run, those that earned points, and the problems."""

    def __init__(self) -> None:
        self.attacks = self.earned = self.problem_count = 0

    def run(
        self,
        course: Course,
        attacks: Sequence[Attack],
        processes: int,
        on_start: Callable[[str], None] = lambda title: None,
    ) -> Iterator[Problems]:
        """Run attacks in bubblewrap; yield the problems of each, and then those of all, if there are any.

        on_start: called with what is begun
        """
        reason = why_no_bubblewrap()
        if reason is not None and attacks:
            self.problem_count += 1
            yield "attacks", [f"{len(attacks)} attacks were not run, because {reason}"]
            return
        with set_up_targets() as targets:
            for attack, result, problems in run_attacks(
                course, attacks, targets, processes, lambda job: on_start(f"attack {job.label.id}")
            ):
                self.attacks += 1
                self.earned += bool(result.score)
                self.problem_count += len(problems)
                yield f"attack {attack.id}", problems
            time.sleep(1)
            traces = targets.find_traces()
        if traces:
            self.problem_count += len(traces)
            yield "attacks", traces
