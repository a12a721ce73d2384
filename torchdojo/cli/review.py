"""`dojo review`: correct points and comment, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from torchdojo.grading.status import CheckStatus


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("about", nargs=-1, metavar="[STUDENT] [CHAPTER[/EXERCISE[/CHECK]]]")
@click.option("--points", help="The points that it gets.")
@click.option(
    "--status",
    type=click.Choice([CheckStatus.PASSED.value, CheckStatus.FAILED.value, CheckStatus.SKIPPED.value]),
    help="All its points, none, or not counted at all.",
)
@click.option("--withdraw", is_flag=True, help="Take back what was decided about its points.")
@click.option("--reason", default="", help="Why: the student reads it.")
@click.option("--comment", metavar="TEXT", help="Write this Markdown to the student.")
@click.option("--line", type=click.IntRange(1), help="The line of the submission that the comment is about.")
@click.option("--staff-only", is_flag=True, help="The comment is a note that students never see.")
@click.option("--reviewed/--not-reviewed", default=None, help="Mark the submission.")
@click.option("--request", metavar="TEXT", help="Note that the student asks for another look.")
@click.option("--answer", metavar="TEXT", help="Answer the request.")
@click.option(
    "--all-with-mistake",
    "mistake",
    metavar="NAME",
    help="Instead of STUDENT: all who made this mistake.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--switch-off", metavar="CHECK", help="A check that was wrong: it does not decide for anybody.")
@click.option(
    "--mode",
    type=click.Choice(["full-points", "left-out"]),
    help="Whether all get its points, or it leaves the maximum.",
)
@click.option("--switch-on", metavar="CHECK", help="Undo --switch-off.")
@click.option("--undo", is_flag=True, help="Undo your last decision.")
@click.option("--by", default="", metavar="NAME", help="Who decides (default: your login name).")
@click.option("--export", "export_path", type=click.Path(path_type=Path), help="Write what was decided as CSV.")
@click.option(
    "--import",
    "import_path",
    type=click.Path(path_type=Path),
    help="Decide what such a file says, or a grades.csv that was edited.",
)
@click.pass_context
def review(context: click.Context, /, **options: Any) -> None:
    """Show a grade in OUT and how it came about, or decide about it.

    Without options, all that was decided about STUDENT's CHAPTER is shown. Decisions are kept in OUT/reviews.jsonl and
    survive every regrade; the results themselves never change.
    """
    from torchdojo.cli.review_decide import review_work

    review_work(context, **options)
