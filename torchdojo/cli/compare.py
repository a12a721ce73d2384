"""`dojo compare`: an exercise that is right, beside the reference's version."""

from __future__ import annotations

import click
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_checked_exercise
from torchdojo.cli.screen import Screen
from torchdojo.learner.compare import Comparison, compare_exercise
from torchdojo.learner.progress import ExerciseProgress, Progress

SIDE_BY_SIDE = 100  # columns that it takes


@click.command()
@click.argument("name", metavar="EXERCISE")
@click.pass_context
def compare(context: click.Context, name: str) -> None:
    """Show your version of EXERCISE beside the reference's, and what there is to learn from it.

    The exercise must be right, and the course must show its reference.
    """
    course = open_course(context)
    chapter, exercise = pick_checked_exercise(course, name)
    progress = Progress(course, course.root / "exercises")
    entry = progress[chapter.id_of(exercise)]
    show_comparison(Screen(console(), progress), entry, compare_exercise(progress, entry))


def show_comparison(screen: Screen, entry: ExerciseProgress, comparison: Comparison) -> None:
    """Show both versions, side by side if there is room, and what was learnt."""
    screen.heading(Text().append("✓ ", "bold green").append(entry.exercise.name, "bold"), screen.location(entry))
    versions = {"yours": comparison.own, "the reference's": comparison.reference}
    codes = {title: _highlighted(code) for title, code in versions.items()}
    if screen.width >= SIDE_BY_SIDE:
        table = Table(*codes, box=None, header_style="dim", padding=(0, 2, 0, 0), expand=True)
        table.add_row(*codes.values())
        screen.console.print(Padding(table, (0, 0, 1, 3)), width=screen.width)
    else:
        for title, code in codes.items():
            screen.paragraph(f"{title}:", "dim")
            screen.console.print(Padding(code, (0, 0, 1, 3)), width=screen.width)
    if entry.exercise.learnt:
        screen.paragraph(entry.exercise.learnt)
        screen.console.print()


def _highlighted(code: str) -> Syntax:
    return Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True)
