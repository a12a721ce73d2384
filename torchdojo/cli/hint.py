"""`dojo hint`: a nudge, the idea, almost the answer; one step deeper each time."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from torchdojo.cli.common import console, open_course, pick_exercise, spelled
from torchdojo.cli.keep import FOLDER, recall, remember
from torchdojo.cli.progress import Progress
from torchdojo.cli.screen import Screen
from torchdojo.course import Chapter, Course, Exercise

FILE = "hints.json"


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


def deeper(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return the next level, from 1, of an exercise's hints, and remember that it was shown."""
    path = course.root / FOLDER / FILE
    level = min(depth(course, chapter, exercise) + 1, len(exercise.hints))
    remember(path, {**recall(path), f"{chapter.name}/{exercise.name}": level})
    return level


def depth(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return how many hints of an exercise were shown; 0 if nothing usable is remembered."""
    seen = recall(course.root / Path(FOLDER) / FILE).get(f"{chapter.name}/{exercise.name}")
    return seen if type(seen) is int and 0 < seen <= len(exercise.hints) else 0
