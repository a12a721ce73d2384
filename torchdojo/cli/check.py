"""`dojo check`: check exercises."""

from __future__ import annotations

import json
from pathlib import Path

import click

from torchdojo.cli.check_lines import failing_lines
from torchdojo.cli.common import SANDBOX, console, open_course, pick
from torchdojo.cli.screen import Screen
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import InstallationError
from torchdojo.grading.status import ResultStatus
from torchdojo.learner.checker import ChapterCheck, StartingWorker
from torchdojo.learner.progress import Progress
from torchdojo.learner.side_by_side import check_side_by_side
from torchdojo.learner.untouched import check_untouched

Selection = list[tuple[Chapter, list[Exercise]]]  # [] for every exercise of the chapter that has checks


@click.command()
@click.argument("names", nargs=-1, metavar="[CHAPTER[/EXERCISE]]...")
@click.option("--all", "show_all", is_flag=True, help="List every check.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, for tools.")
@click.option("--lines", "as_lines", is_flag=True, help="Print a line for each failing check, for editors.")
@click.option("--files", type=click.Path(path_type=Path, file_okay=False), help="Check this folder, not exercises/.")
@SANDBOX
@click.pass_context
def check(
    context: click.Context,
    names: tuple[str, ...],
    show_all: bool,
    as_json: bool,
    as_lines: bool,
    files: Path | None,
    sandbox: str,
) -> None:
    """Check your exercises, and show what to fix first.

    Without names, the whole course is checked. Exit code 0: everything passed; 1: not yet; 2: something is wrong with
    the command, the course or the installation.
    """
    course = open_course(context)
    selection = _selection(course, names)
    folder = files or course.root / "exercises"
    with Check(course, folder, _with_checks(selection), sandbox, every_check=show_all or as_json) as begun:
        progress = Progress(course, folder)
        complete = {chapter.name for chapter in course.chapters if progress.is_complete(chapter)}
        checks = begun.finish(progress)
    if as_json:
        click.echo(json.dumps([check.result.to_line("") for check in checks]))
    elif as_lines:
        for line in failing_lines(checks, progress):
            click.echo(line)
    else:
        completed = [c for c in course.chapters if progress.is_complete(c) and c.name not in complete]
        by_hand = [progress[c.id_of(e)] for c, exercises in selection for e in exercises if e.by_hand]
        Screen(console(), progress).checked(checks, completed, by_hand, show_all=show_all)
    if any(check.installation_problem for check in checks):
        context.exit(InstallationError.exit_code)
    context.exit(0 if all(check.all_passed for check in checks) else 1)


def _selection(course: Course, names: tuple[str, ...]) -> Selection:
    """Return the chapters to check, in the course's order, each with the exercises to check, [] for all."""
    selected: dict[str, list[Exercise]] = {}
    for name in names:
        chapter, exercise = pick(course, name)
        is_whole = selected.get(chapter.name) == []
        exercises = selected.setdefault(chapter.name, [])
        if exercise is None and not chapter.graded_exercises:
            exercises[:] = chapter.exercises
        elif exercise is None:
            exercises.clear()
        elif not is_whole and exercise not in exercises:
            exercises.append(exercise)
    return [(c, selected.get(c.name, [])) for c in course.chapters if not selected or c.name in selected]


def _with_checks(selection: Selection) -> Selection:
    """Return the selection without the exercises that people grade."""
    checked = [(chapter, exercises, [e for e in exercises if not e.by_hand]) for chapter, exercises in selection]
    return [(chapter, with_checks) for chapter, exercises, with_checks in checked if with_checks or not exercises]


class Check:
    """A check of a selection: a worker starts at once, unless everything is to do, and `finish` runs the checks.

    every_check: list the single checks also where everything is still to do, which needs torch
    """

    def __init__(
        self, course: Course, folder: Path, selection: Selection, sandbox: str, *, every_check: bool = False
    ) -> None:
        self.folder = folder
        self._found = [None if every_check else check_untouched(course, c, folder, own) for c, own in selection]
        self._to_run = [chosen for chosen, check in zip(selection, self._found, strict=True) if check is None]
        self._starting = StartingWorker(course, sandbox, self._to_run[0][0].kind) if self._to_run else None

    def __enter__(self) -> Check:
        return self

    def __exit__(self, *error: object) -> None:
        if self._starting is not None:
            self._starting.__exit__(*error)

    def finish(self, progress: Progress) -> list[ChapterCheck]:
        """Run the checks, show on stderr what is being checked, and save the progress."""
        checked = iter(self._run(self._starting, progress) if self._starting is not None else [])
        checks = [check or next(checked) for check in self._found]
        progress.save()
        return checks

    def _run(self, starting: StartingWorker, progress: Progress) -> list[ChapterCheck]:
        with console(stderr=True).status(" Checking…") as status:
            checks = check_side_by_side(
                starting, self.folder, self._to_run, lambda name: status.update(f" Checking {name}…")
            )
        for check in checks:
            if check.result.status is ResultStatus.GRADED:
                progress.record(check.chapter, check.result.checks)
        return checks
