"""Collect submissions in whatever form teachers get them.

A folder or a zip per student, or the download of Moodle, Canvas or Gradescope, as a zip or unpacked. No file is dropped
silently: each that is not graded gets a note with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from torchdojo.batch.archive import DOWNLOAD_LIMITS, HEAD_BYTES, STUDENT_LIMITS, ArchiveError
from torchdojo.batch.archives import archive_stem, expand, is_archive, is_archive_name, open_archive, sniff
from torchdojo.batch.match import match_chapter, normalized_suffix
from torchdojo.batch.platforms import (
    METADATA,
    UNKNOWN,
    HandIn,
    OwnedPath,
    Student,
    parse_canvas_file,
    parse_moodle_file,
    parse_moodle_folder,
)
from torchdojo.batch.submitted_paths import (
    ROUTINE_REASONS,
    Listing,
    SubmissionsError,
    SubmittedPath,
    list_archive,
    list_folder,
    printable,
)
from torchdojo.course import Chapter, Course
from torchdojo.notebooks.cells import MAX_NOTEBOOK_BYTES
from torchdojo.notebooks.extraction import extract_chapter
from torchdojo.source.files import MAX_SOURCE_BYTES, SourceError

MAX_LISTED = 5  # ignored files of one folder that get a note each
MAX_METADATA_BYTES = 64 * 2**20
EXPECTED = "it should contain a folder or zip per student, with <chapter>.py or <chapter>.ipynb files"


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

    chapter: the one it is graded for, or ""; note: why it is ignored, or how an unexpected name was read
    """

    location: str
    student: str
    chapter: str
    note: str


@dataclass
class Submissions:
    """What a submissions folder or zip contains.

    students: the ids of all students, also without a file to grade; files: those to grade, by chapter and student;
    file_notes: one per file or folder; people: what the platform says of each student, by id; notes: for the teacher
    """

    students: list[str] = field(default_factory=list)
    files: list[SubmittedFile] = field(default_factory=list)
    file_notes: list[FileNote] = field(default_factory=list)
    people: dict[str, Student] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def ignored(self) -> list[FileNote]:
        """The files that are not graded."""
        return [note for note in self.file_notes if not note.chapter]

    @property
    def unexpected_names(self) -> list[FileNote]:
        """The files that are graded although their names are not as asked for."""
        return [note for note in self.file_notes if note.chapter and note.note]


def collect_submissions(path: Path, course: Course) -> Submissions:
    """Return the submissions in a folder or zip file; SubmissionsError if there are none or it cannot be read."""
    if not path.exists():
        raise SubmissionsError(f"{path} does not exist")
    with ExitStack() as open_archives:
        return _Collector(path, course, open_archives).collect()


@dataclass(frozen=True)
class _Candidate:
    """A file that may be a chapter's. rank: the smaller, the closer to what was asked for"""

    owned: OwnedPath
    chapter: Chapter
    rank: tuple[int, int]

    @property
    def path(self) -> SubmittedPath:
        """The file."""
        return self.owned.path


