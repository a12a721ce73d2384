"""`dojo verify`: grade the grader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--seeds", default=10, show_default=True, help="Random seeds to grade each right answer with.")
@click.option("--mutants/--no-mutants", default=True, show_default=True, help="Also grade generated answers.")
@click.option(
    "--variants",
    default=5,
    show_default=True,
    type=click.IntRange(0),
    help="Variants of each known mistake, which must get its name or none.",
)
@click.option("--jobs", type=click.IntRange(1), help="Number of parallel submissions (default: all cores).")
@click.option(
    "--sandbox",
    default="none",
    type=click.Choice(["none", "bubblewrap"]),
    show_default=True,
    help="Where the answers run.",
)
@click.option("--fresh", is_flag=True, help="Ignore cached outcomes.")
@click.option(
    "--certificate", type=click.Path(path_type=Path, file_okay=False), help="Write the certificate to this folder."
)
@click.option("--mistakes-only", is_flag=True, help="Grade nothing but the known mistakes.")
@click.option(
    "--messages",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the message for each known mistake to this file.",
)
@click.pass_context
def verify(context: click.Context, /, **options: Any) -> None:
    """Grade every right, wrong and hostile answer in the course, and compare each verdict with the expected one.

    Attacks are run only when the whole course is verified, always in bubblewrap.
    """
    from torchdojo.cli.verify_course import verify_course

    verify_course(context, **options)
