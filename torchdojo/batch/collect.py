"""Find what was handed in, in whatever form teachers get it.

A folder per student, a zip per student, or the download of Moodle, Canvas or Gradescope, as a zip or unpacked. Whatever
counts for nothing is told, with the reason: no file is dropped in silence.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from torchdojo.batch.archive import DOWNLOAD, STUDENT, Archive, ArchiveError
from torchdojo.batch.leaves import Leaf, TooMuch, archive_leaves, folder_leaves
from torchdojo.batch.match import match_name, suffix_of
from torchdojo.batch.notebook import MAX_NOTEBOOK_BYTES, Taken, take
from torchdojo.batch.platforms import (
    METADATA,
    Named,
    Owner,
    canvas_file,
    moodle_file,
    moodle_folder,
)
from torchdojo.course import Chapter, Course, SourceError, read_source
from torchdojo.course.source import MAX_BYTES

FEW = 5  # files of one folder that are named one by one, when they count for nothing
MOST_METADATA = 64 * 2**20  # bytes
NO_CHAPTER = "matches no chapter"


class SubmissionsError(Exception):
    """Submissions that cannot be graded, in words."""


@dataclass(frozen=True)
class Handed:
    """One file handed in.

    student: whose; chapter: for which; place: where it is, to show; source: its text, or the reason why it cannot be
    read; submitted: when, as the platform or the file tells, or None; late: whether the platform marked it as late
    """

    student: str
    chapter: Chapter
    place: str
    source: bytes | SourceError
    submitted: datetime | None = None
    late: bool | None = None


@dataclass(frozen=True)
class FileNote:
    """What became of a file. chapter: the one it counts for, or ""; note: why none, or how its name was understood."""

    place: str
    student: str
    chapter: str
    note: str


@dataclass
class Collected:
    """Everything found: what can be graded, in chapter and student order, and what became of every file.

    people: what a platform tells of its students, by id; notes: what else a teacher should know
    """

    students: list[str] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    files: list[FileNote] = field(default_factory=list)
    people: dict[str, Owner] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def unmatched(self) -> list[FileNote]:
        """The files that count for nothing."""
        return [one for one in self.files if not one.chapter]

    @property
    def guessed(self) -> list[FileNote]:
        """The files whose names had to be understood."""
        return [one for one in self.files if one.chapter and one.note]


@dataclass(frozen=True)
class _Item:
    """A file with its owner, as seen from the owner's own folder. order: the highest of several is the newest."""

    leaf: Leaf
    owner: Owner
    order: tuple[int, int] | None = None


def collect(place: Path, course: Course) -> Collected:
    """Read submissions, a folder or a zip file; SubmissionsError if there are none."""
    if not place.exists():
        raise SubmissionsError(f"{place} does not exist")
    with ExitStack() as open_archives:
        found = Collected()
        items = _items(_all_leaves(place, course, open_archives, found), place, course, open_archives, found)
        if not found.students:
            words = "it should hold one folder or zip per student, with <chapter>.py or <chapter>.ipynb files"
            raise SubmissionsError(
                f"{place} is empty: {words}" if not found.files else f"{place} names nobody: {words}"
            )
        by_student: dict[str, list[_Item]] = defaultdict(list)
        for item in items:
            by_student[item.owner.student].append(item)
        for student in by_student:
            _match(student, by_student[student], course, found)
    order = {chapter.name: index for index, chapter in enumerate(course.chapters)}
    found.handed.sort(key=lambda handed: (order[handed.chapter.name], handed.student))
    found.files.sort(key=lambda one: one.place)
    return found


def _all_leaves(place: Path, course: Course, open_archives: ExitStack, found: Collected) -> list[Leaf]:
    """Return all files, seen from where the students' folders stand."""
    try:
        if place.is_dir():
            return _unwrapped(folder_leaves(place), str(place), course, found)
        if place.suffix.lower() != ".zip" and not _is_zip(place):
            raise SubmissionsError(
                f"{place} is not a folder, nor a zip file; it should hold one folder per student, or be the download "
                "of Moodle, Canvas or Gradescope"
            )
        archive = open_archives.enter_context(Archive(place, DOWNLOAD))
        for name in archive.left_out:
            words = "another file's name differs only in small and capital letters"
            found.files.append(FileNote(f"{place}:{printable(name)}", "", "", words))
        return _unwrapped(archive_leaves(archive, str(place)), str(place), course, found)
    except OSError as error:
        raise SubmissionsError(f"{place} cannot be read: {error.strerror}") from None
    except ArchiveError as error:
        raise SubmissionsError(f"{place} {error}; nothing of it was used") from None
    except TooMuch as error:
        raise SubmissionsError(str(error)) from None


def _is_zip(place: Path) -> bool:
    if not place.is_file():
        return False
    with place.open("rb") as file:
        return file.read(4) in (b"PK\3\4", b"PK\5\6")


def _unwrapped(leaves: list[Leaf], place: str, course: Course, found: Collected) -> list[Leaf]:
    """Step into a single folder around everything, such as Gradescope's assignment_1_export, or what a Mac zips."""
    while _is_around(leaves, course):
        top = printable(leaves[0].parts[0])
        found.notes.append(f"everything in {place} is in the folder {top}, so the students were looked for there")
        leaves = [leaf.below(1) for leaf in leaves]
    return leaves


