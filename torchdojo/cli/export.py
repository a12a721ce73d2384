"""`dojo export`: write grades for learning platforms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from torchdojo.cli.common import open_course
from torchdojo.cli.group import CommandGroup
from torchdojo.course import Chapter, Course
from torchdojo.files import write_atomically
from torchdojo.report.lms.autograder import write_autograder
from torchdojo.report.lms.canvas import ID_COLUMNS, canvas_csv
from torchdojo.report.lms.gradebook import ExportError, Gradebook, open_gradebook
from torchdojo.report.lms.gradescope import results_json
from torchdojo.report.lms.moodle import moodle_csv, moodle_worksheet

RESULTS = click.argument("results", type=click.Path(path_type=Path))
OUT = click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write.")
CHAPTERS = click.option("--chapter", "chapters", multiple=True, help="Export only this chapter. Repeat for more.")
COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="CHAPTER=NAME",
    help="The platform's name of a chapter's assignment, such as 'ch1_fundamentals=Week 1 (4711)'.",
)


@click.group(cls=CommandGroup)
def export() -> None:
    """Write grades for Canvas, Moodle or Gradescope."""


@export.command()
@RESULTS
@OUT
@CHAPTERS
@COLUMNS
@click.option(
    "--id", "identity", type=click.Choice(list(ID_COLUMNS)), help="The kind of Canvas id that identifies students."
)
@click.pass_context
def canvas(
    context: click.Context,
    results: Path,
    out: Path,
    chapters: tuple[str, ...],
    columns: tuple[str, ...],
    identity: str | None,
) -> None:
    """Write Canvas's gradebook CSV."""
    course = open_course(context)
    name_of = _names(course, columns)
    _write(out, canvas_csv(open_gradebook(results, course), list(chapters), name_of, identity or ""))


@export.command()
@RESULTS
@OUT
@CHAPTERS
@COLUMNS
@click.pass_context
def moodle(
    context: click.Context, results: Path, out: Path, chapters: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """Write a CSV file to import into Moodle's gradebook."""
    course = open_course(context)
    name_of = _names(course, columns)
    _write(out, moodle_csv(open_gradebook(results, course), list(chapters), name_of))


@export.command("moodle-worksheet")
@RESULTS
@OUT
@click.option("--chapter", required=True, help="The assignment's chapter.")
@click.pass_context
def worksheet(context: click.Context, results: Path, out: Path, chapter: str) -> None:
    """Write a grading worksheet for Moodle.

    The submissions must have been downloaded from Moodle, which gives students their numbers.
    """
    gradebook = open_gradebook(results, open_course(context))
    _write(out, moodle_worksheet(gradebook, gradebook.chapters([chapter])[0]))


@export.command()
@RESULTS
@OUT
@CHAPTERS
@click.option(
    "--student", help="Write only this student, to the file OUT. Otherwise OUT is a folder, with one file per student."
)
@click.pass_context
def gradescope(
    context: click.Context, results: Path, out: Path, chapters: tuple[str, ...], student: str | None
) -> None:
    """Write Gradescope's results.json."""
    course = open_course(context)
    gradebook = open_gradebook(results, course)
    if student is not None:
        _write(out, results_json(gradebook, student, list(chapters), _ignored_files(results)))
        return
    _write_all(gradebook, out, list(chapters))


def _write_all(gradebook: Gradebook, out: Path, chapters: list[str]) -> None:
    for student in gradebook.students:
        name = _folder(student.id)
        try:
            text = results_json(gradebook, student.id, chapters)
            write_atomically(out / name / "results.json", text, create_folder=True)
        except ExportError as error:
            click.echo(f"dojo export gradescope: {error}; no file was written", err=True)
    click.echo(f" wrote {out}")


def _folder(student: str) -> str:
    """Return a valid folder name for a student's id."""
    name = student.replace("/", "_").replace("\\", "_")[:150]
    return f"_{name}" if name.startswith(".") or not name else name


def _ignored_files(results: Path) -> str:
    """Return the notes on ignored files, for a student who used a wrong name; "" if there are none."""
    import csv

    path = results / "files.csv"
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["chapter"]]
    notes = [f"{row['file'].replace(':', '/').rpartition('/')[2]}: {row['note']}" for row in rows[:10]]
    return "Found instead: " + "; ".join(notes) if notes else ""


@export.command()
@OUT
@CHAPTERS
@click.option(
    "--sandbox",
    type=click.Choice(["bubblewrap", "none"]),
    default="bubblewrap",
    show_default=True,
    help="none relies on the platform's container: a submission could read the reference.",
)
@click.pass_context
def autograder(context: click.Context, out: Path, chapters: tuple[str, ...], sandbox: str) -> None:
    """Write a Gradescope autograder.

    OUT is a zip file with this engine and this course.
    """
    course = open_course(context)
    write_autograder(course, Gradebook(course, [], {}).chapters(chapters), out, sandbox)
    click.echo(f" wrote {out}")


def _names(course: Course, columns: tuple[str, ...]) -> Callable[[Chapter], str]:
    """Return the column names of chapters: their titles, or the names in --column. UsageError if invalid."""
    given: dict[str, str] = {}
    for column in columns:
        name, equals, title = column.partition("=")
        if not equals or not title.strip() or course.find(name.strip()) is None:
            raise click.UsageError(f"--column {column!r}: expected CHAPTER=NAME, with a chapter of the course")
        given[name.strip()] = title.strip()
    return lambda chapter: given.get(chapter.name, chapter.title)


def _write(out: Path, text: str) -> None:
    write_atomically(out, text)
    click.echo(f" wrote {out}")
