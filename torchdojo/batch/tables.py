"""The CSV tables that a run writes beside its results."""

from __future__ import annotations

from collections.abc import Iterable

from torchdojo.batch.policy import Adjustments
from torchdojo.batch.results import ResultSummary
from torchdojo.collect.submissions import Submissions
from torchdojo.course import Course
from torchdojo.files import csv_text
from torchdojo.grading.status import ResultStatus

ID_FROM = "id from"
ROSTER_ID = "roster "  # what a column of students.csv begins with that holds ids of the roster
ADJUSTMENT_COLUMNS = (
    *("student", "chapter", "raw", "score", "max_score", "submitted", "due", "days_late", "grace_days", "penalty"),
    *("extra", "exempt", "time_from"),
)


def grades_table(
    course: Course, students: list[str], summaries: Iterable[ResultSummary], adjustments: Adjustments | None = None
) -> str:
    """Return grades.csv: a chapter that a student did not submit is empty, and counts 0 of its points.

    A chapter that could not be judged (a grader error) is empty, and does not count towards the maximum.

    With adjustments the columns of the chapters hold the adjusted scores, and one more column per chapter the raw one;
    a chapter that a student is exempt from is empty and does not count towards the maximum.
    """
    by_key = {(summary.student, summary.chapter): summary for summary in summaries}
    graded = {chapter for _, chapter in by_key}
    raw_columns = [f"{chapter.name} raw" for chapter in course.chapters] if adjustments is not None else []
    rows: list[list[str | float | None]] = [
        ["student", *(chapter.name for chapter in course.chapters), "total", "max", *raw_columns]
    ]
    for student in sorted(set(students)):
        scores: list[float | None] = []
        raw_scores: list[float | None] = []
        max_score = 0.0
        for chapter in course.chapters:
            summary = by_key.get((student, chapter.name))
            adjustment = (adjustments or {}).get((student, chapter.name))
            raw_scores.append(summary.score if summary else None)
            scores.append(adjustment.score if adjustment else raw_scores[-1])
            if summary and summary.status is ResultStatus.GRADER_ERROR:
                continue
            if adjustment:
                max_score += adjustment.max_score
            elif chapter.name in graded:
                max_score += summary.max_score if summary else chapter.required_points
        total = sum((score or 0.0 for score in scores), 0.0)
        rows.append([student, *scores, total, max_score, *(raw_scores if raw_columns else [])])
    return csv_text(rows)


def adjustments_table(course: Course, adjustments: Adjustments) -> str:
    """Return adjustments.csv: a row per chapter that a student submitted or is exempt from, with the reasons."""
    order = {chapter.name: index for index, chapter in enumerate(course.chapters)}
    rows = [[*ADJUSTMENT_COLUMNS, "reasons"]]
    for adjustment in sorted(adjustments.values(), key=lambda one: (one.student, order[one.chapter])):
        values = {**adjustment.to_dict(), "exempt": "yes" if adjustment.exempt else "no"}
        rows.append([*(values[column] for column in ADJUSTMENT_COLUMNS), " ".join(adjustment.reasons)])
    return csv_text(rows)


def files_table(submissions: Submissions) -> str:
    """Return files.csv: every file, whose it is, and which chapter it counts for, or why it was ignored."""
    notes = ([note.location, note.student, note.chapter, note.note] for note in submissions.file_notes)
    return csv_text([["file", "student", "chapter", "note"], *notes])


def students_table(submissions: Submissions) -> str:
    """Return students.csv: the names that belong to the students' ids, and all the ids that the roster has for them."""
    people = sorted(submissions.people.items())
    titles = list(dict.fromkeys(title for _, person in people for title in person.roster_ids))
    rows = (
        [student, person.name, person.email, person.id_from, *(person.roster_ids.get(title, "") for title in titles)]
        for student, person in people
    )
    return csv_text([["student", "name", "email", ID_FROM, *(f"{ROSTER_ID}{title}" for title in titles)], *rows])
