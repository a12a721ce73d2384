"""`dojo export`: grades in the forms that learning platforms read."""

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
CHAPTERS = click.option("--chapter", "chapters", multiple=True, help="Only this chapter; may be given several times.")
COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="CHAPTER=NAME",
    help="What the platform calls a chapter's assignment, such as 'ch1_fundamentals=Week 1 (4711)'.",
)


@click.group(cls=CommandGroup)
def export() -> None:
    """Write grades in the form that Canvas, Moodle or Gradescope reads."""


@export.command()
@RESULTS
@OUT
@CHAPTERS
@COLUMNS
@click.option(
    "--id", "identity", type=click.Choice(list(ID_COLUMNS)), help="Which of Canvas's ids the students' ids are."
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
    _write(out, lambda: canvas_csv(open_gradebook(results, course), list(chapters), name_of, identity or ""))


@export.command()
@RESULTS
@OUT
@CHAPTERS
@COLUMNS
@click.pass_context
def moodle(
    context: click.Context, results: Path, out: Path, chapters: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """Write a CSV for the import of Moodle's gradebook."""
    course = open_course(context)
    name_of = _names(course, columns)
    _write(out, lambda: moodle_csv(open_gradebook(results, course), list(chapters), name_of))


@export.command("moodle-worksheet")
@RESULTS
@OUT
@click.option("--chapter", required=True, help="The chapter that the assignment is about.")
@click.pass_context
def worksheet(context: click.Context, results: Path, out: Path, chapter: str) -> None:
    """Write the grading worksheet of one of Moodle's assignments, for grades of Moodle's download."""
    course = open_course(context)

    def make() -> str:
        gradebook = open_gradebook(results, course)
        return moodle_worksheet(gradebook, gradebook.chapters([chapter])[0])

    _write(out, make)


@export.command()
@RESULTS
@OUT
@CHAPTERS
@click.option("--student", help="Only this student, into the file OUT; else OUT is a folder, with one file a student.")
@click.pass_context
def gradescope(
    context: click.Context, results: Path, out: Path, chapters: tuple[str, ...], student: str | None
) -> None:
    """Write Gradescope's results.json."""
    course = open_course(context)
    gradebook = open_gradebook(results, course)
    if student is not None:
        _write(out, lambda: results_json(gradebook, student, list(chapters), _what_was_there(results)))
        return
    _write_all(gradebook, out, list(chapters))


def _write_all(gradebook: Gradebook, out: Path, chapters: list[str]) -> None:
    for student in gradebook.students:
        name = _folder(student.id)
        try:
            text = results_json(gradebook, student.id, chapters)
            write_atomically(out / name / "results.json", text, create_folder=True)
        except ExportError as error:
            click.echo(f"dojo export: {error}; nothing was written for it", err=True)
    click.echo(f" wrote {out}")


def _folder(student: str) -> str:
    """Return a folder's name for a student's id, which a platform made up of whatever it likes."""
    name = student.replace("/", "_").replace("\\", "_")[:150]
    return f"_{name}" if name.startswith(".") or not name else name


def _what_was_there(results: Path) -> str:
    """Return the notes on the files that count for nothing, for a learner who named one wrongly."""
    import csv

    path = results / "files.csv"
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["chapter"]]
    told = [f"{row['file'].replace(':', '/').rpartition('/')[2]}: {row['note']}" for row in rows[:10]]
    return "Found instead: " + "; ".join(told) if told else ""


@export.command()
@OUT
@CHAPTERS
@click.option(
    "--sandbox",
    type=click.Choice(["bubblewrap", "none"]),
    default="bubblewrap",
    show_default=True,
    help="none trusts the platform's container alone: a submission could read the reference there.",
)
@click.pass_context
def autograder(context: click.Context, out: Path, chapters: tuple[str, ...], sandbox: str) -> None:
    """Write a Gradescope autograder, a zip that grades with this engine and this course."""
    course = open_course(context)
    write_autograder(course, Gradebook(course, [], {}).chapters(chapters), out, sandbox)
    click.echo(f" wrote {out}")


def _names(course: Course, columns: tuple[str, ...]) -> Callable[[Chapter], str]:
    """Return how a chapter's column is called: its title, or what --column says; usage error for an unknown chapter."""
    given: dict[str, str] = {}
    for column in columns:
        name, equals, title = column.partition("=")
        if not equals or not title.strip() or course.find(name.strip()) is None:
            raise click.UsageError(f"--column {column!r}: write CHAPTER=NAME, with a chapter of the course")
        given[name.strip()] = title.strip()
    return lambda chapter: given.get(chapter.name, chapter.title)


def _write(out: Path, make: Callable[[], str]) -> None:
    write_atomically(out, make())
    click.echo(f" wrote {out}")