def _is_around(leaves: list[Leaf], course: Course) -> bool:
    """Whether there is one folder on top, and it holds students rather than being one's own.

    It does if a platform's names stand in it, or if two things in it hold the same chapter.
    """
    tops = {leaf.parts[0] for leaf in leaves}
    if len(tops) != 1 or any(len(leaf.parts) == 1 for leaf in leaves) or any(moodle_folder(top) for top in tops):
        return False
    inner = [leaf.below(1) for leaf in leaves]
    names = {leaf.parts[0] for leaf in inner}
    if METADATA in names or any(moodle_folder(name) or moodle_file(name) or canvas_file(name) for name in names):
        return True
    if sum(name.lower().endswith(".zip") for name in names) > 1:
        return True
    homes: dict[str, set[str]] = defaultdict(set)
    for leaf in inner:
        chapter = match_name(course, leaf.name) if len(leaf.parts) > 1 else None
        if chapter:
            homes[chapter[0].name].add(leaf.parts[0])
    return any(len(folders) > 1 for folders in homes.values()) or _is_around(inner, course)


def _items(leaves: list[Leaf], place: Path, course: Course, open_archives: ExitStack, found: Collected) -> list[_Item]:
    """Give every file its owner; a student's zip gives the files in it."""
    metadata = next((leaf for leaf in leaves if leaf.parts == (METADATA,)), None)
    if metadata:
        owned = _of_gradescope([leaf for leaf in leaves if leaf is not metadata], metadata, found)
    else:
        owned = _by_names(leaves, place, course, found)
    items: list[_Item] = []
    for item in owned:
        _enlist(item.owner, found)
        if item.leaf.name.lower().endswith(".zip"):
            items += _inside(item, open_archives, found)
        else:
            items.append(item)
    return items


def _enlist(owner: Owner, found: Collected) -> None:
    if owner.student not in found.people:
        found.students.append(owner.student)
        found.people[owner.student] = owner


def _of_gradescope(leaves: list[Leaf], metadata: Leaf, found: Collected) -> list[_Item]:
    from torchdojo.batch.gradescope import MetadataError, read_metadata  # needs PyYAML, which learners do not have

    try:
        owners = read_metadata(metadata.raw(MOST_METADATA)).owners
    except (SourceError, MetadataError) as error:
        raise SubmissionsError(f"{metadata.place}: {error}") from None
    found.notes.append("taken for a download of Gradescope")
    owners = {folder: [_printable(owner) for owner in people] for folder, people in owners.items()}
    for people in owners.values():
        for owner in people:
            _enlist(owner, found)
    items = []
    here: set[str] = set()
    for leaf in leaves:
        folder, inner = leaf.parts[0], leaf.below(1)
        here.add(folder)
        if not inner.parts or not owners.get(folder):
            found.files.append(FileNote(leaf.place, "", "", f"{METADATA} does not say whose this is"))
        else:
            items += [_Item(inner, owner) for owner in owners[folder]]
    for folder in sorted(set(owners) - here):
        names = ", ".join(owner.student for owner in owners[folder])
        found.files.append(FileNote(folder, names, "", f"{METADATA} speaks of it, but it is not here"))
    return items


def _by_names(leaves: list[Leaf], place: Path, course: Course, found: Collected) -> list[_Item]:
    """Find owners by what stands on top, each by itself: a platform's names, or a student's folder or zip."""
    items: list[_Item] = []
    kinds: set[str] = set()
    loose: list[Leaf] = []
    for leaf in leaves:
        top = leaf.parts[0]
        if len(leaf.parts) > 1:
            moodle = moodle_folder(top)
            kinds.add("Moodle" if moodle else "")
            items.append(_Item(leaf.below(1), _printable(moodle or Owner(top))))
            continue
        named: Named | None = moodle_file(top)
        kinds.add("Moodle" if named else "")
        if not named and (named := canvas_file(top)):
            kinds.add("Canvas")
        if named:
            items.append(_Item(replace(leaf, parts=(named.file,)), _printable(named.owner), named.order))
        elif top.lower().endswith(".zip"):
            items.append(_Item(leaf, Owner(printable(top[:-4].rstrip()))))
        else:
            loose.append(leaf)
    found.notes += [f"taken for a download of {kind}" for kind in sorted(kinds) if kind]
    if loose and not items and place.is_file() and any(match_name(course, leaf.name) for leaf in loose):
        found.notes.append(f"{place} holds one student's files: the student is called {place.stem}")
        return [_Item(leaf, Owner(printable(place.stem))) for leaf in loose]
    for leaf in loose:
        found.files.append(FileNote(printable(leaf.place), "", "", "is in no student's folder"))
    return items


