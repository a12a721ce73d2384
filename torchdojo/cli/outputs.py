"""Write all that a run gives people, and say what of it somebody had edited by hand."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from torchdojo.batch.store import StoredRun
from torchdojo.cli.bars import working
from torchdojo.cli.common import quoted, spelled
from torchdojo.report.write import write_reports
from torchdojo.review.decisions import Decisions
from torchdojo.review.grades_file import EditedCell, Edits, GradesFile
from torchdojo.review.tables import write_tables

MAX_LISTED = 10
REASON = '--reason "…"'


def write_outputs(run: StoredRun, *, rewrite_published: bool = False) -> tuple[Path, Edits | None]:
    """Write grades.csv, feedback and the report; return the report's path, and what somebody had edited by hand.

    rewrite_published: write the feedback of published grades again, too
    """
    edits = write_tables(run, Decisions.read(run.out))
    return write_reports(run.course, run, rewrite_published=rewrite_published), edits


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
