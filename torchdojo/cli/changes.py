"""Show which grades changed, and why."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from torchdojo.batch.store import StoredRun
from torchdojo.review.changes import MAX_FIRST, Change, ChangeSummary
from torchdojo.review.publication import PublicationError, count_differences, find_publication
from torchdojo.review.record import CountedPoints


def print_changes(terminal: Console, summary: ChangeSummary, since: str, table: Path | None = None) -> None:
    """Show how many grades changed, the totals of their students, and the first changes.

    since: what they are compared with; table: the file with all of them, if there is one
    """
    if not summary.rows:
        terminal.print(f" changes   no grade changed since {since}", markup=False, soft_wrap=True)
        return
    causes = " · ".join(f"{cause} {count}" for cause, count in summary.causes.most_common())
    grades = f"{summary.grades} grade{'' if summary.grades == 1 else 's'}"
    line = f" changes   {grades} changed since {since}" + (f": {causes}" if causes else "")
    terminal.print(line, markup=False, soft_wrap=True)
    totals = list(summary.totals.items())
    for student, (before, after) in totals[:MAX_FIRST]:
        words = f"   {student}: {before:g} → {after:g} points ({after - before:+g})"
        terminal.print(words, markup=False, soft_wrap=True)
    if len(totals) > MAX_FIRST:
        terminal.print(f"   and {len(totals) - MAX_FIRST:,} more students", markup=False)
    terminal.print(_table(summary.first))
    more = f"{summary.rows:,} changes" if summary.rows > len(summary.first) else "the table"
    if table:
        terminal.print(f"   {more}: {table}", markup=False, soft_wrap=True)
    elif summary.rows > len(summary.first):
        terminal.print(f"   {summary.rows:,} changes in all", markup=False, soft_wrap=True)


def _table(changes: list[Change]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("   student", overflow="fold")
    for title in ("chapter", "exercise", "check", "before", "after", "cause"):
        table.add_column(title, overflow="fold")
    for change in changes:
        before, after = _words(change.before, change.after), _words(change.after, change.before)
        names = (f"   {change.student}", change.chapter, change.exercise, change.check)
        table.add_row(*(Text(text) for text in (*names, before, after, ", ".join(change.causes))))
    return table


def _words(points: CountedPoints | None, other: CountedPoints | None) -> str:
    """Return points, with the maximum and the status where they differ from the other's."""
    if points is None:
        return "–"
    words = "–" if points.earned is None else f"{points.earned:g}"
    if other is not None and other.points != points.points:
        words += f" of {points.points:g}"
    if other is not None and other.status != points.status and points.status:
        words += f" {points.status.replace('_', ' ')}"
    return words


def print_publication(terminal: Console, run: StoredRun) -> None:
    """Show what is published, and how many grades differ now; nothing if nothing is."""
    try:
        publication = find_publication(run.out)
        line = publication.line(count_differences(run, publication)) if publication else ""
    except PublicationError as error:
        line = str(error)
    print_line(terminal, line)


def print_line(terminal: Console, line: str) -> None:
    """Show a line on what is published, if there is one."""
    if line:
        terminal.print(f" {line}", markup=False, soft_wrap=True)
