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
from torchdojo.collect.match import Level, match_chapter
from torchdojo.collect.submitted_paths import SubmittedPath
from torchdojo.course import Course

# Words of folders and archives that hold somebody's work, or the work of many.
WORK_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    abgabe abgaben all and answer answers archiv archive assignment assignments attachment attachments attempt
    attempts aufgabe aufgaben aufgabenblatt autograd backup backups basics batch better blatt bootcamp broken build
    ch chapter chapters checkpoint checkpoints clase class cnn code cohort colab collected complete completed
    computer content copia copie copy correct corrected cours course cs current curso data day debug deep desktop
    devoir devoirs dl doc docs document documents done download downloads draft drafts drive dropbox ensembles
    entrega entregas everything ex exam example examples exercice exercices exercise exercises export exports extra
    fall feedback file files final finale finished fixed folder for fresh friday from fundamentals git github google
    grading groupe groupes groups grp grupo grupos gruppen gruppi gruppo handin home homework homeworks hw improved
    in inbox inception intro introduction ipynb jupyter kapitel klas klasse kopie kurs lab labs last late latest
    learning lecture lesson loesung loesungen losung losungen machine main material materials misc mit ml model
    models module modules monday my nb networks neu neue neural new newest not note notebook notebooks notes of
    official old older one onedrive online optimizers ordner orig original other others out output part participants
    parts practice praktikum previous private problem project projects ps public py python pytorch quiz rar real
    received redo release repo resubmission result results revised rework rnn room run runs sample samples sandbox
    save saved science script scripts seccion second section sections sektion sektionen semester seminar serie
    session set sheet sol solution solutions solved sose source sources spring src start stub stubs students stuff
    sub submission submissions submit submitted takeout tar tarea tareas task tasks td teams temp term test tested
    testing tests the third thursday tmp to todo torch torchdojo tp trial try tuesday turma turnin tut tutorial
    tutorials tutorium two ubung ubungen ubungsblatt uebung uebungen uebungsblatt unchanged unfinished unit untitled
    updated upload uploads use v ver version versions vision von vor wednesday week weeks with woche work working
    workspace wrong xx zip zipped zwei
    """,
    )
)
ASSIGNMENT_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    abgabe abgaben assignment assignments aufgabe aufgaben aufgabenblatt autumn blatt ch chapter chapters day devoir
    devoirs download downloads entrega entregas ex exercise exercises export exports fall homework homeworks hw
    kapitel lab labs late lecture lesson module modules part parts praktikum problem project projects ps quiz
    resubmission resubmissions serie session set sets sheet sheets spring submission submissions summer tarea tareas
    task tasks td tp ubung ubungen ubungsblatt uebung uebungen uebungsblatt unit week weeks winter woche zip
    """,
    )
)
# With a number, these are names: `student 7`, `team12`.
NUMBERED = re.compile(r"(?:student|user|participant|group|gruppe|grp|team|pair|learner|s|u)\d*")
TIMESTAMP = re.compile(r"(?:19|20)\d{6}t\d{4,6}z?|(?:19|20)\d\d-\d\d?-\d\d?|\d\d?-\d\d?-(?:19|20)\d\d", re.IGNORECASE)
DATE = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?")
LOGIN = re.compile(r"(?=.*\d.*[^\W\d_]|[^\W\d_]+\d\d)\w+")  # letters and digits: `a1b2`, `x12`; not `a1`
# Words for work that are names, too: not taken out of a file's name.
NAMES_TOO = {"friday", "fresh", "in", "late", "monday", "my", "official", "old", "room", "sunday", "to", "von"}
YEAR = re.compile(r"(?:19|20)\d\d")
VERSION = re.compile(r"v\d*|\(\d+\)", re.IGNORECASE)
MIN_DIGITS = 4  # of a student's number; shorter ones count versions
MANY = 3  # people in a folder that is itself named like one, or numbers where names are expected


def person_part(name: str, course: Course) -> str:
    """Return the words of a folder's or archive's name that may be a person's; "" if it names work alone."""
    words, numbers = _words(name, course)
    if any(NUMBERED.fullmatch(word) for word in words) and numbers:
        return _plain(name)
    people = [word for word in words if word not in WORK_WORDS and (len(words) == 1 or not _is_initial(word))]
    if not people and not set(words) & WORK_WORDS and LOGIN.fullmatch(_plain(name)):
        return _plain(name)
    return " ".join(people + [n for n in numbers if len(n) >= MIN_DIGITS and not DATE.fullmatch(n)])


def flat_owner(name: str, course: Course) -> str:
    """Return the part of a chapter's file's name that is its student's, as it is written; "" if there is none.

    That is what is left without the chapter, words for work, versions and dates: "Ada B" for `Ada B - ch1 (1).py`.
    """
    stem = TIMESTAMP.sub(" ", PurePosixPath(archive_stem(name)).stem)
    known = {word for chapter in course.chapters for word in _split(chapter.name)}
    parts = [part for part in re.split(r"[\s_,-]+", stem) if any(map(str.isalnum, part))]
    kept = [
        part
        for before, part in zip(["", *parts], parts, strict=False)
        if not _is_chapters(part, known) or (part.isdecimal() and NUMBERED.fullmatch(_plain(before)))
    ]
    return " ".join(kept)


