"""Write grades for `dojo export`: read them, warn of what is not decided yet, and write a platform's file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from torchdojo.batch.store import OutError, StoredRun
from torchdojo.cli.common import console, open_course
from torchdojo.cli.outputs import tell_edits
from torchdojo.collect.match import find_chapter
from torchdojo.course import Chapter, Course
from torchdojo.files import unguarded, write_atomically
from torchdojo.near_names import did_you_mean
from torchdojo.report.lms.autograder import write_autograder
from torchdojo.report.lms.canvas import canvas_csv
from torchdojo.report.lms.gradebook import ExportError, Gradebook, open_gradebook
from torchdojo.report.lms.gradescope import results_json
from torchdojo.report.lms.moodle import moodle_csv, moodle_worksheet
from torchdojo.report.paths import Folders
from torchdojo.review.grades_file import GradesFile
from torchdojo.review.publication import Publication, count_course_changes, count_differences, find_publication


def export_canvas(
    context: click.Context,
    results: Path,
    out: Path,
    unpublished: bool,
    chapters: tuple[str, ...],
    columns: tuple[str, ...],
    identity: str | None,
    roster_column: str,
) -> None:
    """Write Canvas's gradebook CSV."""
    course = open_course(context)
    name_of = _names(course, columns)
    gradebook = _open(results, course, chapters, unpublished=unpublished)
    text, warnings = canvas_csv(gradebook, list(chapters), name_of, identity or "", roster_column)
    _write(out, text, warnings)


def export_moodle(
    context: click.Context,
    results: Path,
    out: Path,
    unpublished: bool,
    chapters: tuple[str, ...],
    columns: tuple[str, ...],
    roster_column: str,
) -> None:
    """Write a CSV file to import into Moodle's gradebook."""
    course = open_course(context)
    name_of = _names(course, columns)
    text, warnings = moodle_csv(
        _open(results, course, chapters, unpublished=unpublished), list(chapters), name_of, roster_column
    )
    _write(out, text, warnings)


def export_worksheet(context: click.Context, results: Path, out: Path, unpublished: bool, chapter: str) -> None:
    """Write a grading worksheet for Moodle."""
    gradebook = _open(results, open_course(context), [chapter], unpublished=unpublished)
    text, warnings = moodle_worksheet(gradebook, gradebook.chapters([chapter])[0])
    _write(out, text, warnings)


def export_gradescope(
    context: click.Context,
    results: Path,
    out: Path,
    unpublished: bool,
    chapters: tuple[str, ...],
    student: str | None,
) -> None:
    """Write Gradescope's results.json, of one student or of all."""
    gradebook = _open(results, open_course(context), chapters, unpublished=unpublished)
    if student is not None:
        _require_student(gradebook, student)
        _write(out, results_json(gradebook, student, list(chapters), _ignored_files(results)))
        return
    _write_all(gradebook, out, list(chapters))


def export_nbgrader(
    context: click.Context, results: Path, folder: Path, unpublished: bool, chapters: tuple[str, ...]
) -> None:
    """Write reviewed points and comments into nbgrader's gradebook."""
    from torchdojo.nbgrader.export import write_gradebook

    gradebook = _open(results, open_course(context), chapters, unpublished=unpublished)
    written = write_gradebook(gradebook, gradebook.chapters(chapters), folder)
    _warn(written.warnings)
    click.echo(f" {folder}: scores changed: {written.grades}, comments changed: {written.comments}")


def _open(results: Path, course: Course, chapters: Iterable[str], *, unpublished: bool) -> Gradebook:
    """Return the grades, and warn of what is not decided yet in these chapters, by default in all.

    unpublished: the grades as they are now; otherwise the published ones, once there are any
    """
    publication = None if unpublished else find_publication(results)
    if publication:
        _warn(_differences(publication, results, course))
    gradebook = open_gradebook(publication.folder if publication else results, course)
    _warn(gradebook.warnings(gradebook.chapters(chapters)))
    if edits := GradesFile(results).edits():
        with StoredRun(results, course) as run:
            tell_edits(console(stderr=True), run, edits)
    return gradebook


def _differences(publication: Publication, results: Path, course: Course) -> Iterator[str]:
    """Yield that published grades are exported, and what changed since."""
    try:
        with StoredRun(results, course) as run:
            differing = count_differences(run, publication)
    except OutError:  # another version's
        differing = 0
    yield f"these grades were {publication.line(differing)}"
    if changed := count_course_changes(publication, course):
        grades = f"{changed} grade{'' if changed == 1 else 's'}"
        yield f"course.toml changed {grades} since they were published; publish again, or take that change back"


def _require_student(gradebook: Gradebook, student: str) -> None:
    """Raise ExportError for a student who is not in the results."""
    ids = [one.id for one in gradebook.students]
    if student not in ids:
        raise ExportError(f"no student {student!r} in the results.{did_you_mean(student, ids)}")


def _write_all(gradebook: Gradebook, out: Path, chapters: list[str]) -> None:
    """Write a folder per student, without those who are exempt or have a grader error; ExportError if all are."""
    gradebook.chapters(chapters)
    folders = Folders(student.id for student in gradebook.students)
    failed: list[str] = []
    for student in gradebook.students:
        try:
            text = results_json(gradebook, student.id, chapters)
        except ExportError as error:
            failed.append(f"{error}; no file was written")
            continue
        write_atomically(out / folders.name(student.id) / "results.json", text, create_folder=True)
    if len(failed) == len(gradebook.students):
        raise ExportError(f"nothing was written: {failed[0]}")
    _warn(failed)
    click.echo(f" wrote {out}")


def _ignored_files(results: Path) -> str:
    """Return the notes on ignored files, for a student who used a wrong name; "" if there are none."""
    import csv

    path = results / "files.csv"
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["chapter"]]
    notes = [f"{unguarded(row['file']).replace(':', '/').rpartition('/')[2]}: {row['note']}" for row in rows[:10]]
    return "Found instead: " + "; ".join(notes) if notes else ""


def export_autograder(context: click.Context, out: Path, chapters: tuple[str, ...], sandbox: str) -> None:
    """Write a Gradescope autograder."""
    course = open_course(context)
    write_autograder(course, Gradebook(course, [], {}).chapters(chapters), out, sandbox)
    click.echo(f" wrote {out}")


def _names(course: Course, columns: tuple[str, ...]) -> Callable[[Chapter], str]:
    """Return the column names of chapters: their titles, or the names in --column. UsageError if invalid."""
    given: dict[str, str] = {}
    for column in columns:
        name, equals, title = column.partition("=")
        chapter = find_chapter(course, name)
        if not equals or not title.strip() or chapter is None:
            raise click.UsageError(f"--column {column!r}: expected CHAPTER=NAME, with a chapter of the course")
        given[chapter.name] = title.strip()
    return lambda chapter: given.get(chapter.name, chapter.title)


def _write(out: Path, text: str, warnings: Iterable[str] = ()) -> None:
    write_atomically(out, text)
    _warn(warnings)
    click.echo(f" wrote {out}")


def _warn(warnings: Iterable[str]) -> None:
    command = click.get_current_context().command_path
    for warning in warnings:
        click.echo(f"{command}: {warning}", err=True)
