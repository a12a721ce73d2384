"""`dojo verify`: the grader graded."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from torchdojo.batch import Job, default_processes, run_jobs
from torchdojo.cli.common import console, open_course, pick
from torchdojo.course import Chapter, Course
from torchdojo.sandbox import NONE, tier_named
from torchdojo.verify import Subject, problems_of, subjects_of

Labelled = tuple[Chapter, Subject]


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--seeds", default=1, show_default=True, help="How many secrets the right answers are graded with.")
@click.option("--jobs", type=click.IntRange(1), help="How many submissions at a time (default: all cores).")
@click.option("--sandbox", default=NONE.name, type=click.Choice(["none", "bubblewrap"]), show_default=True)
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], seeds: int, jobs: int | None, sandbox: str) -> None:
    """Grade every right and wrong answer the course ships, and see that each gets the verdict it must."""
    course = open_course(context)
    chosen = [pick(course, name) for name in names] or [(chapter, None) for chapter in course.chapter]
    subjects = [
        (chapter, subject)
        for chapter, exercise in chosen
        for subject in subjects_of(course, chapter, exercise.name if exercise else None)
    ]
    work = list(_jobs(subjects, seeds))
    out = console()
    started = time.perf_counter()
    found = _run(course, sandbox, work, min(jobs or default_processes(), len(work)), out)
    _summary(out, subjects, found, len(work), time.perf_counter() - started)
    sys.exit(1 if found else 0)


def _jobs(subjects: list[Labelled], seeds: int) -> Iterator[Job]:
    """Give every subject a fresh secret; the right answers one for each seed."""
    for index in range(seeds):
        secret = secrets.token_bytes(16)
        for chapter, subject in subjects:
            if index == 0 or subject.expectation.kind in ("reference", "accepted"):
                yield Job((chapter, subject), chapter.name, subject.source, secret, subject.only)


def _run(course: Course, sandbox: str, work: list[Job], processes: int, out: Console) -> list[str]:
    problems: list[str] = []
    columns = (TextColumn(" verifying"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("verifying", total=len(work), note="")
        for job, result in run_jobs(course.root, tier_named(sandbox), work, processes):
            chapter, subject = job.label
            words = problems_of(chapter, result, subject.expectation)
            problems += words
            if words:
                out.print(f" ✗ {chapter.name}: {subject.name}", style="red", markup=False, soft_wrap=True)
            for line in words:
                out.print(f"     {line}", markup=False, soft_wrap=True)
            progress.update(task, advance=1, note=f"{len(problems)} problems" if problems else "")
    return problems


def _summary(out: Console, subjects: list[Labelled], problems: list[str], runs: int, seconds: float) -> None:
    counts: dict[str, dict[str, int]] = {}
    for chapter, subject in subjects:
        row = counts.setdefault(chapter.name, {})
        row[subject.expectation.kind] = row.get(subject.expectation.kind, 0) + 1
    for name, row in counts.items():
        told = f"{row.get('accepted', 0)} accepted answers, {row.get('mistake', 0)} mistakes"
        out.print(f" {name}: the reference, the stub, {told}", markup=False)
    out.print(f" {runs} runs in {seconds:.0f} s", markup=False)
    if problems:
        out.print(f" {len(problems)} problems", style="red")
    else:
        out.print(" every verdict is as it must be", style="green")
