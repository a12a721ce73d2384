"""`dojo release`: make what learners get."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.authoring.release import make_release
from torchdojo.cli.bars import working
from torchdojo.cli.common import console, open_course
from torchdojo.course import load_course


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where it goes: a folder of its own.")
@click.option("--wheel/--no-wheel", default=True, show_default=True, help="Put the engine in.")
@click.pass_context
def release(context: click.Context, out: Path, wheel: bool) -> None:
    """Make what learners get: exercises, public checks, the engine; no reference, no hidden check, no mistake.

    OUT must be missing, empty, or hold an older release.
    """
    course = open_course(context)
    with working("making the release") as say:
        folder = make_release(course, out, say, wheel=wheel)
    made = load_course(folder)
    total = made.points + made.hidden_points
    console().print(f" {folder}: public checks worth {made.points:g} of {total:g} points", markup=False)
