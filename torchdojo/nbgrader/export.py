"""Write what people decided into an existing gradebook of nbgrader: points, and comments to students.

nbgrader keeps one number and one comment by hand per cell. Only what was decided is written, so that everything else
stays as nbgrader or its formgrader has it, and writing it again changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook as Database
from nbgrader.api import MissingEntry
from nbgrader.apps.autogradeapp import AutogradeApp

from torchdojo.course import Chapter
from torchdojo.nbgrader.build import grade_cell_id
from torchdojo.report.feedback import exercise_changes
from torchdojo.report.lms.gradebook import ExportError, Gradebook
from torchdojo.report.remarks import Remarks, remarks_for
from torchdojo.review.grade import ExerciseGrade, Grade

SAME = 1e-9
HEADER = "From the review of your submission:"  # what follows in a comment is replaced each time


@dataclass
class Written:
    """What was written. grades, comments: how many changed; warnings: what nbgrader cannot hold"""

    grades: int = 0
    comments: int = 0
    warnings: list[str] = field(default_factory=list)


def write_gradebook(gradebook: Gradebook, chapters: Iterable[Chapter], folder: Path) -> Written:
    """Write the decisions about chapters into the gradebook of the nbgrader course in a folder.

    ExportError if there is no such gradebook.
    """
    written = Written()
    with Database(_address(folder)) as database:
        for chapter in chapters:
            for student in gradebook.students:
                grade = gradebook.grades.get((student.id, chapter.name))
                if grade is None:
                    continue
                hash_now = grade.work.submission if grade.work else ""
                remarks = remarks_for(gradebook.decisions, grade.key, hash_now)
                if grade.is_changed or remarks:
                    _Notebook(database, grade, remarks, written).write(chapter)
        database.db.commit()
    return written


def _address(folder: Path) -> str:
    """Return the address of a course's gradebook. ExportError if there is none yet."""
    if not (folder / "nbgrader_config.py").is_file():
        raise ExportError(f"{folder} has no nbgrader_config.py; create a course with `dojo nbgrader build --out …`")
    previous = os.getcwd()
    os.chdir(folder)
    try:
        app: Any = AutogradeApp()
        app.initialize(["--log-level=WARN"])
        address = str(app.coursedir.db_url)
    finally:
        os.chdir(previous)
    path = address.removeprefix("sqlite:///")
    if path != address and not (folder / path).is_file():
        raise ExportError(f"{path} does not exist yet; run `nbgrader autograde` first")
    return address


class _Notebook:
    """A student's submission of a chapter in nbgrader, and what was decided about it."""

    def __init__(self, database: Any, grade: Grade, remarks: Remarks, written: Written) -> None:
        self._grade = grade
        self._remarks = remarks
        self._written = written
        try:
            self._found = database.find_submission_notebook(grade.chapter, grade.chapter, grade.student)
        except MissingEntry:
            self._found = None

    def _warn(self, words: str) -> None:
        self._written.warnings.append(f"{self._grade.student} {self._grade.chapter}: {words}")

    def write(self, chapter: Chapter) -> None:
        """Write all that nbgrader can hold, and note what it cannot."""
        if self._found is None:
            self._warn("nbgrader has no submission of it, so nothing was written")
            return
        if self._grade.override:
            self._warn("nbgrader has no points for a whole notebook, so those of the chapter were not written")
        for exercise in self._grade.exercises:
            self._write_points(exercise)
        texts = {exercise.name: list(_texts(exercise, self._remarks)) for exercise in self._grade.exercises}
        about_all = [f"About all of it: {text}" for text in _remark_texts(self._remarks.about(""))]
        first = next(iter(self._comments(chapter.exercises[0].name)), None)
        for comment in self._found.comments:
            own = [text for name in self._names(comment.name) for text in texts.pop(name, [])]
            self._write_comment(comment, [*about_all, *own] if comment is first else own)
        for name in (name for name, left in texts.items() if left):
            self._warn(f"nbgrader has no cell for a comment on {name}")
        if about_all and first is None:
            self._warn("nbgrader has no cell for a comment on all of it")

    def _write_points(self, exercise: ExerciseGrade) -> None:
        checks = exercise.checks
        is_decided = exercise.override or any(check.override or check.switched for check in checks)
        if not is_decided:
            return
        name = exercise.name if exercise.by_hand else grade_cell_id(exercise.name)
        cell = next((one for one in self._found.grades if one.name == name), None)
        if cell is None:
            self._warn(f"nbgrader has no cell for the points of {exercise.name}")
            return
        if exercise.points + sum(item.points for item in exercise.to_grade) < float(cell.max_score) - SAME:
            self._warn(f"nbgrader counts all {cell.max_score:g} points of {exercise.name}, although some do not count")
        values = (round(exercise.earned, 4), bool(exercise.to_grade))
        if (cell.manual_score, cell.needs_manual_grade) != values:
            cell.manual_score, cell.needs_manual_grade = values
            self._written.grades += 1

    def _names(self, cell: str) -> list[str]:
        """Return the exercises that a solution cell holds: nbgrader's id is their names, joined."""
        known = {exercise.name for exercise in self._grade.exercises}
        return [cell] if cell in known else [name for name in cell.split("-") if name in known]

    def _comments(self, exercise: str) -> Iterator[Any]:
        return (comment for comment in self._found.comments if exercise in self._names(comment.name))

    def _write_comment(self, comment: Any, texts: list[str]) -> None:
        """Write texts below what a person wrote in nbgrader itself."""
        own, found, _ = (comment.manual_comment or "").partition(HEADER)
        if not texts and not found:
            return
        parts = [own.rstrip(), "\n\n".join([HEADER, *texts]) if texts else ""]
        text = "\n\n".join(filter(None, parts)) or None
        if comment.manual_comment != text:
            comment.manual_comment = text
            self._written.comments += 1


def _texts(exercise: ExerciseGrade, remarks: Remarks) -> Iterator[str]:
    """Yield what a student reads about an exercise."""
    yield from exercise_changes(exercise)
    yield from _remark_texts(remarks.about(exercise.name))


def _remark_texts(remarks: Remarks) -> Iterator[str]:
    for comment in remarks.comments:
        yield f"{comment.where}: {comment.text}" if comment.where else comment.text
    for request in remarks.requests:
        if request.answer:
            yield f"Answer to your request: {request.answer}"
