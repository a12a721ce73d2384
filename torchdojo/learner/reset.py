"""Put one exercise back to its stub, and keep a backup."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from torchdojo.authoring.reset import restore_stub
from torchdojo.course import Chapter, Course, Exercise
from torchdojo.course.stub import load_stub
from torchdojo.errors import UserError
from torchdojo.files import WriteError, display_path, write_atomically
from torchdojo.learner.state_files import STATE_FOLDER
from torchdojo.source.files import ParsedSource, SourceError, read_source


class ResetError(UserError):
    """An exercise could not be reset; nothing was changed."""

    exit_code: ClassVar[int] = 1


def reset_exercise(course: Course, chapter: Chapter, exercise: Exercise) -> Path | None:
    """Put an exercise's code back to its stub; return the backup of the file, None if there was nothing to change.

    A missing or empty file is restored whole. ResetError if the file cannot be read or written, or no backup can be
    written: then the file is unchanged.
    """
    path = course.exercise_file(chapter)
    stub = load_stub(course, chapter)
    if not any(exercise.name in statement.binds for statement in ParsedSource(stub.encode()).statements):
        raise ResetError(f"{exercise.name} has no code of its own; nothing was changed")
    try:
        old = path.read_bytes() if path.is_file() else b""
        if not old.strip():
            backup = _back_up(course, chapter, exercise, old)
            write_atomically(path, stub, create_folder=True)
            return backup
        source = read_source(path)
        text = source.decode("utf-8-sig")
        new = _as_saved(restore_stub(text, stub, exercise.name), source)
        if text.splitlines() == new.decode("utf-8-sig").splitlines():
            return None
        backup = _back_up(course, chapter, exercise, old)
        write_atomically(path, new)
    except SourceError as error:
        raise ResetError(f"{display_path(path)} {error.message}; nothing was changed") from None
    except WriteError as error:
        raise ResetError(f"{error}; nothing was changed") from None
    except OSError as error:
        raise ResetError(f"{error.filename or display_path(path)}: {error.strerror}; nothing was changed") from None
    return backup


def _as_saved(text: str, old: bytes) -> bytes:
    """Encode the text like the old file: with its byte order mark and line endings."""
    mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
    ends = "\r\n" if old.count(b"\r\n") * 2 > old.count(b"\n") else "\n"
    return mark + text.replace("\n", ends).encode()


def _back_up(course: Course, chapter: Chapter, exercise: Exercise, old: bytes) -> Path:
    """Write a file's bytes to a new backup; return its path."""
    folder = course.root / STATE_FOLDER / "backups"
    stem = f"{chapter.name}-{time.strftime('%Y%m%d-%H%M%S')}-before-reset-of-{exercise.name}"
    path = folder / f"{stem}.py"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}.py"
        number += 1
    write_atomically(path, old, create_folder=True)
    return path
