"""Collect submissions in whatever form teachers get them.

A folder or an archive per student, or the download of a platform, packed or unpacked. Every file that was handed in is
either graded or listed with the reason, and every student has a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from torchdojo.archives import DOWNLOAD_LIMITS, STUDENT_LIMITS, ArchiveError, archive_stem, open_archive
from torchdojo.collect.candidates import Candidate, FileChoice, choose, find_candidates
from torchdojo.collect.expand import expand, open_one
from torchdojo.collect.file_map import NO_MAP, FileMap
from torchdojo.collect.identity import notes_on_twins
from torchdojo.collect.layout import AUTO, EXPECTED, find_layout
from torchdojo.collect.match import NO_CHAPTER, match_chapter
from torchdojo.collect.platforms import UNKNOWN, WRITTEN_BY, HandIn, OwnedPath, Student
from torchdojo.collect.reading import Stubs
from torchdojo.collect.submitted_paths import (
    EMPTY,
    HIDDEN_FILE,
    ROUTINE_REASONS,
    Listing,
    SubmissionsError,
    SubmittedPath,
    list_archive,
    list_folder,
    printable,
)
from torchdojo.course import Chapter, Course
from torchdojo.source.files import SourceError

MAX_LISTED = 5  # ignored files of one folder that get a note each


@dataclass(frozen=True)
class SubmittedFile:
    """One student's file for one chapter.

    location: the path to show in messages; source: its Python text, or the reason why it cannot be read
    hand_in: what the platform says of it; modified: the file's own time, without a zone if it is not known, or None
    notes: for the student, on how the file was read
    """

    student: str
    chapter: Chapter
    location: str
    source: bytes | SourceError
    hand_in: HandIn = UNKNOWN
    modified: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileNote:
    """What became of a file.

    location: the path to show to the teacher; shown: the student's own part of it, "" for the whole folder
    chapter: the one it is graded for, or ""; note: why it is ignored, or how an unexpected name was read
    is_routine: whether the system or the platform made the file, so that it needs nobody's attention
    is_unclear: whether it is one of several files between which a teacher has to decide
    """

    location: str
    student: str
    chapter: str
    note: str
    is_routine: bool = False
    is_unclear: bool = False
    shown: str = ""


@dataclass
class Submissions:
    """What a submissions folder or archive contains.

    students: the ids of all students, also without a file to grade; files: those to grade, by chapter and student
    file_notes: one per file or folder; people: what the platform says of each student, by id
    notes, alarms: for the teacher: how things were read, and what is probably wrong
    """

    students: list[str] = field(default_factory=list)
    files: list[SubmittedFile] = field(default_factory=list)
    file_notes: list[FileNote] = field(default_factory=list)
    people: dict[str, Student] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    @property
    def ignored(self) -> list[FileNote]:
        """The files that are not graded, without those that the system made."""
        return [note for note in self.file_notes if not note.chapter and not note.is_routine]

    @property
    def unexpected_names(self) -> list[FileNote]:
        """The files that are graded although their names are not as asked for."""
        return [note for note in self.file_notes if note.chapter and note.note and not note.is_unclear]

    @property
    def unclear(self) -> list[FileNote]:
        """The files of which it is unclear whether they count; none of them is graded."""
        return [note for note in self.file_notes if note.is_unclear]


def collect_submissions(path: Path, course: Course, *, layout: str = AUTO, file_map: FileMap = NO_MAP) -> Submissions:
    """Return the submissions in a folder or archive.

    layout: one of `layout.LAYOUTS`; file_map: what a teacher decided of single files
    SubmissionsError if there are no submissions, or they cannot be read.
    """
    if not path.exists():
        raise SubmissionsError(f"{path} does not exist")
    with ExitStack() as open_archives:
        return _Collector(path, course, layout, file_map, open_archives).collect()


class _Collector:
    """Finds each file's student, and each student's file for a chapter. found: the result as it grows"""

    def __init__(self, root: Path, course: Course, layout: str, file_map: FileMap, open_archives: ExitStack) -> None:
        self.root = root
        self.course = course
        self.found = Submissions()
        self._layout = layout
        self._file_map = file_map
        self._stubs: Stubs = {}
        self._why: dict[str, str] = {}  # why a file was skipped, by its location
        self._open_archives = open_archives

    def collect(self) -> Submissions:
        """Return everything found, in order."""
        found = self.found
        layout = find_layout(self._list(), _shown_name(self.root), self.course, self._open_class, self._layout)
        found.notes += layout.notes
        found.alarms += layout.alarms
        found.people = layout.students
        layout_students = {*found.people, *(owned.student.id for owned in layout.owned)}
        by_student: dict[str, list[OwnedPath]] = {student: [] for student in found.people}
        for owned in (*layout.owned, *self._given_away(layout.rest)):
            self._give(owned, by_student)
        if not by_student:
            problem = "contains no student's files" if found.file_notes else "is empty"
            raise SubmissionsError(f"{self.root} {problem}: {EXPECTED}")
        opened: dict[str, list[OwnedPath]] = {student: [] for student in by_student}
        for student, paths in by_student.items():
            for owned in self._open(student, paths):
                self._give(owned, opened)
        for student, files in opened.items():
            self._match_chapters(student, files)
        found.students = sorted(opened)
        given_away = {owned.student.id for owned in layout.owned if not opened.get(owned.student.id)}
        found.alarms += notes_on_twins(student for student in found.students if student not in given_away)
        found.alarms += self._file_map.unused(note.location for note in found.file_notes)
        found.alarms += self._file_map.unknown(layout_students)
        order = {chapter.name: index for index, chapter in enumerate(self.course.chapters)}
        found.files.sort(key=lambda file: (order[file.chapter.name], file.student))
        found.file_notes.sort(key=lambda note: note.location)
        return found

    def _give(self, owned: OwnedPath, files: dict[str, list[OwnedPath]]) -> None:
        """Add a file to its student's or, if a teacher gave it to others, once to each of theirs."""
        path, mapped = owned.path, self._file_map.students_for(owned.path.location)
        for student in mapped or [owned.student.id]:
            theirs = files.setdefault(student, [])
            if mapped and any((one.path.location, one.path.parts) == (path.location, path.parts) for one in theirs):
                continue
            known = self.found.people.setdefault(student, Student(student))
            theirs.append(replace(owned, student=known))

    def _open(self, student: str, owned_paths: list[OwnedPath]) -> list[OwnedPath]:
        """Return a student's files, those of archives in their place."""
        by_hand_in: dict[HandIn, list[SubmittedPath]] = defaultdict(list)
        for owned in owned_paths:
            by_hand_in[owned.hand_in].append(owned.path)
        person = self.found.people[student]
        return [
            OwnedPath(path, person, hand_in)
            for hand_in, paths in by_hand_in.items()
            for path in self._expand(paths, student)
        ]

    def _ignore(self, path: SubmittedPath, reason: str, student: str = "", *, is_routine: bool = False) -> None:
        note = FileNote(path.location, student, "", reason, is_routine, shown=_own_name(path))
        self.found.file_notes.append(note)

    def _list(self) -> list[SubmittedPath]:
        """Return all files of the folder or archive that was submitted."""
        root = self.root
        try:
            if root.is_dir():
                return self._visible(list_folder(root))
            archive = self._open_archives.enter_context(open_archive(root, root.name, DOWNLOAD_LIMITS))
        except OSError as error:
            raise SubmissionsError(f"{root} cannot be read: {error.strerror}") from None
        except ArchiveError as error:
            raise SubmissionsError(f"{root} {error}; nothing in it was graded") from None
        return self._visible(list_archive(archive, str(root)))

    def _visible(self, listing: Listing, student: str = "") -> list[SubmittedPath]:
        """Return all files but those that a system made, which are noted. The reason why one was skipped is kept."""
        paths = list(listing.paths)
        for path, reason in listing.skipped:
            if reason in ROUTINE_REASONS:
                is_work = reason == HIDDEN_FILE and match_chapter(self.course, path.name.lstrip(".")) is not None
                self._ignore(path, reason, student, is_routine=not is_work)
            else:
                self._why[path.location] = reason
                paths.append(path)
        return paths

    def _open_class(self, archive: SubmittedPath) -> list[SubmittedPath]:
        """Return the files of an archive beside the students' folders, relative to it."""
        paths = self._visible(open_one(archive, STUDENT_LIMITS, self._open_archives))
        return [path.below(len(archive.parts) - 1) for path in paths]

    def _expand(self, paths: list[SubmittedPath], student: str) -> list[SubmittedPath]:
        """Return a student's files, those of archives in their place. What is refused costs no other student."""
        return self._visible(expand(paths, STUDENT_LIMITS, self._open_archives), student)

    def _given_away(self, rest: list[tuple[SubmittedPath, str]]) -> list[OwnedPath]:
        """Return the files that are nobody's but in the map, and note the others."""
        given: list[OwnedPath] = []
        for path, reason in rest:
            if self._file_map.students_for(path.location):
                given.append(OwnedPath(path, Student("")))
            else:
                reason = self._why.get(path.location, reason)
                self._ignore(path, reason, is_routine=reason.startswith(WRITTEN_BY))
        return given

    def _match_chapters(self, student: str, files: list[OwnedPath]) -> None:
        """Choose a student's file for each chapter, and note every other file."""
        found = find_candidates([file for file in files if file.path.name], self.course, self._file_map, self._stubs)
        for candidates in found.candidates.values():
            self._choose(student, candidates)
        for path in (file.path for file in files if not file.path.name):
            reason = _why_unreadable(path)
            self._ignore(path, reason, student, is_routine=reason == EMPTY and len(files) > 1)
        self._note_others(student, [(owned.path, reason) for owned, reason in found.others])

    def _choose(self, student: str, candidates: list[Candidate]) -> None:
        """Grade the file that counts for a chapter, if that is clear, and note the others."""
        choice = choose(candidates)
        shown = choice.chosen or choice.unclear[0]
        chapter, owned, reading = shown.chapter, shown.owned, shown.reading
        source = SourceError(choice.problem) if choice.problem else reading.source
        notes = (*_notes_on_choice(choice), *reading.notes)
        self.found.files.append(
            SubmittedFile(student, chapter, owned.path.location, source, owned.hand_in, _file_time(owned.path), notes)
        )
        if choice.chosen:
            note = FileNote(owned.path.location, student, chapter.name, choice.note, shown=_own_name(owned.path))
            self.found.file_notes.append(note)
        for one in choice.unclear:  # with the chapter: as a map, files.csv is refused until one of them is taken out
            note = FileNote(one.path.location, student, chapter.name, choice.problem, is_unclear=True)
            self.found.file_notes.append(replace(note, shown=_own_name(one.path)))
        for other, reason in choice.reasons:
            self._ignore(other.path, reason, student)

    def _note_others(self, student: str, others: list[tuple[SubmittedPath, str]]) -> None:
        """Note the files that match no chapter; one note for a folder with many, such as data or an environment."""
        by_folder: dict[tuple[str, tuple[str, ...]], list[tuple[SubmittedPath, str]]] = defaultdict(list)
        for path, reason in others:
            by_folder[path.in_archive, path.parts[:-1][:1]].append((path, self._why.get(path.location, reason)))
        for (archive, folder), inner in by_folder.items():
            plain = [path for path, reason in inner if reason == NO_CHAPTER]
            if (folder or archive) and len(plain) > MAX_LISTED:
                where = _folder_of(plain[0])
                self._ignore(where, f"{len(plain):,} files that match no chapter", student)
                inner = [(path, reason) for path, reason in inner if reason != NO_CHAPTER]
            for path, reason in inner:
                self._ignore(path, reason, student)


