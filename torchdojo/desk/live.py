"""Keep the queue up to date with what a run stores, reading each result once."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import DATABASE, OutError, StoredRun
from torchdojo.course import Course
from torchdojo.desk.queue import Missing, Queue
from torchdojo.desk.rows import QueueRow, RowMaker
from torchdojo.report.class_report import people_names
from torchdojo.report.flags import find_ungraded


@dataclass(frozen=True, slots=True)
class _Context:
    """What a row depends on beside its result."""

    name: str
    is_unclear: bool


class LiveQueue:
    """The queue over the results in `out`, also while `dojo grade` is running there.

    OutError if there are none, or if another version of torchdojo stored them.
    """

    def __init__(self, course: Course, out: Path) -> None:
        self._course = course
        self._out = out
        self._chapters = {chapter.name: chapter for chapter in course.chapters}
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        file = self._file_id()
        self._store = StoredRun(self._out, self._course)
        self._maker = RowMaker()
        self._rows: dict[ResultKey, tuple[_Context, QueueRow]] = {}
        self._mark = 0
        self._changes = self._store.change_count()
        self._queue = self._read()
        self._file = file  # last: what fails is tried again

    def _file_id(self) -> int:
        """Return a number of the database's file, 0 if there is none."""
        try:
            return (self._out / DATABASE).stat().st_ino
        except OSError:
            return 0

    def current(self) -> Queue:
        """Return the queue as it is now. OutError if the results cannot be read any more."""
        with self._lock:
            try:
                self._refresh()
            except sqlite3.Error as error:
                raise OutError(f"{self._out / DATABASE} cannot be read: {error}. Reload the page.") from None
            return self._queue

    def _refresh(self) -> None:
        if self._file_id() != self._file:  # `dojo grade --force` begins a new file where it cannot read the old one
            self._store.close()
            self._open()
        elif (changes := self._store.change_count()) != self._changes:
            self._queue = self._read()
            self._changes = changes

    def is_running(self) -> bool:
        """Whether `dojo grade` is running in the folder."""
        return self._store.is_running()

    def _read(self) -> Queue:
        self._mark, saved = self._store.saved_since(self._mark)
        keys = self._store.keys()
        collected = self._store.collected()
        names = people_names(collected)
        unclear = {(note.student, note.chapter) for note in collected.unclear}
        contexts = {key: _Context(names.get(key[0], ""), key in unclear) for key in keys}
        for key in saved:
            self._rows.pop(key, None)
        self._make({key: contexts[key] for key in keys if key not in self._rows or self._rows[key][0] != contexts[key]})
        rows = [self._rows[key][1] for key in keys]
        missing = sorted(set(self._store.students()) - {row.student for row in rows})
        ungraded = {flag.student: flag.message for flag in find_ungraded(collected)}
        return Queue(
            self._course,
            rows,
            self._maker.heads,
            [Missing(student, names.get(student, ""), ungraded.get(student, "")) for student in missing],
        )

    def _make(self, contexts: dict[ResultKey, _Context]) -> None:
        for stored in self._store.results(contexts) if contexts else ():
            context = contexts[stored.key]
            chapter = self._chapters[stored.result.chapter]
            row = self._maker.row(stored, chapter, context.name, is_unclear=context.is_unclear)
            self._rows[stored.key] = (context, row)
