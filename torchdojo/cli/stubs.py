"""`dojo stubs`: make exercises/ from reference/."""

from __future__ import annotations

import click

from torchdojo.authoring.stub import find_stale_stubs, write_stubs
from torchdojo.cli.common import open_whole_course


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if a stub is out of date.")
@click.pass_context
def stubs(context: click.Context, only_check: bool) -> None:
    """Make exercises/ from reference/.

    This is for authors: it overwrites exercise files, filled in or not.
    """
    course = open_whole_course(context)
    if only_check:
        stale = find_stale_stubs(course)
        for path in stale:
            click.echo(f"{path} is out of date: run `dojo stubs`")
        context.exit(1 if stale else 0)
    for path in write_stubs(course):
        click.echo(f"wrote {path}")
