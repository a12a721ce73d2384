"""Check the names and points in course.toml against each other, and against the files of the course.

What the model refuses is left out here: each check uses the part of the table that is sound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torchdojo.course.errors import CourseError, Fault, did_you_mean
from torchdojo.course.files import parse_course_file
from torchdojo.course.model import NAME
from torchdojo.course.positions import Location
from torchdojo.course.stub import BEGIN, END

MAX_POINTS = 1e9  # that are added: an integer of TOML may be too large for a float
Named = tuple[Location, str, dict[str, Any]]  # a table with a name, and where it is


def find_wrong_names(table: dict[str, Any]) -> Iterator[Fault]:
    """Yield duplicate names, and each name in a `builds_on` that is not another exercise of the chapter."""
    chapters = list(_named(table, (), "chapter"))
    yield from _duplicates(chapters, "chapter", "")
    homes: dict[str, str] = {}
    for location, chapter_name, chapter in chapters:
        homes |= {name: chapter_name for _, name, _ in _named(chapter, location, "exercise")}
    for location, chapter_name, chapter in chapters:
        exercises = list(_named(chapter, location, "exercise"))
        yield from _duplicates(exercises, "exercise", f" in {chapter_name}")
        names = [name for _, name, _ in exercises]
        by_hand = {name for _, name, exercise in exercises if is_by_hand(exercise)}
        for place, name, exercise in exercises:
            others = names[: names.index(name)] + names[names.index(name) + 1 :]  # a duplicate is one error, not two
            for index, needed in enumerate(_strings(exercise.get("builds_on"))):
                if needed in by_hand - {name}:
                    message = f"{needed!r} is graded by hand: an exercise builds only on others that have checks"
                    yield Fault((*place, "builds_on", index), message)
                elif needed not in others:
                    meant = f"; it is one of {homes[needed]}" if needed in homes and needed != name else ""
                    message = f"{needed!r} is not another exercise of {chapter_name}"
                    yield Fault((*place, "builds_on", index), message + (meant or did_you_mean(needed, others)))


def find_wrong_rubrics(table: dict[str, Any]) -> Iterator[Fault]:
    """Yield duplicate names in a rubric, and each exercise whose points are not the sum of its rubric's."""
    for location, _, chapter in _named(table, (), "chapter"):
        for place, name, exercise in _named(chapter, location, "exercise"):
            if not is_by_hand(exercise):
                continue
            items = list(_named(exercise, place, "rubric"))
            yield from _duplicates(items, "rubric item", f" in {name}")
            every = exercise.get("rubric")
            whole, *points = (_points(part) for part in (exercise, *(every if isinstance(every, list) else ())))
            if points and all((whole, *points)) and not math.isclose(sum(points), whole):
                message = f"its rubric is worth {sum(points):g} points, not {whole:g}: make both the same"
                yield Fault((*place, "points"), message)


def find_wrong_files(root: Path, table: dict[str, Any]) -> tuple[list[Fault], list[CourseError]]:
    """Return each chapter without its file and each exercise that its reference does not define; unreadable files."""
    released = table.get("released") is True  # a release has no reference
    faults: list[Fault] = []
    errors: list[CourseError] = []
    chapters = list(_named(table, (), "chapter"))
    known = {name for _, name, _ in chapters}
    for location, chapter_name, chapter in chapters:
        path = root / ("exercises" if released else "reference") / f"{chapter_name}.py"
        named = _named(chapter, location, "exercise")
        exercises = [(place, name) for place, name, exercise in named if not is_by_hand(exercise)]
        names = [name for _, name in exercises]
        if not path.is_file():
            others = sorted(other.stem for other in path.parent.glob("*.py") if other.stem not in known)
            message = f"the chapter's file {path.relative_to(root)} is missing"
            meant = did_you_mean(chapter_name, others)
            advice = (
                "" if meant or released else f"; write it first: {_contents(names)}; {_command(chapter_name, root)}"
            )
            faults.append(Fault((*location, "name"), message + (meant or advice)))
        elif not released:
            try:
                definitions = parse_course_file(path).definitions
            except CourseError as error:
                errors.append(error)
                continue
            spare = [name for name in definitions if name not in names]
            for place, name in exercises:
                if name not in definitions:
                    message = f"unknown exercise: {path.relative_to(root)} does not define {name}"
                    command = f"dojo new exercise {chapter_name}/{name}"
                    advice = f"; write it there, or remove this table and run `{command}`, which writes both"
                    faults.append(Fault((*place, "name"), message + (did_you_mean(name, spare) or advice)))
    return faults, errors


def is_by_hand(exercise: dict[str, Any]) -> bool:
    """Whether the table of an exercise says that only people grade it."""
    return exercise.get("graded_by") == "hand"


def _named(table: dict[str, Any], location: Location, key: str) -> Iterator[Named]:
    """Yield the tables of an array of tables that have a sound name."""
    tables = table.get(key)
    for index, item in enumerate(tables if isinstance(tables, list) else ()):
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and re.fullmatch(NAME, name):
            yield (*location, key, index), name, item


def _duplicates(tables: list[Named], kind: str, where: str) -> Iterator[Fault]:
    names: set[str] = set()
    for location, name, _ in tables:
        if name in names:
            yield Fault((*location, "name"), f"duplicate {kind} {name}{where}")
        names.add(name)


def _points(table: Any) -> float:
    """Return the points of a table, 0 if they are not sound."""
    points: Any = table.get("points") if isinstance(table, dict) else None
    return float(points) if type(points) in (int, float) and 0 < points < MAX_POINTS else 0.0


def _strings(value: Any) -> list[str]:
    """Return a list of strings, [] for anything else."""
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else []


def _command(chapter: str, root: Path) -> str:
    """Return which command makes a new chapter: none can add one to a course that has no chapter yet."""
    if any((root / "reference").glob("*.py")):
        return f"or remove its tables and run `dojo new chapter {chapter}`, which writes them and all its files"
    return "`dojo new course NAME` makes a small course to start from"


def _contents(names: list[str]) -> str:
    """Return what a new reference has to hold."""
    shown = [*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])]
    wanted = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else (shown or ["the exercises"])[0]
    return f"a module that defines {wanted}, each solution between {BEGIN} and {END}"
