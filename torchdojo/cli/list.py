"""`dojo list`: every exercise with its status."""

from __future__ import annotations

import click
from rich.text import Text

from torchdojo.cli.common import SANDBOX, console, open_course, pick, spelled
from torchdojo.cli.screen import Screen
from torchdojo.errors import InstallationError
from torchdojo.learner.progress import Progress


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER]...")
@click.option("--all", "show_all", is_flag=True, help="List the exercises of every chapter.")
@SANDBOX
@click.pass_context
def list(context: click.Context, names: tuple[str, ...], show_all: bool, sandbox: str) -> None:
    """List the chapters with their points, and the exercises of CHAPTER, or of the current chapter, with their status.

    Only exercises that have changed since they were last checked are checked again.
    """
    course = open_course(context)
    chosen = [pick(course, name)[0] for name in names]
    progress = Progress(course, course.root / "exercises")
    problems = []
    if unknown := progress.unknown():
        from torchdojo.cli.check import Check

        with Check(course, progress.folder, unknown, sandbox) as begun:
            checks = begun.finish(progress)
        problems = [check for check in checks if check.installation_problem]
    screen = Screen(console(), progress)
    screen.header(progress.last_time)
    current = progress.current_exercise()
    shown = course.chapters if show_all else chosen or [current.chapter if current else course.chapters[-1]]
    screen.exercises(shown, current, "next")
    screen.learnt()
    for check in problems:
        screen.installation_problem(check)
    if len(shown) < len(course.chapters):
        every, one = f" {spelled('list --all')}  every exercise", f"     {spelled('list 2')}  chapter 2"
        line = every + one if len(every + one) <= screen.width else every
        screen.console.print(Text(line, "dim"), soft_wrap=True)
    context.exit(InstallationError.exit_code if problems else 0)
