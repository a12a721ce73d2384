"""`dojo nbgrader`: make an nbgrader course, and grade it."""

from __future__ import annotations

from pathlib import Path

import click

from torchdojo.cli.bars import counting, working
from torchdojo.cli.common import open_course, open_whole_course
from torchdojo.cli.group import CommandGroup
from torchdojo.errors import UserError
from torchdojo.source.files import SourceError


@click.group(cls=CommandGroup)
def nbgrader() -> None:
    """Make an nbgrader course, and grade it with the same engine."""


@nbgrader.command(short_help="Make an nbgrader course.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of the nbgrader course.")
@click.option("--course-id", default="torchdojo", show_default=True, help="nbgrader's course_id.")
@click.pass_context
def build(context: click.Context, out: Path, course_id: str) -> None:
    """Make an nbgrader course: nbgrader_config.py and one source notebook per chapter.

    Run it again after a change of the course to update the notebooks. Your nbgrader_config.py is not changed.
    """
    from torchdojo.nbgrader.build import build_course

    course = open_whole_course(context)
    with working("building the notebooks"):
        written = build_course(course, out, course_id)
    notebooks = [path for path in written if path.suffix == ".ipynb"]
    for path in notebooks:
        click.echo(f" wrote {path}")
    unchanged = "" if written else "; nothing has changed"
    click.echo(f" {len(course.chapters)} chapters, each with its public checks{unchanged}")
    click.echo(f" Next: cd {out} && nbgrader generate_assignment {course.chapters[0].name}")


@nbgrader.command(short_help="Convert a file from .py to .ipynb or back.")
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def convert(context: click.Context, source: Path, target: Path | None) -> None:
    """Convert SOURCE from .py to .ipynb or back, to TARGET or beside SOURCE.

    A .py file named after a chapter becomes that chapter's notebook, with grade cells.
    """
    from torchdojo.nbgrader.convert import to_notebook, to_percent

    if source.suffix not in (".py", ".ipynb"):
        raise click.UsageError(f"{source} is neither a .py nor an .ipynb file")
    back = source.suffix == ".ipynb"
    target = target or source.with_suffix(".py" if back else ".ipynb")
    if target.exists():
        raise click.UsageError(f"{target} already exists")
    try:
        if back:
            to_percent(source, target)
        else:
            to_notebook(source, target, open_course(context).find(source.stem))
    except SourceError as error:
        raise UserError(f"{source.name} {error}") from None
    click.echo(f" wrote {target}")


@nbgrader.command(context_settings={"ignore_unknown_options": True})
@click.argument("chapter")
@click.option("--jobs", type=click.IntRange(1), help="Number of parallel submissions (default: all cores).")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path(), help="The folder of the nbgrader course."
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def autograde(context: click.Context, chapter: str, jobs: int | None, folder: Path, arguments: tuple[str, ...]) -> None:
    """Run `nbgrader autograde CHAPTER` on several cores.

    The gradebook gets the same grades. Other options, such as --force and --student, are passed to nbgrader.
    """
    from torchdojo.nbgrader.autograde import autograde as run
    from torchdojo.sandbox.cores import usable_cores

    with counting("grading") as count:
        all_graded = run(folder, chapter, jobs or usable_cores(), list(arguments), count.reach)
    if not count.total:
        click.echo(" Nothing new to grade. Use --force to grade everything again.")
    elif all_graded:
        graded = f"{count.total} submission{'s' * (count.total != 1)} graded"
        click.echo(f" {graded}. Next: nbgrader generate_feedback {chapter}")
    else:
        click.echo(" Some submissions could not be graded; no points were lost. See the messages above.", err=True)
    context.exit(0 if all_graded else 1)
