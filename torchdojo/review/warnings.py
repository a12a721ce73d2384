"""What somebody should look at before grades are published."""

from __future__ import annotations

from collections.abc import Iterable

from torchdojo.batch.store import StoredRun
from torchdojo.grading.status import ResultStatus
from torchdojo.review.changes import Cause, GradePairs, Pair, compare_grades
from torchdojo.review.decisions import Decisions
from torchdojo.review.grade import Grade
from torchdojo.review.grades import StudentGrades, all_grades
from torchdojo.review.last_run import LAST_RUN
from torchdojo.review.record import NoRecords, RecordMaker, RecordsError, open_records

MAX_NAMED = 5


def publish_warnings(run: StoredRun, decisions: Decisions) -> list[str]:
    """Return what is not settled in the results, in sentences."""
    open_requests = [key for key, asked in decisions.requests.items() if any(one.answer is None for one in asked)]
    doubts, failed, by_hand, items = [], [], [], 0
    interrupted = _Interruption(run, decisions)
    for one in all_grades(run, decisions):
        interrupted.look_at(one)
        for grade in one.grades.values():
            if grade.doubts:
                doubts.append(grade.key)
            if _failed(grade):
                failed.append(grade.key)
            if grade.to_grade:
                by_hand.append(grade.key)
                items += len(grade.to_grade)
    unclear = [(note.student, note.chapter) for note in run.collected().unclear]
    warnings = [
        _warning(len(open_requests), "regrade request is", "regrade requests are", "open", open_requests),
        _warning(len(doubts), "grade has", "grades have", "an override that is in doubt", doubts),
        _warning(items, "item is", "items are", "not graded by hand yet, so no points are given for it", by_hand),
        _warning(len(failed), "submission has", "submissions have", "a grader error, so no score", failed),
        _warning(len(unclear), "file is", "files are", "not graded, because it is unclear which one counts", unclear),
    ]
    if interrupted.is_found():
        warnings.append("The last run was interrupted: repeat `dojo grade`, or old and new results are published.")
    return [warning for warning in warnings if warning]


def _failed(grade: Grade) -> bool:
    is_error = grade.work is not None and grade.work.status is ResultStatus.GRADER_ERROR
    return is_error and grade.score is None and not grade.exempt


def _warning(count: int, one: str, many: str, what: str, keys: Iterable[tuple[str, str]]) -> str:
    """Return a sentence, "" if there is nothing to warn about."""
    if not count:
        return ""
    names = [f"{student} {chapter}".strip() for student, chapter in dict.fromkeys(keys)]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{count} {one if count == 1 else many} {what}: {', '.join(names[:MAX_NAMED])}{more}"


class _Interruption:
    """Finds out whether results changed since the last run that was completed, of grades that come one by one."""

    def __init__(self, run: StoredRun, decisions: Decisions) -> None:
        try:
            self._last = open_records(run.out / LAST_RUN)
        except RecordsError:
            self._last = None
        self._pairs = GradePairs(self._last or NoRecords())
        self._maker = RecordMaker(run, decisions)
        self._found = False

    def look_at(self, one: StudentGrades) -> None:
        """Compare the grades of a student."""
        if self._last and not self._found:
            self._found = any(_is_changed(self._pairs.pair(record)) for record in self._maker.records(one))

    def is_found(self) -> bool:
        """Return the answer, once all students were looked at."""
        if self._last is None:
            return False
        with self._last:
            return self._found or any(map(_is_changed, self._pairs.gone()))


def _is_changed(pair: Pair) -> bool:
    """Whether something changed, other than by a decision or a rule."""
    return any(set(change.causes) - {Cause.REVIEW, Cause.POLICY} for change in compare_grades(*pair))
