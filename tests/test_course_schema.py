"""The model of course.toml, its JSON schema, the page about it and the messages agree."""

from __future__ import annotations

import copy
import math
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from tests.conftest import PROJECT, TESTS
from torchdojo.cli.main import cli
from torchdojo.course import load_course
from torchdojo.course.faults import find_faults
from torchdojo.course.schema import course_schema
from torchdojo.course.tables import ChapterTable, CourseTable, ExerciseTable, PolicyTable, RubricItemTable

Place = tuple[Any, ...]
TINY = tomllib.loads((TESTS / "tiny/course.toml").read_text(encoding="utf-8")) | {"policy": {}}
RUBRIC = [{"name": "clear", "title": "It is clear", "points": 1}]
HAND = {"name": "essay", "points": 1, "graded_by": "hand", "rubric": RUBRIC, "hints": ["a", "b", "c"]}
TINY["chapter"][0]["exercise"].append(HAND)
REAL = tomllib.loads((PROJECT / "course.toml").read_text(encoding="utf-8")) | {"policy": {"grace_days": 2}}
MODELS: list[tuple[type[BaseModel], Place]] = [
    (CourseTable, ()),
    (PolicyTable, ("policy",)),
    (ChapterTable, ("chapter", 0)),
    (ExerciseTable, ("chapter", 0, "exercise", 0)),
    (RubricItemTable, ("chapter", 0, "exercise", 2, "rubric", 0)),
]
BY_HAND = ("chapter", 0, "exercise", 2)  # where the keys of exercises that people grade are tested
FIELDS = [
    pytest.param(
        (*(BY_HAND if name in ("graded_by", "rubric") else place), field.alias or name),
        field,
        id=f"{model.__name__}.{name}",
    )
    for model, place in MODELS
    for name, field in model.model_fields.items()
]
# A value that breaks a constraint of a field. Strings have patterns: "" and "a b" break them.
BREAKS: dict[type, Callable[[Any], object]] = {
    Gt: lambda limit: limit.gt,
    Ge: lambda limit: limit.ge - 1,
    Le: lambda limit: limit.le + 1,
    MinLen: lambda limit: ["x"] * (limit.min_length - 1),
    MaxLen: lambda limit: ["x"] * (limit.max_length + 1),
}
MOMENTS = (date(2026, 1, 1), time(1), datetime(2026, 1, 1))
OTHERS = (
    "x",
    "a b",
    "",
    3,
    -1,
    1.5,
    True,
    [],
    ["x"],
    [""],
    [3],
    ["a", "b", "c"],
    {},
    {"x": 1},
    math.inf,
    10**99,
    *MOMENTS,
)
PYDANTICS_WORDS = re.compile(r"input|valid|Field required|instance of|should|permitted|constraint", re.IGNORECASE)
OUR_WORDS = re.compile(r"must be .+, is |needs a time zone|is missing: |unknown key|.* is not a time zone")


def look_up(table: Any, place: Place) -> Any:
    for step in place:
        table = table[step]
    return table


def changed(table: dict[str, Any], place: Place, value: object) -> dict[str, Any]:
    """Return a table with another value at a place."""
    table = copy.deepcopy(table)
    look_up(table, place[:-1])[place[-1]] = value
    return table


@pytest.mark.parametrize(("place", "field"), FIELDS)
def test_every_constraint_is_put_in_our_words(place: Place, field: FieldInfo) -> None:
    assert {type(limit) for limit in field.metadata} <= {*BREAKS, StringConstraints}
    broken = [BREAKS[type(limit)](limit) for limit in field.metadata if type(limit) in BREAKS]
    assert all(find_faults(changed(TINY, place, value)) for value in broken)
    found = [fault for value in (*broken, *OTHERS) for fault in find_faults(changed(TINY, place, value))]
    assert len(found) >= 9
    for fault in found:
        assert fault.location[: len(place)] == place
        assert OUR_WORDS.match(fault.message), fault.message
        assert not PYDANTICS_WORDS.search(fault.message), fault.message


@pytest.mark.parametrize(("place", "field"), FIELDS)
def test_a_key_that_is_missing_is_named_if_it_is_needed(place: Place, field: FieldInfo) -> None:
    table = copy.deepcopy(TINY)
    look_up(table, place[:-1]).pop(place[-1], None)
    faults = [(fault.location, fault.message[:12]) for fault in find_faults(table) if place[-1] != "graded_by"]
    is_needed = field.is_required() or place[-1] in ("hints", "rubric")  # one or the other, see graded_by
    assert faults == ([(place, "is missing: ")] if is_needed else [])


