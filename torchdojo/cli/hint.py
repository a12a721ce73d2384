"""`dojo hint`: a nudge, the idea, almost the answer; one step deeper each time."""

from __future__ import annotations

import json
from pathlib import Path

import click

from torchdojo.cli.common import console, open_course, pick
from torchdojo.course import Chapter, Course, Exercise

STATE = Path(".torchdojo") / "hints.json"


@click.command()
@click.argument("name", metavar="EXERCISE")
@click.option("--level", type=click.IntRange(1, 3), help="Show this hint: 1 nudges, 3 is almost the answer.")
@click.pass_context
def hint(context: click.Context, name: str, level: int | None) -> None:
    """Show the next hint for an exercise."""
    course = open_course(context)
    chapter, exercise = pick(course, name)
    if exercise is None:
        known = ", ".join(e.name for e in chapter.exercise)
        raise click.UsageError(f"which exercise of {chapter.name}? It has: {known}.")
    level = level or _deeper(course, chapter, exercise)
    out = console()
    out.print(f" {chapter.short} · {exercise.name} · hint {level} of {len(exercise.hints)}", style="bold", markup=False)
    out.print()
    out.print(f"   {exercise.hints[level - 1]}", markup=False)
    if exercise.read:
        out.print(f"   Read: {exercise.read}", style="dim", markup=False)


def _deeper(course: Course, chapter: Chapter, exercise: Exercise) -> int:
    """Return the next level for this exercise and remember it; what cannot be remembered is no reason to fail."""
    path = course.root / STATE
    key = f"{chapter.name}/{exercise.name}"
    try:
        seen = json.loads(path.read_text(encoding="utf-8"))
        level = min(int(seen.get(key, 0)) + 1, len(exercise.hints))
    except (OSError, ValueError, TypeError, AttributeError):
        seen, level = {}, 1
    try:
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps({**seen, key: level}), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        pass
    return level
