"""Notice saves of the exercise files, however an editor writes them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from torchdojo.course import Chapter, Course
from torchdojo.source.files import ParsedSource, SourceError, read_text

DEBOUNCE_MS, STEP_MS = 60, 20  # changes that follow each other so closely are reported together


class FileWatcher:
    """The exercise files and what was last read from them.

    An editor may write beside a file and rename, empty it first, or touch it without a change. So events only say that
    it is time to look: `changed` compares the files themselves.
    """

    def __init__(self, course: Course, folder: Path) -> None:
        self.folder = folder
        self.chapters = {folder / f"{chapter.name}.py": chapter for chapter in course.chapters}
        self._stamps = {path: _stamp(path) for path in self.chapters}
        self.texts: dict[str, ParsedSource | SourceError] = {c.name: _read(path) for path, c in self.chapters.items()}

    def changed(self) -> list[tuple[Chapter, ParsedSource | SourceError]]:
        """Return the chapters whose file has changed, each with its text, or the error where it cannot be read."""
        found = []
        for path, chapter in self.chapters.items():
            stamp = _stamp(path)
            if stamp == self._stamps[path]:
                continue
            self._stamps[path] = stamp
            text = _read(path)
            if not _same(text, self.texts[chapter.name]):
                self.texts[chapter.name] = text
                found.append((chapter, text))
        return found

    @contextlib.contextmanager
    def notifying(self, notify: Callable[[], None]) -> Iterator[None]:
        """Call `notify` from a thread soon after a file may have changed, until the block ends.

        Some systems do not report changes (a folder that does not exist, some network drives), so call `changed` from
        time to time as well.
        """
        ended = threading.Event()
        thread = threading.Thread(target=self._listen, args=(notify, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=1)

    def _listen(self, notify: Callable[[], None], ended: threading.Event) -> None:
        from watchfiles import watch

        names = {path.name for path in self.chapters}
        with contextlib.suppress(OSError, RuntimeError):
            for _ in watch(
                self.folder,
                watch_filter=lambda _, path: Path(path).name in names,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                stop_event=ended,
                rust_timeout=500,
                recursive=False,
                raise_interrupt=False,
            ):
                notify()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes about a file when it is written."""
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_mtime_ns, info.st_size, info.st_ino


def _read(path: Path) -> ParsedSource | SourceError:
    try:
        text = read_text(path)
        return ParsedSource(text.source, path.name, note=text.note)
    except SourceError as error:
        return error


def _same(one: ParsedSource | SourceError, other: ParsedSource | SourceError) -> bool:
    if isinstance(one, ParsedSource) and isinstance(other, ParsedSource):
        return one.source == other.source
    return isinstance(one, SourceError) and isinstance(other, SourceError) and str(one) == str(other)
