"""Choose which of a student's files counts for a chapter, and say why the others do not.

What decides, in this order: the teacher's map; what the files hold; whether they were set aside; the platform's order
and times of uploads; the times in the student's archive; versions in names; how close the names are. If none of these
tells two different files apart, neither counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from torchdojo.collect.file_map import NO_MAP, FileMap
from torchdojo.collect.match import (
    SUFFIXES,
    Level,
    Match,
    explain_no_match,
    match_chapter,
    normalized,
    normalized_suffix,
    words,
)
from torchdojo.collect.platforms import OwnedPath
from torchdojo.collect.reading import Reader, Reading, Stubs
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.course import Chapter, Course
from torchdojo.source.files import SourceError

MAX_LOOKED_INTO = 100  # files of a student that are read although their names do not say that they count
SAME = "has the same content"
MAX_CANDIDATES = 100  # of a student for a chapter
CLOCK_TOLERANCE = timedelta(seconds=10)  # zip files keep every other second, and unpacking takes a while
COURSE_FOLDERS = {"reference", "graders"}  # of a clone of the whole course: the answers in it are not the student's
INSTALLED = {"site-packages", "dist-packages", "node_modules", "venv", "env", "virtualenv"}
SET_ASIDE = {
    *("backup", "backups", "bak", "old", "older", "orig", "original", "archive", "archived", "previous", "prev"),
    *("checkpoint", "checkpoints", "draft", "drafts", "trash", "deprecated", "unused", "history", "obsolete"),
    *("alt", "archiv", "sicherung", "entwurf", "papierkorb", "ancien", "vieux", "brouillon", "sauvegarde"),
    *("viejo", "antiguo", "borrador", "respaldo", "vecchio", "bozza", "antigo", "rascunho", "oud", "kladblok"),
}
# What systems call the archive of somebody who gave it no name.
ARCHIVES = {"archive", "archiv"}
COPIES = {"copy", "copies", "kopie", "kopien", "copie", "copia", "kopia", "kopio", "copias"}
FINAL = {"final", "finale", "finished", "done", "fertig", "endgultig", "definitif", "definitivo", "definitief"}
VERSION = re.compile(r"(?:^|[\W_\d])(?:v|ver|vers|version|rev)[\s._-]*(\d{1,6})(?!\d)")
FOLDER_VERSION = re.compile(r"(?:v|ver|version|versuch|attempt|try|submission|rev)?[\s._-]*(\d{1,6})", re.IGNORECASE)
COPY_NUMBER = re.compile(r"[\s_-]\(?(\d{1,3})\)?$|\((\d{1,3})\)")


@dataclass(frozen=True)
class Candidate:
    """A file that may count for a chapter."""

    owned: OwnedPath
    chapter: Chapter
    match: Match
    reading: Reading

    @property
    def path(self) -> SubmittedPath:
        """The file."""
        return self.owned.path


@dataclass(frozen=True)
class FileChoice:
    """Which of several files counts for a chapter.

    chosen: None if that is unclear; problem: then what to say of the chapter, else ""
    unclear: then the files between which it is; note: how the chosen one was recognised, "" if it is named as asked for
    reasons: why each other file is not graded
    """

    chosen: Candidate | None
    problem: str = ""
    unclear: tuple[Candidate, ...] = ()
    note: str = ""
    reasons: list[tuple[Candidate, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """A student's files. candidates: by the chapter's name; others: those that count for none, each with the reason"""

    candidates: dict[str, list[Candidate]]
    others: list[tuple[OwnedPath, str]]


def find_candidates(
    files: Iterable[OwnedPath], course: Course, file_map: FileMap = NO_MAP, stubs: Stubs | None = None
) -> Found:
    """Return which chapters a student's files may count for: by the map, their names, their folders or their content.

    The content decides where names do not: for a chapter of which no file that is named for it holds any work.

    stubs: as in `Reader`
    """
    return _Finder(course, file_map, stubs).find(files)


class _Finder:
    def __init__(self, course: Course, file_map: FileMap, stubs: Stubs | None) -> None:
        self.course = course
        self.map = file_map
        self.reader = Reader(course, stubs)
        self.looked_into = 0
        self.candidates: dict[str, list[Candidate]] = defaultdict(list)
        self.others: list[tuple[OwnedPath, str]] = []

    def find(self, files: Iterable[OwnedPath]) -> Found:
        """Return the candidates, and the other files with reasons."""
        unnamed: list[tuple[OwnedPath, str]] = []
        for owned in sorted(files, key=lambda owned: len(owned.path.parts)):
            path = owned.path
            mapped = self.map.chapters_for(path.location, owned.student.id)
            if mapped is None and (folder := next((one for one in path.parts[:-1] if one in COURSE_FOLDERS), "")):
                self.others.append((owned, f"is in {folder}, a folder of the course and not of answers"))
                continue
            match = match_chapter(self.course, path.name, folders=path.parts[:-1])
            if mapped is not None:
                self._add_mapped(owned, mapped, match)
            elif match is None:
                unnamed.append((owned, explain_no_match(self.course, path.name)))
            elif len(self.candidates[match.chapter.name]) >= MAX_CANDIDATES:
                self.others.append((owned, f"is one of more than {MAX_CANDIDATES} files for {match.chapter.name}"))
            elif not match.must_define or self._defines(path, match.chapter):
                self._add(owned, match)
            else:
                unnamed.append((owned, f"does not define an exercise of {match.chapter.name}"))
        named = {name: list(candidates) for name, candidates in self.candidates.items()}
        for owned, reason in unnamed:
            found = [one for one in self._chapters_in(owned.path) if not any(map(_decides, named.get(one.name, ())))]
            for chapter in found:
                how = f"its name says no chapter, but it defines exercises of {chapter.name}"
                self._add(owned, Match(chapter, Level.CONTENT, how, True))
            if not found:
                self.others.append((owned, reason))
        return Found({name: candidates for name, candidates in self.candidates.items() if candidates}, self.others)

    def _add(self, owned: OwnedPath, match: Match) -> None:
        candidate = Candidate(owned, match.chapter, match, self.reader.read(owned.path, match.chapter))
        self.candidates[match.chapter.name].append(candidate)

    def _add_mapped(self, owned: OwnedPath, chapters: list[Chapter], match: Match | None) -> None:
        """Add a file as the map says. A map that only confirms its name is not worth a word."""
        for chapter in chapters:
            said = f"{self.map.path.name} says that it is {chapter.name}"
            how = match.how if match and match.chapter == chapter else said
            self._add(owned, Match(chapter, Level.MAPPED, how))
        if not chapters:
            self.others.append((owned, f"{self.map.path.name} says to ignore it"))

    def _defines(self, path: SubmittedPath, chapter: Chapter) -> bool:
        return self._may_look_into(path) and self.reader.defines_any(path, chapter)

    def _chapters_in(self, path: SubmittedPath) -> list[Chapter]:
        is_source = normalized_suffix(path.name) in SUFFIXES
        return self.reader.chapters_in(path) if is_source and self._may_look_into(path) else []

    def _may_look_into(self, path: SubmittedPath) -> bool:
        """Whether to read one more file; not one of the packages that somebody installed, and not many."""
        if self.looked_into >= MAX_LOOKED_INTO or any(part.casefold() in INSTALLED for part in path.parts[:-1]):
            return False
        self.looked_into += 1
        return True


def _decides(one: Candidate) -> bool:
    """Whether the content of other files does not matter."""
    return one.match.level is Level.MAPPED or one.reading.done > 0


@dataclass(frozen=True)
class _Rule:
    """Keeps some of several candidates. reason: why one that it does not keep is not graded, "" to ask `why`"""

    keep: Callable[[Sequence[Candidate]], Sequence[Candidate]]
    reason: str


def choose(candidates: Sequence[Candidate]) -> FileChoice:
    """Return which of a student's files for a chapter counts. candidates: at least one"""
    best = sorted(candidates, key=_first_of_equals)
    dropped: list[tuple[Candidate, str]] = []
    for rule in (*RULES, LAST_RESORT):
        if len(best) == 1 or len({one.reading.hash for one in best}) == 1:
            break
        kept = list(rule.keep(best))
        known = set(map(id, kept))
        dropped += [(one, rule.reason or _why_empty(one)) for one in best if id(one) not in known]
        best = kept
    chapter = best[0].chapter.name
    if len({one.reading.hash for one in best}) > 1:
        names = " and ".join(sorted(_shown(one, best) for one in best))
        problem = f"was submitted more than once ({names}), and it is unclear which one counts"
        told = [(one, f"another file is used for {chapter} instead: this one {why}") for one, why in dropped]
        return FileChoice(None, problem, tuple(best), reasons=told)
    chosen = best[0]
    reasons: list[tuple[Candidate, str]] = []
    for other, why in [*((one, SAME) for one in best[1:]), *dropped]:
        why = SAME if other.reading.hash == chosen.reading.hash else why
        name = _shown(chosen, [chosen, other])
        reasons.append((other, f"{name} is used for {chapter} instead: this one {why}"))
    note = "; ".join(part for part in (chosen.match.how, _told(dropped)) if part)
    return FileChoice(chosen, note=note, reasons=reasons)


