"""Find out whose each submitted file is: by a platform's names, or by a folder or archive per student.

Each folder and archive is read by its own name and content, never by what is beside it. What was guessed is told, and
`dojo grade --layout` overrules it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from torchdojo.archives import archive_stem
from torchdojo.collect.downloads import READERS, read_downloads
from torchdojo.collect.downloads.common import listed, several_ids
from torchdojo.collect.expand import is_archive
from torchdojo.collect.groups import (
    MANY,
    flat_owner,
    has_chapter,
    holds_students,
    is_assignment,
    is_own_work,
    is_work,
    people_in,
    person_part,
)
from torchdojo.collect.identity import identity_key
from torchdojo.collect.match import SUFFIXES, match_chapter, normalized_suffix
from torchdojo.collect.platforms import Download, OwnedPath, Student
from torchdojo.collect.submitted_paths import SubmissionsError, SubmittedPath, printable
from torchdojo.course import Course

AUTO, FOLDERS, GROUPS = "auto", "folders", "groups"
LAYOUTS = (AUTO, *READERS, FOLDERS, GROUPS)
EXPECTED = "it should contain a folder or zip per student, with <chapter>.py or <chapter>.ipynb files"
DOWNLOAD = "a download"  # the group of all students of downloads in folders: a platform's ids are the same in each
COPY = re.compile(r"(?:\s*\(\d+\)|\s+-\s+\w{4,7}(?:\s*\(\d+\))?|\s+copy(?:\s*\d+)?)$", re.IGNORECASE)
FLAT_NAMES = ("Autolab", "Canvas")  # a file of these is easily taken for one, as `ada_1_2_ch1.py`
ON_LOCAL_CLOCKS = ("Blackboard", "Brightspace")
MAX_WRAPPERS = 4  # folders around a class, each with no more than the next
Expand = Callable[[SubmittedPath], list[SubmittedPath]]


@dataclass
class Layout:
    """Whose each file is.

    owned: the students' files; students: all students by id, also without a file
    rest: files that are nobody's, each with the reason; notes, alarms: for the teacher
    """

    owned: list[OwnedPath] = field(default_factory=list)
    students: dict[str, Student] = field(default_factory=dict)
    rest: list[tuple[SubmittedPath, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def find_layout(paths: Sequence[SubmittedPath], name: str, course: Course, expand: Expand, form: str = AUTO) -> Layout:
    """Return whose each file is.

    paths: all that was submitted; name: that of the folder or archive that holds it; form: one of `LAYOUTS`
    expand: returns the files of an archive, none if it is refused, which it lists itself
    SubmissionsError if nothing is in the form asked for.
    """
    finder = _LayoutFinder(course, expand, form)
    finder.read_class(list(paths), name, inside="")
    finder.layout.alarms += several_ids(finder.layout.students.values())
    finder.doubt_names()
    finder.layout.alarms = list(dict.fromkeys(finder.layout.alarms))
    if form in READERS and not finder.downloads:
        raise SubmissionsError(f"nothing in {name} has the form of a {form} download; omit --layout {form}")
    return finder.layout


class _LayoutFinder:
    """Reads the levels of what was submitted. layout: the result as it grows; downloads: how many were recognised"""

    def __init__(self, course: Course, expand: Expand, form: str) -> None:
        self.course = course
        self.layout = Layout()
        self.downloads = 0
        self._expand = expand
        self._form = form
        self._group_of: dict[str, str] = {}
        self._opened: dict[str, list[SubmittedPath]] = {}
        self._flat: list[str] = []  # whose files are not in a folder

    def read_class(self, paths: list[SubmittedPath], name: str, inside: str, *, students_only: bool = False) -> None:
        """Read a folder or archive that holds a class. name: its own; inside: the groups around it, to show

        students_only: whether each folder and archive in it is a student's
        """
        try:
            downloads = [] if students_only else self._read_downloads(paths, name)
        except SubmissionsError as error:  # a student can write such a file, too, which must cost no one else anything
            if not inside:
                raise
            downloads = []
            self.layout.alarms.append(f"{inside}: {error}")
        for download in downloads:
            self._add_download(download, inside)
            self.layout.rest += [(path, reason) for path, reason in download.rest if reason]
        if downloads:
            paths = [path for path, reason in downloads[-1].rest if not reason]
        elif not inside and self._form == AUTO and self._is_one_students(paths):
            self.layout.alarms.append(
                f"{name} was read as the files of one student, named {name}; if it is a class, use --layout folders, "
                "or --layout groups if its students are in folders of folders"
            )
            self._own(paths, Student(name))
            return
        classes: list[tuple[str, list[SubmittedPath]]] = []
        for inner in _by_top(paths).values():
            top, below = self._open(inner)
            if not below:
                for path in inner:
                    self._read_file(path, inside)
            elif not students_only and self._is_class(top, below, inside):
                classes.append((top, below))
            else:
                self._read_folder(top, below, inside)
        beside = bool(self.layout.students) and not downloads
        for top, below in classes:  # last, so that nobody in a folder takes the id of somebody beside it
            where = f"{inside}/{printable(top)}" if inside else printable(top)
            self._tell_of_class(top, where, inside, beside)
            self.read_class(below, top, where, students_only=self._form == GROUPS)

    def _tell_of_class(self, name: str, where: str, inside: str, beside: bool) -> None:
        """Note that a folder is read as a class; an alarm if it is named like a person and beside students' folders."""
        if beside and self._form == AUTO and person_part(name, self.course) and not is_assignment(name, self.course):
            self._own([], self._student(name, inside))
            self.layout.alarms.append(
                f"{where} was read as a folder of students, although it is beside students' own: if it is a student's, "
                "its files may pretend to be others'. Use --layout folders, or --map"
            )
        else:
            self.layout.notes.append(f"{where} was read as a folder of students, not as a student's")

    def doubt_names(self) -> None:
        """Report students whose ids are from files' names, name work, or name a copy of another's folder."""
        students = self.layout.students
        if self._flat:
            count = f"{len(self._flat)} files are" if len(self._flat) > 1 else "1 file is"
            self.layout.notes.append(f"{count} not in a folder: read as the work of {listed(self._flat)}")
        groups = [id for id in students if id in self._group_of and is_work(id, self.course)]
        if groups and len(students) > 1 and self._form == AUTO:
            self.layout.alarms.append(
                f"{listed(groups)} {'was' if len(groups) == 1 else 'were'} read as a student's; if students are in it, "
                "use --layout groups"
            )
        for id in students:
            original = COPY.sub("", id)
            if original != id and original in students:
                self.layout.alarms.append(f"{id} was read as a student of its own; if it is {original}'s, use --map")

    def _is_one_students(self, paths: list[SubmittedPath]) -> bool:
        return is_own_work(paths, self.course) and not self._wraps_class(paths)

    def _wraps_class(self, paths: list[SubmittedPath], levels: int = MAX_WRAPPERS) -> bool:
        """Whether a folder or archive in these, or further down in one, holds a class."""
        for inner in _by_top(paths).values():
            name, below = self._open(inner)
            if below and self._holds_class(name, below, levels - 1):
                return True
        return False

    def _open(self, paths: list[SubmittedPath]) -> tuple[str, list[SubmittedPath]]:
        """Return the name of a top folder or archive, and what is in it; no files for another file."""
        first = paths[0]
        if len(first.parts) > 1:
            return first.parts[0], [path.below(1) for path in paths]
        if not is_archive(first):
            return first.name, []
        if first.location not in self._opened:
            self._opened[first.location] = self._expand(first)
        return archive_stem(first.name), self._opened[first.location]

    def _read_downloads(self, paths: list[SubmittedPath], name: str) -> list[Download]:
        if self._form in (FOLDERS, GROUPS):
            return []
        if self._form != AUTO:
            return read_downloads(paths, self.course.tzinfo, name, [READERS[self._form]])
        downloads = read_downloads(paths, self.course.tzinfo, name)
        return downloads if downloads and self._are_convincing(downloads, paths) else []

    def _are_convincing(self, downloads: list[Download], paths: list[SubmittedPath]) -> bool:
        """Whether most of what is at this level is in a platform's form, not just a picture, as `loss_0_1_plot.png`."""
        others = [path for path, reason in downloads[-1].rest if not reason]
        names = {path.parts[0] for path in others if len(path.parts) > 1 or match_chapter(self.course, path.name)}
        named = {path.parts[0] for path in paths} - {path.parts[0] for path, _ in downloads[-1].rest}
        return len(named) >= len(names)

    def _may_be_chance(self, downloads: list[Download]) -> bool:
        """Whether few files of a folder are in a platform's form, and it has a chapter of its own or no answers."""
        people = {student.name for download in downloads for student in _everybody(download)}
        owned = [owned.path for download in downloads for owned in download.owned]
        own = [path for path, reason in downloads[-1].rest if not reason]
        if len(owned) < MANY and has_chapter(own, self.course):
            return True
        is_flat = all(download.platform in FLAT_NAMES for download in downloads)
        answers = any(is_archive(path) or normalized_suffix(path.name) in SUFFIXES for path in owned)
        return is_flat and len(people) < 2 and not answers

    def _add_download(self, download: Download, inside: str) -> None:
        self.downloads += 1
        where = f"{inside} was " if inside else ""
        article = "an" if download.platform[0] in "AEIOU" else "a"
        self.layout.notes += [f"{where}read as {article} {download.platform} download", *download.notes]
        if download.platform in ON_LOCAL_CLOCKS and self.course.zone is None:
            self.layout.alarms.append(
                f"{download.platform} writes times without a zone, and they were read in UTC: name the course's zone "
                "in course.toml"
            )
        self.layout.alarms += download.alarms
        renamed = {
            student: self._tell_apart(replace(student, id_from=download.platform), inside)
            for student in _everybody(download)
        }
        self.layout.owned += [replace(owned, student=renamed[owned.student]) for owned in download.owned]

    def _tell_apart(self, student: Student, inside: str) -> Student:
        """Add a student of a download. A number that belongs to another name in another download is somebody else.

        So is one who has a folder beside the download's: a student can write files that look like a download.
        """
        student = replace(student, id=self._id_in(student.id, DOWNLOAD if inside else ""))
        known = self.layout.students.setdefault(student.id, student)
        if not student.name or not known.name or identity_key(known.name) == identity_key(student.name):
            return known
        apart = replace(student, id=f"{student.id} ({student.name})")
        self.layout.alarms.append(
            f"{student.id} is {known.name} in one download and {student.name} in another: read as two students, "
            f"{known.id} and {apart.id}"
        )
        return self.layout.students.setdefault(apart.id, apart)

    def _read_folder(self, name: str, paths: list[SubmittedPath], inside: str) -> None:
        """Read a student's folder or archive. paths: relative to it"""
        if self._form in READERS:
            self.layout.rest += [(path, f"is not in a {self._form} download") for path in paths]
        else:
            people = people_in(paths, self.course)
            if self._form == AUTO and (len(people) > 1 or self._wraps_class(paths, levels=1)):
                where = f"{inside}/{printable(name)}" if inside else printable(name)
                those = listed(people) if len(people) > 1 else "folders in it"
                self.layout.alarms.append(
                    f"{where} was read as one student's, although {those} may be students'; if so, use --layout groups "
                    "or grade the folder inside"
                )
            self._own(paths, self._student(name, inside))

    def _is_class(self, name: str, paths: list[SubmittedPath], inside: str) -> bool:
        """Whether to read a folder or archive as one that holds students."""
        if self._form in (FOLDERS, GROUPS):
            return self._form == GROUPS and not inside and not has_chapter(paths, self.course)
        return self._holds_class(name, paths)

    def _holds_class(self, name: str, paths: list[SubmittedPath], levels: int = MAX_WRAPPERS) -> bool:
        """Whether a folder or archive holds a platform's download, students' folders, or a folder that does."""
        try:
            downloads = self._read_downloads(paths, name)
        except SubmissionsError:  # a damaged Gradescope export, which is told when it is read
            return True
        if downloads and not self._may_be_chance(downloads):
            # A student's own folder may hold a file that still has the name that a platform gave it.
            people = {student.id: student for download in downloads for student in _everybody(download)}
            unsure = len(people) == 1 and all(download.platform in FLAT_NAMES for download in downloads)
            if self._form != AUTO or not unsure or not person_part(name, self.course):
                return True
        if self._form == AUTO and holds_students(name, paths, self.course):
            return True
        is_wrapper = levels > 0 and is_work(name, self.course) and not has_chapter(paths, self.course)
        return is_wrapper and self._wraps_class(paths, levels)

    def _read_file(self, path: SubmittedPath, inside: str) -> None:
        """Read a file beside the students' folders, which may be named after its student."""
        match = match_chapter(self.course, path.name)
        owner = flat_owner(path.name, self.course) if match else ""
        if not owner or self._form in READERS:
            self.layout.rest.append((path, "is not in a student's folder"))
            return
        self._flat.append(owner)
        self._own([path], self._student(owner, inside))

    def _student(self, name: str, inside: str) -> Student:
        """Return the student of a folder. Folders named after assignments, such as `week1`, hold the same class."""
        return Student(self._id_in(printable(name), "" if is_assignment(inside, self.course) else inside))

    def _id_in(self, id: str, group: str) -> str:
        """Return an id; if it belongs to somebody in another group, another one, and say so."""
        other = self._group_of.setdefault(id, group)
        if other == group:
            return id
        apart = f"{id} ({group or 'no group'})"
        self.layout.alarms.append(
            f"{id} is in {other or 'no group'} and in {group or 'no group'}: read as two students, {id} and {apart}"
        )
        return apart

    def _own(self, paths: Sequence[SubmittedPath], student: Student) -> None:
        self.layout.students.setdefault(student.id, student)
        self.layout.owned += [OwnedPath(path, student) for path in paths if path.parts]


def _by_top(paths: Sequence[SubmittedPath]) -> dict[str, list[SubmittedPath]]:
    """Return the paths by their top folder; a file by itself."""
    tops: dict[str, list[SubmittedPath]] = defaultdict(list)
    for path in paths:
        tops[path.parts[0] if len(path.parts) > 1 else f"{path.parts[0]}/"].append(path)
    return tops


def _everybody(download: Download) -> dict[Student, None]:
    """Return all students of a download, in order."""
    return dict.fromkeys((*download.students, *(owned.student for owned in download.owned)))
