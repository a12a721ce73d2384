"""`dojo hint`: first what fits the check that fails, then a nudge, the idea, and almost the answer."""

from __future__ import annotations

import click
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_exercise, spelled
from torchdojo.cli.screen import Screen
from torchdojo.learner.hints import load_hints, save_hints
from torchdojo.learner.progress import Progress


@click.command()
@click.argument("name", metavar="[EXERCISE]", required=False)
@click.option("--level", type=click.IntRange(1, 3), help="Show this general hint: 1 is a nudge, 3 almost the answer.")
@click.pass_context
def hint(context: click.Context, name: str | None, level: int | None) -> None:
    """Show the next hint for EXERCISE, or for the current exercise.

    If its last check failed, the first hint is about that. Repeat the command for the general ones, each stronger than
    the one before. For an exercise that is graded by hand, it also shows what is asked.
    """
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    if name is None:
        entry = progress.current_exercise()
        if entry is None:
            command = spelled("hint EXERCISE")
            click.echo(f" Every exercise is right. To see hints anyway, run `{command}`.")
            return
    else:
        chapter, exercise = pick_exercise(course, name)
        entry = progress[chapter.id_of(exercise)]
    screen = Screen(console(), progress)
    if entry.exercise.by_hand:
        screen.rubric(entry)
    if not entry.exercise.hints:
        return
    if level:
        screen.hint(entry, level)
        return
    before = load_hints(course, entry)
    hints = before.add_next(entry)
    save_hints(course, entry, hints)
    screen.hint(entry, hints.level if hints.check == before.check else None)
    if hints.has_more(entry):
        command = spelled(f"hint {entry.exercise.name}")
        screen.console.print(Text(f" Run `{command}` again for a stronger hint.", "dim"), soft_wrap=True)
