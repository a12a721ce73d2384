"""`dojo publish`: freeze the grades that students get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from torchdojo.cli.bars import working
from torchdojo.cli.common import console, login_name, open_course

if TYPE_CHECKING:
    from rich.console import Console

    from torchdojo.review.publication import Preview


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--by", default="", metavar="NAME", help="Who publishes (default: your login name).")
@click.option("--dry-run", is_flag=True, help="Show what would be published, and publish nothing.")
@click.option("--yes", is_flag=True, help="Publish without asking.")
@click.pass_context
def publish(context: click.Context, out: Path, by: str, dry_run: bool, yes: bool) -> None:
    """Publish the grades in OUT as they are now.

    From then on, OUT/feedback/ and `dojo export` give the published grades, whatever is graded or decided later, until
    you publish again.
    """
    from torchdojo.batch.store import Store, StoredRun
    from torchdojo.report.write import publish as publish_now
    from torchdojo.review.decisions import Decisions
    from torchdojo.review.publication import PublicationError, preview_publication
    from torchdojo.review.warnings import publish_warnings

    course = open_course(context)
    terminal = console()
    with StoredRun(out, course) as run, working("comparing the grades"):
        if run.is_running():
            raise PublicationError(f"`dojo grade` is running in {out}; publish when it is done")
        decisions = Decisions.read(out)
        preview = preview_publication(run, decisions)
        warnings = publish_warnings(run, decisions)
    _show(terminal, preview)
    for warning in warnings:
        terminal.print(f" CHECK     {warning}", style="bold yellow", markup=False, soft_wrap=True)
    if dry_run:
        terminal.print(" dry run   nothing was published")
        return
    if not yes:
        click.confirm(" Publish?", abort=True)
    with Store(out, course) as store, working("publishing the grades and writing feedback"):
        publication = publish_now(store, by.strip() or login_name(), preview.digest)
    terminal.print(f" published {publication.folder} · {out / 'feedback'}/", markup=False, soft_wrap=True)


def _show(terminal: Console, preview: Preview) -> None:
    """Show what would be published, and how it differs from what is."""
    from torchdojo.cli.changes import print_changes

    if preview.note:
        terminal.print(f" {preview.note}", style="yellow", markup=False, soft_wrap=True)
    changes = preview.changes
    if preview.publication is None:
        students = len(changes.points)
        terminal.print(f" publish   {changes.grades} grades of {students} student{'' if students == 1 else 's'}")
    else:
        print_changes(terminal, changes, f"they were published on {preview.publication.words}")
