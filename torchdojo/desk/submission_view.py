"""Collect what a submission's page shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from torchdojo.batch.store import StoredRun
from torchdojo.course import Chapter
from torchdojo.desk.errors import NoSuchPage
from torchdojo.desk.submission_code import CodeRow, code_rows, diff_rows
from torchdojo.desk.submission_comparison import (
    STUDENT,
    OtherText,
    course_comparisons,
    earlier_comparisons,
    stub_text,
    student_comparison,
)
from torchdojo.desk.submission_layout import Block, ExercisePanel, LineNotes, arrange, exercise_panels, notes_by_line
from torchdojo.grading.result import Result
from torchdojo.notebooks.hand_answer import hand_answer
from torchdojo.report.highlight import decode
from torchdojo.review.decisions import CommentNow, Decisions, RequestNow, Standing
from torchdojo.review.grade import Grade
from torchdojo.review.history import PastDecision, past_decisions


@dataclass(frozen=True)
class SubmissionView:
    """A submission as its page shows it.

    number: of the chapter; has_text: whether the file could be read
    file: the path of what was handed in, where the run noted one; panels: the exercises in the course's order
    blocks: the code with its notes; comparison: what it is compared with, or None
    comparisons, earlier: what of the course and of the student it can be compared with
    grade: what counts; comments: on all of it, or on another hand-in; line: the one to comment on, or None
    requests: to grade again; reviewed: who is done with it, or None; history: decisions about it, the last one first
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
    grade: Grade
    comments: list[CommentNow]
    requests: list[RequestNow]
    reviewed: Standing | None
    history: list[PastDecision]
    line: int | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether the code was extracted from a notebook, whose cells have other line numbers."""
        return self.file.endswith(".ipynb")


def view_submission(
    run: StoredRun, grade: Grade, decisions: Decisions, against: str = "", line: int | None = None
) -> SubmissionView:
    """Return what to show of a submission; NoSuchPage if there is none.

    grade: what counts of it; against: the key of what to compare it with, "" for its code alone
    line: the one to comment on, or None
    """
    student, chapter_name = key = grade.key
    chapter, result = run.course.find(chapter_name), run.result(student, chapter_name)
    if chapter is None or result is None:
        raise NoSuchPage(f"{student} has no graded submission of {chapter_name}.")
    source = run.source(student, chapter_name)
    text = decode(source or b"")
    stub = stub_text(run.course, chapter)
    comparisons = course_comparisons(run.course, chapter, text, stub)
    earlier = earlier_comparisons(run.course, run.earlier(student, chapter_name))
    comparison = _find_comparison(run, chapter, against, [*comparisons, *earlier])
    panels = exercise_panels(chapter, result, text, grade)
    on_lines, others = _place_comments(panels, decisions.comments.get(key, []), result.submission)
    for panel in panels:
        if panel.exercise.by_hand and source is not None:
            panel.answer = hand_answer(run.course, chapter, panel.exercise, source)
    notes = notes_by_line(panels, on_lines)
    if line is not None:
        notes.setdefault(line, LineNotes())
    rows = [] if source is None else _rows(text, comparison, notes, stub)
    files = run.collected().file_notes
    return SubmissionView(
        student=student,
        number=run.course.chapters.index(chapter) + 1,
        chapter=chapter,
        result=result,
        has_text=source is not None,
        file=next((note.location for note in files if (note.student, note.chapter) == key), ""),
        panels=panels,
        blocks=arrange(rows, notes),
        comparison=comparison,
        comparisons=comparisons,
        earlier=earlier,
        grade=grade,
        comments=others,
        requests=decisions.requests.get(key, []),
        reviewed=decisions.reviewed.get(key),
        history=past_decisions(decisions, key),
        line=line,
    )


def _find_comparison(run: StoredRun, chapter: Chapter, against: str, choices: Sequence[OtherText]) -> OtherText | None:
    if not against:
        return None
    found = next((choice for choice in choices if choice.key == against), None)
    if against.startswith(STUDENT):
        found = student_comparison(run, against.removeprefix(STUDENT), chapter)
    if found is None:
        raise NoSuchPage(f"This submission cannot be compared with “{against}”.")
    return found


def _place_comments(
    panels: Iterable[ExercisePanel], comments: Iterable[CommentNow], submission: str
) -> tuple[list[CommentNow], list[CommentNow]]:
    """Give each exercise the comments on it; return those on lines of this submission, and all others."""
    by_name = {panel.exercise.name: panel for panel in panels}
    on_lines, others = [], []
    for one in comments:
        if one.comment.line is not None and one.target.submission == submission:
            on_lines.append(one)
        elif one.comment.item in by_name:
            by_name[one.comment.item].comments.append(one)
        else:
            others.append(one)
    return on_lines, others


def _rows(text: str, comparison: OtherText | None, noted: Collection[int | None], stub: str) -> list[CodeRow]:
    keep = [line for line in noted if line is not None]
    return code_rows(text, stub, keep) if comparison is None else diff_rows(comparison.read(), text, keep)
