"""The JSON schema of course.toml, for editors, and how a message says what its parts allow."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from torchdojo.course.positions import Location
from torchdojo.course.tables import PATTERN_WORDS, CourseTable

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TYPE_WORDS = {
    "string": ("a string", "strings"),
    "number": ("a number", "numbers"),
    "integer": ("a whole number", "whole numbers"),
    "boolean": ("true or false", "true or false"),
}
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class _TomlSchema(GenerateJsonSchema):
    """Makes a schema without null: TOML does not have it, and a key that is not given is left out."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if isinstance(made.get("default", {}), dict | None):
            made.pop("default", None)
        return made


@cache
def course_schema() -> dict[str, Any]:
    """Return the JSON schema of course.toml. It must not be changed."""
    return {"$schema": DIALECT, **CourseTable.model_json_schema(schema_generator=_TomlSchema)}


def schema_text() -> str:
    """Return the JSON schema of course.toml as the text of a file."""
    return json.dumps(course_schema(), indent=2, ensure_ascii=False) + "\n"


def tables() -> list[dict[str, Any]]:
    """Return the schema of each table of course.toml, in the order of the file."""
    schema = course_schema()
    named = schema["$defs"]
    return [schema, *(named[f"{name}Table"] for name in ("Policy", "Chapter", "Exercise", "RubricItem"))]


def find_schema(location: Location) -> dict[str, Any]:
    """Return the schema of what is at a location, such as ("chapter", 0, "points"); {} if it allows nothing there."""
    found = course_schema()
    for step in location:
        found = found.get("items", {}) if isinstance(step, int) else found.get("properties", {}).get(step, {})
        found = _resolve(found)
    return found


def header(part: dict[str, Any]) -> str | None:
    """Return how a part that is a table, or an array of tables, is written, such as "[[chapter]]"; None for others."""
    table = _resolve(part.get("items", part))
    return str(table["title"]) if "properties" in table else None


def describe(part: dict[str, Any]) -> str:
    """Return what a part of the schema allows, such as "a whole number from 256 to 1,000,000"."""
    part = _resolve(part)
    if "enum" in part:
        return " or ".join(map(json.dumps, part["enum"]))
    if part.get("type") == "array":
        return _describe_list(part)
    if "properties" in part:
        return f"a table, {header(part)}"
    one, _ = _kind(part)
    return " ".join(filter(None, (one, _range(part))))


def count(number: int, one: str, several: str) -> str:
    """Return a number of things, such as "three hints"."""
    written = NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
    return f"{written} {one if number == 1 else several}"


def _resolve(part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref", "")
    return {**part, **course_schema()["$defs"][reference.rpartition("/")[2]]} if reference else part


def _kind(part: dict[str, Any]) -> tuple[str, str]:
    """Return what a string, number or boolean is: one, and several of them."""
    return PATTERN_WORDS.get(part.get("pattern", ""), TYPE_WORDS[part["type"]])


def _describe_list(part: dict[str, Any]) -> str:
    items = part["items"]
    least, most = part.get("minItems", 0), part.get("maxItems")
    if header(items):
        return f"one or more {header(items)} tables" if least else f"{header(items)} tables"
    name = items.get("title")
    one, several = (name, f"{name}s") if name else _kind(items)
    if least and least == most:
        return f"a list of {count(least, one, several)}"
    return f"a list of {several}"


def _range(part: dict[str, Any]) -> str:
    """Return the range of a number, such as "from 0 to 100" or "greater than 0, up to 3,600"; "" without one."""
    least, above, most = part.get("minimum"), part.get("exclusiveMinimum"), part.get("maximum")
    if most is None:
        return f"greater than {above:,}" if above is not None else f"of at least {least:,}" if least is not None else ""
    if above is not None:
        return f"greater than {above:,}, up to {most:,}"
    return f"from {least:,} to {most:,}" if least is not None else f"of at most {most:,}"