def _first_of_equals(one: Candidate) -> tuple[object, ...]:
    """Return what sorts files of the same content: what was handed in first is not late because it came again."""
    hand_in, path = one.owned.hand_in, one.path
    submitted = hand_in.submitted.timestamp() if hand_in.submitted else float("inf")
    return submitted, hand_in.late is True, one.match.level, len(path.parts), path.parts, path.location


def _told(dropped: list[tuple[Candidate, str]]) -> str:
    """Return what to say of the chosen file if a guess was needed."""
    by_file_time = any(why == LAST_RESORT.reason for _, why in dropped)
    return (
        "it was chosen by the times of the files on this disk, which copying may have changed" if by_file_time else ""
    )


def _shown(one: Candidate, among: Sequence[Candidate]) -> str:
    """Return a file's path as the student knows it or, if another has the same, as it is in the download."""
    shared = sum(other.path.shown == one.path.shown for other in among) > 1
    if not shared:
        return one.path.shown
    return f"{one.path.in_archive}:{one.path.shown}" if one.path.in_archive else one.path.location.rpartition("/")[2]


def _why_empty(one: Candidate) -> str:
    if isinstance(one.reading.source, SourceError):
        return one.reading.source.message
    return f"does not define an exercise of {one.chapter.name}"


def _if_any(test: Callable[[Candidate], bool]) -> Callable[[Sequence[Candidate]], Sequence[Candidate]]:
    """Return a filter that keeps those that pass a test, all if none does."""
    return lambda candidates: [one for one in candidates if test(one)] or candidates


