"""`dojo site`: the course as static pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from torchdojo.authoring.output_folder import ReleaseError
from torchdojo.authoring.site import DrawFigure, make_site
from torchdojo.cli.bars import working
from torchdojo.cli.common import console, open_course
from torchdojo.course import Chapter, Course


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where it goes: a folder of its own.")
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Train the reference and paint.")
@click.pass_context
def site(context: click.Context, out: Path, pictures: bool) -> None:
    """Make the course's site: prose, given code, stubs, pictures and hints as static pages; no solution.

    OUT must be missing, empty, or hold an older site. Look at it with `python -m http.server --directory OUT`.
    """
    course = open_course(context)
    with working("making the site") as say:
        folder = make_site(course, out, _painter(course) if pictures else None, say)
    console().print(f" {folder}/index.html", markup=False)


def _painter(course: Course) -> DrawFigure:
    def paint(chapter: Chapter, path: Path) -> None:
        command = [sys.executable, "-m", "torchdojo.cli", "--course", str(course.root), "run", chapter.name]
        command += ["--reference", "--out", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ReleaseError(f"the picture of {chapter.name} could not be painted: {done.stderr.strip()[-500:]}")

    return paint
