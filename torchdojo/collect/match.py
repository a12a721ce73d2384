"""Find the chapter that a file's name means, in spite of what browsers, systems and people add to names.

A name is read as words and numbers: `Kopie von Ch01-Fundamentals (final).py` is kopie, von, ch, 1, fundamentals, final.
It means a chapter if these hold the chapter's name, or its number (`ch1`, `Chapter 1`), and no other chapter's. So what
is added does not matter, in whatever language, and `ch1` is not found in `ch10`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import PurePosixPath

from torchdojo.course import Chapter, Course

SUFFIXES = (".py", ".ipynb")
PLAIN_SUFFIXES = ("", ".txt")
MAX_NAME_CHARACTERS = 300
NO_CHAPTER = "matches no chapter"
# What follows a suffix on real disks: `x.pyw`, `x.py.txt`, `x.ipynb.json`, `x.py.py`, `x.py (1)`, `x.py.1`, `x.py~`.
SUFFIX = re.compile(
    r"(?P<suffix>\.py|\.ipynb)[w3]?(?:\.(?:py|ipynb|txt|json|bak|orig|old|\d{1,3}))*(?:\s*\(\d+\)|~)?[.\s]*$"
)
CHAPTER_WORDS = (
    *("ch", "chap", "chapter", "chapitre", "kapitel", "kap", "capitulo", "capitolo", "cap", "hoofdstuk", "kapittel"),
    *("kapitola", "rozdzial", "rozdział", "luku", "bolum", "fejezet", "poglavlje", "bab", "глава", "розділ"),
)
ASIAN_CHAPTER = re.compile(r"[第제]\s*(\d+)\s*[章장]")
CASE_CHANGE = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
TOKEN = re.compile(r"\d+|[^\W\d_]+?(?=v\d)|[^\W\d_]+")
# Between two numbers that stand for two chapters: `ch1-3`, `ch1_2`, `chapter 1 and 2`; but `ch1 (2)` is a copy.
AND = re.compile(r"\s*[-–—_+&,;./~]\s*|\s+(?:and|to|und|bis|et|y|e|a|en|och|og)\s+")
Tokens = tuple[str, ...]


class Level(IntEnum):
    """How a file was found to be a chapter's; the smaller, the closer to what was asked for."""

    MAPPED = 0
    EXACT = 1
    NAME = 2
    NUMBER = 3
    WORDS = 4
    FOLDER = 5
    CONTENT = 6


@dataclass(frozen=True)
class Match:
    """The chapter that a file is for.

    how: how an unexpected name was read, "" for an exact one
    must_define: whether it counts only if it is Python that defines one of the chapter's exercises
    """

    chapter: Chapter
    level: Level
    how: str = ""
    must_define: bool = False


@dataclass(frozen=True)
class _Found:
    """What a name holds. chapter: its index in the course; start, end: where, in tokens"""

    chapter: int
    level: Level
    start: int
    end: int


def match_chapter(course: Course, name: str, *, folders: tuple[str, ...] = ()) -> Match | None:
    """Return the chapter that a file's name means, or else the closest of its folders; None if they mean none."""
    path = PurePosixPath(name)
    exact = course.find(path.stem) if path.suffix in SUFFIXES else None
    if exact:
        return Match(exact, Level.EXACT)
    stem, suffix = _split(name)
    is_plain = suffix in PLAIN_SUFFIXES
    if (suffix not in SUFFIXES and not is_plain) or len(name) > MAX_NAME_CHARACTERS:
        return None
    found = _find(_titles(course), stem)
    if len({one.chapter for one in found}) == 1:
        chapter = course.chapters[found[0].chapter]
        level = min(one.level for one in found)
        must_define = is_plain or level is Level.WORDS
        return Match(chapter, level, f"its name was read as {chapter.name}", must_define)
    if found or is_plain:
        return None
    return _match_folder(course, folders)


def _match_folder(course: Course, folders: tuple[str, ...]) -> Match | None:
    for folder in reversed(folders):
        found = [one for one in _find(_titles(course), folder[:MAX_NAME_CHARACTERS]) if one.level < Level.WORDS]
        chapters = {one.chapter for one in found}
        if len(chapters) == 1:
            chapter = course.chapters[found[0].chapter]
            return Match(chapter, Level.FOLDER, f"the name of its folder was read as {chapter.name}", True)
        if chapters:
            return None
    return None


def explain_no_match(course: Course, name: str) -> str:
    """Return why a file's name means no chapter."""
    stem, suffix = _split(name)
    found = _find(_titles(course), stem[:MAX_NAME_CHARACTERS])
    names = list(dict.fromkeys(course.chapters[one.chapter].name for one in found))
    if suffix not in (*SUFFIXES, *PLAIN_SUFFIXES):
        return "is not a .py or .ipynb file" if names else NO_CHAPTER
    return f"its name could mean {' or '.join(names)}" if len(names) > 1 else NO_CHAPTER


def find_chapter(course: Course, text: str) -> Chapter | None:
    """Return the chapter that a person means by its name, its number (`ch1`) or its title; None if that is not clear"""
    if exact := course.find(text.strip()):
        return exact
    alias = _aliases(_titles(course)).get(words(text))
    return course.chapters[alias[0]] if alias else None


def normalized_suffix(name: str) -> str:
    """Return the suffix that a file's name means, in lower case: ".py" for `X.PY` and `x.py (1)`."""
    return _split(name)[1]


