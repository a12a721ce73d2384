"""Write all that a run gives people, and say what of it somebody had edited by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from torchdojo.batch.store import StoredRun
from torchdojo.cli.bars import working
from torchdojo.cli.common import quoted, spelled
from torchdojo.report.write import ReportWriter
from torchdojo.review.changes import ChangeSummary
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades import all_grades
from torchdojo.review.grades_file import EditedCell, Edits, GradesFile
from torchdojo.review.last_run import completing_run
from torchdojo.review.record import GradeRecord, RecordMaker, Records
from torchdojo.review.tables import TablesWriter, write_tables

MAX_LISTED = 10
REASON = '--reason "…"'


@dataclass(frozen=True)
class Outputs:
    """What was written. report: its path; edits: what somebody had edited by hand; changes: since the last run

    published: a line on what is published and differs, "" if nothing is
    """

    report: Path
    edits: Edits | None
    published: str
    changes: ChangeSummary | None = None


def write_outputs(run: StoredRun) -> Outputs:
    """Write grades.csv, feedback and the report again, also the feedback of published grades."""
    writer = _Writer(run)
    for _ in writer.records():
        pass
    return writer.write(rewrite_published=True)


def complete_outputs(run: StoredRun, before: Records | None) -> Outputs:
    """Write what `write_outputs` does at the end of a run, and what changed, as `complete_run` does.

    Each result is read once. Feedback of published grades stays as it is.
    """
    writer = _Writer(run)
    with completing_run(run, before) as completing:
        for record in writer.records():
            completing.add(record)
        outputs = writer.write()
    return replace(outputs, changes=completing.summary)


class _Writer:
    def __init__(self, run: StoredRun) -> None:
        self._run = run
        self._decisions = Decisions.read(run.out)
        self._tables = TablesWriter(run, self._decisions)
        self._report = ReportWriter(run, self._decisions)

    def records(self) -> Iterator[GradeRecord]:
        """Read all results, for the tables, feedback and report; yield the records of the grades."""
        maker = RecordMaker(self._run, self._decisions)
        for one in all_grades(self._run, self._decisions):
            records = list(maker.records(one))
            self._tables.add(one)
            self._report.add(one, records)
            yield from records

    def write(self, *, rewrite_published: bool = False) -> Outputs:
        """Write the tables and the report, once the records were read."""
        edits, report = self._tables.write(), self._report.write()
        if rewrite_published:
            self._report.rewrite_published()
        published = self._report.published
        return Outputs(report, edits, published.words if published else "")


def update_tables(terminal: Console, run: StoredRun, *, is_imported: bool = False) -> None:
    """Write grades.csv and adjustments.csv again after a decision, and say what somebody had edited by hand.

    is_imported: whether what was edited is what was decided
    """
    if not run.has_completed():
        return
    with working("writing grades.csv"):
        edits = write_tables(run, Decisions.read(run.out))
    if not is_imported:
        tell_edits(terminal, run, edits)


def tell_edits(terminal: Console, run: StoredRun, edits: Edits | None) -> None:
    """Say what somebody edited by hand in grades.csv, with the commands that make it count."""
    if not edits:
        return

    def say(text: str, style: str = "") -> None:
        terminal.print(text, style=style, markup=False, soft_wrap=True)

    say(" CHECK     grades.csv was edited by hand, which counts nowhere else", "bold yellow")
    if edits.path != GradesFile(run.out).path:
        say(f"           the edited file is kept as {edits.path}")
    if edits.problem:
        say(f"           it cannot be read: {edits.problem}")
    for cell in edits.cells[:MAX_LISTED]:
        say(f"           {cell.student} {cell.column}: was {cell.was or 'empty'}, is {cell.now or 'empty'}")
        if command := _command(run, cell):
            say(f"             {command}")
    if len(edits.cells) > MAX_LISTED:
        say(f"           and {len(edits.cells) - MAX_LISTED:,} more")
    for students, words in ((edits.added, "added"), (edits.removed, "deleted")):
        if students:
            more = f" and {len(students) - MAX_LISTED:,} more" if len(students) > MAX_LISTED else ""
            say(f"           rows {words}: {', '.join(students[:MAX_LISTED])}{more}")
    if any(run.course.find(cell.column) for cell in edits.cells):
        command = spelled(f"review {quoted(str(run.out))} --import {quoted(str(edits.path))}")
        say(f"           to decide on all of them: {command} {REASON}")


def _command(run: StoredRun, cell: EditedCell) -> str:
    """Return the command that gives a student the points of a cell, "" if there is none."""
    if run.course.find(cell.column) is None:
        return ""
    try:
        points = format(float(cell.now.replace(",", ".")), "g")
    except ValueError:
        return ""
    return spelled(f"review {quoted(str(run.out))} {quoted(cell.student)} {cell.column} --points {points} {REASON}")
