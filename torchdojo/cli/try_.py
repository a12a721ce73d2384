"""`dojo try`: make the call that fails again, in the foreground."""

from __future__ import annotations

from bdb import BdbQuit
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from torchdojo.cli.common import SANDBOX, console, open_course, pick_checked_exercise, spelled
from torchdojo.cli.screen import Screen
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import UserError
from torchdojo.grading.status import CheckStatus, ExerciseStatus
from torchdojo.grading.submission import describe_source_error
from torchdojo.learner.checker import start_worker
from torchdojo.learner.progress import Progress
from torchdojo.learner.script import PRINT
from torchdojo.learner.tryout import Answered, Tryout, Tryouts, find_output, own_traceback, show_value
from torchdojo.near_names import did_you_mean
from torchdojo.source.files import SourceError, read_source
from torchdojo.source.placeholders import describe_unfinished
from torchdojo.source.repair import parse_around_errors

if TYPE_CHECKING:
    from torchdojo.grading.result import CheckResult

MAX_SCRIPT_LINES, MAX_OUTPUTS = 24, 3  # on the screen


@click.command("try")
@click.argument("name", metavar="[EXERCISE]", required=False)
@click.option("--check", "check_name", default="", metavar="NAME", help="Run this check's call (default: what fails).")
@click.option("--code", is_flag=True, help="Print the call as code, for a notebook or a debugger.")
@SANDBOX
@click.pass_context
def try_(context: click.Context, name: str | None, check_name: str, code: bool, sandbox: str) -> None:
    """Run the call that EXERCISE, or the current exercise, fails at.

    It runs in the foreground, without limits: what your code prints appears at once, and breakpoint() stops in the
    debugger. Nothing is graded, and your progress stays as it is. If nothing fails, the first check's call runs.
    """
    course = open_course(context)
    progress = Progress(course, course.root / "exercises")
    screen = Screen(console(), progress)
    chapter, exercise = _pick(course, progress, name)
    entry = progress[chapter.id_of(exercise)]
    if entry.status is ExerciseStatus.TODO:
        screen.todo(entry)
        context.exit(1)
    if unfinished := progress.unfinished_below(entry):
        screen.paragraph(describe_unfinished(exercise.name, unfinished), "yellow", 1)
        context.exit(1)
    tryouts = _load(course, chapter, exercise, sandbox)
    tryout = tryouts.choose(_known_check(check_name, tryouts.checks))
    if tryout.script is None:
        _show_heading(screen, exercise, tryout)
        _show_finding(screen, tryout.check)
        context.exit(1)
    if code:
        click.echo(f"# {exercise.name} · {tryout.check.title} (the check {tryout.check.check})")
        click.echo("# Run it in the course's folder.")
        click.echo(tryout.script.text + PRINT, nl=False)
        return
    _show_heading(screen, exercise, tryout)
    _show_script(screen, tryout)
    screen.console.print(Rule("your code runs", style="dim"), width=screen.width)
    attempt = tryouts.ask(tryout.script)
    screen.console.print(Rule(style="dim"), width=screen.width)
    screen.console.print()
    is_right = _show_outcome(screen, exercise, tryout, attempt, tryouts)
    screen.paragraph(f"{spelled(f'try {exercise.name} --code')} prints this call, for a notebook or a debugger.", "dim")
    context.exit(0 if is_right else 1)


def _pick(course: Course, progress: Progress, name: str | None) -> tuple[Chapter, Exercise]:
    if name is not None:
        return pick_checked_exercise(course, name)
    entry = progress.current_exercise()
    if entry is None:
        raise click.UsageError("every exercise is right. Which one do you want to try?")
    return entry.chapter, entry.exercise


def _load(course: Course, chapter: Chapter, exercise: Exercise, sandbox: str) -> Tryouts:
    """Find out where an exercise fails. UserError if its file cannot be read or loaded."""
    path = course.exercise_file(chapter)
    status = console(stderr=True).status(f" Checking {exercise.name}…")
    with status, start_worker(course, sandbox, chapter.kind) as worker:
        try:
            return Tryouts(course, chapter, exercise, parse_around_errors(read_source(path), path.name), worker)
        except SourceError as error:
            raise UserError(describe_source_error(error, path.name)) from None


def _known_check(name: str, checks: Sequence[CheckResult]) -> str:
    """Return the name. UsageError if no check has it."""
    names = [check.check for check in checks]
    if not name or name in names:
        return name
    near = did_you_mean(name, names)
    raise click.UsageError(f"no public check {name!r}.{near} Its checks: {', '.join(names)}.")


def _show_heading(screen: Screen, exercise: Exercise, tryout: Tryout) -> None:
    check = tryout.check
    title = Text().append(f"{check.status.mark} ", "green" if check.status.is_done else "bold red")
    screen.heading(title.append(exercise.name, "bold").append(f" · {check.title}"), f"check {check.check}")


def _show_script(screen: Screen, tryout: Tryout) -> None:
    assert tryout.script is not None
    lines = tryout.script.body.splitlines()
    more = len(lines) - MAX_SCRIPT_LINES
    shown = lines if more <= 1 else [*lines[:MAX_SCRIPT_LINES], f"# … {more} more lines"]
    code = Syntax("\n".join(shown), "python", theme="ansi_dark", background_color="default", word_wrap=True)
    screen.console.print(Padding(code, (0, 0, 1, 3)), width=screen.width)


def _show_finding(screen: Screen, check: CheckResult) -> None:
    """Show what the check itself found."""
    for label, text in (("expected", check.finding.expected), ("got", check.finding.got)):
        screen.block(label, text)
    screen.console.print()


def _show_outcome(screen: Screen, exercise: Exercise, tryout: Tryout, attempt: Answered, tryouts: Tryouts) -> bool:
    """Show what came back; return whether it is right."""
    if attempt.error is not None:
        _show_error(screen, attempt.error, tryouts)
    elif attempt.outputs is None:
        screen.block("got", attempt.refusal)
    elif found := find_output(tryout, attempt):
        name, difference = found
        if name and tryout.expected is not None:
            screen.paragraph(f"{name}:", "bold", 5)
            screen.block("expected", show_value(tryout.expected[name]))
            screen.block("got", show_value(attempt.outputs[name]))
        screen.block("difference", f"expected {difference.expected}\ngot      {difference.got}")
    else:
        for name, value in list(attempt.outputs.items())[:MAX_OUTPUTS]:
            screen.block(name, show_value(value))
        screen.console.print()
        if tryout.check.status is CheckStatus.PASSED:
            screen.paragraph(f"✓ This is right: {exercise.name} passes its check {tryout.check.check}.", "green")
            return True
        screen.paragraph("The check judges these numbers itself. It found:")
        _show_finding(screen, tryout.check)
        return False
    screen.console.print()
    return False


def _show_error(screen: Screen, error: BaseException, tryouts: Tryouts) -> None:
    if isinstance(error, BdbQuit):
        screen.paragraph("You left the debugger.")
        return
    if isinstance(error, KeyboardInterrupt):
        screen.paragraph("You stopped it here:")
    for line in own_traceback(error, tryouts.path).splitlines():
        screen.console.print(Text(f"   {line}"), soft_wrap=True)
