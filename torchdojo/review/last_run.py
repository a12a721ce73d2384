"""Keep what each completed run gave, and write what changed since the run before: OUT/changes.csv.

last_run.jsonl is replaced when everything else is written. So a run that was interrupted, however late, is compared
with the last completed one when it is repeated.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import StoredRun
from torchdojo.files import WriteError, csv_text, replacing
from torchdojo.review.changes import COLUMNS, Cause, Change, ChangeSummary, GradePairs, Pair, collect
from torchdojo.review.decisions import Decisions
from torchdojo.review.record import (
    GradeRecord,
    Records,
    RecordsError,
    current_records,
    head_line,
    open_records,
    record_line,
    time_now,
)

LAST_RUN = "last_run.jsonl"
PREVIOUS_RUN = "previous_run.jsonl"
CHANGES = "changes.csv"


def complete_run(run: StoredRun, before: Records | None) -> ChangeSummary | None:
    """Write what changed since `before` to changes.csv in the run's folder, and what the run gave to last_run.jsonl.

    before: what the last completed run gave; None if there is none to compare with, for which None is returned
    WriteError if the folder cannot be written.
    """
    with completing_run(run, before) as completing:
        for record in current_records(run, Decisions.read(run.out)):
            completing.add(record)
    return completing.summary


class CompletingRun:
    """Gets what a run gave, grade by grade. summary: what changed, None if there is nothing to compare with"""

    def __init__(self, last_run: BinaryIO, changes: ChangesTable | None) -> None:
        self._last_run = last_run
        self._changes = changes
        self.summary = changes.summary if changes else None

    def add(self, record: GradeRecord) -> None:
        """Add a grade."""
        self._last_run.write(record_line(record))
        if self._changes:
            self._changes.add(record)


@contextlib.contextmanager
def completing_run(run: StoredRun, before: Records | None) -> Iterator[CompletingRun]:
    """Yield what gets all grades of a run, and do with them what `complete_run` does when the block ends."""
    out = run.out
    with replacing(out / LAST_RUN) as file:
        file.write(head_line(time_now(run.course)))
        if before is None:
            yield CompletingRun(file, None)
            for name in (CHANGES, PREVIOUS_RUN):
                (out / name).unlink(missing_ok=True)
        else:
            with changes_table(out / CHANGES, before) as table:
                yield CompletingRun(file, table)
            _keep_previous(out)


class ChangesTable:
    """A CSV table of what changed, which grows with each grade. summary: the same, counted"""

    def __init__(self, file: BinaryIO, before: Records) -> None:
        self.summary = ChangeSummary(before.at)
        self._file = file
        self._pairs = GradePairs(before)
        file.write(csv_text([COLUMNS]).encode())

    def add(self, record: GradeRecord) -> None:
        """Add what changed of a grade."""
        self._add(self._pairs.pair(record))

    def add_gone(self) -> None:
        """Add the grades that are gone, once all others are added."""
        for pair in self._pairs.gone():
            self._add(pair)

    def _add(self, pair: Pair) -> None:
        rows = [change.row() for change in self.summary.add(*pair)]
        self._file.write(csv_text(rows).encode("utf-8", "replace"))


@contextlib.contextmanager
def changes_table(path: Path, before: Records) -> Iterator[ChangesTable]:
    """Yield a table that is at `path`, and whole, once the block ends. WriteError if it cannot be written."""
    with replacing(path) as file:
        table = ChangesTable(file, before)
        yield table
        table.add_gone()


def write_changes(path: Path, before: Records, after: Iterable[GradeRecord]) -> ChangeSummary:
    """Write what changed as a CSV table, and return it counted. WriteError if that fails."""
    with changes_table(path, before) as table:
        for record in after:
            table.add(record)
    return table.summary


def _keep_previous(out: Path) -> None:
    """Give what the last run gave a second name, under which it remains when the last run is another."""
    link = out / f".{PREVIOUS_RUN}.new"
    try:
        link.unlink(missing_ok=True)
        try:
            os.link(out / LAST_RUN, link)
        except OSError:  # a file system without links
            link.write_bytes((out / LAST_RUN).read_bytes())
        link.replace(out / PREVIOUS_RUN)
    except OSError as error:
        raise WriteError(out / PREVIOUS_RUN, error) from None


def changes_of_last_run(out: Path) -> tuple[ChangeSummary, list[Change]] | None:
    """Return what the last completed run changed, as it was then; None if it cannot be compared with another."""
    with contextlib.ExitStack() as stack:
        try:
            runs = [open_records(out / name) for name in (PREVIOUS_RUN, LAST_RUN)]
            before, after = (stack.enter_context(run) if run else None for run in runs)
            return collect(before, after) if before and after else None
        except RecordsError:
            return None


def regraded(changes: Iterable[Change]) -> frozenset[ResultKey]:
    """Return the submissions whose points changed, other than by a person's decision."""
    return frozenset(change.key for change in changes if set(change.causes) != {Cause.REVIEW})
