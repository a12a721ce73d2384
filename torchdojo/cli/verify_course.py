"""Verify a course for `dojo verify`, and print and write what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from torchdojo.cli.bars import counting
from torchdojo.cli.common import console, open_whole_course, pick
from torchdojo.files import write_atomically
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.cores import usable_cores
from torchdojo.verify.certificate import COLUMNS, VARIANTS, build_certificate, write_certificate
from torchdojo.verify.counts import ChapterCounts
from torchdojo.verify.demands import DEMANDS, render_demands
from torchdojo.verify.hostile import load_attacks
from torchdojo.verify.messages import MESSAGES, render_messages
from torchdojo.verify.outcome import OutcomeCache
from torchdojo.verify.runner import AttackTally, Plan, Problems, Selection, Verification

# The certificate's columns as the summary names them, within 80 characters.
HEADINGS = {"accepted": "right", "mistakes": "wrong", "equivalent": "equal", "replayed": "replay"}


def verify_course(
    context: click.Context,
    names: tuple[str, ...],
    seeds: int,
    mutants: bool,
    variants: int,
    jobs: int | None,
    sandbox: str,
    fresh: bool,
    certificate: Path | None,
    mistakes_only: bool,
    messages: Path | None,
) -> None:
    """Do what `dojo verify` does, and exit with 1 if a verdict is unexpected."""
    if mistakes_only:
        mutants, variants = False, 0
    if certificate and (names or not mutants or not variants):
        raise click.UsageError("a certificate needs the whole course, with mutants and variants")
    course = open_whole_course(context)
    selection = [pick(course, name) for name in names] or [(chapter, None) for chapter in course.chapters]
    checked = [(c, e) for c, e in selection if (not e.by_hand if e else c.graded_exercises)]
    out = console()
    _name_by_hand(out, selection)
    if not checked:
        out.print(" nothing to verify")
        return
    plan = Plan(seeds, mutants, variants, mistakes_only)
    verification = Verification(course, checked, plan)
    attacks = load_attacks(course) if mutants and not names else []
    cache = OutcomeCache(course.root / ".torchdojo" / "verify.sqlite", course, sandbox)
    processes = jobs or usable_cores()
    started = time.perf_counter()
    recalled = 0 if fresh else verification.recall(cache)
    grade = partial(verification.grade, backend_named(sandbox), cache, processes)
    _print_as_they_come(out, "verifying", len(verification.runs), grade)
    cache.close()
    for title, problems in verification.finish():
        _print_problems(out, title, problems)
    attacked = AttackTally()
    if mutants and not names:
        _print_as_they_come(out, "attacking", len(attacks), partial(attacked.run, course, attacks, processes))
    problem_count = verification.problem_count + attacked.problem_count
    _summary(out, verification.chapters, problem_count, recalled, time.perf_counter() - started)
    for page in [path for path in (messages, certificate and certificate / MESSAGES) if path]:
        write_atomically(page, render_messages(verification.chapters.values()))
        out.print(f" wrote {page}", markup=False)
    if certificate and not problem_count:
        hostile = {"attacks": attacked.attacks, "earned": attacked.earned}
        table = build_certificate(course, list(verification.chapters.values()), seeds, verification.chance, hostile)
        write_atomically(certificate / DEMANDS, render_demands(verification.checks))
        for path in [*write_certificate(certificate, table), certificate / DEMANDS]:
            out.print(f" wrote {path}", markup=False)
    context.exit(1 if problem_count else 0)


def _name_by_hand(out: Console, selection: Selection) -> None:
    """Name the exercises that are graded by hand: they have no checks to verify."""
    chosen = ((chapter, [exercise] if exercise else chapter.exercises) for chapter, exercise in selection)
    by_hand = [str(chapter.id_of(e)) for chapter, exercises in chosen for e in exercises if e.by_hand]
    if by_hand:
        out.print(f" graded by hand, without checks: {', '.join(by_hand)}", markup=False, soft_wrap=True)


def _print_as_they_come(
    out: Console, label: str, total: int, grade: Callable[[Callable[[str], None]], Iterable[Problems]]
) -> None:
    """Grade, and print the problems. grade: calls its argument with what is begun"""
    unexpected = 0
    with counting(label, total) as count:
        for title, problems in grade(count.start):
            unexpected += bool(problems)
            _print_problems(out, title, problems)
            count.advance(f"{unexpected} unexpected" if unexpected else "", title)


def _print_problems(out: Console, title: str, problems: list[str]) -> None:
    if problems:
        out.print(f" ✗ {title}", style="red", markup=False, soft_wrap=True)
    for line in problems:
        out.print("     " + line.replace("\n", "\n     "), markup=False, soft_wrap=True)


def _summary(
    out: Console, chapters: dict[str, ChapterCounts], problem_count: int, recalled: int, seconds: float
) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("exercise", overflow="fold")
    for column in COLUMNS:
        heading = HEADINGS.get(column, column)
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    for name, chapter in chapters.items():
        table.add_row(name, style="bold")
        for exercise, counts in chapter.exercises.items():
            cells = [len(counts.checks), *(getattr(counts, column) for column in COLUMNS[1:])]
            table.add_row(f" {exercise}", *(f"{cell:g}" for cell in cells))
    out.print(table)
    every = [counts for chapter in chapters.values() for counts in chapter.exercises.values()]
    if sum(counts.variants for counts in every):
        total = ", ".join(f"{sum(getattr(c, column) for c in every)} {name}" for name, column in VARIANTS.items())
        out.print(f" {total}", markup=False)
    cached = f", {recalled} cached outcomes" if recalled else ""
    out.print(f" {seconds:.0f} s{cached}", markup=False)
    if problem_count:
        out.print(f" {problem_count} unexpected", style="red")
    else:
        out.print(" all verdicts are as expected", style="green")
