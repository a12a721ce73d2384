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
    """Put EXERCISE back to its original state.

    Only the code of this exercise changes. Your previous file is saved in .torchdojo/backups.
    """
    course = open_course(context)
    chapter, exercise = pick_exercise(course, name)
    backup = reset_exercise(course, chapter, exercise)
    out = console()
    if backup is None:
        out.print(Text(f" {exercise.name} is already in its original state."), soft_wrap=True)
        return
    path = display_path(course.exercise_file(chapter))
    out.print(Text(f" {exercise.name} in {path} is back in its original state.", "bold"), soft_wrap=True)
    out.print(Text(f" Your previous file is saved in\n   {display_path(backup)}"), soft_wrap=True)