@pytest.mark.parametrize(("place", "field"), FIELDS)
def test_every_key_has_a_meaning_and_an_example_that_is_right(place: Place, field: FieldInfo) -> None:
    assert field.description
    assert field.description.endswith(".")
    for example in field.examples or ():
        value = datetime.fromisoformat(f"{example}Z") if place[-1] == "due" else example
        assert find_faults(changed(TINY, place, value)) == []


def as_json(value: Any) -> Any:
    """Return a value as an editor hands it to a schema: dates and times are strings."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def places(value: Any, place: Place = ()) -> list[Place]:
    """Return the places of all that is in a value."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [found for key, item in items for found in [(*place, key), *places(item, (*place, key))]]


def test_the_schema_is_one_and_accepts_the_courses() -> None:
    Draft202012Validator.check_schema(course_schema())
    for table in (TINY, REAL):
        Draft202012Validator(course_schema()).validate(as_json(table))
        assert find_faults(table) == []


VALIDATOR = Draft202012Validator(course_schema())
KEYS = sorted({name for part in (course_schema(), *course_schema()["$defs"].values()) for name in part["properties"]})
# Left out is what JSON cannot tell apart: 3.0 from 3, "2026-01-01" from 2026-01-01, and infinity.
SIMPLE = st.sampled_from([value for value in OTHERS if value != math.inf and not isinstance(value, date | time)])
VALUES = (
    SIMPLE
    | st.integers(-5, 2_000_000)
    | st.floats(-5, 4000).filter(lambda number: number % 1)
    | st.sampled_from(["torch", "hand"])
).map(copy.deepcopy)  # what is drawn is changed


@settings(deadline=None)
@given(st.data())
def test_schema_and_model_accept_and_refuse_the_same(data: st.DataObject) -> None:
    table = copy.deepcopy(data.draw(st.sampled_from([TINY, REAL])))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(table)))
        parent = look_up(table, place[:-1])
        action = data.draw(st.sampled_from(["remove", "change", "add"]))
        if action == "remove":
            del parent[place[-1]]
        elif action == "change" and place[-1] not in ("due", "zone"):
            parent[place[-1]] = data.draw(VALUES)
        elif isinstance(parent, dict):
            key = data.draw(st.sampled_from(KEYS) | st.text("name_-. ", max_size=5))
            value = data.draw(VALUES)
            moments = [datetime.fromisoformat("2026-03-01T23:59:00Z"), 3, True]
            parent[key] = data.draw(st.sampled_from(moments)) if key == "due" else "UTC" if key == "zone" else value
        else:
            parent.append(data.draw(VALUES))
        if not table:
            return
    problems = [error.message for error in VALIDATOR.iter_errors(as_json(table))]
    assert bool(problems) == bool(find_faults(table)), (problems, find_faults(table))


def test_the_example_loads_and_shows_every_key(tmp_path: Path) -> None:
    page = (PROJECT / "docs/course-toml.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```\n\n## ")[0]
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/ch1_basics.py").write_text("def sigmoid(x): ...\ndef predict(x): ...\n")
    (chapter,) = load_course(tmp_path).chapters
    assert [exercise.name for exercise in chapter.exercises] == ["sigmoid", "predict", "reflection"]
    table = tomllib.loads(text)
    assert VALIDATOR.is_valid(as_json(table))
    assert set(KEYS) - {place[-1] for place in places(table)} == {"released", "hidden_points"}
    for key in KEYS:
        assert f"| `{key}` |" in page


def test_dojo_schema_writes_what_is_committed(tmp_path: Path) -> None:
    """If this fails, run `make docs`."""
    files = {"--out": "course.schema.json", "--page": "course-toml.md"}
    for option, name in files.items():
        done = CliRunner().invoke(cli, ["schema", option, str(tmp_path / name)])
        assert (done.exit_code, done.output) == (0, f"wrote {tmp_path / name}\n")
        assert (tmp_path / name).read_bytes() == (PROJECT / "docs" / name).read_bytes()
    printed = CliRunner().invoke(cli, ["schema"])
    assert printed.output == (PROJECT / "docs/course.schema.json").read_text(encoding="utf-8")


def test_editors_find_the_schema_of_the_course() -> None:
    first = (PROJECT / "course.toml").read_text(encoding="utf-8").splitlines()[0]
    assert (PROJECT / first.removeprefix("#:schema ")).is_file()


def test_what_only_the_model_can_refuse() -> None:
    """The page says so; the schema cannot know time zones, or which names are defined where."""
    table = changed(TINY, ("zone",), "Mars/Olympus")
    assert find_faults(table)
    assert VALIDATOR.is_valid(as_json(table))
