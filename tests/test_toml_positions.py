"""The line of every key and value of a TOML text, compared with what tomllib reads and with how the text was written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from torchdojo.course.positions import Location, find_lines

Lines = dict[Location, int]


def locations(value: Any, location: Location = ()) -> Iterator[Location]:
    """Yield the location of a value, and of all that is in it."""
    yield location
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from locations(item, (*location, key))


class Writer:
    """Writes a table in one of the many forms of TOML, and notes the line of all that it writes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: Lines = {(): 1}

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def put(self, text: str) -> None:
        self.text += text

    def note(self, location: Location) -> None:
        self.lines.setdefault(location, self.text.count("\n") + 1)

    def key(self, *parts: str) -> None:
        """Write a key of these parts; note nothing."""
        for index, part in enumerate(parts):
            bare = part.isascii() and part.replace("_", "").replace("-", "").isalnum()
            quoted = [json.dumps(part), *([f"'{part}'"] if part.isprintable() and "'" not in part else [])]
            self.put((self.pick(" . ", ".", "\t.") if index else "") + self.pick(*quoted, *([part] if bare else [])))

    def value(self, value: Any, location: Location) -> None:
        if isinstance(value, list):
            self.put("[")
            for index, item in enumerate(value):
                self.put(self.pick("", " ", "\n", '\n # ] " }\n\n  '))
                self.note((*location, index))
                self.value(item, (*location, index))
                self.put(
                    self.pick("", " ", "\n") + ("," if index + 1 < len(value) else self.pick("", ",", ", # [[x]]\n"))
                )
            self.put(self.pick("", "\n") + "]")
        elif isinstance(value, dict):
            self.put("{")
            for index, (key, item) in enumerate(value.items()):
                self.put(", " if index else " ")
                self.pair(key, item, location)
            self.put(" }")
        elif isinstance(value, str):
            self.string(value)
        else:
            self.put(json.dumps(value))

    def string(self, value: str) -> None:
        escaped = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")[1:-1]
        forms = [f'"{escaped}"', f'"""{escaped}"""', '"""\n' + escaped.replace("\\n", "\n") + '"""']
        if all(letter.isprintable() or letter == "\n" for letter in value) and "'''" not in value:
            forms += [f"'''\n{value}'''"]
            forms += [f"'{value}'"] if "'" not in value and "\n" not in value else []
        self.put(self.pick(*forms))

    def pair(self, key: str, value: Any, table: Location) -> None:
        """Write `key = value`; a table with one key perhaps with a dotted key."""
        parts = [key]
        while isinstance(value, dict) and len(value) == 1 and self.draw(st.booleans()):
            ((key, value),) = value.items()
            parts.append(key)
        for index in range(len(parts)):
            self.note((*table, *parts[: index + 1]))
        self.key(*parts)
        self.put(self.pick(" = ", "=", "\t= "))
        self.value(value, (*table, *parts))

    def table(self, table: dict[str, Any], location: Location = ()) -> None:
        """Write the pairs of a table, then its tables and arrays of tables below headers."""
        later = {}
        for key, value in table.items():
            is_table = isinstance(value, dict)
            is_array = isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
            if (is_table or is_array) and self.draw(st.booleans()):
                later[key] = value
                continue
            self.put(self.pick("", "  ", "\n", "# [[comment]] = 'x\n"))
            self.pair(key, value, location)
            self.put(self.pick("", " ", " # x = 1") + "\n")
        names = [step for step in location if isinstance(step, str)]
        for key, value in later.items():
            for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
                place: Location = (*location, key) if index is None else (*location, key, index)
                self.put(self.pick("", "\n", "# [x]\n"))
                self.note((*location, key))
                self.note(place)
                self.put(self.pick("[", "[ ") if index is None else self.pick("[[", "[[ "))
                self.key(*names, key)
                self.put(("]" if index is None else "]]") + self.pick("\n", " # ]\n"))
                self.table(item, place)


words = st.text("ab_-\"'.#[]={}, \n\\é", max_size=6)
keys = st.sampled_from(["chapter", "exercise", "name"]) | words
scalars = st.integers(-9, 9) | st.booleans() | st.sampled_from([0.5, -2.25]) | words
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
tables = st.dictionaries(keys, values | st.lists(st.dictionaries(keys, values, max_size=3), max_size=3), max_size=4)


@settings(deadline=None)
@given(st.data())
def test_everything_is_found_on_the_line_where_it_was_written(data: st.DataObject) -> None:
    table = data.draw(tables)
    writer = data.draw(st.composite(lambda draw: _written(draw, table))())
    assert tomllib.loads(writer.text) == table, writer.text
    assert find_lines(writer.text) == writer.lines, writer.text
    assert set(writer.lines) == set(locations(table))


def _written(draw: st.DrawFn, table: dict[str, Any]) -> Writer:
    writer = Writer(draw)
    writer.table(table)
    return writer


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('a = """\n[[b]]\nc = 1\n"""\nd = 2\n', {("a",): 1, ("d",): 5}),
        ("a = \"\"\"x\"\"\"\"\nb = \"\"\nc = ''''y'''''\nd = 1", {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}),
        ("a = 1979-05-27 07:32:00 # ,]\nb = [ +inf,\n nan ]", {("a",): 1, ("b",): 2, ("b", 0): 2, ("b", 1): 3}),
        ("[a.b]\nc = 1\n[a]\nd = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "d"): 4}),
        (
            "[[a]]\n[a.b]\n[[a.c]]\n[[a]]\n[[a.c]]\nd = 1\n",
            {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 0, "c"): 3, ("a", 0, "c", 0): 3, ("a", 1): 4}
            | {("a", 1, "c"): 5, ("a", 1, "c", 0): 5, ("a", 1, "c", 0, "d"): 6},
        ),
        ('"a b".\'c.d\' . "\\u0065" = 1', {("a b",): 1, ("a b", "c.d"): 1, ("a b", "c.d", "e"): 1}),
    ],
)
def test_a_form_of_toml(text: str, lines: Lines) -> None:
    assert set(lines) | {()} == set(locations(tomllib.loads(text)))
    assert find_lines(text) == {(): 1} | lines


def test_the_real_course_is_read_whole() -> None:
    text = (PROJECT / "course.toml").read_text(encoding="utf-8")
    lines = find_lines(text)
    table = tomllib.loads(text)
    assert set(lines) == set(locations(table))
    for c, chapter in enumerate(table["chapter"]):
        for e, exercise in enumerate(chapter["exercise"]):
            line = text.splitlines()[lines["chapter", c, "exercise", e, "name"] - 1]
            assert line == f'name = "{exercise["name"]}"'
