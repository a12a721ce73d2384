"""Read course.toml. Whatever is wrong with it ends in one CourseError that names the line and the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from torchdojo.course.errors import CourseError
from torchdojo.course.files import parse_course_file
from torchdojo.course.model import Chapter, Course

FILE_NAME = "course.toml"
Location = tuple[int | str, ...]


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds course.toml; CourseError if there is none."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise CourseError(
        start / FILE_NAME, "no course.toml here or in a folder above; run dojo inside the course's folder"
    )


def load_course(root: Path) -> Course:
    """Read and validate root/course.toml and the files it speaks of; CourseError names the first thing wrong."""
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(path, f"cannot be read: {error}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise CourseError(path, f"is not TOML: {error}", line=int(line[1]) if line else None) from None
    try:
        course = Course.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        location = tuple(first["loc"])
        raise CourseError(
            path, _say(first, location), line=_line_of(text, location), key=_name(table, location)
        ) from None
    course._root = root
    _check_names(course, text)
    _check_files(course, text)
    return course


def _say(error: Any, location: Location) -> str:
    """Put pydantic's finding into words for the person who wrote the file."""
    key = location[-1] if location else ""
    words = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
        "greater_than": "must be greater than 0",
        "timezone_aware": "needs its zone: write it as 2026-03-01T23:59:00+01:00",
    }.get(error["type"])
    if key == "hints" and error["type"] in ("missing", "too_short", "too_long"):
        words = "an exercise needs three hints, from a nudge to almost the answer"
    if key == "points" and isinstance(error["input"], int | float) and error["input"] < 0:
        words = f"must not be negative, is {error['input']}"
    return words or f"{error['msg'][0].lower()}{error['msg'][1:]}, is {error['input']!r}"


def _name(table: dict[str, Any], location: Location) -> str:
    """Spell a location such as ("chapter", 0, "exercise", 2, "points") with the names that a reader knows."""
    words: list[str] = []
    here: Any = table
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int) and isinstance(here, dict):
            words[-1] = f"{words[-1]}[{here.get('name', step)}]"
        elif isinstance(step, int):
            words[-1] = f"{words[-1]}[{step}]"
        else:
            words.append(step)
    return ".".join(words)


def _line_of(text: str, location: Location) -> int | None:
    """Return the line of the key at a location, or of its table where the key itself is missing."""
    if location[:1] == ("policy",):
        return _line_in_policy(text, location[1:])
    wanted_chapter = location[1] if len(location) > 1 and location[0] == "chapter" else None
    wanted_exercise = location[3] if len(location) > 3 and location[2] == "exercise" else None
    keys = [step for step in location if isinstance(step, str) and step not in ("chapter", "exercise")]
    chapter = exercise = -1
    table_line: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*chapter\s*\]\]", line):
            chapter, exercise = chapter + 1, -1
        elif re.match(r"\s*\[\[\s*chapter\s*\.\s*exercise\s*\]\]", line):
            exercise += 1
        here = (chapter if chapter >= 0 else None, exercise if exercise >= 0 else None)
        if here != (wanted_chapter, wanted_exercise):
            continue
        table_line = table_line or number
        if keys and re.match(rf"\s*[\"']?{re.escape(keys[0])}[\"']?\s*=", line):
            return number
    return table_line or 1


def _line_in_policy(text: str, keys: Location) -> int:
    """Return the line of a key of the table [policy], or of the table."""
    table: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\s*policy\s*\]", line):
            table = number
        elif table and line.lstrip().startswith("["):
            break
        elif table and keys and re.match(rf"\s*[\"']?{re.escape(str(keys[0]))}[\"']?\s*=", line):
            return number
    return table or 1


def _check_names(course: Course, text: str) -> None:
    """Refuse names given twice and `builds_on` that names nothing."""
    path = course.root / FILE_NAME
    seen: set[str] = set()
    for c, chapter in enumerate(course.chapters):
        if chapter.name in seen:
            line = _line_of(text, ("chapter", c, "name"))
            raise CourseError(path, f"the chapter {chapter.name} stands here twice", line=line, key="chapter.name")
        seen.add(chapter.name)
        names: set[str] = set()
        for e, exercise in enumerate(chapter.exercises):
            place: Location = ("chapter", c, "exercise", e)
            if exercise.name in names:
                raise CourseError(
                    path,
                    f"the exercise {exercise.name} stands twice in {chapter.name}",
                    line=_line_of(text, (*place, "name")),
                    key=f"chapter[{chapter.name}].exercise.name",
                )
            names.add(exercise.name)
        for e, exercise in enumerate(chapter.exercises):
            for other in exercise.builds_on:
                if other not in names or other == exercise.name:
                    raise CourseError(
                        path,
                        f"{other!r} is no other exercise of {chapter.name}",
                        line=_line_of(text, ("chapter", c, "exercise", e, "builds_on")),
                        key=f"chapter[{chapter.name}].exercise[{exercise.name}].builds_on",
                    )


def _check_files(course: Course, text: str) -> None:
    """Refuse a chapter without its file, and an exercise that its reference does not define."""
    path = course.root / FILE_NAME
    staff = (course.root / "reference").is_dir() and not course.released
    for c, chapter in enumerate(course.chapters):
        source = course.reference_file(chapter) if staff else course.exercise_file(chapter)
        if not source.is_file():
            raise CourseError(
                path,
                f"the chapter's file {source.relative_to(course.root)} is missing",
                line=_line_of(text, ("chapter", c, "name")),
                key=f"chapter[{chapter.name}].name",
            )
        if staff:
            _check_exercises(course, chapter, c, text)


def _check_exercises(course: Course, chapter: Chapter, index: int, text: str) -> None:
    source = course.reference_file(chapter)
    known = parse_course_file(source).definitions
    for e, exercise in enumerate(chapter.exercises):
        if exercise.name not in known:
            raise CourseError(
                course.root / FILE_NAME,
                f"unknown exercise: {source.relative_to(course.root)} defines no {exercise.name}",
                line=_line_of(text, ("chapter", index, "exercise", e, "name")),
                key=f"chapter[{chapter.name}].exercise.name",
            )
