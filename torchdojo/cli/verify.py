"""`dojo verify`: the grader graded."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from torchdojo.batch import Job, default_processes, run_jobs
from torchdojo.cli.bars import counting
from torchdojo.cli.common import console, open_whole_course, pick
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.grading import Grader, Settings
from torchdojo.sandbox.backend import NONE
from torchdojo.sandbox.bubblewrap import why_no_bubblewrap
from torchdojo.sandbox.choose import backend_named
from torchdojo.verify import ChapterTally, Memory, Outcome, Subject, automatic_subjects_of, outcome_of, subjects_of
from torchdojo.verify.certificate import COLUMNS, certificate_of, write_certificate
from torchdojo.verify.equivalent import load_equivalents
from torchdojo.verify.hostile import Attack, load_attacks, run_attacks, scene

NO_ATTACKS = {"attacks": 0, "earned": 0, "problems": 0}


@dataclass(frozen=True)
class Run:
    """One run to make: a subject, with the seed of this number."""

    chapter: Chapter
    subject: Subject
    seed: int


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--seeds", default=10, show_default=True, help="How many secrets the right answers are graded with.")
@click.option("--mutants/--no-mutants", default=True, show_default=True, help="Mutants and replaced answers, too.")
@click.option("--jobs", type=click.IntRange(1), help="How many submissions at a time (default: all cores).")
@click.option("--sandbox", default=NONE.name, type=click.Choice(["none", "bubblewrap"]), show_default=True)
@click.option("--fresh", is_flag=True, help="Run everything again, also what an earlier run found in order.")
@click.option("--certificate", type=click.Path(path_type=Path, file_okay=False), help="Write the certificate here.")
@click.pass_context
def verify(
    context: click.Context,
    names: tuple[str, ...],
    seeds: int,
    mutants: bool,
    jobs: int | None,
    sandbox: str,
    fresh: bool,
    certificate: Path | None,
) -> None:
    """Grade every right, wrong and hostile answer the course ships, and see that each gets the verdict it must.

    Attacks are run where the whole course is verified, in bubblewrap alone.
    """
    if certificate and (names or not mutants):
        raise click.UsageError("a certificate is of the whole course, with its mutants")
    course = open_whole_course(context)
    chosen = [pick(course, name) for name in names] or [(chapter, None) for chapter in course.chapters]
    runs = [run for chapter, exercise in chosen for run in _runs(course, chapter, exercise, seeds, mutants)]
    tallies, chance = _tallies(course, chosen, mutants)
    attacks = load_attacks(course) if mutants and not names else []
    memory = Memory(course.root / ".torchdojo" / "verify.sqlite", course, sandbox)
    out = console()
    started = time.perf_counter()
    remembered = 0 if fresh else _recall(runs, memory, tallies)
    _grade(course, sandbox, runs, memory, tallies, jobs or default_processes(), out)
    memory.close()
    bad = _finish(out, tallies)
    hostile = dict(NO_ATTACKS)
    if mutants and not names:
        hostile = _attack(course, attacks, jobs or default_processes(), out)
    bad += hostile.pop("problems")
    _summary(out, tallies, bad, remembered, time.perf_counter() - started)
    if certificate and not bad:
        table = certificate_of(course, list(tallies.values()), seeds, chance, hostile)
        for path in write_certificate(certificate, table):
            out.print(f" wrote {path}", markup=False)
    context.exit(1 if bad else 0)


def _runs(course: Course, chapter: Chapter, exercise: Exercise | None, seeds: int, mutants: bool) -> Iterator[Run]:
    """Return every subject once, and the right answers once for each seed."""
    name = exercise.name if exercise else None
    subjects = subjects_of(course, chapter, name)
    yield from (Run(chapter, subject, 0) for subject in subjects)
    if mutants:
        yield from (Run(chapter, subject, 0) for subject in automatic_subjects_of(course, chapter, name))
    right = [s for s in subjects if s.expectation.kind in ("reference", "accepted")]
    yield from (Run(chapter, subject, seed) for seed in range(1, seeds) for subject in right)


def _tallies(
    course: Course, chosen: list[tuple[Chapter, Exercise | None]], mutants: bool
) -> tuple[dict[str, ChapterTally], float]:
    """Return an empty tally for each chapter, and the bound on failing by chance over all checks."""
    tallies: dict[str, ChapterTally] = {}
    chance = 0.0
    for chapter, _ in chosen:
        grader = Grader(course, chapter, Settings(NONE, b""))
        checks: dict[str, dict[str, str]] = {exercise.name: {} for exercise in chapter.exercises}
        for check in grader.checks():
            checks[check.exercise.name][check.check] = check.kept
            chance += check.chance
        wanted = {e.name for c, e in chosen if c is chapter and e}
        checks = {name: rows for name, rows in checks.items() if not wanted or name in wanted}
        equivalents = load_equivalents(course, chapter)
        mine = {key: why for key, why in equivalents.items() if key.partition("/")[0] in checks}
        tallies[chapter.name] = ChapterTally(chapter, checks, mine, mutants)
    return tallies, chance


def _recall(runs: list[Run], memory: Memory, tallies: dict[str, ChapterTally]) -> int:
    """Take what earlier runs found in order out of the list; return how many those are."""
    left = []
    for run in runs:
        outcome = memory.find(memory.key(run.chapter.name, run.subject, run.seed))
        if outcome is None:
            left.append(run)
        else:
            tallies[run.chapter.name].add(run.subject, outcome, first=run.seed == 0)
    found = len(runs) - len(left)
    runs[:] = left
    return found


def _grade(
    course: Course,
    sandbox: str,
    runs: list[Run],
    memory: Memory,
    tallies: dict[str, ChapterTally],
    processes: int,
    out: Console,
) -> None:
    """Make the runs, and print what is not as it must be as soon as it is known."""
    secret: dict[int, bytes] = {}
    jobs = [
        Job(
            run,
            run.chapter.name,
            run.subject.source,
            secret.setdefault(run.seed, secrets.token_bytes(16)),
            run.subject.only,
            change=run.subject.change,
        )
        for run in runs
    ]
    problems = 0
    with counting("verifying", len(jobs)) as count:
        for job, result in run_jobs(course.root, backend_named(sandbox), jobs, min(processes, max(1, len(jobs)))):
            run: Run = job.label
            outcome: Outcome = outcome_of(run.chapter, run.subject, result)
            memory.keep(memory.key(run.chapter.name, run.subject, run.seed), outcome)
            words = tallies[run.chapter.name].add(run.subject, outcome, first=run.seed == 0)
            problems += bool(words)
            _print_problems(out, f"{run.chapter.name}: {run.subject.name}", words)
            count.advance(f"{problems} unexpected" if problems else "")


def _attack(course: Course, attacks: list[Attack], processes: int, out: Console) -> dict[str, int]:
    """Run every attack, and print what got another verdict than it must; return the counts."""
    reason = why_no_bubblewrap()
    if reason is not None and attacks:
        _print_problems(out, "attacks", [f"{len(attacks)} attacks were not run, because {reason}"])
        return {"attacks": 0, "earned": 0, "problems": 1}
    earned = problems = 0
    with scene() as stage, counting("attacking", len(attacks)) as count:
        for attack, result, words in run_attacks(course, attacks, stage, processes):
            earned += bool(result.score)
            problems += len(words)
            _print_problems(out, f"attack {attack.id}", words)
            count.advance(f"{problems} unexpected" if problems else "")
        time.sleep(1)
        traces = stage.traces()
    _print_problems(out, "attacks", traces)
    return {"attacks": len(attacks), "earned": earned, "problems": problems + len(traces)}


def _print_problems(out: Console, title: str, words: list[str]) -> None:
    if words:
        out.print(f" ✗ {title}", style="red", markup=False, soft_wrap=True)
    for line in words:
        out.print("     " + line.replace("\n", "\n     "), markup=False, soft_wrap=True)


def _finish(out: Console, tallies: dict[str, ChapterTally]) -> int:
    """Print what only shows at the end; return the number of all problems."""
    for name, tally in tallies.items():
        _print_problems(out, f"{name}: its checks", tally.finish())
    return sum(len(tally.problems) for tally in tallies.values())


def _summary(out: Console, tallies: dict[str, ChapterTally], bad: int, remembered: int, seconds: float) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("exercise", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, tally in tallies.items():
        table.add_row(name, style="bold")
        for exercise, one in tally.exercises.items():
            counts = [len(one.checks), *(getattr(one, column) for column in COLUMNS[1:])]
            table.add_row(f" {exercise}", *map(str, counts))
    out.print(table)
    known = f", {remembered} runs known from before" if remembered else ""
    out.print(f" {seconds:.0f} s{known}", markup=False)
    if bad:
        out.print(f" {bad} problem{'s' if bad > 1 else ''}", style="red")
    else:
        out.print(" every verdict is as it must be", style="green")
