"""The rows of the queue as they were graded, kept up to date with what a run stores, reading each result once."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torchdojo.batch.policy import Adjustments
from torchdojo.batch.results import ResultKey
from torchdojo.batch.store import DATABASE, OutError, StoredRun
from torchdojo.collect.submissions import Submissions
from torchdojo.course import Course
from torchdojo.course.model import Policy
from torchdojo.desk.rows import CheckHead, Missing, QueueRow, RowMaker
from torchdojo.report.class_report import people_names
from torchdojo.report.flags import find_ungraded
from torchdojo.review.works import Work


@dataclass(frozen=True, slots=True)
class _Context:
    """What a row depends on beside its result."""

    name: str
    is_unclear: bool


class GradedRows:
    """The results in `out`, also while `dojo grade` is running there.

    rows: by student and chapter; works: by student, then by chapter; missing: students without a row
    adjustments, policy: of the last completed run

    OutError if there are no results, or if another version of torchdojo stored them.
    """

    def __init__(self, course: Course, out: Path) -> None:
        self._course = course
        self._out = out
        self._chapters = {chapter.name: chapter for chapter in course.chapters}
        self._open()

    def _open(self) -> None:
        file = self._file_id()
        self._store = StoredRun(self._out, self._course)
        self._maker = RowMaker()
        self._contexts: dict[ResultKey, _Context] = {}
        self.rows: dict[ResultKey, QueueRow] = {}
        self.works: dict[str, dict[str, Work]] = defaultdict(dict)
        self.missing: list[Missing] = []
        self.adjustments: Adjustments = {}
        self.policy = Policy()
        self._mark = 0
        self._changes = -1
        self._file = file  # last: what fails is tried again

    def _file_id(self) -> int:
        """Return a number of the database's file, 0 if there is none."""
        try:
            return (self._out / DATABASE).stat().st_ino
        except OSError:
            return 0

    @property
    def heads(self) -> Mapping[str, CheckHead]:
        """The checks, by id."""
        return self._maker.heads

    def is_running(self) -> bool:
        """Whether `dojo grade` is running in the folder."""
        return self._store.is_running()

    def refresh(self) -> set[str] | None:
        """Read what was stored since; return the students whose grades may differ, None if nothing was stored.

        OutError if the results cannot be read any more.
        """
        try:
            if self._file_id() != self._file:  # `dojo grade --force` begins a new file where it cannot read the old one
                self._store.close()
                self._open()
            changes = self._store.change_count()
            if changes == self._changes:
                return None
            students = self._read()
            self._changes = changes
        except sqlite3.Error as error:
            raise OutError(f"{self._out / DATABASE} cannot be read: {error}. Reload the page.") from None
        return students

    def _read(self) -> set[str]:
        self._mark, saved = self._store.saved_since(self._mark)
        keys = self._store.keys()
        collected = self._store.collected()
        names = people_names(collected)
        unclear = {(note.student, note.chapter) for note in collected.unclear}
        contexts = {key: _Context(names.get(key[0], ""), key in unclear) for key in keys}
        students = {student for student, _ in saved}
        for key in {*saved, *(self.rows.keys() - contexts.keys())}:
            self._forget(key)
            students.add(key[0])
        outdated = {key: one for key, one in contexts.items() if self._contexts.get(key) != one}
        self._make(outdated)
        students |= {student for student, _ in outdated}
        self.missing = self._find_missing(collected, names)
        adjustments, policy = self._store.adjustments() or {}, self._store.policy()
        if (adjustments, policy) != (self.adjustments, self.policy):
            self.adjustments, self.policy = adjustments, policy
            students |= set(self.works)
        return students

    def _forget(self, key: ResultKey) -> None:
        self.rows.pop(key, None)
        self._contexts.pop(key, None)
        self.works[key[0]].pop(key[1], None)

    def _make(self, contexts: dict[ResultKey, _Context]) -> None:
        for stored in self._store.results(contexts) if contexts else ():
            context = contexts[stored.key]
            chapter = self._chapters[stored.result.chapter]
            self.rows[stored.key] = self._maker.row(stored, chapter, context.name, is_unclear=context.is_unclear)
            self.works[stored.student][chapter.name] = Work.of(stored.student, stored.result)
            self._contexts[stored.key] = context

    def _find_missing(self, collected: Submissions, names: Mapping[str, str]) -> list[Missing]:
        messages = {flag.student: flag.message for flag in find_ungraded(collected)}
        missing = set(self._store.students()) - {student for student, _ in self.rows}
        return [Missing(student, names.get(student, ""), messages.get(student, "")) for student in missing]
