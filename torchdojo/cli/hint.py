"""`dojo hint`: a nudge, the idea, almost the answer; one step deeper each time."""

from __future__ import annotations

import click
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_exercise, spelled
from torchdojo.cli.screen import Screen
from torchdojo.learner.hints import deeper
from torchdojo.learner.progress import Progress


@click.command()
@click.argument("name", metavar="[EXERCISE]", required=False)
@click.option("--level", type=click.IntRange(1, 3), help="Show this hint: 1 nudges, 3 is almost the answer.")
@click.pass_context
def hint(context: click.Context, name: str | None, level: int | None) -> None:
    """Show the next hint for an exercise; without a name, for the one that is next."""
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    if name is None:
        standing = progress.at_hand()
        if standing is None:
            command = spelled("hint EXERCISE")
            click.echo(f" Nothing is left to do, so there is nothing to hint at. `{command}` shows any hint.")
            return
        chapter, exercise = standing.chapter, standing.exercise
    else:
        chapter, exercise = pick_exercise(course, name)
    level = level or deeper(course, chapter, exercise)
    screen = Screen(console(), progress)
    screen.hint(chapter, exercise, level)
    if level < len(exercise.hints):
        screen.console.print(Text(f" {spelled(f'hint {exercise.name}')}  again goes deeper", "dim"), soft_wrap=True)
