"""Show the progress of a long command: a bar on a terminal; elsewhere (CI logs, Slurm) a plain line now and then."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from torchdojo.cli.common import console

INTERVAL_SECONDS = 30.0  # before the first plain line, and at least between two
PAUSE_SHARE = 0.05  # of the time so far: the pause between two lines grows with the run
LONG_SECONDS = 15.0  # an item that takes longer is named
MAX_NAMED = 2


class Count:
    """How many items are done, and of how many. Threads may share it.

    total: None until it is known; note: shown beside the numbers, such as "3 flagged"
    """

    def __init__(self, total: int | None, show: Callable[[Count], None] = lambda count: None) -> None:
        self.done = 0
        self.total = total
        self.note = ""
        self._show = show
        self._lock = threading.Lock()
        self._started: dict[str, float] = {}

    def start(self, name: str) -> None:
        """Remember that an item was begun, to name it if it takes long."""
        with self._lock:
            self._started[name] = time.monotonic()

    def advance(self, note: str = "", name: str = "") -> None:
        """Count one more item as done. name: the one it was started with"""
        with self._lock:
            self.done, self.note = self.done + 1, note
            self._started.pop(name, None)
            self._show(self)

    def waiting_for(self) -> str:
        """Return `waiting for ada, ch4_inception: 34 s`, the items that have taken longest; "" if none takes long."""
        now = time.monotonic()
        with self._lock:
            started = sorted((at, name) for name, at in self._started.items() if now - at >= LONG_SECONDS)
        named = [f"{name}: {now - at:.0f} s" for at, name in started[:MAX_NAMED]]
        return f"waiting for {'; '.join(named)}" if named else ""

    def reach(self, done: int, total: int) -> None:
        """Set how many items are done, and of how many."""
        with self._lock:
            self.done, self.total = done, total
            self._show(self)


@contextlib.contextmanager
def counting(label: str, total: int | None = None) -> Iterator[Count]:
    """Show on stderr how many items are done. A short run leaves no trace."""
    out = console(stderr=True)
    if not _is_watched(out):
        count, started = Count(total), time.monotonic()
        with _plain_lines(out, lambda: _line(label, count, time.monotonic() - started)):
            yield count
        return
    columns = (TextColumn(f" {label:9}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    count = Count(total, lambda count: bar.update(task, completed=count.done, total=count.total, note=count.note))
    waiting = _WaitingColumn(count)
    with Progress(*columns, TimeRemainingColumn(compact=True), waiting, console=out, transient=True) as bar:
        task = bar.add_task(label, total=total, note="")
        yield count


class _WaitingColumn(ProgressColumn):
    """Names what takes long."""

    def __init__(self, count: Count) -> None:
        self._count = count
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))

    def render(self, task: Task) -> Text:
        return Text(self._count.waiting_for())


@contextlib.contextmanager
def working(step: str) -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done; yield a function that changes it. A short run leaves no trace."""
    out = console(stderr=True)
    if _is_watched(out):
        with out.status(f" {step}…") as status:
            yield lambda step: status.update(f" {step}…")
        return
    current = [step]
    with _plain_lines(out, lambda: f"{current[0]}…"):
        yield lambda step: current.__setitem__(0, step)


class CountedLoader:
    """A data loader that counts its batches on a bar. Every other attribute is the loader's.

    passes: how often it will be iterated over
    """

    def __init__(self, loader: Any, passes: int, label: str) -> None:
        self._loader = loader
        self._label = label
        self._done, self._total = 0, passes * len(loader)

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        with counting(self._label, self._total) as count:
            for batch in self._loader:
                yield batch
                self._done += 1
                count.reach(self._done, self._total)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _is_watched(out: Console) -> bool:
    """Whether somebody watches a terminal. rich takes FORCE_COLOR, which CI services set, for a terminal."""
    return out.is_interactive and out.file.isatty()


@contextlib.contextmanager
def _plain_lines(out: Console, line: Callable[[], str]) -> Iterator[None]:
    """Print the line now and then, from a thread, so that it also comes while nothing happens."""
    ended = threading.Event()

    def print_lines() -> None:
        started, pause = time.monotonic(), INTERVAL_SECONDS
        while not ended.wait(pause):
            out.print(f" {line()}", markup=False, soft_wrap=True)
            out.file.flush()
            pause = max(INTERVAL_SECONDS, PAUSE_SHARE * (time.monotonic() - started))

    thread = threading.Thread(target=print_lines, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _line(label: str, count: Count, seconds: float) -> str:
    """Return `grading 120 of 600 · 3 flagged · about 4 min left · waiting for ada, ch4_inception: 34 s`."""
    progress = f"{label} {count.done} of {count.total}" if count.total is not None else f"{label}…"
    parts = (progress, count.note, _time_left(count, seconds), count.waiting_for())
    return " · ".join(part for part in parts if part)


def _time_left(count: Count, seconds: float) -> str:
    """Return `about 4 min left`, at the speed so far; "" while that is unknown."""
    if not count.total or not 0 < count.done < count.total:
        return ""
    left = seconds / count.done * (count.total - count.done)
    size, unit = next(((s, u) for s, u in ((3600, "h"), (60, "min")) if left >= 2 * s), (1, "s"))
    return f"about {left / size:.0f} {unit} left"