class _Collector:
    """Finds each file's student, and each student's file for a chapter. found: the result as it grows"""

    def __init__(self, root: Path, course: Course, open_archives: ExitStack) -> None:
        self.root = root
        self.course = course
        self.found = Submissions()
        self._open_archives = open_archives

    def collect(self) -> Submissions:
        """Return everything found, in order."""
        found = self.found
        by_student: dict[str, list[OwnedPath]] = defaultdict(list)
        for owned in self._assign_students(self._unwrap(self._list())):
            by_student[owned.student.id].append(owned)
        if not found.students:
            problem = "contains no student's files" if found.file_notes else "is empty"
            raise SubmissionsError(f"{self.root} {problem}: {EXPECTED}")
        for student, paths in by_student.items():
            self._match_chapters(student, paths)
        order = {chapter.name: index for index, chapter in enumerate(self.course.chapters)}
        found.files.sort(key=lambda file: (order[file.chapter.name], file.student))
        found.file_notes.sort(key=lambda note: note.location)
        return found

    def _ignore(self, location: str, reason: str, student: str = "") -> None:
        self.found.file_notes.append(FileNote(location, student, "", reason))

    def _list(self) -> list[SubmittedPath]:
        listing = self._open_root()
        for path, reason in listing.skipped:
            if reason not in ROUTINE_REASONS:
                self._ignore(path.location, reason)
        return listing.paths

    def _open_root(self) -> Listing:
        root = self.root
        try:
            if root.is_dir():
                return list_folder(root)
            if not is_archive_name(root.name) and not _is_archive(root):
                raise SubmissionsError(
                    f"{root} is neither a folder nor an archive; it should contain a folder per student, or be a "
                    "download from Moodle, Canvas or Gradescope"
                )
            archive = self._open_archives.enter_context(open_archive(root, root.name, DOWNLOAD_LIMITS))
        except OSError as error:
            raise SubmissionsError(f"{root} cannot be read: {error.strerror}") from None
        except ArchiveError as error:
            raise SubmissionsError(f"{root} {error}; nothing in it was graded") from None
        return list_archive(archive, str(root))

    def _unwrap(self, paths: list[SubmittedPath]) -> list[SubmittedPath]:
        """Step into a single folder around everything, such as Gradescope's assignment_1_export or a Mac's zip."""
        while self._is_wrapped(paths):
            top = printable(paths[0].parts[0])
            self.found.notes.append(f"everything in {self.root} is in the folder {top}, which was searched instead")
            paths = [path.below(1) for path in paths]
        return paths

    def _is_wrapped(self, paths: list[SubmittedPath]) -> bool:
        """Whether there is a single top folder, and it contains students rather than being one's own.

        It does if names in it are a platform's, or if two things in it contain the same chapter.
        """
        tops = {path.parts[0] for path in paths}
        if len(tops) != 1 or any(len(path.parts) == 1 for path in paths) or any(map(parse_moodle_folder, tops)):
            return False
        inner = [path.below(1) for path in paths]
        names = {path.parts[0] for path in inner}
        parsers = (parse_moodle_folder, parse_moodle_file, parse_canvas_file)
        if METADATA in names or any(parse(name) for parse in parsers for name in names):
            return True
        if sum(map(is_archive_name, names)) > 1:
            return True
        folders: dict[str, set[str]] = defaultdict(set)
        for path in inner:
            match = match_chapter(self.course, path.name) if len(path.parts) > 1 else None
            if match:
                folders[match.chapter.name].add(path.parts[0])
        return any(len(holders) > 1 for holders in folders.values()) or self._is_wrapped(inner)

    def _assign_students(self, paths: list[SubmittedPath]) -> list[OwnedPath]:
        """Return each file with its student; a student's zip is replaced by the files in it."""
        metadata = next((path for path in paths if path.parts == (METADATA,)), None)
        if metadata:
            paths_by_student = self._assign_by_metadata([path for path in paths if path is not metadata], metadata)
        else:
            paths_by_student = self._assign_by_names(paths)
        files: list[OwnedPath] = []
        for owned in paths_by_student:
            self._add_student(owned.student)
            files += self._open_archive(owned) if is_archive(owned.path) else [owned]
        return files

    def _add_student(self, student: Student) -> None:
        if student.id not in self.found.people:
            self.found.students.append(student.id)
            self.found.people[student.id] = student

    def _assign_by_metadata(self, paths: list[SubmittedPath], metadata: SubmittedPath) -> list[OwnedPath]:
        """Return the files of a Gradescope download with their students."""
        from torchdojo.batch.gradescope import MetadataError, read_metadata  # needs PyYAML, which learners do not have

        try:
            groups = read_metadata(metadata.read_bytes(MAX_METADATA_BYTES))
        except (SourceError, MetadataError) as error:
            raise SubmissionsError(f"{metadata.location}: {error}") from None
        self.found.notes.append("read as a Gradescope download")
        for student in (student for group, _ in groups.values() for student in group):
            self._add_student(student)
        owned: list[OwnedPath] = []
        for path in paths:
            (group, hand_in), inner = groups.get(path.parts[0], ([], UNKNOWN)), path.below(1)
            if inner.parts and group:
                owned += [OwnedPath(inner, student, hand_in) for student in group]
            else:
                self._ignore(path.location, f"{METADATA} does not say whose file this is")
        for folder in sorted(set(groups) - {path.parts[0] for path in paths}):
            students = ", ".join(student.id for student in groups[folder][0])
            self._ignore(folder, f"{METADATA} lists it, but it is missing from the download", students)
        return owned

    def _assign_by_names(self, paths: list[SubmittedPath]) -> list[OwnedPath]:
        """Return files with their students, by the top name of each: a platform's, or a student's folder or zip."""
        owned: list[OwnedPath] = []
        platforms: set[str] = set()
        loose: list[SubmittedPath] = []
        for path in paths:
            top = path.parts[0]
            if len(path.parts) > 1:
                moodle = parse_moodle_folder(top)
                platforms |= {"Moodle"} if moodle else set()
                owned.append(OwnedPath(path.below(1), moodle or Student(top)))
            elif name := parse_moodle_file(top) or parse_canvas_file(top):
                platforms.add(name.platform)
                owned.append(OwnedPath(replace(path, parts=(name.file,)), name.student, name.hand_in))
            elif is_archive(path):
                owned.append(OwnedPath(path, Student(archive_stem(top))))
            else:
                loose.append(path)
        self.found.notes += [f"read as a {platform} download" for platform in sorted(platforms)]
        if not owned and self.root.is_file() and any(match_chapter(self.course, path.name) for path in loose):
            student = Student(archive_stem(self.root.name))
            self.found.notes.append(f"{self.root} contains one student's files; the student is named {student.id}")
            return [OwnedPath(path, student) for path in loose]
        for path in loose:
            self._ignore(path.location, "is not in a student's folder")
        return owned

    def _open_archive(self, owned: OwnedPath) -> list[OwnedPath]:
        """Return the files in a student's archive, none if it is refused: that must cost no other student."""
        listing = expand([owned.path], STUDENT_LIMITS, self._open_archives)
        for path, reason in listing.skipped:
            if reason not in ROUTINE_REASONS:
                self._ignore(path.location, reason, owned.student.id)
        return [replace(owned, path=path) for path in listing.paths]

    def _match_chapters(self, student: str, paths: list[OwnedPath]) -> None:
        """Choose a student's file for each chapter, and note every other file."""
        candidates: dict[str, list[_Candidate]] = defaultdict(list)
        others: list[SubmittedPath] = []
        for owned in paths:
            match = match_chapter(self.course, owned.path.name)
            if match is None or match.must_define:
                others.append(owned.path)
                continue
            rank = (0 if match.is_exact else 1, min(len(owned.path.parts) - 1, 1))
            candidates[match.chapter.name].append(_Candidate(owned, match.chapter, rank))
        for same_chapter in candidates.values():
            self._choose(student, same_chapter)
        self._note_others(student, others)

    def _choose(self, student: str, candidates: list[_Candidate]) -> None:
        """Grade the file with the closest name, of repeated uploads the newest; refuse to guess between equals."""
        newest = max(candidate.owned.hand_in.attempt for candidate in candidates)
        best = [candidate for candidate in candidates if (candidate.owned.hand_in.attempt or newest) == newest]
        rank = min(candidate.rank for candidate in best)
        best = [candidate for candidate in best if candidate.rank == rank]
        # A module counts before its notebook.
        best = [candidate for candidate in best if normalized_suffix(candidate.path.name) == ".py"] or best
        chosen, path, chapter = best[0], best[0].path, best[0].chapter
        source = _read_submission(path, self.course, chapter)
        if any(_read_submission(other.path, self.course, chapter) != source for other in best[1:]):
            names = " and ".join(sorted(candidate.path.shown for candidate in best))
            source = SourceError(f"was submitted more than once ({names}), and it is unclear which one counts")
        file = SubmittedFile(student, chapter, path.location, source, chosen.owned.hand_in, path.modified)
        self.found.files.append(file)
        if isinstance(source, SourceError) and len(best) > 1:
            note = source.message
        else:
            note = "" if chosen.rank == (0, 0) else f"its name was read as {chapter.name}"
        self.found.file_notes.append(FileNote(path.location, student, chapter.name, note))
        for candidate in candidates:
            if candidate is not chosen:
                self._ignore(candidate.path.location, f"{path.name} is used for {chapter.name} instead", student)

    def _note_others(self, student: str, paths: list[SubmittedPath]) -> None:
        """Note the files that match no chapter; one note for a folder with many, such as data or an environment."""
        by_folder: dict[tuple[str, ...], list[SubmittedPath]] = defaultdict(list)
        for path in paths:
            if path.name:
                by_folder[path.parts[:-1][:1]].append(path)
        for folder, inner in by_folder.items():
            if folder and len(inner) > MAX_LISTED:
                location = inner[0].location.removesuffix(inner[0].shown) + printable(folder[0])
                self._ignore(location, f"{len(inner):,} files that match no chapter", student)
                continue
            for path in inner:
                self._ignore(path.location, "matches no chapter", student)


def _is_archive(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return bool(sniff(file.read(HEAD_BYTES)))


def _read_submission(path: SubmittedPath, course: Course, chapter: Chapter) -> bytes | SourceError:
    """Return a submission's Python text, of a notebook what is extracted, or the reason why it cannot be read."""
    try:
        if normalized_suffix(path.name) != ".ipynb":
            return path.read_text(MAX_SOURCE_BYTES)
        return extract_chapter(path.read_text(MAX_NOTEBOOK_BYTES), course, chapter).source
    except SourceError as error:
        return error
