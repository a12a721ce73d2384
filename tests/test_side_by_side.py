"""Chapters checked side by side: the same results in the same order, whatever becomes of the helpers."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from torchdojo.course import Course, load_course
from torchdojo.learner import side_by_side
from torchdojo.learner.checker import ChapterCheck, StartingWorker
from torchdojo.learner.side_by_side import check_side_by_side

SECONDS = 120.0  # for a helper to be ready on a busy machine


@pytest.fixture
def course(tiny_root: Path) -> Course:
    """The tiny course with its chapter four times: solved, wrong, unreadable and solved."""
    toml = (tiny_root / "course.toml").read_text()
    head, chapter = toml[: toml.index("[[chapter]]")], toml[toml.index("[[chapter]]") :]
    chapters = [re.sub(r'title = "Tiny"', f'title = "Tiny {number}"', chapter) for number in range(1, 5)]
    names = [f"ch{number}_tiny" for number in range(1, 5)]
    (tiny_root / "course.toml").write_text(
        head + "\n".join(text.replace("ch1_tiny", name) for text, name in zip(chapters, names, strict=True))
    )
    solved = (tiny_root / "reference/ch1_tiny.py").read_text()
    for name in names[1:]:
        shutil.copytree(tiny_root / "graders/ch1_tiny", tiny_root / "graders" / name)
        shutil.copy(tiny_root / "reference/ch1_tiny.py", tiny_root / f"reference/{name}.py")
    texts = (solved, solved.replace("x + x", "x * x").replace("2 * x", "x * x"), "(", solved)
    for name, text in zip(names, texts, strict=True):
        (tiny_root / f"exercises/{name}.py").write_text(text)
    return load_course(tiny_root)


def run(course: Course, notify: Callable[[str], None] = lambda name: None) -> list[ChapterCheck]:
    starting = StartingWorker(course, "none")
    return check_side_by_side(starting, course.root / "exercises", [(c, []) for c in course.chapters], notify)


def facts(checks: list[ChapterCheck]) -> list[object]:
    results = [check.result for check in checks]
    return [
        (r.chapter, r.status, r.message, [(c.check, c.status, c.earned, c.message) for c in r.checks]) for r in results
    ]


class Helped:
    """Holds this process back until a helper has begun a chapter; says who was told of what."""

    def __init__(self, in_helper: Callable[[], None] = lambda: None, here: Callable[[], None] = lambda: None) -> None:
        self.in_helper, self.here = in_helper, here
        self.begun = threading.Event()
        self.helped: list[str] = []

    def __call__(self, name: str) -> None:
        if threading.current_thread() is threading.main_thread():
            assert self.begun.wait(SECONDS)
            self.here()
        else:
            self.helped.append(name)
            self.in_helper()
            self.begun.set()


@pytest.fixture
def alone(course: Course, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What checking them one by one finds; afterwards there are two cores."""
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: 1)
    found = facts(run(course))
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: 2)
    return found


def kill_helpers() -> None:
    for process in multiprocessing.active_children():
        process.kill()


def interrupt() -> None:
    raise KeyboardInterrupt


def test_results_and_their_order_are_those_of_one_by_one(course: Course, alone: list[object]) -> None:
    helped = Helped()
    assert facts(run(course, helped)) == alone
    assert helped.helped
    assert multiprocessing.active_children() == []


def test_what_a_helper_dies_over_is_checked_here(course: Course, alone: list[object]) -> None:
    helped = Helped(in_helper=kill_helpers)
    assert facts(run(course, helped)) == alone
    assert len(helped.helped) == 1


def test_an_interruption_ends_every_process(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: 2)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(KeyboardInterrupt):
        run(course, Helped(here=interrupt))
    _, alive = psutil.wait_procs(
        [
            c
            for c in psutil.Process().children(recursive=True)
            if c.pid not in before and "tracker" not in str(c.cmdline())
        ],
        timeout=20,
    )
    assert alive == []


def test_two_chapters_are_not_worth_a_helper(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: 8)
    monkeypatch.setattr(side_by_side, "_Helper", lambda *_: pytest.fail("a helper was started"))
    tasks = [(chapter, ()) for chapter in course.chapters[:2]]
    checks = check_side_by_side(StartingWorker(course, "none"), course.root / "exercises", tasks, lambda name: None)
    assert [check.chapter.name for check in checks] == ["ch1_tiny", "ch2_tiny"]


def test_a_worker_that_starts_ends_with_what_fails_beside_it(course: Course) -> None:
    """As the progress may, which is read meanwhile, or the import of torch."""
    before = {child.pid for child in psutil.Process().children()}

    def begin_and_fail() -> None:
        with StartingWorker(course, "none"):
            assert {child.pid for child in psutil.Process().children()} - before
            raise OSError("the progress cannot be read")

    with pytest.raises(OSError, match="cannot be read"):
        begin_and_fail()
    assert {child.pid for child in psutil.Process().children()} <= before
