"""What commands share: finding the course, choosing chapters, the console."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from torchdojo.course import Chapter, Course, Exercise, find_root, load_course

LEARNER_SECRET = b"the seed of public checks"


def console(*, stderr: bool = False) -> Console:
    """Return the console; colours only on a terminal and without NO_COLOR (rich sees to both)."""
    return Console(highlight=False, stderr=stderr)


def open_course(context: click.Context) -> Course:
    """Load the course that --course names, or the one around the working folder."""
    root: Path | None = context.find_root().obj
    return load_course(root if root is not None else find_root(Path.cwd()))


def pick(course: Course, name: str) -> tuple[Chapter, Exercise | None]:
    """Return the chapter, and the exercise if one is named, of `CHAPTER[/EXERCISE]`; usage error if unknown.

    A chapter also goes by its number or the beginning of its name, an exercise alone by its name.
    """
    chapter_name, _, exercise_name = name.removesuffix(".py").partition("/")
    chapters = [c for c in course.chapter if c.name == chapter_name or c.name.startswith(f"ch{chapter_name}_")]
    chapters = chapters or [c for c in course.chapter if chapter_name and c.name.startswith(chapter_name)]
    if len(chapters) == 1 and not exercise_name:
        return chapters[0], None
    if len(chapters) == 1:
        exercise = chapters[0].find(exercise_name)
        if exercise:
            return chapters[0], exercise
        known = ", ".join(e.name for e in chapters[0].exercise)
        raise click.UsageError(f"{chapters[0].name} has no exercise {exercise_name!r}. It has: {known}.")
    owners = [c for c in course.chapter if c.find(chapter_name)]
    if len(owners) == 1 and not exercise_name:
        return owners[0], owners[0].find(chapter_name)
    known = ", ".join(c.name for c in course.chapter)
    raise click.UsageError(f"no chapter or exercise {name!r}. Chapters: {known}.")
