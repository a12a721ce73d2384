"""Say what is wrong with the tables of course.toml: keys and values that the model refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, time
from typing import Any

from pydantic import ValidationError

from torchdojo.course.cross_checks import is_by_hand
from torchdojo.course.errors import Fault, did_you_mean
from torchdojo.course.positions import Location
from torchdojo.course.schema import count, describe, find_schema, header, tables
from torchdojo.course.tables import CHECK_KEYS, DATE, CourseTable
from torchdojo.near_names import near_names

MAX_VALUE = 60  # characters of a value that a message shows
NEEDS_ZONE = (
    "needs a time zone: write the time with its offset, as in 2026-03-01T23:59:00+01:00, or name the course's zone at "
    'the top of the file, as in zone = "Europe/Berlin"'
)

NO_CHECKS = 'means nothing in an exercise with graded_by = "hand", of which nothing is run: remove it'
NO_RUBRIC = 'needs graded_by = "hand" in its exercise: the points of others are those of their checks'


def find_faults(table: dict[str, Any]) -> list[Fault]:
    """Return whatever the model refuses in the content of course.toml, [] if it is a course."""
    faults: list[Any] = []
    try:
        CourseTable.model_validate(table)
    except ValidationError as error:
        faults += error.errors(include_url=False)
    misspelt = {(*found["loc"][:-1], name) for found in faults for name in _meant(found, table)}
    faults += _missing_by_grading(table)
    described = [_fault(found, table) for found in faults if found["type"] != "missing" or found["loc"] not in misspelt]
    return [*described, *_refused_by_grading(table)]


def look_up(table: dict[str, Any], location: Location) -> Any:
    """Return the value at a location of a table, None without one."""
    value: Any = table
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def spell(table: dict[str, Any], location: Location) -> str:
    """Spell a location with the names of chapters and exercises: `chapter[ch1].exercise[sigmoid].points`."""
    keys: list[str] = []
    for index, step in enumerate(location):
        if isinstance(step, str):
            keys.append(step if step.replace("-", "").isidentifier() else json.dumps(step, ensure_ascii=False))
            continue
        value = look_up(table, location[: index + 1])
        name = value.get("name") if isinstance(value, dict) else None
        keys[-1] += f"[{name if isinstance(name, str) and name.isidentifier() else step + 1}]"
    return ".".join(keys)


def _exercises(table: dict[str, Any]) -> Iterator[tuple[Location, dict[str, Any]]]:
    """Yield the tables of exercises that say soundly how they are graded, with their locations."""
    for number, chapter in _tables(table, "chapter"):
        for index, exercise in _tables(chapter, "exercise"):
            if exercise.get("graded_by", "checks") in ("checks", "hand"):
                yield ("chapter", number, "exercise", index), exercise


def _tables(table: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the tables of an array, with their indices; [] for anything else."""
    value = table.get(key)
    return [(i, item) for i, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []


def _missing_by_grading(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an error as pydantic's for each key that how an exercise is graded requires."""
    for location, exercise in _exercises(table):
        key = "rubric" if is_by_hand(exercise) else "hints"
        if key not in exercise:
            yield {"type": "missing", "loc": (*location, key), "input": exercise}


def _refused_by_grading(table: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each key that means nothing in an exercise that is graded as this one is."""
    for location, exercise in _exercises(table):
        refused, message = (CHECK_KEYS, NO_CHECKS) if is_by_hand(exercise) else (("rubric",), NO_RUBRIC)
        yield from (Fault((*location, key), message) for key in refused if key in exercise)


def _meant(error: Any, table: dict[str, Any]) -> list[str]:
    """Return the keys that an unknown key may stand for, [] for another error."""
    *parent, key = error["loc"]
    if error["type"] != "extra_forbidden":
        return []
    given, allowed = look_up(table, tuple(parent)), find_schema(tuple(parent))["properties"]
    return near_names(str(key), [name for name in allowed if name not in given])


def _fault(error: Any, table: dict[str, Any]) -> Fault:
    """Reword an error of pydantic for the person who wrote the file."""
    location: Location = tuple(error["loc"])
    key, value, part = str(location[-1]), error["input"], find_schema(location)
    if error["type"] == "extra_forbidden":
        message = _unknown(key, _meant(error, table), find_schema(location[:-1]))
    elif error["type"] == "missing":
        message = _missing(key, part)
    elif error["type"] == "value_error":  # of this project's own validators
        message = str(error["ctx"]["error"])
    elif error["type"] == "timezone_aware" or (key == "due" and type(value) is date):
        message = NEEDS_ZONE
    else:
        near = did_you_mean(value, part["enum"]) if "enum" in part and isinstance(value, str) else ""
        message = f"must be {describe(part)}, is {_show(value, part)}{near}"
    return Fault(location, message)


def _unknown(key: str, meant: list[str], table: dict[str, Any]) -> str:
    """Return what to do about an unknown key of a table: name where it belongs, or a key that was meant."""
    homes = [home for home in tables() if key in home["properties"]]
    table_header = header(homes[0]["properties"][key]) if homes else None
    if table_header:
        return f"is a table of its own: write {table_header} above it"
    if homes == tables()[:1]:
        return "belongs above the first table of the file: it holds for the whole course"
    if homes:
        return f"unknown key in {table['title']}: it belongs in {' or '.join(home['title'] for home in homes)}"
    if meant:
        return f"unknown key; did you mean {' or '.join(meant)}?"
    return f"unknown key; {table['title']} may have {', '.join(table['properties'])}"


def _missing(key: str, part: dict[str, Any]) -> str:
    """Return what a key that is missing means, and an example of it."""
    if header(part):
        return f"is missing: begin one with the line {header(part)}"
    meaning = re.split(r"[.:]", part["description"])[0]
    return f"is missing: {meaning[0].lower()}{meaning[1:]}, as in {key} = {json.dumps(part['examples'][0])}"


def _show(value: Any, part: dict[str, Any]) -> str:
    """Return a value as a message shows it, with its type if another was expected."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        shown = json.dumps(value if len(value) <= MAX_VALUE else f"{value[:MAX_VALUE]}…", ensure_ascii=False)
        return shown if part.get("type") == "string" and part.get("pattern") != DATE else f"the string {shown}"
    if isinstance(value, list):
        return f"a list of {count(len(value), 'element', 'elements')}" if value else "an empty list"
    if isinstance(value, dict):
        double = f"; write {header(part)}, with double brackets" if part.get("type") == "array" and header(part) else ""
        return f"a table{double}"
    if isinstance(value, date | time):
        return f"the {'time' if isinstance(value, time) else 'date'} {value.isoformat()}"
    shown = str(value) if isinstance(value, float) or abs(value) < 10**MAX_VALUE else "huge"
    return shown if part.get("type") in ("number", "integer") else f"the number {shown}"