def _inside(item: _Item, open_archives: ExitStack, found: Collected) -> list[_Item]:
    """Return the files in a student's zip; a refused one costs its student, and nobody else."""
    leaf, student = item.leaf, item.owner.student
    try:
        archive = open_archives.enter_context(Archive(leaf.path or leaf.raw(STUDENT.archive), STUDENT))
    except (ArchiveError, SourceError) as error:
        found.files.append(FileNote(printable(leaf.place), student, "", f"refused: {error}"))
        return []
    return [_Item(inner, item.owner, item.order) for inner in archive_leaves(archive, leaf.place)]


@dataclass(frozen=True)
class _Candidate:
    """A file that may be a chapter's. rank: smaller is nearer to what was asked for."""

    item: _Item
    chapter: Chapter
    rank: tuple[int, ...]
    exact: bool


def _match(student: str, items: list[_Item], course: Course, found: Collected) -> None:
    """Find the one file of each chapter among a student's; tell of every other."""
    candidates: dict[str, list[_Candidate]] = defaultdict(list)
    others: list[_Item] = []
    for item in items:
        near = match_name(course, item.leaf.name)
        if near is None:
            others.append(item)
            continue
        chapter, exact = near
        rank = (0 if exact else 1, min(len(item.leaf.parts) - 1, 1))
        candidates[chapter.name].append(_Candidate(item, chapter, rank, exact))
    for several in candidates.values():
        _choose(student, several, course, found)
    _tell_of_others(student, others, found)


def _choose(student: str, several: list[_Candidate], course: Course, found: Collected) -> None:
    """Take the file that is nearest in name, and the newest where the platform counts; refuse to guess otherwise."""
    newest = max(candidate.item.order or (0, 0) for candidate in several)
    nearest = [candidate for candidate in several if (candidate.item.order or newest) == newest]
    best = min(candidate.rank for candidate in nearest)
    nearest = [candidate for candidate in nearest if candidate.rank == best]
    nearest = [one for one in nearest if suffix_of(one.item.leaf.name) == ".py"] or nearest  # before its notebook
    chosen = nearest[0]
    leaf, owner, chapter = chosen.item.leaf, chosen.item.owner, chosen.chapter
    source = read_submission(leaf, course, chapter)
    if any(read_submission(other.item.leaf, course, chapter) != source for other in nearest[1:]):
        names = " and ".join(sorted("/".join(candidate.item.leaf.parts) for candidate in nearest))
        source = SourceError(f"was handed in more than once ({printable(names)}), and nothing tells which one counts")
    submitted = owner.submitted or leaf.modified
    found.handed.append(Handed(student, chapter, printable(leaf.place), source, submitted, owner.late))
    if isinstance(source, SourceError) and len(nearest) > 1:
        note = source.message
    else:
        note = "" if chosen.exact and len(leaf.parts) == 1 else f"its name was understood as {chapter.name}"
    found.files.append(FileNote(printable(leaf.place), student, chapter.name, note))
    for candidate in several:
        if candidate is not chosen:
            place = printable(candidate.item.leaf.place)
            found.files.append(FileNote(place, student, "", f"{leaf.name} counts for {chapter.name}"))


def _tell_of_others(student: str, others: list[_Item], found: Collected) -> None:
    """Note the files that match no chapter; a folder full of them, as data or an environment is, as one line."""
    by_folder: dict[tuple[str, ...], list[Leaf]] = defaultdict(list)
    for item in others:
        if item.leaf.name:
            by_folder[item.leaf.parts[:-1][:1]].append(item.leaf)
    for folder, leaves in by_folder.items():
        if folder and len(leaves) > FEW:
            place = leaves[0].place.removesuffix("/".join(leaves[0].parts)) + folder[0]
            words = f"{len(leaves):,} files that match no chapter"
            found.files.append(FileNote(printable(place), student, "", words))
        else:
            found.files += [FileNote(printable(leaf.place), student, "", _why_not(leaf)) for leaf in leaves]


def _why_not(leaf: Leaf) -> str:
    return "an archive in an archive is not opened" if leaf.name.lower().endswith(".zip") else NO_CHAPTER


def read_submission(leaf: Leaf, course: Course, chapter: Chapter) -> bytes | SourceError:
    """Return a submission's Python text, what a notebook holds of it, or the reason why there is none."""
    try:
        if suffix_of(leaf.name) != ".ipynb":
            return leaf.text(MAX_BYTES)
        return _take(leaf.text(MAX_NOTEBOOK_BYTES), course, chapter).source
    except SourceError as error:
        return error


def take_notebook(path: Path, course: Course, chapter: Chapter) -> Taken:
    """Return the submission in a notebook of a chapter; SourceError if it cannot be read."""
    return _take(read_source(path, MAX_NOTEBOOK_BYTES), course, chapter)


def _take(notebook: bytes, course: Course, chapter: Chapter) -> Taken:
    given = course.exercise_file(chapter)
    text = given.read_text(encoding="utf-8", errors="replace") if given.is_file() else ""
    return take(notebook, [exercise.name for exercise in chapter.exercises], text)


def _printable(owner: Owner) -> Owner:
    return Owner(printable(owner.student), printable(owner.name), printable(owner.email), owner.late, owner.submitted)


def printable(name: str) -> str:
    """Return a file's name as it can stand in a report: undecodable bytes and control characters replaced."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
