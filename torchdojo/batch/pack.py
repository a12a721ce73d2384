"""Pack what a learner hands in, and read it as grading will."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.batch.match import SUFFIXES
from torchdojo.course import Chapter, Course
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission, describe_source_error
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.source.files import ParsedSource, SourceError, read_source

EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """A chapter's file, read.

    content: its bytes as they are handed in; submission: what grading takes from it, None if it is refused
    refused: why it cannot be graded, or ""; notes: what it loses points by, exercise by exercise
    """

    chapter: Chapter
    path: Path
    content: bytes
    submission: Submission | None
    refused: str = ""
    done: int = 0
    notes: tuple[str, ...] = ()

    @property
    def untouched(self) -> bool:
        """Whether nothing in it is filled in."""
        return self.submission is not None and not self.done and not self.notes


@dataclass
class Pack:
    """What is to be handed in. strangers: files that are left out, each with the reason"""

    entries: list[Entry] = field(default_factory=list)
    strangers: list[tuple[Path, str]] = field(default_factory=list)

    def zipped(self) -> bytes:
        """Return the zip: every entry's file under its chapter's name."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in self.entries:
                info = zipfile.ZipInfo(entry.path.name, EPOCH)
                info.external_attr = 0o644 << 16
                archive.writestr(info, entry.content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def read_pack(course: Course, folder: Path, chapters: Sequence[Chapter]) -> Pack:
    """Read the files of chapters in a folder as grading does; of a .py and a .ipynb of one chapter, the .py."""
    found = Pack()
    paths = sorted(folder.iterdir(), key=lambda path: (path.suffix != ".py", path.name))
    known: dict[str, Path] = {}
    for path in paths:
        chapter = course.find(path.stem) if path.suffix in SUFFIXES else None
        if chapter is not None and chapter.name not in known:
            known[chapter.name] = path
        elif path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "__")):
            found.strangers.append((path, _why_left_out(course, path, known)))
    for chapter in chapters:
        if chapter.name in known:
            found.entries.append(_entry(course, chapter, known[chapter.name]))
    return found


def _why_left_out(course: Course, path: Path, known: dict[str, Path]) -> str:
    """Return why a file counts for no chapter. known: the file that counts for each chapter"""
    if path.suffix in SUFFIXES and path.stem in known:
        return f"{known[path.stem].name} takes precedence; remove it to submit the notebook"
    meant = next((c.name for c in course.chapters if c.name in path.stem or c.name.lower() == path.stem.lower()), "")
    return f"did you mean {meant}{path.suffix.lower()}?" if meant else "no chapter has this name"


def _entry(course: Course, chapter: Chapter, path: Path) -> Entry:
    notebook = path.suffix == ".ipynb"
    try:
        content = read_source(path, MAX_NOTEBOOK_BYTES) if notebook else read_source(path)
        extracted = extract_chapter(content, course, chapter) if notebook else None
        submission = Submission(ParsedSource(extracted.source if extracted else content, path.name))
    except SourceError as error:
        return Entry(chapter, path, b"", None, describe_source_error(error, path.name))
    notes, done = [], 0
    for exercise in chapter.exercises:
        readiness = submission.readiness(exercise)
        place = f"{path.name}:{readiness.line}" if not extracted and readiness.line else path.name
        if extracted and (cell_line := extracted.cell_line(readiness.line)):
            place = f"{path.name}, cell {cell_line.cell + 1}, line {cell_line.line}"
        done += readiness.is_ready
        if readiness.status is CheckStatus.FORBIDDEN:
            notes.append(f"{place}  {exercise.name} uses {readiness.forbidden}, which it may not: no points")
        elif readiness.status is CheckStatus.FAILED:
            notes.append(f"{place}  {exercise.name} is not defined: no points")
    return Entry(chapter, path, content, submission, "", done, tuple(notes))
