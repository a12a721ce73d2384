"""Read a learner's files as grading will, and pack them into a zip."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.collect.match import SUFFIXES
from torchdojo.collect.reading import is_notebook
from torchdojo.course import Chapter, Course
from torchdojo.course.stub import load_stub, stub_definitions
from torchdojo.grading.status import CheckStatus
from torchdojo.grading.submission import Submission, describe_source_error
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES, read_cells
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.notebooks.hand_answer import hand_answer
from torchdojo.source.files import MAX_SOURCE_BYTES, ParsedSource, SourceError, decode_source, read_bytes
from torchdojo.source.imports import describe_missing, missing_in_grading
from torchdojo.source.repair import parse_around_errors

DEFINES = re.compile(rb"^(?:async[ \t]+)?(?:def|class)[ \t]", re.MULTILINE)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class PackedFile:
    """A chapter's file to submit.

    content: its bytes; submission: what grading reads in it, None if it cannot be read
    refused: why it cannot be graded, or ""; done: how many exercises can be run, or read by those who grade them
    asked: how many there are to fill in; notes: why others lose their points
    """

    chapter: Chapter
    path: Path
    content: bytes
    submission: Submission | None
    refused: str = ""
    done: int = 0
    asked: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_untouched(self) -> bool:
        """Whether none of its exercises is filled in."""
        return self.submission is not None and not self.done and not self.notes


@dataclass
class Pack:
    """The files to submit. ignored: other files, each with the reason"""

    files: list[PackedFile] = field(default_factory=list)
    ignored: list[tuple[Path, str]] = field(default_factory=list)

    def to_zip(self) -> bytes:
        """Return a zip with the files. Equal files give equal zips."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in self.files:
                info = zipfile.ZipInfo(file.path.name, ZIP_EPOCH)
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def read_pack(course: Course, folder: Path, chapters: Sequence[Chapter]) -> Pack:
    """Read the files of these chapters in a folder. Of a .py and a .ipynb of one chapter, the .py is submitted."""
    pack = Pack()
    paths = sorted(folder.iterdir(), key=lambda path: (path.suffix != ".py", path.name))
    known: dict[str, Path] = {}
    for path in paths:
        chapter = course.find(path.stem) if path.suffix in SUFFIXES else None
        if chapter is not None and chapter.name not in known:
            known[chapter.name] = path
        elif path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "__")):
            pack.ignored.append((path, _why_ignored(course, path, known)))
    for chapter in chapters:
        if chapter.name in known:
            pack.files.append(_read(course, chapter, known[chapter.name]))
    return pack


def _why_ignored(course: Course, path: Path, known: dict[str, Path]) -> str:
    """Return why a file is not submitted. known: the file to submit by chapter"""
    if path.suffix in SUFFIXES and path.stem in known:
        return f"{known[path.stem].name} takes precedence; remove it to submit the notebook"
    likely = next((c.name for c in course.chapters if c.name in path.stem or c.name.lower() == path.stem.lower()), "")
    return f"did you mean {likely}{path.suffix.lower()}?" if likely else "no chapter has this name"


def _read(course: Course, chapter: Chapter, path: Path) -> PackedFile:
    try:
        data = read_bytes(path, MAX_NOTEBOOK_BYTES)
        text = decode_source(data)
        content, holds_cells = text.source, is_notebook(text.source)
        is_misnamed = holds_cells != (path.suffix == ".ipynb")
        if not holds_cells and len(data) > MAX_SOURCE_BYTES:
            raise SourceError(f"is too large: {len(data):,} bytes, at most {MAX_SOURCE_BYTES:,} are read")
        if is_misnamed and not holds_cells and not DEFINES.search(content):
            read_cells(content)  # which says what else it is
        extracted = extract_chapter(content, course, chapter) if holds_cells else None
        parsed = parse_around_errors(extracted.source if extracted else content, path.name, text.note)
        submission = Submission(parsed, stub_definitions(course, chapter, parsed))
    except SourceError as error:
        return PackedFile(chapter, path, b"", None, describe_source_error(error, path.name))
    notes, done = [f"{path.name}: {note}" for note in (extracted.notes if extracted else ())], 0
    if is_misnamed:
        what = "a notebook" if holds_cells else "a Python file"
        notes.append(f"{path.name} is {what}, although its name says otherwise, and is read as one")
    for exercise in chapter.graded_exercises:
        readiness = submission.readiness(exercise)
        location = f"{path.name}:{readiness.line}" if not extracted and readiness.line else path.name
        if extracted and (cell_line := extracted.cell_line(readiness.line)):
            location = f"{path.name}, cell {cell_line.cell + 1}, line {cell_line.line}"
        done += readiness.is_ready
        if readiness.status is CheckStatus.FORBIDDEN:
            notes.append(f"{location}  {exercise.name} uses {readiness.forbidden}, which is forbidden: no points")
        elif readiness.status is CheckStatus.ERROR:
            notes.append(f"{location}  {exercise.name} does not parse: no points")
        elif readiness.status is CheckStatus.FAILED:
            notes.append(f"{location}  {exercise.name} is not defined: no points")
    for name, number in missing_in_grading(submission.parsed).items() if done else ():
        cell_line = extracted.cell_line(number) if extracted else None
        location = f"{path.name}, cell {cell_line.cell + 1}" if cell_line else path.name
        notes.append(f"{location}  {describe_missing(name, cell_line.line if cell_line else number)}")
    written, empty = _by_hand(course, chapter, submission)
    if done or written:
        notes += [f"{path.name}  {name}, which is graded by hand, is still empty" for name in empty]
    asked = len(chapter.graded_exercises) + len(written) + len(empty)
    return PackedFile(chapter, path, content, submission, "", done + len(written), asked, tuple(notes))


def _by_hand(course: Course, chapter: Chapter, submission: Submission) -> tuple[list[str], list[str]]:
    """Return the exercises that are graded by hand and have something to read, and those that have only their stub."""
    written = [e.name for e in chapter.hand_exercises if hand_answer(course, chapter, e, submission.source)]
    given = ParsedSource(load_stub(course, chapter).encode()) if chapter.hand_exercises else None
    asked = {name for statement in given.statements for name in statement.binds} if given else set()
    return written, [e.name for e in chapter.hand_exercises if e.name in asked.difference(written)]
