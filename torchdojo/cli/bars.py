"""Show how far a long command is: a bar on a terminal; elsewhere (CI logs, Slurm) a plain line now and then."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from torchdojo.cli.common import console

INTERVAL = 30.0  # seconds before the first plain line, and at least between two
LINES = 20  # in a long run, wait for this part of the time so far: a night fills no log


class Count:
    """How many things are done, and of how many. Threads may share it.

    total: None until it is known; note: a few words to show beside the numbers, such as "3 flagged"
    """

    def __init__(self, total: int | None, show: Callable[[Count], None] = lambda count: None) -> None:
        self.done = 0
        self.total = total
        self.note = ""
        self._show = show
        self._lock = threading.Lock()

    def advance(self, note: str = "") -> None:
        """Count one more thing as done."""
        with self._lock:
            self.done, self.note = self.done + 1, note
            self._show(self)

    def reach(self, done: int, total: int) -> None:
        """Set how many things are done, and of how many."""
        with self._lock:
            self.done, self.total = done, total
            self._show(self)


@contextlib.contextmanager
def counting(label: str, total: int | None = None) -> Iterator[Count]:
    """Show on stderr how many things are done. A short run leaves no trace."""
    out = console(stderr=True)
    if not out.is_interactive:
        count, started = Count(total), time.monotonic()
        with _plain_lines(out, lambda: _line(label, count, time.monotonic() - started)):
            yield count
        return
    columns = (TextColumn(f" {label:9}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeRemainingColumn(compact=True), console=out, transient=True) as bar:
        task = bar.add_task(label, total=total, note="")
        yield Count(total, lambda one: bar.update(task, completed=one.done, total=one.total, note=one.note))


@contextlib.contextmanager
def working(words: str) -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done; give a function that sets other words. A short run leaves no trace."""
    out = console(stderr=True)
    if out.is_interactive:
        with out.status(f" {words}…") as status:
            yield lambda step: status.update(f" {step}…")
        return
    now = [words]
    with _plain_lines(out, lambda: f"{now[0]}…"):
        yield lambda step: now.__setitem__(0, step)


@contextlib.contextmanager
def _plain_lines(out: Console, line: Callable[[], str]) -> Iterator[None]:
    """Print the line every now and then, from a thread: also while nothing moves."""
    over = threading.Event()

    def talk() -> None:
        started, pause = time.monotonic(), INTERVAL
        while not over.wait(pause):
            out.print(f" {line()}", markup=False, soft_wrap=True)
            out.file.flush()
            pause = max(INTERVAL, (time.monotonic() - started) / LINES)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _line(label: str, count: Count, seconds: float) -> str:
    """Return `grading 120 of 600 · 3 flagged · about 4 min left`."""
    words = f"{label} {count.done} of {count.total}" if count.total is not None else f"{label}…"
    return " · ".join(part for part in (words, count.note, _left(count, seconds)) if part)


def _left(count: Count, seconds: float) -> str:
    """Return how long the rest takes at the speed so far, in words; nothing as long as that is unknown."""
    if not count.total or not 0 < count.done < count.total:
        return ""
    left = seconds / count.done * (count.total - count.done)
    size, unit = next(((s, u) for s, u in ((3600, "h"), (60, "min")) if left >= 2 * s), (1, "s"))
    return f"about {left / size:.0f} {unit} left"
