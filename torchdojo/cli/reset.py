"""`dojo reset`: put one exercise back to its stub."""

from __future__ import annotations

import click
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_exercise
from torchdojo.files import display_path
from torchdojo.learner.reset import reset_exercise


@click.command()
@click.argument("name", metavar="EXERCISE")
@click.pass_context
def reset(context: click.Context, name: str) -> None:
    """Put one exercise back as it was at the start.

    Only that exercise's code changes. The file as it was is kept in .torchdojo/backups.
    """
    course = open_course(context)
    chapter, exercise = pick_exercise(course, name)
    kept = reset_exercise(course, chapter, exercise)
    out = console()
    if kept is None:
        out.print(Text(f" {exercise.name} is as it was at the start already; nothing was changed."), soft_wrap=True)
        return
    path = course.exercise_file(chapter)
    out.print(Text(f" {exercise.name} in {display_path(path)} is as it was at the start.", "bold"), soft_wrap=True)
    out.print(Text(f" Your file as it was a moment ago: {display_path(kept)}"), soft_wrap=True)
