"""`dojo check`: the learner's screen."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from torchdojo.cli.common import LEARNER_SECRET, console, open_course, pick
from torchdojo.cli.screen import ChapterState, Screen
from torchdojo.course import Chapter, Course, Exercise, SourceError, read_source
from torchdojo.grading import Grader, Result, Settings
from torchdojo.sandbox import Worker, WorkerError, tier_named

Choice = tuple[Chapter, Exercise | None]


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--all", "show_all", is_flag=True, help="List every check.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, for tools.")
@click.option("--files", type=click.Path(path_type=Path, file_okay=False), help="Check this folder, not exercises/.")
@click.option("--sandbox", default="auto", show_default=True, type=click.Choice(["auto", "bubblewrap", "none"]))
@click.pass_context
def check(
    context: click.Context, names: tuple[str, ...], show_all: bool, as_json: bool, files: Path | None, sandbox: str
) -> None:
    """Check your exercises, and show what to look at first.

    Without a name the whole course is checked. Exit code 0: all passed; 1: not yet; 2: something is wrong with the call
    or the course.
    """
    course = open_course(context)
    choices: list[Choice] = [pick(course, name) for name in names] or [(chapter, None) for chapter in course.chapter]
    folder = files or course.root / "exercises"
    out = console()
    try:
        with console(stderr=True).status(" Checking…"), _worker(course, sandbox) as worker:
            states = [_check(course, choice, folder, worker) for choice in choices]
    except WorkerError as error:
        click.echo(f"dojo check: {error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps([state.result.plain("") for state in states if state.result], ensure_ascii=False))
    else:
        Screen(out, course, folder).show(states, show_all=show_all)
    sys.exit(0 if all(state.all_passed for state in states) else 1)


def _worker(course: Course, sandbox: str) -> Worker:
    """Start a worker, and do not wait for it: it imports torch while this process does its own preparations."""
    worker = Worker(tier_named(sandbox), [course.graders(chapter) / "probes.py" for chapter in course.chapter])
    worker.start()
    return worker


def _check(course: Course, choice: Choice, folder: Path, worker: Worker) -> ChapterState:
    """Grade one chapter, or one exercise of it."""
    chapter, exercise = choice
    path = folder / f"{chapter.name}.py"
    source: bytes | SourceError
    try:
        source = read_source(path)
    except SourceError as error:
        source = error
    grader = Grader(course, chapter, Settings(worker.tier, LEARNER_SECRET), worker)
    result: Result = grader.grade(source, path.name, [exercise.name] if exercise else None)
    return ChapterState(chapter, path, result, exercise)
