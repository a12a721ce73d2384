"""`dojo list`: every exercise and how it stands."""

from __future__ import annotations

import click

from torchdojo.cli.check import check_unknown
from torchdojo.cli.common import console, open_course
from torchdojo.cli.screen import Screen
from torchdojo.errors import InstallationError
from torchdojo.learner.progress import Progress


@click.command()
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "bubblewrap", "none"]))
@click.pass_context
def list(context: click.Context, sandbox: str) -> None:
    """List every exercise and how it stands.

    What is known from earlier is shown at once; only exercises that changed since, or whose result was lost, are
    checked.
    """
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    trouble = check_unknown(course, progress, sandbox)
    screen = Screen(console(), progress)
    screen.head()
    screen.listing()
    for one in trouble:
        screen.trouble(one)
    context.exit(InstallationError.exit_code if trouble else 0)
