"""A loader that shows on the terminal how far training has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Watched:
    """Hands on the batches of a loader, and moves a bar on the terminal by each of them.

    Every other attribute is the loader's. Off a terminal nothing is shown.
    """

    def __init__(self, loader: Any, passes: int, label: str, console: Console) -> None:
        self._loader = loader
        self._progress = Progress(
            TextColumn(" {task.description}"),
            BarColumn(40),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._progress.add_task(label, total=passes * len(loader))

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        self._progress.start()
        try:
            for batch in self._loader:
                yield batch
                self._progress.advance(self._task)
        finally:
            self._progress.stop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
