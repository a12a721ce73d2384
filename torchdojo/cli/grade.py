"""`dojo grade`: grade many submissions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from torchdojo.collect.layout import AUTO, LAYOUTS


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for the results.")
@click.option(
    "--sandbox",
    default="bubblewrap",
    show_default=True,
    type=click.Choice(["bubblewrap", "none"]),
    help="none runs submissions with your permissions: only for code you trust.",
)
@click.option("--jobs", type=click.IntRange(1), help="Number of parallel submissions (default: all cores).")
@click.option("--scheduler", metavar="ADDRESS", help="Grade on the workers of this Dask scheduler.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="NAME=AMOUNT",
    help="With --scheduler: a resource that each job needs, such as GPU=1.",
)
@click.option(
    "--roster",
    "roster_path",
    type=click.Path(path_type=Path),
    help="roster.csv: names, extensions, exemptions, submission times.",
)
@click.option(
    "--hand-in-times",
    default="platform",
    show_default=True,
    type=click.Choice(["platform", "files"]),
    help="files: where neither the platform nor the roster gives a time, use when the file was last changed.",
)
@click.option(
    "--layout",
    default=AUTO,
    show_default=True,
    type=click.Choice(LAYOUTS),
    help="How to tell whose each file is: a platform's download, a folder per student, or groups of such folders.",
)
@click.option(
    "--map",
    "map_path",
    type=click.Path(path_type=Path),
    help="A CSV file such as OUT/files.csv, edited: the student and the chapter of single files.",
)
@click.option("--force", is_flag=True, help="Grade everything again, with new inputs.")
@click.option("--dry-run", is_flag=True, help="Show which grades would change, and leave OUT as it is.")
@click.option(
    "--changes",
    "changes_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --dry-run: the CSV file for all changes. Without it they are in OUT/changes.csv.",
)
@click.pass_context
def grade(context: click.Context, /, **options: Any) -> None:
    """Grade SUBMISSIONS: a folder or zip with a folder or zip per student, with <chapter>.py or <chapter>.ipynb files.

    Downloads from Moodle, Canvas or Gradescope work without changes, as a zip or unpacked.
    Each result is stored in OUT at once. To resume an interrupted run, or to grade new and changed files, repeat the
    same command. What changed since the last run, and why, is in OUT/changes.csv.
    """
    from torchdojo.cli.grade_class import grade_class

    grade_class(context, **options)
