"""The screen of `dojo watch`: draw what the session knows."""

from __future__ import annotations

from rich.text import Text

from torchdojo.cli.compare import show_comparison
from torchdojo.cli.screen import Screen
from torchdojo.errors import UserError
from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.grading.submission import describe_source_error
from torchdojo.learner.compare import compare_exercise
from torchdojo.learner.session import Page, Session


def draw(screen: Screen, session: Session, *, keyboard: bool) -> None:
    """Draw the whole page. keyboard: whether to show the keys that work"""
    screen.header()
    if session.page is Page.LIST:
        screen.exercises([session.current.chapter], session.current, "current")
    elif session.page is Page.ALL:
        _all(screen, session)
    else:
        screen.row(session.current.chapter)
        screen.console.print()
        pages = {Page.HINT: _hints, Page.COMPARE: _compare, Page.CONFIRM: _confirm, Page.VERDICT: _verdict}
        pages[session.page](screen, session)
    _activity(screen, session)
    if keyboard:
        _keys(screen, session)


def _verdict(screen: Screen, session: Session) -> None:
    """Show the current exercise."""
    current = session.current
    unreadable = session.unreadable.get(current.chapter.name)
    checked = session.results.get(current.id)
    if unreadable is not None:
        screen.paragraph(f"✗ {describe_source_error(unreadable, f'{current.chapter.name}.py')}", "bold red", 1)
        screen.paragraph("Nothing in this file can be checked until this is fixed.", "dim")
        screen.console.print()
    elif current.status is ExerciseStatus.TODO:
        screen.todo(current)
    elif session.is_waiting:
        return  # the last verdict is not that of this code
    elif checked is None:
        screen.paragraph(f"{current.exercise.name}: {screen.location(current)}", "", 1)
        screen.console.print()
    elif checked.installation_problem:
        screen.installation_problem(checked)
    elif checked.result.status is ResultStatus.REJECTED:
        screen.rejected(checked)
    elif current.status is ExerciseStatus.PASSED:
        screen.passed(checked, current.exercise)
        if current.id in screen.progress.newly_passed and current.exercise.learnt:
            screen.paragraph(current.exercise.learnt)
            screen.console.print()
        if screen.progress.is_complete(current.chapter):
            screen.celebrate(current.chapter)
        if all(entry.status is ExerciseStatus.PASSED for entry in screen.progress):
            screen.show_next_step([])
    elif checked.is_wrong(current.exercise):
        screen.failure(checked, current.exercise)


def _hints(screen: Screen, session: Session) -> None:
    """Show the hints so far: the one of the failing check, then the general ones."""
    current, hints = session.current, session.shown_hints
    if hints.shows_check(current):
        screen.hint(current, None, with_reading=not hints.level)
    for level in range(1, hints.level + 1):
        screen.hint(current, level, with_reading=level == hints.level)


def _compare(screen: Screen, session: Session) -> None:
    """Show the current exercise beside the reference's version, or why not."""
    try:
        comparison = compare_exercise(screen.progress, session.current)
    except UserError as error:
        screen.paragraph(str(error))
    else:
        show_comparison(screen, session.current, comparison)


def _confirm(screen: Screen, session: Session) -> None:
    screen.paragraph(f"Put {session.current.exercise.name} back to its original state?", "bold", 1)
    screen.paragraph("Only its code changes. Your current file will be saved in .torchdojo/backups.", "", 1)
    screen.console.print()


def _all(screen: Screen, session: Session) -> None:
    """Show all chapters, and name the exercises that are not right."""
    screen.overview()
    if session.background_count:
        return
    unsolved = (ExerciseStatus.FAILED, ExerciseStatus.UNKNOWN)
    wrong = [entry.exercise.name for entry in screen.progress if entry.status in unsolved]
    todo = sum(entry.status is ExerciseStatus.TODO for entry in screen.progress)
    if wrong:
        screen.paragraph(f"Not right yet: {', '.join(wrong)}.", "", 1)
    if todo:
        screen.paragraph(f"Still to do: {todo} of {len(list(screen.progress))} exercises.", "", 1)
    if wrong or todo:
        screen.console.print()
    else:
        screen.show_next_step([])


def _activity(screen: Screen, session: Session) -> None:
    """Show what is being checked, and the session's note."""
    count = session.background_count
    if session.waiting_for:
        screen.paragraph(f"Checking {', '.join(session.waiting_for)}…", "cyan", 1)
        if session.is_slow:
            limit = f"Each check is stopped after {session.current.chapter.check_seconds:g} s."
            screen.paragraph(f"Still running: is there an endless loop? {limit}", "yellow", 1)
    elif count:
        other = "" if session.page is Page.ALL else "other "
        screen.paragraph(f"Checking {count} {other}{'exercise' if count == 1 else 'exercises'}…", "dim", 1)
    if session.note:
        screen.paragraph(session.note, "yellow", 1)


def _keys(screen: Screen, session: Session) -> None:
    """Show the keys that work now."""
    line = Text(" ")
    for key, purpose in session.available_keys().items():
        part = Text().append(key, "bold").append(f" {purpose}", "dim")
        if line.cell_len + part.cell_len + 3 > screen.width:
            screen.console.print(line, soft_wrap=True)
            line = Text(" ")
        line.append_text(part).append("   ")
    line.rstrip()
    screen.console.print(line, soft_wrap=True)
