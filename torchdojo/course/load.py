"""Load course.toml. Whatever is wrong with it ends in one CourseError, with the line and the key of each error."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from torchdojo.course.build import build_course
from torchdojo.course.cross_checks import find_wrong_files, find_wrong_names, find_wrong_rubrics
from torchdojo.course.errors import CourseError
from torchdojo.course.known import recall_table, remember_table
from torchdojo.course.model import Course
from torchdojo.course.positions import Location, find_lines

FILE_NAME = "course.toml"


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, with a course.toml; CourseError if there is none."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise CourseError(
        start / FILE_NAME, "no course.toml here or in a parent folder; run dojo inside the course's folder"
    )


def load_course(root: Path) -> Course:
    """Load and validate root/course.toml and the files it names; CourseError with everything that is wrong."""
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(path, f"cannot be read: {error}") from None
    known = recall_table(root, text)
    if known is not None and not any(find_wrong_files(root, known)):
        return build_course(known, root)
    table = validate_table(root, text)
    remember_table(root, text, table)
    return build_course(table, root)


def validate_table(root: Path, text: str) -> dict[str, Any]:
    """Return a valid course.toml as JSON has it, with all keys; CourseError with everything that is wrong.

    root: the course's folder, whose files are checked, too
    """
    from torchdojo.course.faults import find_faults, spell  # which need pydantic, and that takes time to import
    from torchdojo.course.tables import CourseTable

    path = root / FILE_NAME
    table = _parse(path, text)
    wrong_files, errors = find_wrong_files(root, table)
    faults = [*find_faults(table), *find_wrong_names(table), *find_wrong_rubrics(table), *wrong_files]
    if faults:
        lines = find_lines(text)
        errors += [
            CourseError(path, fault.message, line=_line(lines, fault.location), key=spell(table, fault.location))
            for fault in faults
        ]
    if errors:
        first, *others = sorted(errors, key=lambda error: (error.path != path, error.line or 0))
        raise CourseError(first.path, first.message, line=first.line, key=first.key, others=others)
    return CourseTable.model_validate(table).to_json()


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise CourseError(path, "is nested too deeply to be read as TOML") from None
    except ValueError as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        if place is None:
            raise CourseError(path, f"is not TOML: {error}") from None
        number = int(place[1])
        written = text.splitlines()[number - 1 :][:1]
        reason = str(error)[: place.start()]
        message = f"is not TOML: {reason[0].lower()}{reason[1:]}, in `{''.join(written).strip()[:80]}`"
        raise CourseError(path, message, line=number) from None


def _line(lines: dict[Location, int], location: Location) -> int:
    """Return the line of a location, or of the nearest table around it where a key is missing."""
    while location not in lines:
        location = location[:-1]
    return lines[location]
