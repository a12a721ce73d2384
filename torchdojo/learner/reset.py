"""Put one exercise back to its stub; the old text is kept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from torchdojo.authoring import pristine, with_stub_of
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.errors import UserError
from torchdojo.files import WriteError, display_path, write_atomically
from torchdojo.learner.state_files import FOLDER
from torchdojo.source.files import SourceError, read_source


class ResetError(UserError):
    """An exercise that could not be reset; nothing was changed. The text says why."""

    exit_code: ClassVar[int] = 1


def reset_exercise(course: Course, chapter: Chapter, exercise: Exercise) -> Path | None:
    """Put an exercise's code back to its stub; return the copy of the file as it was, None if nothing was to change.

    ResetError if the file cannot be read or written, or no copy can be kept: then it stays as it is. A file that is
    missing or empty comes back whole.
    """
    path = course.exercise_file(chapter)
    stub = pristine(course, chapter)
    try:
        old = path.read_bytes() if path.is_file() else b""
        if not old.strip():
            kept = _keep(course, chapter, exercise, old)
            write_atomically(path, stub, create_folder=True)
            return kept
        read_source(path)
        text = old.decode("utf-8-sig")
        new = _as_saved(with_stub_of(text, stub, exercise.name), old)
        if text.splitlines() == new.decode("utf-8-sig").splitlines():
            return None
        kept = _keep(course, chapter, exercise, old)
        write_atomically(path, new)
    except SourceError as error:
        raise ResetError(f"{display_path(path)} {error.message}; nothing was changed") from None
    except WriteError as error:
        raise ResetError(f"{error}; nothing was changed") from None
    except OSError as error:
        raise ResetError(f"{error.filename or display_path(path)}: {error.strerror}; nothing was changed") from None
    return kept


def _as_saved(text: str, old: bytes) -> bytes:
    """Return the text in the bytes an editor would save it in: with the old file's mark and line ends."""
    mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
    ends = "\r\n" if old.count(b"\r\n") * 2 > old.count(b"\n") else "\n"
    return mark + text.replace("\n", ends).encode()


def _keep(course: Course, chapter: Chapter, exercise: Exercise, old: bytes) -> Path:
    """Write a copy of a file's bytes under a name that says when and before what; return its path."""
    folder = course.root / FOLDER / "backups"
    stem = f"{chapter.name}-{time.strftime('%Y%m%d-%H%M%S')}-before-reset-of-{exercise.name}"
    path = folder / f"{stem}.py"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}.py"
        number += 1
    write_atomically(path, old, create_folder=True)
    return path
