"""What commands share: opening the course, selecting chapters, the console, spelling commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from torchdojo.cli.picture import current_picture
from torchdojo.errors import UserError
from torchdojo.files import display_path
from torchdojo.near_names import did_you_mean

if TYPE_CHECKING:  # whatever imports this must not wait for them, only to print a command's help
    from rich.console import Console

    from torchdojo.course import Chapter, Course, Exercise

INSTALLATION_ADVICE = "This is a problem with the installation, not with your code. Run `{}` for details."
SANDBOX = click.option(
    "--sandbox",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "bubblewrap", "none"]),
    help="Where your code runs; auto uses bubblewrap if it works here.",
)
MAKE_TARGETS = {"check", "watch", "list", "doctor", "submit"}


def console(*, stderr: bool = False) -> Console:
    """Return the console. rich uses colours only on a terminal, and not with NO_COLOR."""
    from rich.console import Console

    picture = None if stderr else current_picture()
    out = Console(highlight=False, file=sys.stderr if stderr else sys.stdout, record=picture is not None)
    if picture is not None:
        picture.console = out
    return out


def open_course(context: click.Context) -> Course:
    """Load the course in --course, or in the working folder or one above. CourseError if it is invalid."""
    from torchdojo.course import find_root, load_course

    root: Path | None = context.find_root().obj
    return load_course(root if root is not None else find_root(Path.cwd()))


def open_whole_course(context: click.Context) -> Course:
    """Load the course as `open_course` does. CourseError if it is a release, without reference and hidden checks."""
    from torchdojo.course import CourseError

    course = open_course(context)
    if course.released:
        message = "this is a release, without reference and hidden checks: run this command in the original course"
        raise CourseError(course.root, message)
    return course


def pick(course: Course, name: str) -> tuple[Chapter, Exercise | None]:
    """Return the chapter and the exercise, if there is one, of `CHAPTER[/EXERCISE]`. UserError if there is no such.

    A chapter may be given by its number, its short name or the beginning of its name, an exercise by its name alone.
    """
    chapter_name, _, exercise_name = name.removesuffix(".py").partition("/")
    chapters = [
        c for c in course.chapters if chapter_name in (c.name, c.short) or c.name.startswith(f"ch{chapter_name}_")
    ]
    chapters = chapters or [c for c in course.chapters if chapter_name and c.name.startswith(chapter_name)]
    if len(chapters) == 1 and not exercise_name:
        return chapters[0], None
    if len(chapters) == 1:
        exercise = chapters[0].find(exercise_name)
        if exercise:
            return chapters[0], exercise
        raise _unknown_exercise(chapters[0], exercise_name)
    owners = [c for c in course.chapters if c.find(chapter_name)]
    if len(owners) == 1 and not exercise_name:
        return owners[0], owners[0].find(chapter_name)
    exercises = [exercise.name for c in course.chapters for exercise in c.exercises]
    names = [name for c in course.chapters for name in (c.name, c.short)]
    known = ", ".join(c.name for c in course.chapters)
    meant = did_you_mean(chapter_name, names if exercise_name else [*exercises, *names])
    raise UserError(f"no chapter or exercise {name!r}.{meant or f' Chapters: {known}.'}")


def _unknown_exercise(chapter: Chapter, name: str) -> UserError:
    known = [exercise.name for exercise in chapter.exercises]
    meant = did_you_mean(name, known) or f" Its exercises: {', '.join(known)}."
    return UserError(f"{chapter.name} has no exercise {name!r}.{meant}")


def pick_exercise(course: Course, name: str) -> tuple[Chapter, Exercise]:
    """Return the exercise with this name, and its chapter. UserError if there is none, or it is a whole chapter."""
    chapter, exercise = pick(course, name)
    if exercise is None:
        known = ", ".join(e.name for e in chapter.exercises)
        raise UserError(f"which exercise of {chapter.name}? Its exercises: {known}.")
    return chapter, exercise


def pick_checked_exercise(course: Course, name: str) -> tuple[Chapter, Exercise]:
    """Return the exercise as `pick_exercise` does. UserError if it has no checks, too."""
    chapter, exercise = pick_exercise(course, name)
    if exercise.by_hand:
        raise UserError(
            f"{exercise.name} is graded by hand: it has no checks. See `{spelled(f'hint {exercise.name}')}`."
        )
    return chapter, exercise


def login_name() -> str:
    """Return who is at this machine, to say who decided something."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "grader"


def spelled(command: str, *, by_make: bool = True) -> str:
    """Return a command, such as "hint sigmoid", in a form that can be copied into this shell.

    That is `make …` if make called us and has this target, `python -m torchdojo …` if we were started like that, else
    `dojo …`, with its path if necessary.

    by_make: whether the course's folder has a Makefile with these targets
    """
    if by_make and "MAKELEVEL" in os.environ and command in MAKE_TARGETS:
        return f"make {command}"
    return f"{_dojo()} {command}"


def _dojo() -> str:
    """Return `dojo` if the shell would find this program, else its path or the -m form."""
    called = Path(sys.argv[0])
    if called.parts[-2:] == ("torchdojo", "__main__.py"):
        return f"{quoted(display_path(Path(sys.orig_argv[0])))} -m torchdojo"
    if called.stem != "dojo" or not called.parent.name:
        return "dojo"
    import shutil

    found = shutil.which("dojo")
    if found and os.path.normcase(os.path.abspath(found)) == os.path.normcase(os.path.abspath(called)):
        return "dojo"
    return quoted(display_path(called.with_suffix("") if sys.platform == "win32" else called))


def quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
