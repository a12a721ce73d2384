"""Notice saves of the exercise files, whatever way an editor writes them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from torchdojo.course import Chapter, Course
from torchdojo.source.files import SourceError, read_source

GATHER, STEP = 60, 20  # milliseconds: changes that follow each other so closely are told of together


class Saves:
    """The exercise files and what was last read from them.

    An editor may write beside a file and rename, empty it first, or touch it without a change. So events only ring a
    bell: what has changed is told by the files themselves.
    """

    def __init__(self, course: Course, folder: Path) -> None:
        self.folder = folder
        self.chapters = {folder / f"{chapter.name}.py": chapter for chapter in course.chapters}
        self._marks = {path: _mark(path) for path in self.chapters}
        self.texts: dict[str, bytes | SourceError] = {c.name: _read(path) for path, c in self.chapters.items()}

    def changed(self) -> list[tuple[Chapter, bytes | SourceError]]:
        """Return the chapters whose file is not what it was, each with its text, or with why there is none."""
        found = []
        for path, chapter in self.chapters.items():
            mark = _mark(path)
            if mark == self._marks[path]:
                continue
            self._marks[path] = mark
            text = _read(path)
            if not _same(text, self.texts[chapter.name]):
                self.texts[chapter.name] = text
                found.append((chapter, text))
        return found

    @contextlib.contextmanager
    def bell(self, ring: Callable[[], None]) -> Iterator[None]:
        """Call `ring` from a thread soon after a file of the chapters may have changed.

        Where the system tells nothing (a folder that does not exist, some network drives), nothing rings: so look at
        `changed` from time to time as well.
        """
        ended = threading.Event()
        thread = threading.Thread(target=self._listen, args=(ring, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=1)

    def _listen(self, ring: Callable[[], None], ended: threading.Event) -> None:
        from watchfiles import watch

        names = {path.name for path in self.chapters}
        with contextlib.suppress(OSError, RuntimeError):
            for _ in watch(
                self.folder,
                watch_filter=lambda _, path: Path(path).name in names,
                debounce=GATHER,
                step=STEP,
                stop_event=ended,
                rust_timeout=500,
                recursive=False,
                raise_interrupt=False,
            ):
                ring()


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Return what changes about a file when it is written."""
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_mtime_ns, info.st_size, info.st_ino


def _read(path: Path) -> bytes | SourceError:
    try:
        return read_source(path)
    except SourceError as error:
        return error


def _same(one: bytes | SourceError, other: bytes | SourceError) -> bool:
    return str(one) == str(other) if isinstance(one, SourceError) and isinstance(other, SourceError) else one == other
