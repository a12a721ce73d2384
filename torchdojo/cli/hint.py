"""`dojo hint`: first a nudge, then the idea, then almost the answer."""

from __future__ import annotations

import click
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_exercise, spelled
from torchdojo.cli.screen import Screen
from torchdojo.learner.hints import advance_hint
from torchdojo.learner.progress import Progress


@click.command(short_help="Show the next hint for an exercise.")
@click.argument("name", metavar="[EXERCISE]", required=False)
@click.option("--level", type=click.IntRange(1, 3), help="Show this hint: 1 is a nudge, 3 almost the answer.")
@click.pass_context
def hint(context: click.Context, name: str | None, level: int | None) -> None:
    """Show the next hint for EXERCISE, or for the current exercise. Repeat the command for a stronger hint."""
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    if name is None:
        entry = progress.current_exercise()
        if entry is None:
            command = spelled("hint EXERCISE")
            click.echo(f" Every exercise is right. To see hints anyway, run `{command}`.")
            return
        chapter, exercise = entry.chapter, entry.exercise
    else:
        chapter, exercise = pick_exercise(course, name)
    level = level or advance_hint(course, chapter, exercise)
    screen = Screen(console(), progress)
    screen.hint(chapter, exercise, level)
    if level < len(exercise.hints):
        command = spelled(f"hint {exercise.name}")
        screen.console.print(Text(f" Run `{command}` again for a stronger hint.", "dim"), soft_wrap=True)
