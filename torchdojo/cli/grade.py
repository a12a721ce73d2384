"""`dojo grade`: many submissions."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from torchdojo.batch import (
    Batch,
    FileNote,
    ResultSummary,
    Roster,
    Store,
    Submissions,
    SubmittedFile,
    collect_submissions,
    default_processes,
    merge_roster,
    read_roster,
)
from torchdojo.batch.cluster import Cluster
from torchdojo.batch.store import DATABASE
from torchdojo.cli.bars import counting, working
from torchdojo.cli.common import console, open_whole_course
from torchdojo.course import Course
from torchdojo.errors import UserError
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus
from torchdojo.report.write import write_reports
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.selftest.runner import run_selftest

STOPPED_BY_CTRL_C = 130
MOST_NAMED = 20


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
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler whose workers grade, instead of this machine.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=AMOUNT",
    help="With --scheduler: what a job needs of a worker, such as GPU=1.",
)
@click.option(
    "--roster",
    "roster_path",
    type=click.Path(path_type=Path),
    help="roster.csv: names, extensions, exemptions, times of handing in.",
)
@click.option("--force", is_flag=True, help="Grade everything anew, on new inputs.")
@click.pass_context
def grade(
    context: click.Context,
    submissions: Path,
    out: Path,
    sandbox: str,
    jobs: int | None,
    scheduler: str | None,
    resources: tuple[str, ...],
    roster_path: Path | None,
    force: bool,
) -> None:
    """Grade SUBMISSIONS: a folder or zip per student with <chapter>.py or <chapter>.ipynb files, in a folder or a zip.

    The download of Moodle, Canvas or Gradescope is understood as it is, as a zip or unpacked.
    Each result is kept in OUT the moment it exists. Run again, this grades only what is missing or has changed.
    """
    course = open_whole_course(context)
    show = console()
    if out.resolve().is_relative_to(submissions.resolve()):
        words = f"--out {out} lies in {submissions}, and would be taken for a submission; choose a folder outside of it"
        raise click.UsageError(words)
    roster = read_roster(roster_path, course) if roster_path else None
    found = collect_submissions(submissions, course)
    if roster:
        merge_roster(found, roster)
    for note in found.notes:
        show.print(f" note      {note}", markup=False, soft_wrap=True)
    if scheduler:
        _grade_on_cluster(show, course, out, found, roster, scheduler, sandbox, _amounts(resources), force)
        return
    backend, first = backend_named(sandbox), force or not (out / DATABASE).exists()
    if first and found.files:  # before anything is written, or forgotten
        _require_sandbox(show, backend)
    with Store(out, course, force=force) as store:
        _grade(show, Batch(course, backend, store, jobs or default_processes()), found, roster, prove_it=not first)


def _amounts(resources: tuple[str, ...]) -> dict[str, float]:
    """Return {"GPU": 1.0} for ("GPU=1",); usage error for anything else."""
    found: dict[str, float] = {}
    for text in resources:
        name, _, amount = text.partition("=")
        try:
            found[name.strip()] = float(amount)
        except ValueError:
            raise click.UsageError(f"--resource {text!r}: write NAME=AMOUNT, such as GPU=1") from None
    return found


def _grade_on_cluster(
    show: Console,
    course: Course,
    out: Path,
    found: Submissions,
    roster: Roster | None,
    address: str,
    sandbox: str,
    resources: dict[str, float],
    force: bool,
) -> None:
    """Grade on a Dask cluster; each of its workers proves its own sandbox before it gets a job."""
    backend = backend_named(sandbox)
    with Store(out, course, force=force) as store:
        cluster = Cluster(address, course, backend, resources)
        proved = f"{backend.name} passed on each" if backend.isolates else "no sandbox"
        show.print(f" cluster   {address} · {len(cluster.willing)} workers · {proved}", markup=False, soft_wrap=True)
        for place, words in cluster.refused.items():
            show.print(f" refused   {place}: {words}", style="yellow", markup=False, soft_wrap=True)
        try:
            _grade(show, Batch(course, backend, store, runner=cluster.run), found, roster)
        finally:
            cluster.close()


def _require_sandbox(show: Console, backend: SandboxBackend) -> None:
    """Run the sandbox self-test. UserError with its outcome if it fails."""
    if not backend.isolates:
        show.print(" sandbox   none: submissions run with your rights, on your files", style="yellow")
        return
    tests = run_selftest(backend)
    passed = sum(test.passed for test in tests)
    if passed == len(tests):
        show.print(f" sandbox   {backend.name} · {passed} of {len(tests)} self-tests passed · no network")
        return
    lines = ["the sandbox self-test failed, so nothing was graded."]
    lines += [f"  {'passed' if test.passed else 'FAILED'}  {test.name}: {test.seen}" for test in tests]
    lines.append("`dojo doctor` says what would help. --sandbox none runs only code you trust.")
    raise UserError("\n".join(lines))


def _grade(show: Console, batch: Batch, found: Submissions, roster: Roster | None, prove_it: bool = False) -> None:
    """Grade what is missing, and write what a run ends with. prove_it: first see that this machine's sandbox holds"""
    missing = batch.missing(found.files)
    if missing and prove_it:
        _require_sandbox(show, batch.backend)
    started = time.perf_counter()
    kept = len(found.files) - len(missing)
    if kept:
        show.print(f" resumed   {kept} of {len(found.files)} were graded already")
    looks = 0
    try:
        with counting("grading", len(missing)) as count:

            def on_result(handed: SubmittedFile, result: Result) -> None:
                nonlocal looks
                looks += _needs_a_look(result)
                count.advance(f"{looks} flagged" if looks else "")

            batch.run(missing, on_result)
    except KeyboardInterrupt:
        show.print(" stopped; what was graded is kept. The same command goes on from here.")
        click.get_current_context().exit(STOPPED_BY_CTRL_C)
    with working("writing feedback and the report"):
        outcomes = batch.finish(found, roster)
        report = write_reports(batch.course, batch.store)
    _summary(show, batch.course, outcomes, found, len(missing), time.perf_counter() - started)
    files = (batch.store.out / "grades.csv", report, f"{batch.store.out / 'feedback'}/")
    show.print("   " + " · ".join(map(str, files)), markup=False, soft_wrap=True)


