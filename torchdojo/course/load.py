"""Load course.toml. Whatever is wrong with it ends in one CourseError with the line and the key."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from torchdojo.course.errors import CourseError
from torchdojo.course.files import parse_course_file
from torchdojo.course.model import Chapter, Course

FILE_NAME = "course.toml"
NEEDS_ZONE = (
    "needs a time zone: write the time with its offset, as in 2026-03-01T23:59:00+01:00, or name the course's zone at "
    'the top of the file, as in zone = "Europe/Berlin"'
)
NEEDS_DATE = "must be a date and time without quotation marks, as in 2026-03-01T23:59:00"
Location = tuple[int | str, ...]


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, with a course.toml; CourseError if there is none."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise CourseError(
        start / FILE_NAME, "no course.toml here or in a parent folder; run dojo inside the course's folder"
    )


def load_course(root: Path) -> Course:
    """Load and validate root/course.toml and the files it names; CourseError for the first problem."""
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
            path, _describe(first, location), line=_find_line(text, location), key=_key_path(table, location)
        ) from None
    course._root = root
    for index, chapter in enumerate(course.chapters):
        _check_names(course, chapter, index, text)
    for index, chapter in enumerate(course.chapters):
        _check_files(course, chapter, index, text)
    return course


def _describe(error: Any, location: Location) -> str:
    """Reword an error of pydantic for the person who wrote the file."""
    key = location[-1] if location else ""
    message = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
        "greater_than": "must be greater than 0",
        "timezone_aware": NEEDS_ZONE,
        "value_error": str(error.get("ctx", {}).get("error")),  # of this project's own validators
    }.get(error["type"])
    if key == "due" and message is None:
        message = NEEDS_ZONE if type(error["input"]) is date else NEEDS_DATE
    if key == "zone" and error["type"] == "extra_forbidden":
        message = "belongs above the first table of the file: it holds for the whole course"
    if key == "hints" and error["type"] in ("missing", "too_short", "too_long"):
        message = "an exercise needs three hints, from a nudge to almost the answer"
    if key == "points" and isinstance(error["input"], int | float) and error["input"] < 0:
        message = f"must not be negative, is {error['input']}"
    return message or f"{error['msg'][0].lower()}{error['msg'][1:]}, is {error['input']!r}"


def _key_path(table: dict[str, Any], location: Location) -> str:
    """Spell a location such as ("chapter", 0, "exercise", 2, "points") with the names of the chapter and exercise."""
    keys: list[str] = []
    value: Any = table
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        if isinstance(step, int):
            keys[-1] += f"[{value.get('name', step) if isinstance(value, dict) else step}]"
        else:
            keys.append(step)
    return ".".join(keys)


def _find_line(text: str, location: Location) -> int | None:
    """Return the line of the key at a location, or of its table where the key itself is missing."""
    if location[:1] == ("policy",):
        return _find_policy_line(text, location[1:])
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
        current = (chapter if chapter >= 0 else None, exercise if exercise >= 0 else None)
        if current != (wanted_chapter, wanted_exercise):
            continue
        table_line = table_line or number
        if keys and _sets_key(line, keys[0]):
            return number
    return table_line or 1


def _find_policy_line(text: str, keys: Location) -> int:
    """Return the line of a key of the table [policy], or of the table."""
    table_line: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\s*policy\s*\]", line):
            table_line = number
        elif table_line and line.lstrip().startswith("["):
            break
        elif table_line and keys and _sets_key(line, str(keys[0])):
            return number
    return table_line or 1


def _sets_key(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line) is not None


def _check_names(course: Course, chapter: Chapter, index: int, text: str) -> None:
    """Refuse duplicate names, and a `builds_on` that does not name another exercise."""

    def refuse(message: str, key: str, *location: int | str) -> CourseError:
        line = _find_line(text, ("chapter", index, *location))
        return CourseError(course.root / FILE_NAME, message, line=line, key=key)

    if chapter.name in [other.name for other in course.chapters[:index]]:
        raise refuse(f"duplicate chapter {chapter.name}", "chapter.name", "name")
    names = [exercise.name for exercise in chapter.exercises]
    for e, name in enumerate(names):
        if name in names[:e]:
            key = f"chapter[{chapter.name}].exercise.name"
            raise refuse(f"duplicate exercise {name} in {chapter.name}", key, "exercise", e, "name")
    for e, exercise in enumerate(chapter.exercises):
        for other in exercise.builds_on:
            if other not in names or other == exercise.name:
                key = f"chapter[{chapter.name}].exercise[{exercise.name}].builds_on"
                raise refuse(f"{other!r} is not another exercise of {chapter.name}", key, "exercise", e, "builds_on")


def _check_files(course: Course, chapter: Chapter, index: int, text: str) -> None:
    """Refuse a chapter without its file, and an exercise that the reference does not define."""
    path = course.root / FILE_NAME
    has_reference = (course.root / "reference").is_dir() and not course.released
    source = course.reference_file(chapter) if has_reference else course.exercise_file(chapter)
    name = source.relative_to(course.root)
    if not source.is_file():
        line = _find_line(text, ("chapter", index, "name"))
        raise CourseError(path, f"the chapter's file {name} is missing", line=line, key=f"chapter[{chapter.name}].name")
    if not has_reference:
        return
    definitions = parse_course_file(source).definitions
    for e, exercise in enumerate(chapter.exercises):
        if exercise.name not in definitions:
            line = _find_line(text, ("chapter", index, "exercise", e, "name"))
            key = f"chapter[{chapter.name}].exercise.name"
            raise CourseError(path, f"unknown exercise: {name} does not define {exercise.name}", line=line, key=key)
