"""What commands share: finding the course, choosing chapters, the console, how a command is spelled here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console

from torchdojo.cli.picture import current_picture
from torchdojo.cli.plain import plain
from torchdojo.course import Chapter, Course, CourseError, Exercise, find_root, load_course
from torchdojo.files import display_path

INSTALLATION_ADVICE = "This is a problem with the installation, not with your code. Run `{}` for details."
MAKE_TARGETS = {"check", "watch", "list", "doctor", "submit"}


def console(*, stderr: bool = False) -> Console:
    """Return the console; colours only on a terminal and without NO_COLOR (rich sees to both)."""
    picture = None if stderr else current_picture()
    out = Console(highlight=False, file=plain(sys.stderr if stderr else sys.stdout), record=picture is not None)
    if picture is not None:
        picture.console = out
    return out


def open_course(context: click.Context) -> Course:
    """Load the course that --course names, or the one around the working folder."""
    root: Path | None = context.find_root().obj
    return load_course(root if root is not None else find_root(Path.cwd()))


def open_whole_course(context: click.Context) -> Course:
    """Load the course as `open_course` does; CourseError if it is a release, which has no answers to work with."""
    course = open_course(context)
    if course.released:
        words = "this is a release, without reference and hidden checks: run this command on the course it was made of"
        raise CourseError(course.root, words)
    return course


def pick(course: Course, name: str) -> tuple[Chapter, Exercise | None]:
    """Return the chapter, and the exercise if one is named, of `CHAPTER[/EXERCISE]`; usage error if unknown.

    A chapter also goes by its number or the beginning of its name, an exercise alone by its name.
    """
    chapter_name, _, exercise_name = name.removesuffix(".py").partition("/")
    chapters = [c for c in course.chapters if c.name == chapter_name or c.name.startswith(f"ch{chapter_name}_")]
    chapters = chapters or [c for c in course.chapters if chapter_name and c.name.startswith(chapter_name)]
    if len(chapters) == 1 and not exercise_name:
        return chapters[0], None
    if len(chapters) == 1:
        exercise = chapters[0].find(exercise_name)
        if exercise:
            return chapters[0], exercise
        known = ", ".join(e.name for e in chapters[0].exercises)
        raise click.UsageError(f"{chapters[0].name} has no exercise {exercise_name!r}. It has: {known}.")
    owners = [c for c in course.chapters if c.find(chapter_name)]
    if len(owners) == 1 and not exercise_name:
        return owners[0], owners[0].find(chapter_name)
    known = ", ".join(c.name for c in course.chapters)
    raise click.UsageError(f"no chapter or exercise {name!r}. Chapters: {known}.")


def pick_exercise(course: Course, name: str) -> tuple[Chapter, Exercise]:
    """Return the exercise of this name and its chapter; usage error if it is unknown, or a whole chapter."""
    chapter, exercise = pick(course, name)
    if exercise is None:
        known = ", ".join(e.name for e in chapter.exercises)
        raise click.UsageError(f"which exercise of {chapter.name}? It has: {known}.")
    return chapter, exercise


def spelled(words: str) -> str:
    """Return how to type a command here, such as "hint sigmoid", so that it can be copied as it stands.

    That is `make …` where make called us and has such a target, `python -m torchdojo …` where we were started so, else
    `dojo …`, with its path where that is needed.
    """
    if "MAKELEVEL" in os.environ and words in MAKE_TARGETS:
        return f"make {words}"
    return f"{_dojo()} {words}"


def _dojo() -> str:
    """Return `dojo`, or what else starts it: its path from here, if the shell would not find this very one, or -m."""
    called = Path(sys.argv[0])
    if called.parts[-2:] == ("torchdojo", "__main__.py"):
        return f"{_quoted(display_path(Path(sys.orig_argv[0])))} -m torchdojo"
    if called.stem != "dojo" or not called.parent.name:
        return "dojo"
    found = shutil.which("dojo")
    if found and os.path.normcase(os.path.abspath(found)) == os.path.normcase(os.path.abspath(called)):
        return "dojo"
    return _quoted(display_path(called.with_suffix("") if sys.platform == "win32" else called))


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
