"""Links on a learner's screen: whole on one line, or hidden behind their name where the terminal makes them links."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from torchdojo.cli.screen import Screen
from torchdojo.course import load_course
from torchdojo.grading.failure import Finding
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.learner.checker import ChapterCheck
from torchdojo.learner.progress import Progress

LONG = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html"
NAME = "torch.optim.Optimizer.register_step_pre_hook"
TERMINALS = [
    {"TERM_PROGRAM": "vscode", "TERM": "xterm-256color"},
    {"VTE_VERSION": "7600", "TERM": "xterm-256color"},
    {"WT_SESSION": "1", "TERM": "xterm-256color"},
    {"TERM": "xterm-kitty"},
]
OTHERS = [{"TERM": "xterm-256color"}, {"VTE_VERSION": "4800"}, {"TERM": "tmux-256color", "VTE_VERSION": "7600"}]
VARIABLES = ("TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM", "NO_COLOR")


@pytest.fixture
def screen(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> Screen:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system="truecolor", highlight=False)
    return Screen(console, Progress(load_course(tiny_root), tiny_root / "exercises"))


def lines(screen: Screen) -> list[str]:
    """Return what is seen: the text without colours and links."""
    assert isinstance(screen.console.file, io.StringIO)
    return re.sub(r"\x1b(\[[\d;]*m|\]8;.*?\x1b\\)", "", screen.console.file.getvalue()).splitlines()


@pytest.mark.parametrize("terminal", TERMINALS, ids=str)
def test_a_long_link_is_a_name_where_the_terminal_shows_links(
    terminal: dict[str, str], screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in terminal.items():
        monkeypatch.setenv(name, value)
    screen.read(LONG)
    assert lines(screen) == [f"   Read: {NAME}"]
    assert isinstance(screen.console.file, io.StringIO)
    assert re.search(rf"\x1b]8;[^;]*;{re.escape(LONG)}\x1b\\", screen.console.file.getvalue())


@pytest.mark.parametrize("terminal", OTHERS, ids=str)
def test_elsewhere_a_long_link_is_whole_on_one_line(
    terminal: dict[str, str], screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in terminal.items():
        monkeypatch.setenv(name, value)
    screen.read(LONG)
    assert lines(screen) == [f"   Read: {NAME}", f"   {LONG}"]


def failed(screen: Screen, explanation: str) -> list[str]:
    """Show a failure whose mistake is explained like this; return the lines about what to read."""
    (chapter,) = screen.course.chapters
    exercise = chapter.exercises[0]
    finding = Finding("double(x)", "2", "4")
    check = CheckResult(chapter.id_of(exercise), "values", "It is right", 2, CheckStatus.FAILED, finding=finding)
    check.mistake, check.mistake_title, check.explanation = "squared", "Squared", explanation
    result = Result(chapter.name, ResultStatus.GRADED, [check], "none", "simulated", 0.1, "", "")
    checked = ChapterCheck(chapter, Path("ch1_tiny.py"), result, (exercise,), by_exercise={exercise.name: [check]})
    screen.failure(checked, exercise)
    return [line.strip() for line in lines(screen) if "Read:" in line or "https://" in line]


def test_a_failure_names_what_the_exercise_gives_to_read(screen: Screen) -> None:
    read = screen.course.chapters[0].exercises[0].read
    assert failed(screen, "It squares x.") == [f"Read: {read}"]


def test_the_link_of_a_mistake_takes_the_place_of_the_exercises(screen: Screen) -> None:
    assert failed(screen, f"It squares x.\nRead: pre-hooks · {LONG}") == ["Read: pre-hooks", LONG]