def normalized(text: str) -> str:
    """Return a text in lower case, without invisible characters and in one form of each letter, without its marks."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    kept = (char for char in text if unicodedata.category(char) not in ("Mn", "Cf", "Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept).casefold())


def _split(name: str) -> tuple[str, str]:
    """Return the stem as it is, and the suffix that is meant."""
    text = unicodedata.normalize("NFKC", name).strip()
    if match := SUFFIX.search(text.casefold()):
        # casefold may change lengths, but not those of the suffix, which is ASCII.
        return text[: len(text) - len(match[0])].strip(), match["suffix"]
    stem, suffix = PurePosixPath(text).stem, PurePosixPath(text).suffix.casefold()
    return (stem, suffix) if re.fullmatch(r"\.[a-z]\w{0,9}", suffix) else (text, "")


def _spread(text: str) -> str:
    """Return a text in lower case with blanks where words begin, as in `ch 1 Ada` of ch1Ada."""
    spread = normalized(CASE_CHANGE.sub(" ", unicodedata.normalize("NFKC", text)))
    return ASIAN_CHAPTER.sub(r" chapter \1 ", spread)


def words(text: str) -> Tokens:
    """Return the words and numbers of a name, in lower case, without marks and leading zeros."""
    return tuple(_plain(match[0]) for match in TOKEN.finditer(_spread(text)))


def _plain(token: str) -> str:
    """Return a number without leading zeros, in ASCII digits; a word as it is."""
    return str(int(token)) if token.isdecimal() and len(token) < 20 else token


def _titles(course: Course) -> tuple[tuple[str, str, str], ...]:
    return tuple((chapter.name, chapter.short, chapter.title) for chapter in course.chapters)


@lru_cache(maxsize=16)
def _aliases(chapters: tuple[tuple[str, str, str], ...]) -> dict[Tokens, tuple[int, Level]]:
    """Return what stands for exactly one chapter: its names first, then its number, then its words."""
    names = [[words(name), words(name.casefold())] for name, _, _ in chapters]
    table: dict[Tokens, tuple[int, Level]] = {}

    def add(level: Level, pairs: Iterable[tuple[Tokens, int]]) -> None:
        meant: dict[Tokens, set[int]] = defaultdict(set)
        for tokens, chapter in pairs:
            meant[tokens].add(chapter)
        for tokens, owners in meant.items():
            if tokens and len(owners) == 1:
                table.setdefault(tokens, (owners.pop(), level))

    add(Level.NAME, ((tokens, n) for n, both in enumerate(names) for tokens in both))
    numbers = [(tokens, n) for n, both in enumerate(names) for tokens in _number_forms(both[0])]
    add(Level.NUMBER, ((tokens, n) for tokens, n in numbers if len(names[n][0]) <= 2))  # ch1 before ch1_extra
    add(Level.NUMBER, numbers)
    for n, (name, short, title) in enumerate(chapters):
        del name
        own = {_without_number(names[n][0]), words(short), words(title)}
        add(Level.WORDS, ((tokens, n) for tokens in own if not _is_shared(tokens, n, chapters)))
    return table


def _is_shared(tokens: Tokens, own: int, chapters: tuple[tuple[str, str, str], ...]) -> bool:
    """Whether another chapter's name or title holds these words too."""
    others = (text for n, texts in enumerate(chapters) if n != own for text in texts)
    return any(_holds(words(text), tokens) for text in others)


def _holds(tokens: Tokens, part: Tokens) -> bool:
    return any(tokens[start : start + len(part)] == part for start in range(len(tokens) - len(part) + 1))


def _number_forms(name: Tokens) -> Iterator[Tokens]:
    """Yield `ch 1` and `chapter 1` for ch1_fundamentals, whose name begins with its number or a word and its number."""
    number = next((token for token in name[:2] if token.isdecimal()), None)
    if number:
        yield from ((word, number) for word in {*CHAPTER_WORDS, *(name[:1] if name[0] != number else ())})


def _without_number(name: Tokens) -> Tokens:
    number = next((index for index, token in enumerate(name[:2]) if token.isdecimal()), -1)
    return name[number + 1 :]


@lru_cache(maxsize=4096)  # the same folders again and again
def _find(chapters: tuple[tuple[str, str, str], ...], stem: str) -> tuple[_Found, ...]:
    """Return the chapters that a name holds; where one is part of another, the longer."""
    table = _aliases(chapters)
    longest = max(map(len, table), default=0)
    spread = _spread(stem)
    spans = list(TOKEN.finditer(spread))
    tokens = tuple(_plain(match[0]) for match in spans)
    found: list[_Found] = []
    for start in range(len(tokens)):
        for end in range(min(len(tokens), start + longest), start, -1):
            if alias := table.get(tokens[start:end]):
                found.append(_Found(*alias, start, end))
                break
    found = [one for one in found if not any(_is_inside(one, other) for other in found)]
    if any(one.level is Level.NAME for one in found):
        found = [one for one in found if one.level is not Level.WORDS]
    return (*found, *(more for one in found for more in _next_number(table, spread, spans, one)))


def _is_inside(one: _Found, other: _Found) -> bool:
    return one != other and other.start <= one.start and one.end <= other.end


def _next_number(
    table: dict[Tokens, tuple[int, Level]], spread: str, spans: list[re.Match[str]], one: _Found
) -> Iterator[_Found]:
    """Yield the second chapter of `ch1-3` and `chapter 1 and 2`."""
    if one.end - one.start != 2 or not spans[one.end - 1][0].isdecimal():
        return
    for index in range(one.end, min(one.end + 2, len(spans))):
        alias = table.get((spans[one.start][0], _plain(spans[index][0])))
        if (
            alias
            and not spread[spans[index].end() :][:1].isalpha()
            and AND.fullmatch(spread, spans[one.end - 1].end(), spans[index].start())
        ):
            yield _Found(*alias, index, index + 1)