def _is_chapters(part: str, known: set[str]) -> bool:
    """Whether a part of a file's name is the chapter's, a word for work, a version or a date, and not a person's."""
    plain = _plain(part)
    words = _split(plain)
    if VERSION.fullmatch(plain) or all(word in known or word in WORK_WORDS - NAMES_TOO for word in words):
        numbers = "".join(re.findall(r"\d+", plain))
        return bool(words) or len(numbers) < MIN_DIGITS - 1 or bool(YEAR.fullmatch(numbers))
    return False


def _words(name: str, course: Course) -> tuple[list[str], list[str]]:
    """Return the words and the numbers of a name, without the chapters' names and times."""
    text = _plain(name)
    for chapter in sorted(course.chapters, key=lambda chapter: -len(chapter.name)):
        text = re.sub(rf"(?<![^\W_]){re.escape(chapter.name.casefold())}(?![^\W_])", " ", text)
    text = TIMESTAMP.sub(" ", text)
    return _split(text), re.findall(r"\d+", text)


def _split(text: str) -> list[str]:
    """Return the words of a text, with the vowel signs that some scripts write as marks."""
    return "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in text).split()


def _plain(name: str) -> str:
    """Return a name in lower case, without accents and an archive's suffix."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", archive_stem(name)).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.combining(c)))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isascii()


def is_assignment(name: str, course: Course) -> bool:
    """Whether the name of a folder of students names an assignment: its students are those of the others."""
    words, numbers = _words(name, course)
    named = any(word in ASSIGNMENT_WORDS for word in words)
    if (named and numbers) or match_chapter(course, f"{name}.py"):
        return True  # `Week 1 - Tensors`
    return not person_part(name, course) and all(word in ASSIGNMENT_WORDS for word in words)


def is_work(name: str, course: Course) -> bool:
    """Whether the name of a folder or archive names work alone, and not a person or no more than a number."""
    words, numbers = _words(name, course)
    named = any(word in WORK_WORDS for word in words) or (not words and _plain(name) != "".join(numbers))
    return named and not person_part(name, course)


def has_chapter(paths: Iterable[SubmittedPath], course: Course) -> bool:
    """Whether a chapter's file is directly among these."""
    return any(len(path.parts) == 1 and match_chapter(course, path.name) for path in paths)


def holds_students(name: str, paths: Sequence[SubmittedPath], course: Course) -> bool:
    """Whether a folder or archive of this name holds students, rather than being one's own. paths: relative to it

    It does if most of what is in it is named like people. If it is named like a person itself, three of them must have
    work in theirs, two of them for the same chapter.
    """
    loose = [path.name for path in paths if len(path.parts) == 1 and match_chapter(course, path.name)]
    if loose and not is_work(name, course):
        return False
    children = _children(paths, course)
    people = {child for child in children if person_part(child, course)}
    if loose:
        owners = {owner for file in loose if (owner := flat_owner(file, course))}
        return len(people | owners) > 1 and len(people) + len(owners) > len(children) / 2
    numbers = {child for child in children if archive_stem(child).strip().isdecimal()} - people
    if is_work(name, course):
        return len(people) + (len(numbers) if len(numbers) > 1 else 0) > len(children) / 2
    working = {child: chapters for child, chapters in children.items() if chapters}
    parts = {person_part(child, course) for child in people if child in working}
    return len(parts) >= MANY and len(parts) > len(working) / 2 and _share_a_chapter(working.values())


def people_in(paths: Sequence[SubmittedPath], course: Course) -> list[str]:
    """Return the folders and archives in a student's folder that are named like people and may hold answers."""
    if has_chapter(paths, course):
        return []
    return [child for child, chapters in _children(paths, course).items() if chapters and person_part(child, course)]


def is_own_work(paths: Sequence[SubmittedPath], course: Course) -> bool:
    """Whether these are one student's files: chapters, or only folders and archives that are named after work."""
    loose = [path.name for path in paths if len(path.parts) == 1 and match_chapter(course, path.name)]
    children = _children(paths, course)
    if loose:
        people = [child for child, chapters in children.items() if chapters and person_part(child, course)]
        return not people and not any(flat_owner(name, course) for name in loose)
    return bool(children) and all(is_work(child, course) for child in children)


def _children(paths: Iterable[SubmittedPath], course: Course) -> dict[str, set[str]]:
    """Return the folders and archives with the chapters in them; {""} for an archive, which may hold any."""
    children: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        if is_archive_name(path.name):
            children[path.parts[0]].add("")
        elif len(path.parts) > 1:
            match = match_chapter(course, path.name)
            sure = match and match.level < Level.WORDS
            children[path.parts[0]].update({match.chapter.name} if match and sure else ())
    return children


def _share_a_chapter(chapters: Iterable[set[str]]) -> bool:
    """Whether two children may hold the same chapter."""
    sets = list(chapters)
    unknown = sum("" in names for names in sets)
    return unknown > 1 or any(one & other for i, one in enumerate(sets) for other in sets[:i])
