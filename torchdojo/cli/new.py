"""`dojo new`: scaffold a course, a chapter, an exercise or a mistake."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.authoring.scaffold.changes import Changes
from torchdojo.authoring.scaffold.make import NewExercise, new_chapter, new_course, new_exercise
from torchdojo.cli.common import open_whole_course, pick, pick_checked_exercise, quoted, spelled
from torchdojo.cli.group import CommandGroup
from torchdojo.errors import UserError
from torchdojo.files import display_path

TITLE = click.option("--title", help="Its title (default: made from the name).")


@click.group(cls=CommandGroup)
def new() -> None:
    """Start a course, or add a chapter, an exercise or a mistake to one.

    What is written works at once: `dojo verify` accepts it. Change it into your own step by step. Nothing is
    overwritten.
    """


@new.command(short_help="Start a course.")
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@TITLE
@click.option(
    "--kind",
    type=click.Choice(["torch", "python"]),
    default="torch",
    show_default=True,
    help="python: for exercises that do without torch.",
)
def course(folder: Path, title: str | None, kind: str) -> None:
    """Start a course in the new folder NAME, with one chapter and one exercise."""
    written = new_course(folder, title, kind)
    chapter = next(path.stem for path in written.new if path.parent.name == "reference")
    _report(
        written,
        {
            f"cd {quoted(str(folder))}": "",
            spelled("check", by_make=False): "what learners see: the first exercise is to do",
            spelled("verify"): "grade every right and wrong answer",
            spelled(f"new exercise {chapter}/NAME"): "add an exercise",
        },
    )
    click.echo(f"Then make it yours: start with reference/{chapter}.py; README.md says what else there is.")


@new.command(short_help="Add a chapter.")
@click.argument("name")
@TITLE
@click.option(
    "--kind",
    type=click.Choice(["torch", "python"]),
    help="python: for exercises that do without torch (default: that of the last chapter).",
)
@click.pass_context
def chapter(context: click.Context, name: str, title: str | None, kind: str | None) -> None:
    """Add the chapter NAME, such as ch2_sorting, with one exercise."""
    written = new_chapter(open_whole_course(context), name, title, kind)
    _report(
        written,
        {
            spelled(f"check {name}"): "what learners see",
            spelled(f"verify {name}"): "grade its right and wrong answers",
            spelled(f"new exercise {name}/NAME"): "add an exercise",
        },
    )


@new.command(short_help="Add an exercise.")
@click.argument("name", metavar="CHAPTER/NAME")
@click.option("--class", "form", flag_value="class", default="function", help="A class instead of a function.")
@click.option("--by-hand", "form", flag_value="text", help="A text that people grade, with a rubric.")
@click.option("--points", default=2.0, show_default=True, help="What it is worth, a multiple of 0.25.")
@click.pass_context
def exercise(context: click.Context, name: str, form: str, points: float) -> None:
    """Add the exercise NAME to a chapter, with a solution, checks, a mistake and another right answer to change.

    With --by-hand, add a question for a text that people grade, with a rubric to change.
    """
    course = open_whole_course(context)
    chapter_name, _, name = name.rpartition("/")
    if not chapter_name:
        known = ", ".join(chapter.name for chapter in course.chapters)
        raise UserError(f"in which chapter? Write CHAPTER/{name}. Chapters: {known}.")
    chapter, other = pick(course, chapter_name)
    if other is not None:
        raise UserError(f"{chapter_name!r} is an exercise of {chapter.name}. Write {chapter.name}/{name}.")
    written = new_exercise(course, chapter, NewExercise(name, form, points))
    stubs = {spelled("stubs"): f"after each change of reference/{chapter.name}.py"}
    if form == "text":
        _report(written, {**stubs, spelled(f"hint {chapter.name}/{name}"): "what learners see of its rubric"})
        return
    _report(
        written,
        {
            **stubs,
            spelled(f"verify {chapter.name}/{name}"): "grade its right and wrong answers",
            spelled(f"new mistake {chapter.name}/{name}/NAME"): "add a mistake that learners make",
        },
    )


@new.command(short_help="Add a mistake to recognise.")
@click.argument("name", metavar="CHAPTER/EXERCISE/NAME")
@click.pass_context
def mistake(context: click.Context, name: str) -> None:
    """Add the mistake NAME to an exercise: a copy of its solution, for you to make the mistake in."""
    from torchdojo.authoring.scaffold.mistake import new_mistake  # collects the checks, which needs torch

    course = open_whole_course(context)
    exercise_name, _, name = name.rpartition("/")
    if not exercise_name:
        raise UserError(f"of which exercise? Write CHAPTER/EXERCISE/{name}.")
    chapter, exercise = pick_checked_exercise(course, exercise_name)
    written = new_mistake(course, chapter, exercise, name)
    _report(written, {spelled(f"verify {chapter.id_of(exercise)} --mistakes-only"): "which checks it fails"})


def _report(written: Changes, next_steps: dict[str, str]) -> None:
    """Print the files, and the next steps: what each command is for, by command."""
    for path in written.new:
        click.echo(f"wrote    {display_path(path)}")
    for path in written.changed:
        click.echo(f"changed  {display_path(path)}")
    click.echo("\nNext:")
    width = max(map(len, next_steps)) + 2
    for command, purpose in next_steps.items():
        click.echo(f"  {command:{width}}{purpose}".rstrip())
