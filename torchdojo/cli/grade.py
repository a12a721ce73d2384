"""`dojo grade`: many submissions."""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from torchdojo.batch import Batch, Collected, Handed, OutError, Store, SubmissionsError, collect, default_processes
from torchdojo.cli.common import console, open_course
from torchdojo.grading import Result, Settings
from torchdojo.sandbox import Tier, prove, tier_named

NEEDS_A_LOOK = ("timeout", "memory", "crashed", "forbidden", "grader_error")


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where results go.")
@click.option(
    "--sandbox",
    default="bubblewrap",
    show_default=True,
    type=click.Choice(["bubblewrap", "none"]),
    help="none runs submissions with your own rights: only for code you trust.",
)
@click.option("--jobs", type=click.IntRange(1), help="How many submissions at a time (default: all cores).")
@click.pass_context
def grade(context: click.Context, submissions: Path, out: Path, sandbox: str, jobs: int | None) -> None:
    """Grade SUBMISSIONS: one folder per student with <chapter>.py or <chapter>.ipynb files."""
    course = open_course(context)
    show = console()
    try:
        found = collect(submissions, course)
        tier = _proven(show, tier_named(sandbox))
        store = Store(out, course)
        settings = Settings(tier, secrets.token_bytes(16))
        _grade(show, Batch(course, settings, store, jobs or default_processes()), found, out)
    except (SubmissionsError, OutError) as error:
        click.echo(f"dojo grade: {error}", err=True)
        sys.exit(2)


def _proven(show: Console, tier: Tier) -> Tier:
    """Return the tier if its live probes hold just now; leave with the reason if not."""
    if tier.name == "none":
        show.print(" sandbox   none: submissions run with your rights, on your files", style="yellow")
        return tier
    proofs = prove(tier)
    held = sum(proof.held for proof in proofs)
    if held == len(proofs):
        show.print(f" sandbox   {tier.name} · {held} of {len(proofs)} probes held · no network")
        return tier
    click.echo("dojo grade: the sandbox does not hold, so nothing was graded.", err=True)
    for proof in proofs:
        click.echo(f"  {'held  ' if proof.held else 'FAILED'}  {proof.name}: {proof.seen}", err=True)
    click.echo("`dojo doctor` says what would help. --sandbox none runs only code you trust.", err=True)
    sys.exit(2)


def _grade(show: Console, batch: Batch, found: Collected, out: Path) -> None:
    started = time.perf_counter()
    results: list[Result] = []
    columns = (TextColumn(" grading  "), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeRemainingColumn(), console=show, transient=True) as progress:
        task = progress.add_task("grading", total=len(found.handed), note="")

        def on_result(handed: Handed, result: Result) -> None:
            results.append(result)
            look = sum(_needs_a_look(one) for one in results)
            progress.update(task, advance=1, note=f"{look} need a look" if look else "")

        batch.run(found.handed, on_result)
    batch.store.finish(found.students)
    _summary(show, results, found, out, time.perf_counter() - started)


def _needs_a_look(result: Result) -> bool:
    return result.status != "graded" or any(check.status in NEEDS_A_LOOK for check in result.checks)


def _summary(show: Console, results: list[Result], found: Collected, out: Path, seconds: float) -> None:
    count = len(results)
    per_second = count / seconds if seconds else 0.0
    show.print(f" {count} submissions · {seconds:.0f} s · {per_second:.2g} per second")
    statuses = Counter(result.status for result in results)
    stopped = Counter({c.status for r in results for c in r.checks if c.status in NEEDS_A_LOOK[:4]})
    rows = [f"{statuses['graded']} graded"]
    if statuses["rejected"]:
        rows.append(f"{statuses['rejected']} could not be loaded")
    if statuses["grader_error"]:
        rows.append(f"{statuses['grader_error']} met an error of the grader (not charged)")
    rows += [f"{sum(any(c.status == s for c in r.checks) for r in results)} with {s}" for s in stopped]
    show.print("   " + "    ".join(rows), soft_wrap=True)
    mistakes = Counter(f"{r.chapter}/{m}" for r in results for m in {c.mistake for c in r.checks if c.mistake})
    if mistakes:
        told = " · ".join(f"{name.partition('/')[2]} {n}" for name, n in mistakes.most_common(3))
        show.print(f"   most frequent mistakes   {told}", markup=False)
    if found.unmatched:
        show.print(f"   {len(found.unmatched)} files match no chapter and were left alone:")
        for path in found.unmatched[:20]:
            show.print(f"      {str(path)!r}", markup=False, soft_wrap=True)
    show.print(f"   {out / 'grades.csv'} · {out / 'results.jsonl'}", markup=False, soft_wrap=True)