def _needs_a_look(result: Result) -> bool:
    return result.status is not ResultStatus.GRADED or any(check.status.needs_review for check in result.checks)


def _summary(
    show: Console, course: Course, outcomes: list[ResultSummary], found: Submissions, graded: int, seconds: float
) -> None:
    speed = f" · {graded / seconds:.2g} per second, {seconds / graded:.2g} s each" if graded else ""
    show.print(f" {len(outcomes)} submissions · {seconds:.0f} s{speed}")
    statuses = Counter(one.status for one in outcomes)
    rows = [f"{statuses[s]} {s.words}" for s in ResultStatus if statuses[s] or s is ResultStatus.GRADED]
    stopped = Counter(s for one in outcomes for s in one.statuses if s.stopped)
    rows += [f"{count} with {status}" for status, count in stopped.most_common()]
    show.print("   " + "    ".join(rows), soft_wrap=True)
    mistakes = Counter(m for one in outcomes for m in one.mistakes)
    if mistakes:
        told = " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in mistakes.most_common(3))
        show.print(f"   most frequent mistakes   {told}", markup=False, soft_wrap=True)
    _tell(show, f"{len(found.ignored)} files count for nothing:", found.ignored)
    _tell(show, f"{len(found.unexpected_names)} files were named otherwise than asked for:", found.unexpected_names)


def _tell(show: Console, title: str, files: Sequence[FileNote]) -> None:
    """Name some files with their notes; files.csv has all of them."""
    if files:
        show.print(f"   {title}")
    for one in files[:MOST_NAMED]:
        show.print(f"      {one.location!r}: {one.note}", markup=False, soft_wrap=True)
    if len(files) > MOST_NAMED:
        show.print(f"      and {len(files) - MOST_NAMED:,} more, all in files.csv")
