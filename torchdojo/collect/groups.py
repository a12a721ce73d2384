"""Tell a folder that holds students from a student's own folder, by its name and content alone.

Never by what is beside it: a class of one student is read like a class of many. The only evidence is in names: those of
a student's own folders and archives are words for work (`exercises`, `backup`, `submission (1).zip`, `week 2`), those
in a folder of students are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from torchdojo.archives import archive_stem, is_archive_name
from torchdojo.collect.match import match_chapter
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.course import Course

# Words of folders and archives that hold somebody's work, or the work of many.
WORK_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    abgabe abgaben all an and answer answers archiv archive assignment assignments attachment attachments attempt
    attempts aufgabe aufgaben
    backup backups better broken build ch chapter chapters checkpoint checkpoints class code colab complete
    completed content copia copie copy correct corrected cours course current curso data debug desktop devoir
    devoirs doc docs document documents done download downloads draft drafts entrega entregas everything ex exam
    example examples exercice exercices exercise exercises export exports extra feedback file files final finale
    finished fixed folder for fresh from git github grading groups grp gruppen handin home homework
    homeworks hw improved in ipynb jupyter kapitel kopie kurs lab labs last late latest loesung loesungen losung
    losungen main material materials misc mit model models module modules my nb neu neue new newest no not note
    notebook notebooks notes of official ok old older one online ordner orig original other others out output part
    participants parts practice previous private problem project projects public py python pytorch rar
    real redo release repo resubmission result results revised rework room run runs sample samples sandbox save
    saved script scripts second section sections semester set sheet sol solution solutions solved source sources src
    start stub stubs students stuff sub submission submissions submit submitted tar task tasks teams
    temp term test tested testing tests the third tmp to todo torch torchdojo trial try tut tutorial tutorials two
    ubung ubungen uebung uebungen unchanged unfinished untitled updated upload uploads use v ver version
    versions von vor week weeks with woche work working workspace wrong xx zip zipped zwei
    """,
    )
)
ASSIGNMENT_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    abgabe abgaben assignment assignments aufgabe aufgaben ch chapter chapters download downloads exercise exercises
    export exports homework homeworks hw kapitel part parts project projects submission submissions task tasks ubung
    ubungen uebung uebungen week weeks woche zip
    """,
    )
)
# With a number, these are names: `student 7`, `team12`.
NUMBERED = re.compile(r"(?<![^\W\d_])(?:student|user|participant|group|gruppe|grp|team|pair|learner|s|u)[\s_-]*\d+")
MIN_LETTERS = 2  # of a word that may be a person's


def person_part(name: str, course: Course) -> str:
    """Return the words of a folder's or archive's name that may be a person's; "" if it names work alone."""
    plain = _without_chapters(name, course)
    if numbered := NUMBERED.search(plain):
        return numbered[0]
    words = re.findall(r"[^\W\d_]+", plain)
    people = [word for word in words if len(word) >= MIN_LETTERS and word not in WORK_WORDS]
    # Student numbers: at least four digits that are not a date's year.
    numbers = [n for n in re.findall(r"\d{4,}", plain) if not re.fullmatch(r"(?:19|20)\d\d(?:\d{4})?", n)]
    return " ".join(people + numbers)


def _without_chapters(name: str, course: Course) -> str:
    """Return a name as of `_plain`, without the chapters' names."""
    text = _plain(name)
    for chapter in sorted(course.chapters, key=lambda chapter: -len(chapter.name)):
        text = re.sub(rf"(?<![^\W_]){re.escape(chapter.name.casefold())}(?![^\W_])", " ", text)
    return text


def _plain(name: str) -> str:
    """Return a name in lower case, without accents and an archive's suffix."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", archive_stem(name)).casefold())
    return "".join(c for c in text if not unicodedata.combining(c))


def is_assignment(name: str, course: Course) -> bool:
    """Whether the name of a folder of students names an assignment: its students are those of the others."""
    return not person_part(name, course) and all(
        word in ASSIGNMENT_WORDS for word in re.findall(r"[^\W\d_]+", _without_chapters(name, course))
    )


def is_work(name: str, course: Course) -> bool:
    """Whether the name of a folder or archive names work alone, and not a person or no more than a number."""
    plain = _without_chapters(name, course)
    words = re.findall(r"[^\W\d_]+", plain)
    return not person_part(name, course) and set(words) <= WORK_WORDS and (bool(words) or plain != _plain(name))


def has_chapter(paths: Iterable[SubmittedPath], course: Course) -> bool:
    """Whether a chapter's file is directly among these."""
    return any(len(path.parts) == 1 and match_chapter(course, path.name) for path in paths)


def holds_students(name: str, paths: Sequence[SubmittedPath], course: Course) -> bool:
    """Whether a folder or archive of this name holds students, rather than being one's own. paths: relative to it

    It does if most of what holds work in it is named like people, and two of them hold the same chapter.
    """
    if has_chapter(paths, course):
        return False
    children = _children(paths, course)
    people = {part for child in children if (part := person_part(child, course))}
    work = [child for child in children if not person_part(child, course)]
    enough = 3 if person_part(name, course) else 2
    return len(people) >= enough and len(people) > len(work) and _share_a_chapter(children.values())


def is_own_work(paths: Sequence[SubmittedPath], course: Course) -> bool:
    """Whether these are one student's files: chapters, or only folders and archives that are named after work."""
    if any(len(path.parts) == 1 and _is_exact(course, path.name) for path in paths):
        return not any(person_part(child, course) for child in _children(paths, course))
    children = _children(paths, course)
    return bool(children) and all(is_work(child, course) for child in children)


def _is_exact(course: Course, name: str) -> bool:
    return match_chapter(course, name) is not None and not person_part(PurePosixPath(name).stem, course)


def _children(paths: Iterable[SubmittedPath], course: Course) -> dict[str, set[str]]:
    """Return the folders and archives with work in them, and its chapters; {""} for an archive, which may hold any."""
    children: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        if is_archive_name(path.name):
            children[path.parts[0]].add("")
        elif len(path.parts) > 1 and (match := match_chapter(course, path.name)):
            children[path.parts[0]].add(match.chapter.name)
    return children


def _share_a_chapter(chapters: Iterable[set[str]]) -> bool:
    """Whether two children may hold the same chapter."""
    sets = list(chapters)
    unknown = sum("" in names for names in sets)
    return unknown > 1 or any(one & other for i, one in enumerate(sets) for other in sets[:i])