def _is_set_aside(one: Candidate) -> bool:
    """Whether a file is in a folder of old things or copies, or named as a backup."""
    folders = {word for folder in one.path.parts[:-1] for word in words(folder)}
    name, archive = one.path.name.strip(), set(words(one.path.in_archive)) - ARCHIVES
    return bool(
        folders & (SET_ASIDE | COPIES | INSTALLED) or {*words(name), *archive} & SET_ASIDE or name.endswith("~")
    )


def _newest_upload(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    newest = max(one.owned.hand_in.attempt for one in candidates)
    return [one for one in candidates if (one.owned.hand_in.attempt or newest) == newest]


def _last_handed_in(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    times = [one.owned.hand_in.submitted for one in candidates if one.owned.hand_in.submitted]
    newest = max(times, default=None)
    return [one for one in candidates if (one.owned.hand_in.submitted or newest) == newest]


def _without_twins(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Leave out a notebook beside the module of the same name."""
    modules = {_place(one) for one in candidates if normalized_suffix(one.path.name) == ".py"}
    return [one for one in candidates if normalized_suffix(one.path.name) == ".py" or _place(one) not in modules]


def _place(one: Candidate) -> tuple[str, ...]:
    stem = normalized(one.path.name).partition(normalized_suffix(one.path.name) or ".")[0]
    return (*one.path.parts[:-1], stem)


def _newest(trusted: bool) -> Callable[[Sequence[Candidate]], Sequence[Candidate]]:
    """Return a filter by the files' own times. trusted: only if all are from archives, which keep them"""

    def keep(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        times: list[datetime] = [one.path.modified.astimezone() for one in candidates if one.path.modified]
        from_disk = any(one.path.disk_path for one in candidates)
        if len(times) < len(candidates) or (trusted and from_disk):
            return candidates
        newest = max(times)
        return [one for one, time in zip(candidates, times, strict=True) if newest - time <= CLOCK_TOLERANCE]

    return keep


def _latest_version(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    if numbers := _folder_versions(candidates):
        return [one for one, number in zip(candidates, numbers, strict=True) if number == max(numbers)]
    for names in ([one.path.name for one in candidates], [one.path.in_archive for one in candidates]):
        versions = list(map(_version, names))
        pairs = zip(candidates, versions, strict=True)
        kept = [one for one, own in pairs if not any(_replaces(other, own) for other in versions)]
        if len(kept) < len(candidates):
            return kept
    return candidates


def _folder_versions(candidates: Sequence[Candidate]) -> list[int]:
    """Return the numbers of the folders that files of one name are in, as `1` or `Version 2`; [] if one has none."""
    folders = [one.path.parts[:-1] for one in candidates]
    depth = next((i for i, names in enumerate(zip(*folders, strict=False)) if len(set(names)) > 1), None)
    if depth is None or len({(one.path.name, len(one.path.parts)) for one in candidates}) > 1:
        return []
    matches = [FOLDER_VERSION.fullmatch(folder[depth]) for folder in folders]
    return [int(match[1]) for match in matches if match] if all(matches) else []


def _version(name: str) -> tuple[int, int, int]:
    """Return the version in a name, 1 if there is none; how often it says that it is final; and a copy's number or 0"""
    stem = normalized(name).partition(normalized_suffix(name) or ".")[0].strip()
    versions = [int(number) for number in VERSION.findall(stem)]
    copy = COPY_NUMBER.search(stem)
    finals = sum(word in FINAL for word in words(stem))
    return max(versions, default=1), finals, int(next(filter(None, copy.groups()), 0)) if copy else 0


def _replaces(new: tuple[int, int, int], old: tuple[int, int, int]) -> bool:
    """Whether a version is newer in all that both names say. A copy's number says nothing of the original."""
    if new[:2] != old[:2]:
        return new[0] >= old[0] and new[1] >= old[1]
    return new[2] > old[2] > 0


def _closest(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    level = min(one.match.level for one in candidates)
    return [one for one in candidates if one.match.level == level]


def _outermost(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Keep what is in the folder that the others are below."""
    folders = [PurePosixPath(*one.path.parts[:-1]) for one in candidates]
    top = min(folders, key=lambda folder: len(folder.parts))
    if not all(folder.is_relative_to(top) for folder in folders):
        return candidates
    return [one for one, folder in zip(candidates, folders, strict=True) if folder == top]


RULES = (
    _Rule(_if_any(lambda one: one.match.level is Level.MAPPED), "is not the one in the map"),
    _Rule(_if_any(lambda one: one.reading.defines > 0), ""),
    _Rule(_if_any(lambda one: one.reading.done > 0), "is the unchanged stub"),
    _Rule(_if_any(lambda one: not _is_set_aside(one)), "is a backup, by its name or its folder's"),
    _Rule(_newest_upload, "is an older upload"),
    _Rule(_last_handed_in, "was submitted earlier"),
    _Rule(_without_twins, "is the notebook of that file"),
    _Rule(_newest(trusted=True), "is older, by its time in the archive"),
    _Rule(_latest_version, "is an older version, by its name"),
    _Rule(_closest, "has a name further from the one asked for"),
    _Rule(_outermost, "is in a folder below"),
    _Rule(_if_any(lambda one: normalized_suffix(one.path.name) == ".py"), "is a notebook"),
)
LAST_RESORT = _Rule(_newest(trusted=False), "is older, by its time on this disk")
