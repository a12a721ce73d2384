"""`dojo release`: make the release for learners."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.cli.bars import working
from torchdojo.cli.common import console, open_course


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option("--wheel/--no-wheel", default=True, show_default=True, help="Include the engine.")
@click.pass_context
def release(context: click.Context, out: Path, wheel: bool) -> None:
    """Make the release for learners: exercises, public checks and the engine, without reference or hidden checks.

    OUT must not exist, be empty, or hold an older release.
    """
    from torchdojo.authoring.release import make_release
    from torchdojo.course import load_course

    course = open_course(context)
    with working("making the release") as say:
        folder = make_release(course, out, say, wheel=wheel)
    made = load_course(folder)
    total = made.points + made.hidden_points
    console().print(f" {folder}: public checks worth {made.points:g} of {total:g} points", markup=False)
