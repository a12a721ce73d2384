"""`dojo site`: the course as static pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from torchdojo.cli.bars import working
from torchdojo.cli.common import console, open_course

if TYPE_CHECKING:
    from torchdojo.authoring.site import DrawFigure
    from torchdojo.course import Chapter, Course


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option(
    "--pictures/--no-pictures", default=True, show_default=True, help="Train the reference, and draw the figures."
)
@click.pass_context
def site(context: click.Context, out: Path, pictures: bool) -> None:
    """Make the course's website: prose, given code, stubs, figures and hints as static pages, without solutions.

    OUT must not exist, be empty, or hold an older site. To view it, run `python -m http.server --directory OUT`.
    """
    from torchdojo.authoring.site import make_site

    course = open_course(context)
    with working("making the site") as say:
        folder = make_site(course, out, _painter(course) if pictures else None, say)
    console().print(f" {folder}/index.html", markup=False)


def _painter(course: Course) -> DrawFigure:
    from torchdojo.authoring.output_folder import ReleaseError

    def paint(chapter: Chapter, path: Path) -> None:
        command = [sys.executable, "-m", "torchdojo.cli", "--course", str(course.root), "run", chapter.name]
        command += ["--reference", "--out", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ReleaseError(f"the figure of {chapter.name} could not be drawn: {done.stderr.strip()[-500:]}")

    return paint
