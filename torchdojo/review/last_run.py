"""Keep what each completed run gave, and write what changed since the run before: OUT/changes.csv.

last_run.jsonl is replaced when everything else is written. So a run that was interrupted, however late, is compared
with the last completed one when it is repeated.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import StoredRun
from torchdojo.files import WriteError, csv_text, replacing
from torchdojo.review.changes import COLUMNS, Cause, Change, ChangeSummary, collect, pair_grades
from torchdojo.review.decisions import Decisions
from torchdojo.review.record import GradeRecord, Records, RecordsError, current_records, open_records, saving, time_now

LAST_RUN = "last_run.jsonl"
PREVIOUS_RUN = "previous_run.jsonl"
CHANGES = "changes.csv"


def complete_run(run: StoredRun, before: Records | None) -> ChangeSummary | None:
    """Write what changed since `before` to changes.csv in the run's folder, and what the run gave to last_run.jsonl.

    before: what the last completed run gave; None if there is none to compare with, for which None is returned
    WriteError if the folder cannot be written.
    """
    out = run.out
    summary = None
    with replacing(out / LAST_RUN) as file:
        records = saving(file, current_records(run, Decisions.read(out)), time_now(run.course))
        if before is None:
            deque(records, maxlen=0)
            for name in (CHANGES, PREVIOUS_RUN):
                (out / name).unlink(missing_ok=True)
        else:
            summary = write_changes(out / CHANGES, before, records)
            _keep_previous(out)
    return summary


def write_changes(path: Path, before: Records, after: Iterable[GradeRecord]) -> ChangeSummary:
    """Write what changed as a CSV table, and return it counted. WriteError if that fails."""
    summary = ChangeSummary(before.at)
    with replacing(path) as file:
        file.write(csv_text([COLUMNS]).encode())
        for pair in pair_grades(before, after):
            rows = [change.row() for change in summary.add(*pair)]
            file.write(csv_text(rows).encode("utf-8", "replace"))
    return summary


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
