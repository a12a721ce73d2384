"""Add tables to course.toml, and leave every other byte of it as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from torchdojo.course import CourseError

CHAPTER_HEADER = re.compile(r"\s*\[\[\s*chapter\s*\]\]")
HEADER = re.compile(r"\s*\[")


def add_chapter(path: Path, text: str, table: str) -> str:
    """Return course.toml's text with the tables of a chapter at its end. CourseError as in `add_exercise`."""
    expected = tomllib.loads(text)
    expected.setdefault("chapter", []).extend(tomllib.loads(table)["chapter"])
    lines = text.split("\n")
    return _first_that_reads(path, [_insert(lines, len(lines), table)], expected, table)


def add_exercise(path: Path, text: str, chapter: str, table: str) -> str:
    """Return course.toml's text with the table of an exercise after the last one of a chapter.

    CourseError, with the table to add by hand, if the file is written in such a way that the table has no place.
    """
    expected = tomllib.loads(text)
    index = next(i for i, other in enumerate(expected["chapter"]) if other["name"] == chapter)
    expected["chapter"][index]["exercise"] += tomllib.loads(f"[[chapter]]\n{table}")["chapter"][0]["exercise"]
    lines = text.split("\n")
    texts = (_insert(lines, place, table) for place in _places(lines, index))
    return _first_that_reads(path, texts, expected, table)


def _places(lines: list[str], chapter: int) -> Iterator[int]:
    """Yield the lines before which an exercise of the chapter with this number may belong, the likely ones first.

    What looks like the header of a table may be part of a string, so the caller tries each place.
    """
    headers = [number for number, line in enumerate(lines) if HEADER.match(line)]
    chapters = [number for number in headers if CHAPTER_HEADER.match(lines[number])]
    begin, end = (*chapters, len(lines), len(lines))[chapter : chapter + 2] if chapter < len(chapters) else (0, 0)
    likely = [number for number in (*headers, len(lines)) if begin < number <= end]
    for number in (*likely, *headers, len(lines)):
        yield _before_comments(lines, number)
        yield number


def _before_comments(lines: list[str], number: int) -> int:
    """Return the line after the last one that belongs to the table above a header: comments above the header do not."""
    if number < len(lines):
        while number and lines[number - 1].lstrip().startswith("#"):
            number -= 1
    while number and not lines[number - 1].strip():
        number -= 1
    return number


def _insert(lines: list[str], place: int, table: str) -> str:
    """Return the text of lines with a table before one of them, and an empty line around it."""
    end = "\r" if lines[0].endswith("\r") else ""
    new = [f"{line}{end}" for line in ("", *table.rstrip("\n").split("\n"))]
    below = lines[place:]
    if not below:
        # The last line is what follows the last line's end: nothing, unless the file does not end with one.
        above = lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]}{end}"]
        return "\n".join([*above, *new, ""])
    return "\n".join([*lines[:place], *new, *([end] if below[0].strip() else []), *below])


def _first_that_reads(path: Path, texts: Iterable[str], expected: dict[str, Any], table: str) -> str:
    for text in texts:
        try:
            if tomllib.loads(text) == expected:
                return text
        except tomllib.TOMLDecodeError:
            continue
    raise CourseError(path, f"this command cannot extend what is written here; add this by hand:\n\n{table}")