def _folder_of(path: SubmittedPath) -> SubmittedPath:
    """Return the top folder of a student's file or, of one in an archive, the archive."""
    if path.in_archive:
        archive = printable(path.in_archive.rpartition(":")[2])
        before, _, _ = path.location.rpartition(f"{archive}:")
        return replace(path, location=before + archive, parts=("",))
    location = path.location.removesuffix(path.shown) + printable(path.parts[0])
    return replace(path, location=location, parts=path.parts[:1])


def _own_name(path: SubmittedPath) -> str:
    """Return a file's name as its student knows it, with the student's own folders and archives around it.

    It is "" for the student's folder itself.
    """
    return ":".join(filter(None, (path.in_archive, path.shown)))


def _why_unreadable(path: SubmittedPath) -> str:
    try:
        path.read_bytes(0)
    except SourceError as error:
        return error.message
    return EMPTY


def _file_time(path: SubmittedPath) -> datetime | None:
    """Return when a file was last changed; of one in a student's archive, the archive, whose time platforms write."""
    return path.uploaded if path.in_archive else path.modified


def _notes_on_choice(choice: FileChoice) -> Iterator[str]:
    """Yield what to tell the student of the files for a chapter: a guess that was needed, and what was not graded."""
    if choice.chosen and choice.note:
        yield f"{choice.chosen.path.shown} was graded: {choice.note}."
    for other, reason in choice.reasons[:MAX_LISTED]:
        yield f"{other.path.shown} was not graded: {reason}."


def _shown_name(root: Path) -> str:
    """Return the name of what was submitted, without an archive's suffix: perhaps that of its only student."""
    name = root.resolve().name
    return printable(name if root.is_dir() else archive_stem(name))
