"""Grade a class for `dojo grade`: read the submissions, grade them, and conclude the run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from torchdojo.batch.batch_run import BatchRun
from torchdojo.batch.cluster import Cluster
from torchdojo.batch.grader_cache import GraderCache
from torchdojo.batch.merge import merge_roster
from torchdojo.batch.policy import HandInTimes, doubts
from torchdojo.batch.pool import GradingPool, start_fork_server
from torchdojo.batch.results import ResultSummary, is_untouched, shared_words
from torchdojo.batch.roster import read_roster
from torchdojo.batch.store import DATABASE, Store
from torchdojo.cli.bars import counting, working
from torchdojo.cli.changes import print_changes, print_line
from torchdojo.cli.common import console, open_whole_course
from torchdojo.cli.outputs import complete_outputs, tell_edits
from torchdojo.cli.stages import Stages
from torchdojo.collect.file_map import NO_MAP, read_file_map
from torchdojo.collect.submissions import FileNote, Submissions, SubmittedFile, collect_submissions
from torchdojo.course import Course
from torchdojo.errors import UserError
from torchdojo.grading.result import Result
from torchdojo.grading.status import ResultStatus
from torchdojo.review.changes import summarise
from torchdojo.review.decisions import Decisions
from torchdojo.review.last_run import CHANGES, LAST_RUN, write_changes
from torchdojo.review.record import NoRecords, RecordsError, SavedRecords, current_records, open_records, shown_time
from torchdojo.review.trial import trial_copy
from torchdojo.sandbox.backend import SandboxBackend
from torchdojo.sandbox.choose import backend_named
from torchdojo.sandbox.cores import usable_cores

STOPPED_BY_CTRL_C = 130
STOPPED = "Stopped. What was graded is saved; to resume, repeat the same command."
MAX_LISTED = 20  # files of one kind
Finish = Callable[[BatchRun], list[ResultSummary]]


def grade_class(
    context: click.Context,
    submissions: Path,
    out: Path,
    sandbox: str,
    jobs: int | None,
    scheduler: str | None,
    resources: tuple[str, ...],
    roster_path: Path | None,
    hand_in_times: HandInTimes,
    layout: str,
    map_path: Path | None,
    force: bool,
    dry_run: bool,
    changes_path: Path | None,
) -> None:
    """Do what `dojo grade` does. A UserError or UsageError is raised before anything is graded."""
    course = open_whole_course(context)
    terminal = console()
    if changes_path and not dry_run:
        raise click.UsageError(f"--changes goes with --dry-run; without it the changes are in {out / CHANGES}")
    if out.resolve().is_relative_to(submissions.resolve()):
        message = f"--out {out} is in {submissions}, and would count as a submission; choose a folder outside of it"
        raise click.UsageError(message)
    if not scheduler and jobs != 1 and _is_first(out, force=force):
        start_fork_server()  # it imports torch while the submissions are read
    roster = read_roster(roster_path, course) if roster_path else None
    file_map = read_file_map(map_path, course) if map_path else NO_MAP
    stages = Stages()
    with stages.timed("reading"):
        submitted = collect_submissions(submissions, course, layout=layout, file_map=file_map)
    if roster:
        merge_roster(submitted, roster)
    for note in submitted.notes:
        terminal.print(f" note      {note}", markup=False, soft_wrap=True)
    for alarm in submitted.alarms:
        terminal.print(f" CHECK     {alarm}", style="bold yellow", markup=False, soft_wrap=True)
    Decisions.read(out)  # if the file cannot be read, fail now and not after hours of grading
    finish = partial(BatchRun.finish, submissions=submitted, roster=roster, hand_in_times=hand_in_times)
    way = _Way(scheduler, sandbox, _amounts(resources), jobs, force)
    run = partial(_run, terminal, course, submitted, way)
    if dry_run:
        with trial_copy(out, course, force=force) as copy:
            conclude = partial(_show_changes, finish, out, changes_path)
            run(copy, _Ending(conclude, f"Stopped. {out} is unchanged.", stages))
    else:
        run(out, _Ending(partial(_conclude, finish, stages), STOPPED, stages))


@dataclass(frozen=True)
class _Way:
    """How to grade.

    scheduler: the address of a cluster, None for this machine; resources: what a job asks of its cluster
    jobs: how many at a time on this machine, None for one per core; force: grade again what was graded
    """

    scheduler: str | None
    sandbox: str
    resources: dict[str, float]
    jobs: int | None
    force: bool


@dataclass(frozen=True)
class _Ending:
    """What follows when everything is graded, and what is said if Ctrl-C prevents that.

    conclude: gets the console, the run, the submissions, and how many were graded in how many seconds
    stages: gets what starting and grading took
    """

    conclude: Callable[[Console, BatchRun, Submissions, int, float], None]
    stopped: str
    stages: Stages


def _run(terminal: Console, course: Course, submitted: Submissions, way: _Way, out: Path, ending: _Ending) -> None:
    """Grade in the folder `out`, on this machine or on a cluster."""
    if way.scheduler:
        _grade_on_cluster(terminal, course, submitted, way, way.scheduler, out, ending)
        return
    backend, first = backend_named(way.sandbox), _is_first(out, force=way.force)
    with closing(GradingPool(course.root, backend, way.jobs or usable_cores())) as pool:
        require_ready = partial(_require_ready, terminal, backend, pool, ending.stages)
        if first:  # before anything is written or deleted
            require_ready(submitted.files)
        with Store(out, course, force=way.force) as store:
            batch = BatchRun(course, backend, store, runner=pool.run)
            _grade(terminal, batch, submitted, ending, (lambda files: None) if first else require_ready)


def _is_first(out: Path, *, force: bool) -> bool:
    """Whether nothing is graded yet, or all is graded again."""
    return force or not (out / DATABASE).exists()


def _amounts(resources: tuple[str, ...]) -> dict[str, float]:
    """Return {"GPU": 1.0} for ("GPU=1",). UsageError if it is invalid."""
    amounts: dict[str, float] = {}
    for text in resources:
        name, _, amount = text.partition("=")
        try:
            amounts[name.strip()] = float(amount)
        except ValueError:
            raise click.UsageError(f"--resource {text!r}: expected NAME=AMOUNT, such as GPU=1") from None
    return amounts


def _grade_on_cluster(
    terminal: Console, course: Course, submitted: Submissions, way: _Way, address: str, out: Path, ending: _Ending
) -> None:
    """Grade on a Dask cluster. Each worker runs the sandbox self-test before it gets a job."""
    backend = backend_named(way.sandbox)
    with working("reading the checks"), closing(GraderCache(course.root, backend)) as graders:
        graders.require_checks({file.chapter.name for file in submitted.files})
    with Store(out, course, force=way.force) as store:
        cluster = Cluster(address, course, backend, way.resources)
        tested = f"{backend.name} passed on each" if backend.isolates else "no sandbox"
        terminal.print(
            f" cluster   {address} · {len(cluster.workers)} workers · {tested}", markup=False, soft_wrap=True
        )
        for address, reason in cluster.refused.items():
            terminal.print(f" refused   {address}: {reason}", style="yellow", markup=False, soft_wrap=True)
        try:
            _grade(terminal, BatchRun(course, backend, store, runner=cluster.run), submitted, ending)
        finally:
            cluster.close()


def _require_ready(
    terminal: Console, backend: SandboxBackend, pool: GradingPool, stages: Stages, files: Sequence[SubmittedFile]
) -> None:
    """Check all that grading these files needs, what is quickly seen first. UserError if it cannot begin."""
    if not files:
        return
    with stages.timed("starting"), working("reading the checks"):
        crew = pool.start(len(files))
        crew.require_checks(list(dict.fromkeys(file.chapter.name for file in files)))
    if not backend.isolates:
        terminal.print(" sandbox   none: submissions run with your permissions, on your files", style="yellow")
        return
    with stages.timed("starting"), working("testing the sandbox"):
        tests = crew.selftest()
    passed = sum(test.passed for test in tests)
    if passed == len(tests):
        terminal.print(f" sandbox   {backend.name} · {passed} of {len(tests)} self-tests passed · no network")
        return
    lines = ["the sandbox self-test failed, so nothing was graded."]
    lines += [f"  {'passed' if test.passed else 'FAILED'}  {test.name}: {test.seen}" for test in tests]
    lines.append("Run `dojo doctor` for details. Use --sandbox none only for code you trust.")
    raise UserError("\n".join(lines))


def _grade(
    terminal: Console,
    batch: BatchRun,
    submitted: Submissions,
    ending: _Ending,
    require_ready: Callable[[Sequence[SubmittedFile]], None] = lambda files: None,
) -> None:
    """Grade what is missing, and conclude the run. require_ready: called with what is missing, before it is graded"""
    missing = batch.missing(submitted.files)
    require_ready(missing)
    started = time.perf_counter()
    done = len(submitted.files) - len(missing)
    if done:
        terminal.print(f" resumed   {done} of {len(submitted.files)} already graded")
    flagged = 0
    try:
        with ending.stages.timed("grading"), counting("grading", len(missing)) as count:

            def on_result(file: SubmittedFile, result: Result) -> None:
                nonlocal flagged
                flagged += _needs_review(result)
                count.advance(f"{flagged} flagged" if flagged else "", _name(file))

            batch.run(missing, on_result, on_start=lambda file: count.start(_name(file)))
    except KeyboardInterrupt:
        terminal.print(f" {ending.stopped}", markup=False, soft_wrap=True)
        click.get_current_context().exit(STOPPED_BY_CTRL_C)
    ending.conclude(terminal, batch, submitted, len(missing), time.perf_counter() - started)


def _conclude(
    finish: Finish,
    stages: Stages,
    terminal: Console,
    batch: BatchRun,
    submitted: Submissions,
    graded: int,
    seconds: float,
) -> None:
    """Write the results, feedback and the report, and what changed since the last run."""
    out = batch.store.out
    started = time.perf_counter()
    with stages.timed("writing"), working("writing feedback and the report"):
        outcomes = finish(batch)
        before = _last_run(terminal, out)
        outputs = complete_outputs(batch.store, before)
    for doubt in doubts(batch.course, batch.store.adjustments() or {}):
        terminal.print(f" {doubt}", style="bold yellow", markup=False, soft_wrap=True)
    tell_edits(terminal, batch.store, outputs.edits)
    _summary(terminal, batch.course, outcomes, submitted, graded, seconds + time.perf_counter() - started)
    if line := stages.line():
        terminal.print(f"   {line}", soft_wrap=True)
    if outputs.changes and before:
        print_changes(terminal, outputs.changes, _since(before), out / CHANGES)
    files = (out / "grades.csv", outputs.report, f"{out / 'feedback'}/")
    terminal.print("   " + " · ".join(map(str, files)), markup=False, soft_wrap=True)
    print_line(terminal, outputs.published)


def _show_changes(
    finish: Finish,
    out: Path,
    table: Path | None,
    terminal: Console,
    batch: BatchRun,
    submitted: Submissions,
    graded: int,
    seconds: float,
) -> None:
    """Show what a run changes, which was made in a copy of `out`. table: the file for all changes"""
    with working("comparing the grades"):
        finish(batch)
        before = _last_run(terminal, out)
        after = current_records(batch.store, Decisions.read(batch.store.out))
        known = before or NoRecords()
        changes = write_changes(table, known, after) if table else summarise(known, after)
    terminal.print(f" dry run   {graded} submissions graded · {seconds:.0f} s · {out} is unchanged", soft_wrap=True)
    print_changes(terminal, changes, _since(before), table)


def _last_run(terminal: Console, out: Path) -> SavedRecords | None:
    """Return what the last completed run gave; None, after saying so, if it cannot be read."""
    try:
        return open_records(out / LAST_RUN)
    except RecordsError as error:
        terminal.print(f" {error}: what changed since the last run is unknown", style="yellow", markup=False)
        return None


def _since(before: SavedRecords | None) -> str:
    return f"the run of {shown_time(before.at)}" if before else "nothing was graded"


def _name(file: SubmittedFile) -> str:
    return f"{file.student}, {file.chapter.name}"


def _needs_review(result: Result) -> bool:
    return result.status is not ResultStatus.GRADED or any(check.status.needs_review for check in result.checks)


def _summary(
    terminal: Console,
    course: Course,
    outcomes: list[ResultSummary],
    submitted: Submissions,
    graded: int,
    seconds: float,
) -> None:
    speed = f" · {graded / seconds:.2g} per second, {seconds / graded:.2g} s each" if graded else ""
    terminal.print(f" {len(outcomes)} submissions · {seconds:.0f} s{speed}")
    statuses = Counter(outcome.status for outcome in outcomes)
    rows = [f"{statuses[s]} {s.words}" for s in ResultStatus if statuses[s] or s is ResultStatus.GRADED]
    stopped = Counter(s for outcome in outcomes for s in outcome.statuses if s.stopped)
    rows += [f"{count} with {status}" for status, count in stopped.most_common()]
    terminal.print("   " + "    ".join(rows), soft_wrap=True)
    if shared := [outcome for outcome in outcomes if outcome.is_shared]:
        terminal.print(f"   {shared_words(len(shared), sum(is_untouched(one.statuses) for one in shared))}")
    mistakes = Counter(m for outcome in outcomes for m in outcome.mistakes)
    if mistakes:
        frequent = " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in mistakes.most_common(3))
        terminal.print(f"   most frequent mistakes   {frequent}", markup=False, soft_wrap=True)
    with_file = {file.student for file in submitted.files}
    if without := [student for student in submitted.students if student not in with_file]:
        more = f" and {len(without) - MAX_LISTED:,} more" if len(without) > MAX_LISTED else ""
        names = ", ".join(without[:MAX_LISTED]) + more
        terminal.print(f"   {len(without)} without a file to grade: {names}", markup=False, soft_wrap=True)
    _list(terminal, "not graded, because it is unclear which one counts; decide with --map", submitted.unclear)
    _list(terminal, "ignored", submitted.ignored)
    _list(terminal, "with unexpected names", submitted.unexpected_names)


def _list(terminal: Console, what: str, files: Sequence[FileNote]) -> None:
    """List some files with their notes; files.csv has all of them."""
    if files:
        terminal.print(f"   {len(files)} file{'s' * (len(files) > 1)} {what}:", soft_wrap=True)
    for file in files[:MAX_LISTED]:
        terminal.print(f"      {file.location!r}: {file.note}", markup=False, soft_wrap=True)
    if len(files) > MAX_LISTED:
        terminal.print(f"      and {len(files) - MAX_LISTED:,} more, all in files.csv")
