"""`dojo export`: write grades for learning platforms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from torchdojo.cli.group import CommandGroup

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
ROSTER_COLUMN = click.option(
    "--roster-column",
    default="",
    metavar="TITLE",
    help="Take the students' ids from this column of the roster that `dojo grade` was given.",
)
UNPUBLISHED = click.option(
    "--unpublished", is_flag=True, help="Export the grades as they are now, instead of those that were published."
)


@click.group(cls=CommandGroup)
def export() -> None:
    """Write grades for Canvas, Moodle, Gradescope or nbgrader: the published ones, once `dojo publish` was called."""


@export.command()
@RESULTS
@OUT
@UNPUBLISHED
@CHAPTERS
@COLUMNS
@ROSTER_COLUMN
@click.option(
    "--id",
    "identity",
    type=click.Choice(["id", "sis-user", "sis-login"]),
    help="The kind of Canvas id that identifies students.",
)
@click.pass_context
def canvas(context: click.Context, /, **options: Any) -> None:
    """Write Canvas's gradebook CSV."""
    from torchdojo.cli.export_grades import export_canvas

    export_canvas(context, **options)


@export.command()
@RESULTS
@OUT
@UNPUBLISHED
@CHAPTERS
@COLUMNS
@ROSTER_COLUMN
@click.pass_context
def moodle(context: click.Context, /, **options: Any) -> None:
    """Write a CSV file to import into Moodle's gradebook."""
    from torchdojo.cli.export_grades import export_moodle

    export_moodle(context, **options)


@export.command("moodle-worksheet")
@RESULTS
@OUT
@UNPUBLISHED
@click.option("--chapter", required=True, help="The assignment's chapter.")
@click.pass_context
def worksheet(context: click.Context, /, **options: Any) -> None:
    """Write a grading worksheet for Moodle.

    The submissions must have been downloaded from Moodle, which gives students their numbers.
    """
    from torchdojo.cli.export_grades import export_worksheet

    export_worksheet(context, **options)


@export.command()
@RESULTS
@OUT
@UNPUBLISHED
@CHAPTERS
@click.option(
    "--student", help="Write only this student, to the file OUT. Otherwise OUT is a folder, with one file per student."
)
@click.pass_context
def gradescope(context: click.Context, /, **options: Any) -> None:
    """Write Gradescope's results.json."""
    from torchdojo.cli.export_grades import export_gradescope

    export_gradescope(context, **options)


@export.command()
@RESULTS
@click.option(
    "--course", "folder", required=True, type=click.Path(path_type=Path), help="The folder of the nbgrader course."
)
@UNPUBLISHED
@CHAPTERS
@click.pass_context
def nbgrader(context: click.Context, /, **options: Any) -> None:
    """Write reviewed points and comments into nbgrader's gradebook.

    Only what people decided is written: the gradebook keeps everything else. Writing it again changes nothing.
    """
    from torchdojo.cli.export_grades import export_nbgrader

    export_nbgrader(context, **options)


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
def autograder(context: click.Context, /, **options: Any) -> None:
    """Write a Gradescope autograder.

    OUT is a zip file with this engine and this course.
    """
    from torchdojo.cli.export_grades import export_autograder

    export_autograder(context, **options)
