"""`dojo watch`: its state machine without a terminal, the saves it notices, and one sitting in a real terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import TESTS
from torchdojo.course import load_course
from torchdojo.course.stub import load_stub
from torchdojo.grading.result import CheckResult, Result
from torchdojo.grading.status import CheckStatus, ResultStatus
from torchdojo.learner.checker import ChapterCheck
from torchdojo.learner.file_watcher import FileWatcher
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import (
    INCOMPLETE_SECONDS,
    SLOW_SECONDS,
    Action,
    CheckExercises,
    DropChecks,
    Page,
    PrepareExercise,
    RecordHint,
    ResetExercise,
    Session,
    Signal,
)
from torchdojo.source.files import ParsedSource, SourceError

STUB = load_stub(load_course(TESTS / "tiny"), load_course(TESTS / "tiny").chapters[0])
RIGHT = (TESTS / "tiny/reference/ch1_tiny.py").read_text(encoding="utf-8")
WRONG_DOUBLE = RIGHT.replace("return 2 * x", "return x * x").replace("if x.numel() == 0:", "if False:")
SCALE = "result = self.weight * double(x) / 2"
SCALE_STUB = STUB[STUB.index("class Scale") :]
ONLY_DOUBLE = RIGHT[: RIGHT.index("class Scale")] + SCALE_STUB


def parsed(text: str) -> ParsedSource | SourceError:
    try:
        return ParsedSource(text.encode())
    except SourceError as error:
        return error


class Sitting:
    """A session that is told what happens, with checks that end when the test says so."""

    def __init__(self, root: Path, text: str = STUB) -> None:
        path = root / "exercises/ch1_tiny.py"
        path.write_text(text, encoding="utf-8")
        self.course = load_course(root)
        (self.chapter,) = self.course.chapters
        self.session = Session(Progress(self.course, root / "exercises"))
        self.actions = self.session.start({"ch1_tiny": parsed(text)})
        self.now = 0.0

    def save(self, text: str) -> list[Action]:
        self.actions = self.session.saved(self.chapter, parsed(text), self.now)
        return self.actions

    def save_nothing(self, why: str) -> list[Action]:
        self.actions = self.session.saved(self.chapter, SourceError(why), self.now)
        return self.actions

    def wait(self, seconds: float) -> list[Action]:
        self.now += seconds
        return self.session.tick(self.now)

    @property
    def checks(self) -> list[CheckExercises]:
        return [item for item in self.actions if isinstance(item, CheckExercises)]

    def end(self, job: CheckExercises, status: str = "passed") -> list[Action]:
        """End a check with this status for each of its exercises."""
        found = [
            CheckResult(
                job.chapter.id_of(e),
                "values",
                "It is right",
                e.points,
                CheckStatus(status),
                e.points * (status == "passed"),
            )
            for e in job.exercises
        ]
        result = Result(job.chapter.name, ResultStatus.GRADED, found, "none", "simulated", 0.1, "", "")
        by_exercise = {e.name: [c] for e, c in zip(job.exercises, found, strict=True)}
        return self.session.checked(
            job, ChapterCheck(job.chapter, Path("x"), result, job.exercises, by_exercise=by_exercise)
        )

    @property
    def at(self) -> tuple[str, str]:
        return self.session.current.exercise.name, self.session.current.status


def named(jobs: list[CheckExercises]) -> list[tuple[str, bool]]:
    return [(exercise.name, job.foreground) for job in jobs for exercise in job.exercises]


def test_it_begins_at_the_first_exercise_and_gets_ready(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root)
    assert sitting.at == ("double", "todo")
    assert [type(item) for item in sitting.actions] == [PrepareExercise, Signal]
    assert list(sitting.session.available_keys()) == ["n", "h", "l", "q"]  # nothing to check or to reset yet


def test_a_save_is_checked_and_it_stays_where_it_is(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root)
    sitting.save(ONLY_DOUBLE)
    assert isinstance(sitting.actions[0], DropChecks)
    assert named(sitting.checks) == [("double", True)]
    assert sitting.session.waiting_for == ["double"]
    assert sitting.end(sitting.checks[0]) == [Signal.SAVE, Signal.DRAW]
    assert sitting.at == ("double", "passed")  # it does not move on by itself
    assert sitting.session.available_keys()["n"] == "next"
    assert "h" not in sitting.session.available_keys()


def test_the_current_exercise_comes_first_and_the_others_in_the_background(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    assert named(sitting.checks) == [("double", True)]
    sitting.end(sitting.checks[0])
    sitting.save(WRONG_DOUBLE)
    assert named(sitting.checks) == [("double", True), ("Scale", False)]  # Scale builds on double
    first, second = sitting.checks
    sitting.end(first, "failed")
    assert sitting.session.background_count == 1
    sitting.end(second, "failed")
    assert sitting.at == ("double", "failed")


def test_editing_another_exercise_makes_it_the_one_at_hand(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    sitting.end(sitting.checks[0])
    sitting.save(RIGHT.replace(SCALE, "result = double(x)"))
    assert sitting.at[0] == "Scale"
    assert named(sitting.checks) == [("Scale", True)]


def test_a_comment_checks_the_exercise_at_hand_alone(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    sitting.end(sitting.checks[0])
    sitting.save(RIGHT + "# done\n")
    assert named(sitting.checks) == [("double", True)]


def test_a_save_without_a_change_does_nothing(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    assert sitting.save(RIGHT) == []


def test_what_a_check_found_in_an_old_text_is_of_no_interest(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root)
    sitting.save(WRONG_DOUBLE[: WRONG_DOUBLE.index("class Scale")] + SCALE_STUB)
    (old,) = sitting.checks
    sitting.save(ONLY_DOUBLE)
    assert sitting.end(old, "failed") == []
    assert sitting.session.waiting_for == ["double"]
    sitting.end(sitting.checks[0])
    assert sitting.at == ("double", "passed")


def test_a_check_that_was_dropped_is_made_again(tiny_root: Path) -> None:
    """A save while Scale waits in the background must not leave it unchecked."""
    sitting = Sitting(tiny_root)
    sitting.save(RIGHT)
    assert named(sitting.checks) == [("double", True), ("Scale", False)]
    sitting.save(RIGHT + "# a comment\n")
    assert named(sitting.checks) == [("double", True), ("Scale", False)]


@pytest.mark.parametrize("half", ["", "def double(x:\n", "\0", None])
def test_a_half_saved_file_does_no_harm(tiny_root: Path, half: str | None) -> None:
    sitting = Sitting(tiny_root)
    assert (sitting.save_nothing("cannot be opened") if half is None else sitting.save(half)) == []
    assert sitting.wait(INCOMPLETE_SECONDS / 2) == []
    assert not sitting.session.unreadable
    sitting.save(ONLY_DOUBLE)
    assert named(sitting.checks) == [("double", True)]
    assert sitting.wait(10) == []
    assert not sitting.session.unreadable


def test_a_file_that_stays_broken_is_spoken_of_and_mended(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, ONLY_DOUBLE)
    sitting.end(sitting.checks[0])
    sitting.save("def double(x:\n")
    assert sitting.wait(INCOMPLETE_SECONDS) == [Signal.DRAW]
    assert sitting.session.unreadable["ch1_tiny"].line == 1
    assert sitting.at == ("double", "passed")  # what is known of the exercises is not lost
    sitting.save(ONLY_DOUBLE)  # the very text from before
    assert not sitting.session.unreadable
    assert named(sitting.checks) == [("double", True)]


def test_what_was_right_and_is_not_any_more_is_news(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    sitting.end(sitting.checks[0])
    sitting.session.press("c")
    sitting.actions = sitting.session.press("c")
    for job in sitting.checks:
        sitting.end(job)
    sitting.save(WRONG_DOUBLE)
    foreground, background = sitting.checks
    sitting.end(foreground, "failed")
    sitting.end(background, "failed")
    assert "Scale was right" in sitting.session.note
    assert sitting.at[0] == "double"


def test_while_a_check_runs_no_old_verdict_is_current_and_a_slow_one_is_called_slow(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, WRONG_DOUBLE)
    session = sitting.session
    sitting.end(sitting.checks[0], "failed")
    assert not session.is_waiting
    sitting.save(ONLY_DOUBLE)
    assert (session.is_waiting, session.is_slow) == (True, False)
    assert sitting.wait(0.1) == []
    assert sitting.wait(SLOW_SECONDS) == [Signal.DRAW]
    assert session.is_slow
    assert sitting.wait(1) == []  # it is drawn once
    sitting.save(RIGHT)
    assert (session.is_waiting, session.is_slow) == (True, False)  # another check, which has just begun
    sitting.end(sitting.checks[0])
    assert not session.is_waiting
    assert sitting.wait(10) == []


def test_keys(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, WRONG_DOUBLE)
    session = sitting.session
    sitting.end(sitting.checks[0], "failed")
    assert list(session.available_keys()) == ["n", "h", "l", "c", "r", "q"]
    assert session.press("x") == []
    for level in (1, 2, 3):
        assert isinstance(session.press("h")[0], RecordHint)
        assert session.shown_hints.level == level
    assert session.page is Page.HINT
    assert "h" not in session.available_keys()
    assert session.press("h") == []
    session.press("l")
    assert (session.page, session.available_keys()["l"]) == (Page.LIST, "back")
    session.press("l")
    assert session.page is Page.VERDICT
    assert session.press("q") == [Signal.QUIT]


def test_next_goes_round_over_what_is_not_right(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, WRONG_DOUBLE)
    sitting.end(sitting.checks[0], "failed")
    sitting.actions = sitting.session.press("n")
    assert named(sitting.checks) == [("Scale", True)]
    sitting.end(sitting.checks[0])
    assert sitting.session.press("n")
    assert sitting.at == ("double", "failed")


def test_reset_asks_first(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, WRONG_DOUBLE)
    session = sitting.session
    assert session.press("r") == [Signal.DRAW]
    assert (session.page, list(session.available_keys())) == (Page.CONFIRM, ["y", "n"])
    assert session.press("q") == []  # only the answer counts now
    assert session.press("n") == [Signal.DRAW]
    session.press("r")
    assert isinstance(session.press("y")[0], ResetExercise)
    assert session.page is Page.VERDICT


def test_check_all_checks_what_is_filled_and_stays(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, ONLY_DOUBLE)
    sitting.end(sitting.checks[0])
    sitting.actions = sitting.session.press("c")
    assert named(sitting.checks) == [("double", False)]
    assert sitting.session.page is Page.ALL
    sitting.end(sitting.checks[0])
    assert sitting.at[0] == "double"


def test_all_right_leaves_no_next(tiny_root: Path) -> None:
    sitting = Sitting(tiny_root, RIGHT)
    sitting.actions += sitting.session.press("c")
    for job in sitting.checks:
        sitting.end(job)
    assert "n" not in sitting.session.available_keys()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*"nhlcrqy", "right", "wrong", "half", "stub", "passed", "failed", "tick"]), max_size=25)
)
def test_whatever_happens_it_keeps_its_head(tmp_path_factory: pytest.TempPathFactory, happenings: list[str]) -> None:
    """Every shown key works, `at` is always an exercise, and once all checks have ended nobody waits."""
    root = tmp_path_factory.mktemp("sitting")
    for name in ("course.toml", "reference", "graders"):
        (root / name).symlink_to(TESTS / "tiny" / name)
    (root / "exercises").mkdir()
    sitting = Sitting(root)
    texts = {"right": RIGHT, "wrong": WRONG_DOUBLE, "half": RIGHT[:-20] + "(", "stub": STUB}
    jobs = sitting.checks
    for happening in happenings:
        keys = sitting.session.available_keys()
        if happening in texts:
            sitting.save(texts[happening])
        elif happening == "tick":
            sitting.actions = sitting.wait(INCOMPLETE_SECONDS)
        elif happening in ("passed", "failed"):
            sitting.actions = sitting.end(jobs.pop(0), happening) if jobs else []
        else:
            sitting.actions = sitting.session.press(happening)
            assert bool(sitting.actions) == (happening in keys)
        jobs += sitting.checks
        assert sitting.session.current in list(sitting.session.progress)
    while jobs:
        sitting.end(jobs.pop(0))
    assert sitting.session.waiting_for == []
    assert sitting.session.background_count == 0


def write_plainly(path: Path, text: str) -> None:
    path.write_text(text)


def write_and_rename(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text)
    beside.replace(path)


def move_away_and_write(path: Path, text: str) -> None:
    path.replace(path.with_name(path.name + "~"))
    path.write_text(text)


@pytest.mark.parametrize("write", [write_plainly, write_and_rename, move_away_and_write])
def test_saves_ring_the_bell_and_are_told_once(tiny_root: Path, write: Callable[[Path, str], None]) -> None:
    watcher = FileWatcher(load_course(tiny_root), tiny_root / "exercises")
    rung = threading.Event()
    with watcher.notifying(rung.set):
        time.sleep(0.3)  # until the system listens
        (tiny_root / "exercises/notes.txt").write_text("x")
        (tiny_root / "exercises/#ch1_tiny.py#").write_text("x")
        write(tiny_root / "exercises/ch1_tiny.py", RIGHT)
        assert rung.wait(5)
        deadline = time.monotonic() + 5
        found = watcher.changed()
        while not found and time.monotonic() < deadline:
            found = watcher.changed()
    assert [(chapter.name, text.source) for chapter, text in found] == [("ch1_tiny", RIGHT.encode())]
    os.utime(tiny_root / "exercises/ch1_tiny.py")
    assert watcher.changed() == []


def test_a_file_that_goes_and_comes_back(tiny_root: Path) -> None:
    watcher = FileWatcher(load_course(tiny_root), tiny_root / "exercises")
    path = tiny_root / "exercises/ch1_tiny.py"
    text = path.read_bytes()
    path.unlink()
    ((_, gone),) = watcher.changed()
    assert isinstance(gone, SourceError)
    path.write_bytes(text)
    ((_, back),) = watcher.changed()
    assert isinstance(back, ParsedSource)
    assert back.source == text


class Terminal:
    """`dojo watch` in a pseudo-terminal, and its screen as a person sees it."""

    def __init__(self, root: Path) -> None:
        pexpect, pyte = pytest.importorskip("pexpect"), pytest.importorskip("pyte")
        self.pexpect = pexpect
        self.screen = pyte.Screen(90, 40)
        self.stream = pyte.ByteStream(self.screen)
        command = ["-m", "torchdojo.cli", "--course", str(root), "watch", "--sandbox", "none"]
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.child = pexpect.spawn(sys.executable, command, dimensions=(40, 90), env=environment, timeout=60)

    def until(self, words: str, seconds: float = 60) -> str:
        """Wait until the screen shows these words; return all of it."""
        deadline = time.monotonic() + seconds
        while words not in "\n".join(self.screen.display):
            assert time.monotonic() < deadline, "\n".join(self.screen.display)
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.1))
            except self.pexpect.TIMEOUT:
                pass
        return "\n".join(self.screen.display)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_sitting_in_a_terminal(tiny_root: Path) -> None:
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(STUB)
    terminal = Terminal(tiny_root)
    terminal.until("double is still to do")
    shown = terminal.until("h hint")
    assert "r reset" not in shown
    path.write_text(WRONG_DOUBLE)
    terminal.until("“Squared”")
    terminal.until("✗ double · It returns twice x")
    terminal.child.send("h")
    terminal.until("hint 1 of 3")
    write_and_rename(path, ONLY_DOUBLE)
    terminal.until("✓ double")
    terminal.until("n next")
    terminal.child.send("n")
    terminal.until("Scale is still to do")
    path.write_text(RIGHT)
    terminal.until("You have completed the course")
    terminal.child.send("r")
    terminal.until("Put Scale back")
    terminal.child.send("y")
    terminal.until("Your previous file is saved in")
    assert "self.weight" not in path.read_text()
    assert len(list((tiny_root / ".torchdojo/backups").iterdir())) == 1
    terminal.child.send("q")
    terminal.child.expect(terminal.pexpect.EOF, timeout=10)
    terminal.child.close()
    assert terminal.child.exitstatus == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_an_endless_loop_is_spoken_of_and_ends_with_the_next_save(tiny_root: Path) -> None:
    course = tiny_root / "course.toml"
    course.write_text(course.read_text().replace("check_seconds = 5", "check_seconds = 300"))
    path = tiny_root / "exercises/ch1_tiny.py"
    path.write_text(WRONG_DOUBLE)
    terminal = Terminal(tiny_root)
    terminal.until("“Squared”")
    path.write_text(ONLY_DOUBLE.replace("return 2 * x", "while True:\n        pass"))
    shown = terminal.until("Checking double…")
    assert "“Squared”" not in shown
    shown = terminal.until("Still running: is there an endless loop? Each check is stopped after 300 s.")
    assert "“Squared”" not in shown
    path.write_text(ONLY_DOUBLE)
    terminal.until("✓ double")
    terminal.child.send("q")
    terminal.child.expect(terminal.pexpect.EOF, timeout=10)


def test_without_a_terminal_there_are_verdicts_and_no_keys(tiny_root: Path) -> None:
    (tiny_root / "exercises/ch1_tiny.py").write_text(WRONG_DOUBLE)
    command = [sys.executable, "-m", "torchdojo.cli", "--course", str(tiny_root), "watch", "--sandbox", "none"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if "“Squared”" in line:
                break
        process.terminate()
    assert "✗ double" in shown
    assert not re.search(r"q quit", shown)
    assert "\x1b" not in shown
