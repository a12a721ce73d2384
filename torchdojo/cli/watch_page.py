"""The screen of `dojo watch`: what the session knows, drawn."""

from __future__ import annotations

from rich.text import Text

from torchdojo.cli.screen import Screen
from torchdojo.grading.status import ExerciseStatus, ResultStatus
from torchdojo.grading.submission import source_failure
from torchdojo.learner.session import Page, Session


def draw(screen: Screen, session: Session, *, keyboard: bool) -> None:
    """Draw the whole page. keyboard: whether there are keys to press."""
    screen.head()
    if session.page is Page.LIST:
        screen.listing(session.at)
    elif session.page is Page.ALL:
        _everything(screen, session)
    else:
        screen.row(session.at.chapter)
        screen.console.print()
        if session.page is Page.HINT:
            _hints(screen, session)
        elif session.page is Page.ASK:
            _ask(screen, session)
        else:
            _verdict(screen, session)
    _status(screen, session)
    if keyboard:
        _keys(screen, session)


def _verdict(screen: Screen, session: Session) -> None:
    """Show how the exercise at hand stands."""
    here = session.at
    broken = session.broken.get(here.chapter.name)
    found = session.results.get(here.name)
    if broken is not None:
        _say(screen, f" ✗ {source_failure(broken, f'{here.chapter.name}.py')}", "bold red")
        _say(screen, "   Nothing in this file can be checked until it is mended.", "dim")
        screen.console.print()
    elif here.status is ExerciseStatus.TODO:
        screen.todo(here)
    elif found is None:
        _say(screen, f" {here.exercise.name}, in {screen.place(here)}")
        screen.console.print()
    elif found.trouble:
        screen.trouble(found)
    elif found.result.status is ResultStatus.REJECTED:
        screen.rejected(found)
    elif here.status is ExerciseStatus.PASSED:
        screen.passed(found, here.exercise)
        if screen.progress.complete(here.chapter):
            screen.celebrate(here.chapter)
        if all(standing.status is ExerciseStatus.PASSED for standing in screen.progress):
            screen.what_is_next([])
    elif any(check.status.is_wrong for check in found.checks_of(here.exercise)):
        screen.failing(found, here.exercise)


def _hints(screen: Screen, session: Session) -> None:
    """Show the hints so far, the newest last."""
    here = session.at
    last = min(session.hints.get(here.name, 0), len(here.exercise.hints))
    for level in range(1, last + 1):
        screen.hint(here.chapter, here.exercise, level, with_reading=level == last)


def _ask(screen: Screen, session: Session) -> None:
    here = session.at
    _say(screen, f" Put {here.exercise.name} back as it was at the start?", "bold")
    _say(screen, " Only its code changes; your file as it is now is kept in .torchdojo/backups.")
    screen.console.print()


def _everything(screen: Screen, session: Session) -> None:
    """Show how all chapters stand, and name what is not right; none of its errors."""
    screen.overview()
    if session.behind:
        return
    wrong_or_unknown = (ExerciseStatus.FAILED, ExerciseStatus.UNKNOWN)
    wrong = [s.exercise.name for s in screen.progress if s.status in wrong_or_unknown]
    left = sum(s.status is ExerciseStatus.TODO for s in screen.progress)
    if wrong:
        _say(screen, f" Not right yet: {', '.join(wrong)}.")
    if left:
        _say(screen, f" Still to do: {left} of {len(list(screen.progress))} exercises.")
    if wrong or left:
        screen.console.print()
    else:
        screen.what_is_next([])


def _status(screen: Screen, session: Session) -> None:
    """Show what is going on, and news."""
    if session.waiting_for:
        names = ", ".join(name.partition("/")[2] for name in session.waiting_for)
        _say(screen, f" Checking {names}…", "cyan")
    elif session.behind:
        words = "exercise" if session.behind == 1 else "exercises"
        others = "" if session.page is Page.ALL else " other"
        _say(screen, f" Checking {session.behind}{others} {words}…", "dim")
    if session.note:
        _say(screen, f" {session.note}", "yellow")


def _keys(screen: Screen, session: Session) -> None:
    """Show the keys that work now."""
    line = Text(" ")
    for key, words in session.keys_now().items():
        part = Text().append(key, "bold").append(f" {words}", "dim")
        if line.cell_len + part.cell_len + 3 > screen.width:
            screen.console.print(line, soft_wrap=True)
            line = Text(" ")
        line.append_text(part).append("   ")
    line.rstrip()
    screen.console.print(line, soft_wrap=True)


def _say(screen: Screen, words: str, style: str = "") -> None:
    screen.paragraph(words.strip(), style, len(words) - len(words.lstrip()))
