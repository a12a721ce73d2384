"""`dojo verify`: the grader graded."""

from __future__ import annotations

import secrets
import sys
import time

import click

from torchdojo.cli.common import console, open_course, pick
from torchdojo.grading import Grader, Settings
from torchdojo.sandbox import NONE, tier_named
from torchdojo.verify import subjects_of, verify_subject


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--seeds", default=1, show_default=True, help="How many secrets the right answers are graded with.")
@click.option("--sandbox", default=NONE.name, type=click.Choice(["none", "bubblewrap"]), show_default=True)
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], seeds: int, sandbox: str) -> None:
    """Grade every right and wrong answer the course ships, and see that each gets the verdict it must."""
    course = open_course(context)
    chosen = [pick(course, name) for name in names] or [(chapter, None) for chapter in course.chapter]
    out = console()
    problems = 0
    for chapter, exercise in chosen:
        started = time.perf_counter()
        subjects = subjects_of(course, chapter, exercise.name if exercise else None)
        counts: dict[str, int] = {}
        for seed in range(seeds):
            secret = secrets.token_bytes(16)
            grader = Grader(course, chapter, Settings(tier_named(sandbox), secret))
            for subject in subjects:
                if seed and subject.expectation.kind not in ("reference", "accepted"):
                    continue
                found = verify_subject(grader, subject)
                counts[subject.expectation.kind] = counts.get(subject.expectation.kind, 0) + 1
                for words in found:
                    out.print(f"[red]✗[/] {chapter.name}: {subject.name}", highlight=False)
                    out.print(f"    {words}", markup=False)
                problems += len(found)
            grader.close()
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        out.print(f"{chapter.name}: {told} in {time.perf_counter() - started:.1f} s", markup=False)
    out.print("[green]every verdict is as it must be[/]" if not problems else f"[red]{problems} problems[/]")
    sys.exit(1 if problems else 0)
