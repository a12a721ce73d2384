"""`dojo list`: every exercise with its status."""

from __future__ import annotations

import click

from torchdojo.cli.check import check_chapters
from torchdojo.cli.common import SANDBOX, console, open_course
from torchdojo.cli.screen import Screen
from torchdojo.errors import InstallationError
from torchdojo.learner.progress import Progress


@click.command(short_help="List every exercise with its status.")
@SANDBOX
@click.pass_context
def list(context: click.Context, sandbox: str) -> None:
    """List every exercise with its status and points.

    Only exercises that have changed since they were last checked are checked again.
    """
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    checks = check_chapters(course, progress.unknown(), progress, sandbox)
    problems = [check for check in checks if check.installation_problem]
    screen = Screen(console(), progress)
    screen.header(progress.last_time)
    screen.exercises()
    screen.learnt()
    for check in problems:
        screen.installation_problem(check)
    context.exit(InstallationError.exit_code if problems else 0)
