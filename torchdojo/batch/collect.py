"""Find what was handed in: a folder per student, with <chapter>.py or <chapter>.ipynb files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.notebook import MAX_NOTEBOOK_BYTES, Taken, take
from torchdojo.course import Chapter, Course, SourceError, read_source

SUFFIXES = (".py", ".ipynb")


class SubmissionsError(Exception):
    """A submissions folder that cannot be graded, in words."""


@dataclass(frozen=True)
class Handed:
    """One file handed in: whose, for which chapter, and its text, or the reason why it cannot be read."""

    student: str
    chapter: Chapter
    path: Path
    source: bytes | SourceError


@dataclass
class Collected:
    """Everything found: what can be graded, in chapter and student order, and what matches nothing."""

    students: list[str] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    unmatched: list[Path] = field(default_factory=list)


def collect(folder: Path, course: Course) -> Collected:
    """Read a submissions folder; SubmissionsError if there is none, or nobody in it."""
    if not folder.exists():
        raise SubmissionsError(f"{folder} does not exist")
    if not folder.is_dir():
        raise SubmissionsError(f"{folder} is not a folder; it should hold one folder per student")
    found = Collected()
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise SubmissionsError(f"{folder} cannot be read: {error.strerror}") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() or not entry.is_dir():
            found.unmatched.append(entry)
        else:
            _collect_student(entry, course, found)
    if not found.students:
        raise SubmissionsError(f"{folder} is empty: it should hold one folder per student, with <chapter>.py files")
    order = {chapter.name: index for index, chapter in enumerate(course.chapter)}
    found.handed.sort(key=lambda handed: (order[handed.chapter.name], handed.student))
    return found


def _collect_student(folder: Path, course: Course, found: Collected) -> None:
    student = printable(folder.name)
    found.students.append(student)
    matched: set[str] = set()
    try:
        entries = sorted(folder.iterdir(), key=lambda path: (path.suffix != ".py", path.name))
    except OSError:
        found.unmatched.append(folder)
        return
    for path in entries:
        chapter = course.find(path.stem) if path.suffix in SUFFIXES else None
        if chapter is None or chapter.name in matched:
            if not path.name.startswith((".", "__")):
                found.unmatched.append(path)
            continue
        matched.add(chapter.name)
        found.handed.append(Handed(student, chapter, path, read_submission(path, course, chapter)))


def read_submission(path: Path, course: Course, chapter: Chapter) -> bytes | SourceError:
    """Return a submission's Python text, what a notebook holds of it, or the reason why there is none."""
    try:
        return take_notebook(path, course, chapter).source if path.suffix == ".ipynb" else read_source(path)
    except SourceError as error:
        return error


def take_notebook(path: Path, course: Course, chapter: Chapter) -> Taken:
    """Return the submission in a notebook of a chapter; SourceError if it cannot be read."""
    notebook = read_source(path, MAX_NOTEBOOK_BYTES)
    given = course.exercises(chapter)
    text = given.read_text(encoding="utf-8", errors="replace") if given.is_file() else ""
    return take(notebook, [exercise.name for exercise in chapter.exercise], text)


def printable(name: str) -> str:
    """Return a folder's name as it can stand in a report: undecodable bytes and control characters replaced."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
