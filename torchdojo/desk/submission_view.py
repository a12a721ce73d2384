"""Collect what a submission's page shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter
from torchdojo.desk.errors import NoSuchPage
from torchdojo.desk.submission_code import CodeRow, code_rows, decode, diff_rows
from torchdojo.desk.submission_comparison import (
    STUDENT,
    OtherText,
    course_comparisons,
    earlier_comparisons,
    stub_text,
    student_comparison,
)
from torchdojo.desk.submission_layout import Block, ExercisePanel, arrange, exercise_panels, notes_by_line
from torchdojo.grading.result import Result


@dataclass(frozen=True)
class SubmissionView:
    """A submission as its page shows it.

    number: of the chapter; has_text: whether the file could be read
    file: the path of what was handed in, where the run noted one; panels: the exercises in the course's order
    blocks: the code with its notes; comparison: what it is compared with, or None
    comparisons, earlier: what of the course and of the student it can be compared with
    """

    student: str
    number: int
    chapter: Chapter
    result: Result
    has_text: bool
    file: str
    panels: list[ExercisePanel]
    blocks: list[Block]
    comparison: OtherText | None
    comparisons: list[OtherText]
    earlier: list[OtherText]

    @property
    def is_notebook(self) -> bool:
        """Whether the code was extracted from a notebook, whose cells have other line numbers."""
        return self.file.endswith(".ipynb")


def view_submission(run: StoredRun, student: str, chapter_name: str, against: str = "") -> SubmissionView:
    """Return what to show of a submission; NoSuchPage if there is none.

    against: the key of what to compare it with, "" for its code alone
    """
    chapter, result = run.course.find(chapter_name), run.result(student, chapter_name)
    if chapter is None or result is None:
        raise NoSuchPage(f"{student} has no graded submission of {chapter_name}.")
    source = run.source(student, chapter_name)
    text = decode(source or b"")
    comparisons = course_comparisons(run.course, chapter, text)
    earlier = earlier_comparisons(run.course, run.earlier(student, chapter_name))
    comparison = None
    if against.startswith(STUDENT):
        comparison = student_comparison(run, against.removeprefix(STUDENT), chapter)
    elif against:
        comparison = next((choice for choice in (*comparisons, *earlier) if choice.key == against), None)
    if against and comparison is None:
        raise NoSuchPage(f"This submission cannot be compared with “{against}”.")
    panels = exercise_panels(chapter, result, text)
    notes = notes_by_line(panels)
    rows = [] if source is None else _rows(text, comparison, notes, stub_text(run.course, chapter))
    collected = run.collected()
    return SubmissionView(
        student=student,
        number=run.course.chapters.index(chapter) + 1,
        chapter=chapter,
        result=result,
        has_text=source is not None,
        file=next((n.location for n in collected.file_notes if (n.student, n.chapter) == (student, chapter_name)), ""),
        panels=panels,
        blocks=arrange(rows, notes),
        comparison=comparison,
        comparisons=comparisons,
        earlier=earlier,
    )


def _rows(text: str, comparison: OtherText | None, noted: Collection[int | None], stub: str) -> list[CodeRow]:
    keep = [line for line in noted if line is not None]
    return code_rows(text, stub, keep) if comparison is None else diff_rows(comparison.read(), text, keep)
