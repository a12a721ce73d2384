"""`dojo check`: the learner's screen."""

from __future__ import annotations

import json
from pathlib import Path

import click

from torchdojo.cli.common import console, open_course, pick
from torchdojo.cli.screen import Screen
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import InstallationError
from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.learner.checker import Checked, Checker, start_worker
from torchdojo.learner.progress import Progress


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--all", "show_all", is_flag=True, help="List every check.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, for tools.")
@click.option("--files", type=click.Path(path_type=Path, file_okay=False), help="Check this folder, not exercises/.")
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "bubblewrap", "none"]))
@click.pass_context
def check(
    context: click.Context, names: tuple[str, ...], show_all: bool, as_json: bool, files: Path | None, sandbox: str
) -> None:
    """Check your exercises, and show what to look at first.

    Without a name the whole course is checked. Exit code 0: all passed; 1: not yet; 2: something is wrong with the
    call, the course or the installation.
    """
    course = open_course(context)
    choices = _choices(course, names)
    folder = files or course.root / "exercises"
    progress = Progress(course, folder)
    complete = {chapter.name for chapter in course.chapters if progress.complete(chapter)}
    all_checked = _check_all(course, choices, progress, sandbox)
    if as_json:
        click.echo(json.dumps([one.result.to_line("") for one in all_checked]))
    else:
        news = [c for c in course.chapters if progress.complete(c) and c.name not in complete]
        Screen(console(), progress).checked(all_checked, news, show_all=show_all)
    if any(one.trouble for one in all_checked):
        context.exit(InstallationError.exit_code)
    context.exit(0 if all(one.all_passed for one in all_checked) else 1)


def _choices(course: Course, names: tuple[str, ...]) -> list[tuple[Chapter, list[Exercise]]]:
    """Return the chapters to check, in their order, each with the exercises that are named, or none for all."""
    named: dict[str, list[Exercise]] = {}
    for name in names:
        chapter, exercise = pick(course, name)
        whole = named.get(chapter.name) == []
        named.setdefault(chapter.name, [])
        if exercise is None:
            named[chapter.name] = []
        elif not whole and exercise not in named[chapter.name]:
            named[chapter.name].append(exercise)
    return [(chapter, named.get(chapter.name, [])) for chapter in course.chapters if not named or chapter.name in named]


def check_unknown(course: Course, progress: Progress, sandbox: str) -> list[Checked]:
    """Check what is filled in and not known; return the chapters that could not be checked on this machine."""
    choices = []
    for chapter in course.chapters:
        unknown = [s.exercise for s in progress.chapter(chapter) if s.status is ExerciseStatus.UNKNOWN]
        if unknown:
            choices.append((chapter, unknown))
    return [one for one in _check_all(course, choices, progress, sandbox) if one.trouble] if choices else []


def _check_all(
    course: Course, choices: list[tuple[Chapter, list[Exercise]]], progress: Progress, sandbox: str
) -> list[Checked]:
    """Check, with a word on the terminal while it lasts, and remember what was found."""
    all_checked = []
    with console(stderr=True).status(" Checking…") as status, start_worker(course, sandbox) as worker:
        checker = Checker(course, progress.folder, worker)
        for chapter, exercises in choices:
            status.update(f" Checking {chapter.short}…")
            one = checker.check(chapter, exercises)
            if one.result.status is ResultStatus.GRADED:
                progress.learn(chapter, one.result.checks)
            all_checked.append(one)
    progress.save()
    return all_checked
