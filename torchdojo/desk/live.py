"""The queue as it is now: what was graded, with what people decided."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from torchdojo.batch.results import ResultKey
from torchdojo.course import Course
from torchdojo.desk.graded_rows import GradedRows
from torchdojo.desk.live_changes import LiveChanges, RunChanges
from torchdojo.desk.live_decisions import LiveDecisions
from torchdojo.desk.queue import Queue
from torchdojo.desk.rows import QueueRow, RowReview
from torchdojo.review.decision import Answer, Decision, SwitchCheck, Undo
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade
from torchdojo.review.grades import grade_student


class LiveQueue:
    """The queue over the results in `out`, also while `dojo grade` is running there and others decide.

    OutError or ReviewsError if the results or the decisions cannot be read.
    """

    def __init__(
        self, course: Course, out: Path, live_decisions: LiveDecisions, live_changes: LiveChanges | None = None
    ) -> None:
        self._course = course
        self._live_changes = live_changes or LiveChanges(out)
        self._changes = RunChanges()
        self._graded = GradedRows(course, out)
        self._live_decisions = live_decisions
        self._lock = threading.Lock()
        self._decisions = Decisions()
        self._rows: dict[ResultKey, QueueRow] = {}
        self._refresh()

    def current(self) -> Queue:
        """Return the queue as it is now, the same object until something changes.

        OutError or ReviewsError if it cannot be read any more.
        """
        with self._lock:
            self._refresh()
            return self._queue

    def grades(self, student: str, decisions: Decisions) -> dict[str, Grade]:
        """Return what counts of a student's submissions, by chapter, if these are the decisions."""
        with self._lock:
            self._refresh()
            return self._grades(student, decisions)

    def is_running(self) -> bool:
        """Whether `dojo grade` is running in the folder."""
        return self._graded.is_running()

    def _refresh(self) -> None:
        students = self._graded.refresh()
        decisions = self._live_decisions.current()
        changes = self._live_changes.current()
        if students is None and decisions is self._decisions and changes is self._changes:
            return
        concerned = students_concerned(self._decisions, decisions)
        for student in self._graded.works if concerned is None else concerned | (students or set()):
            self._grade(student, decisions)
        self._rows = {key: row for key, row in self._rows.items() if key in self._graded.rows}
        self._decisions, self._changes = decisions, changes
        rows, graded = self._rows.values(), self._graded
        self._queue = Queue(self._course, rows, graded.heads, graded.missing, changes.regraded)

    def _grade(self, student: str, decisions: Decisions) -> None:
        grades = self._grades(student, decisions)
        for chapter in self._graded.works.get(student, {}):
            key = (student, chapter)
            self._rows[key] = replace(self._graded.rows[key], review=_review(grades[chapter], decisions))

    def _grades(self, student: str, decisions: Decisions) -> dict[str, Grade]:
        graded = self._graded
        works = graded.works.get(student, {})
        return grade_student(self._course, graded.policy, student, works, graded.adjustments, decisions)


def _review(grade: Grade, decisions: Decisions) -> RowReview:
    reviewed = decisions.reviewed.get(grade.key)
    is_current = reviewed is not None and grade.work is not None and reviewed.target.submission == grade.work.submission
    return RowReview(
        score=grade.score,
        max_score=grade.max_score,
        is_exempt=grade.exempt,
        is_changed=grade.is_changed,
        reviewed_by=reviewed.entry.by if reviewed and is_current else "",
        requests=sum(request.answer is None for request in decisions.requests.get(grade.key, ())),
        doubts=len(grade.doubts),
        to_grade=len(grade.to_grade),
    )


def students_concerned(before: Decisions, now: Decisions) -> set[str] | None:
    """Return the students about whom people decided or undid something in between; None for the whole class."""
    students: set[str] = set()
    for known, other in ((before, now), (now, before)):
        for name in known.entries.keys() - other.entries.keys():
            for decision in _undone(known, known.entries[name].decision):
                if isinstance(decision, SwitchCheck):
                    return None
                students |= {target.student for target in getattr(decision, "targets", ())}
    return students


def _undone(decisions: Decisions, decision: Decision) -> Iterator[Decision]:
    """Yield what a decision changes the effect of: itself, what it undoes, or the request that it answers."""
    seen = set()
    while isinstance(decision, Undo | Answer):
        other = decision.of if isinstance(decision, Undo) else decision.request
        if other in seen or other not in decisions.entries:
            return
        seen.add(other)
        decision = decisions.entries[other].decision
    yield decision
