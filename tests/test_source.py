"""A text is read once, and whoever asks what a name depends on gets the same answer."""

from __future__ import annotations

import ast
import re
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torchdojo.source.files
from tests.conftest import PROJECT, Tiny
from torchdojo.authoring.public_parts import extract_probes
from torchdojo.collect.reading import Reader
from torchdojo.collect.submitted_paths import list_folder
from torchdojo.course import load_course
from torchdojo.grading.status import ExerciseStatus
from torchdojo.grading.submission import Submission
from torchdojo.learner.checker import Checker
from torchdojo.learner.file_watcher import FileWatcher
from torchdojo.learner.progress import Progress
from torchdojo.learner.session import CheckExercises, Session
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text
from torchdojo.notebooks.extraction import extract_submission
from torchdojo.source.encoding import to_utf8
from torchdojo.source.files import ParsedSource, SourceError, decode_source, read_text
from torchdojo.source.keys import affected_names, code_keys
from torchdojo.source.names import Definition, Statement

BASE = """\
import torch
from torch import nn


@probe
class Linear(nn.Module):
    def forward(self, x):
        return torch.sqrt(x)


@probe
def plain():
    return 1
"""


@pytest.mark.parametrize(
    ("line", "affected"),
    [
        ("nn.Module.train = lambda self, mode=True: nn.functional.linear", {"Linear", "plain"}),
        ("for name in ('train', 'eval'):\n    setattr(nn.Module, name, nn.functional.linear)", {"Linear", "plain"}),
        ("import math as torch", {"Linear"}),
    ],
)
def test_every_analysis_sees_what_a_line_changes(line: str, affected: set[str], tmp_path: Path) -> None:
    text = BASE.replace("\n\n\n", f"\n{line}\n\n\n", 1)
    before, after = ParsedSource(BASE.encode()), ParsedSource(text.encode())
    old, new = (code_keys(source, {"Linear": [], "plain": []}) for source in (before, after))
    assert {name for name in old if old[name] != new[name]} == affected  # what watch checks again
    assert affected_names(before, after, ["Linear", "plain"]) == affected  # what verify grades
    probes = tmp_path / "probes.py"
    probes.write_text(text)
    assert line in extract_probes(probes, ["probes.Linear"])  # what is released
    notebook = notebook_text(make_notebook([Cell("code", text)])).encode()
    assert line in extract_submission(notebook, ["Linear"]).source.decode()  # what of a notebook is the submission


# --- names are resolved as Python resolves them -----------------------------------------------------------------------

COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")
FILES = [*PROJECT.glob("reference/*.py"), *PROJECT.glob("graders/*/probes.py"), *PROJECT.glob("torchdojo/**/*.py")]


def reads(table: symtable.SymbolTable, at_load: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield the global names that a scope and those in it read, each with whether it does so at load."""
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() if is_module else symbol.is_global():
            yield symbol.get_name(), at_load
    for child in table.get_children():
        runs = child.get_type() != "function" or child.get_name() in COMPREHENSIONS
        yield from reads(child, at_load and runs)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="symtable lists a comprehension's variables outside of it")
def test_names_are_what_symtable_says_of_all_our_files() -> None:
    count = 0
    for path in FILES:
        for node in ParsedSource(path.read_bytes() or b"pass").tree.body:
            statement = Statement(node)
            if statement.is_inert or isinstance(node, ast.AugAssign):  # `x += 1` reads x, whatever symtable says
                continue
            table = symtable.symtable(ast.unparse(node), "statement", "exec")
            found = set(reads(table))
            assert statement.binds == {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
            # A class body reads a name of the module where it has not bound its own yet; symtable cannot tell.
            own = {s.get_name() for t in classes(table) for s in t.get_symbols() if s.is_assigned()}
            assert statement.reads_at_load - own == {name for name, at_load in found if at_load} - own
            assert statement.reads - own == {name for name, _ in found} - own
            count += 1
    assert count > 3000


def classes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        if child.get_type() == "class":
            yield child
        yield from classes(child)


@pytest.mark.parametrize(
    ("text", "at_load", "when_called"),
    [
        ("def f(a, b=c): return a + d", {"c"}, {"d"}),
        ("class A(B): x = y\nA.z", {"B", "y"}, set()),
        ("class A:\n x = x", {"x"}, set()),
        ("def f():\n x = 1\n def g(): return x\n return g", set(), set()),
        ("def f():\n x = 1\n def g():\n  global x\n  return x\n return g", set(), {"x"}),
        ("def f():\n x = 1\n def g():\n  nonlocal x\n  x = y\n return g", set(), {"y"}),
        ("def f():\n x = 1\n class A:\n  x = 2\n  def g(self): return x\n return A", set(), set()),
        ("[x for x in y if (z := x)]", {"y"}, set()),
        ("f = lambda x, *a, k=d, **b: x + e", {"d"}, {"e"}),
        ("x += y", {"x", "y"}, set()),
        ("try: a\nexcept E as e: e", {"a", "E", "e"}, set()),
        ("match a:\n case {'k': b, **rest}: b\n case [c, *d] as g: pass", {"a", "b"}, set()),
        ("async def f(a: T) -> R:\n async for x in y: await x", {"T", "R"}, {"y"}),
        ("if __name__ == '__main__': x", set(), set()),
    ],
)
def test_what_a_statement_reads(text: str, at_load: set[str], when_called: set[str]) -> None:
    statement = Statement(ast.parse(text).body[0])
    assert (statement.reads_at_load, statement.reads) == (at_load, at_load | when_called)


@pytest.mark.parametrize(
    ("text", "binds", "has_effect"),
    [
        ("import a.b, c as d", {"a", "d"}, False),
        ("from a import *", {"*"}, True),
        ("from __future__ import annotations", {"annotations"}, True),
        ("a, (b, *c) = 1, (2, 3)", {"a", "b", "c"}, False),
        ("x = (y := 2)", {"x", "y"}, False),
        ("x = f()", {"x"}, True),
        ("x = y[0] = 1", {"x"}, True),
        ("a.b = 1", set(), True),
        ("x: int", {"x"}, False),
        ("for i in range(3): j = [k for k in (i,)]", {"i", "j"}, True),
        ("with a as b: pass", {"b"}, True),
        ("try: pass\nexcept E as e: pass", {"e"}, True),
        ("match a:\n case {'k': b, **rest}: pass\n case [c, *d] as g: pass", {"b", "rest", "c", "d", "g"}, True),
        ("[x for x in y if (z := x)]", {"z"}, True),
        ("del x", {"x"}, True),
        ("@f\ndef g(): h = 1", {"g"}, False),
        ("'''text'''", set(), False),
        ("if __name__ == '__main__': x = 1", set(), False),
        ("if __name__ == '__main__': x = 1\nelse: y = 1", {"x", "y"}, True),
    ],
)
def test_what_a_statement_binds_and_whether_it_does_more(text: str, binds: set[str], has_effect: bool) -> None:
    statement = Statement(ast.parse(text).body[0])
    assert (statement.binds, statement.has_effect) == (binds, has_effect)


# --- what a closure leaves out does not matter ------------------------------------------------------------------------

NAMES = st.sampled_from("abcdef")
STATEMENTS = st.builds(
    lambda form, x, y, z, n: form.format(x=x, y=y, z=z, n=n),
    st.sampled_from(
        [
            "{x} = [{n}]",
            "{x} = [{n}, *get({y})]",
            "{x} = {y}",
            "{x}, {y} = [{n}], get({z})",
            "{x} = lambda q=get({y}): [{n}, *get({z})] if len(q) < 9 else q",
            "def {x}():\n    {y} = [{n}]\n    return {y} + get({z})",
            "def {x}():\n    return [{n}, *[v for {z} in [get({y})] for v in {z}]]",
            "class {x}:\n    v = get({y})\n    def __new__(cls): return cls.v + get({z})[:3]",
            "{x} = [*get({y}), {n}]\n{x}.append({n})",
            "if hasattr({y}, 'append'): {y}.append({n})",
            "if isinstance({y}, list): {y} += [{n}]",
            "if callable({y}): {y}.tag = {n}",
            "if callable({y}): setattr({y}, 'tag', {n})",
            "for i in range(2):\n    {x} = [i, {n}]",
            "import string as {x}",
            "if __name__ == '__main__':\n    {x} = [{n}]",
        ]
    ),
    NAMES,
    NAMES,
    NAMES,
    st.integers(0, 9),
)
PRELUDE = """\
depth = [0]
def get(value):
    if not callable(value) or depth[0] > 5:
        return list(value) if isinstance(value, list) else [str(value)[:9]]
    depth[0] += 1
    try:
        return value() + [getattr(value, "tag", 0)]
    finally:
        depth[0] -= 1
a, b, c, d, e, f = [], [], [], [], [], []
"""


def value(text: str, name: str) -> Any:
    space: dict[str, Any] = {"__name__": "submission"}
    exec(text, space)
    return space["get"](space[name])


@settings(deadline=None, max_examples=300)
@given(st.lists(STATEMENTS, min_size=1, max_size=8), st.integers(0, 7), STATEMENTS, NAMES)
def test_a_change_outside_of_what_a_name_depends_on_changes_nothing(
    lines: list[str], index: int, other: str, name: str
) -> None:
    before = PRELUDE + "\n".join(lines)
    changed = [*lines]
    changed[index % len(lines)] = other
    after = PRELUDE + "\n".join(changed)
    old, new = ParsedSource(before.encode()), ParsedSource(after.encode())
    if name not in affected_names(old, new, [name]):
        assert value(before, name) == value(after, name)
    effects = [statement for statement in new.statements if statement.has_effect]
    alone = "\n".join(ast.unparse(s.node) for s in new.statements.closure([name, "get"], effects))
    assert value(alone, name) == value(after, name)


# --- a text is read once ----------------------------------------------------------------------------------------------


def test_a_save_is_parsed_once(tiny_root: Path, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file to the verdict, with a second exercise that the change touches too."""
    course = load_course(tiny_root)
    folder = tiny_root / "exercises"
    path = folder / "ch1_tiny.py"
    path.write_text(tiny.reference)
    watcher, checker = FileWatcher(course, folder), Checker(course, folder, tiny.worker)
    session = Session(Progress(course, folder))
    session.start(watcher.texts)
    parsed: list[bytes] = []
    real = torchdojo.source.files.parse
    monkeypatch.setattr(
        torchdojo.source.files, "parse", lambda text, *name: (parsed.append(text), real(text, *name))[1]
    )
    text = tiny.reference.replace("return 2 * x", "return x + x")
    path.write_text(text)
    ((chapter, source),) = watcher.changed()
    jobs = [action for action in session.saved(chapter, source, 0.0) if isinstance(action, CheckExercises)]
    assert [exercise.name for job in jobs for exercise in job.exercises] == ["double", "Scale"]
    for job in jobs:
        session.checked(job, checker.check(job.chapter, job.exercises, job.source))
    assert {entry.status for entry in session.progress} == {ExerciseStatus.PASSED}
    assert parsed.count(text.encode()) == 1


def test_lines_are_those_that_python_counts() -> None:
    source = ParsedSource("x = '\x0c\u2028'\r\ndef f():\r    pass\n".encode())
    assert source.lines == ["x = '\x0c\u2028'", "def f():", "    pass"]
    assert isinstance(source.definitions["f"], Definition)
    assert source.definitions["f"].lineno == 2


# --- encodings --------------------------------------------------------------------------------------------------------

UMLAUT = "# -*- coding: latin-1 -*-\n# Übung für Größen\ndef double(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("first", "encoding"),
    [
        ("# -*- coding: latin-1 -*-", "latin-1"),
        ("# vim: set fileencoding=cp1252 :", "cp1252"),
        ("#!/usr/bin/env python3\n# -*- coding: ISO-8859-15 -*-", "iso-8859-15"),
        ("\n# coding=mac_roman", "mac_roman"),
        ("# coding: latin-1-unix", "latin-1"),
        ("# coding: utf-8", "utf-8"),
        ("#coding:shift_jis", "shift_jis"),
    ],
)
def test_a_coding_cookie_is_honoured_and_says_utf8_afterwards(first: str, encoding: str, tmp_path: Path) -> None:
    words = "日本" if encoding == "shift_jis" else "Größe"
    path = tmp_path / "ch1_tiny.py"
    path.write_bytes(f"{first}\nname = '{words}'\n".encode(encoding))
    text = read_text(path)
    assert (text.source.decode().split("\n")[-2], text.note) == (f"name = '{words}'", "")
    assert to_utf8(text.source) == text  # whoever reads it next reads the same
    assert ast.literal_eval(ast.parse(text.source).body[-1].value) == words  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_what_notepad_calls_unicode_is_read_with_a_note(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "ch1_tiny.py"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + UMLAUT.replace("\n", "\r\n").replace("latin-1", "utf-16").encode(encoding))
    text = read_text(path)
    assert "def double" in text.source.decode()
    assert f"the file is {encoding[:6].upper()} text" in text.note
    assert ParsedSource(text.source, note=text.note).definitions.keys() == {"double"}


@pytest.mark.parametrize(
    "name",
    [
        "rot13",
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "hex",
        "undefined",
        "mbcs",
        "utf-16",
        "one-hot",
        "cp037",
        "hz",
    ],
)
def test_a_cookie_cannot_hide_a_program(name: str) -> None:
    """Whatever such an encoding would make of it, the text is read as it is shown."""
    source = f"# label encoding: {name}\nx = 1 # \\u000aimport os +AAo-import os\n".encode()
    text = to_utf8(source)
    assert text.source == source
    assert (
        text.note == f"line 1 names the encoding {name}, which Python source cannot be in: the file was read as UTF-8"
    )
    assert not [node for node in ParsedSource(text.source).tree.body if isinstance(node, ast.Import)]


@settings(deadline=None)
@given(st.sampled_from(["latin-1", "cp1252", "utf-16", "utf-8", "rot13", "gbk", "x"]), st.binary(max_size=80))
def test_any_bytes_below_a_cookie_are_read_once_and_for_all(name: str, data: bytes) -> None:
    try:
        text = decode_source(f"# coding: {name}\nx = 1\n".encode() + data)
    except SourceError:
        return
    assert to_utf8(text.source).source == text.source


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("x = 1\n# für\n".encode("cp1252"), 2, "is not UTF-8 text: its byte 0xFC is “ü” in Windows-1252"),
        (b"\n\n\x81\n", 3, "is not UTF-8 text: it has the byte 0x81"),
        ("x = 'ü'\n".encode("utf-16-le"), 1, "looks like UTF-16 without a byte order mark"),
        (b"x = 1\0\n", 1, "zero byte"),
        ("# coding: ascii\n# für\n".encode("latin-1"), 2, "is not ascii text, although it says so"),
        (b"\xff\xfex", 1, "is not UTF-16 text, although it says so"),
    ],
)
def test_a_text_that_python_would_refuse_is_refused_with_its_line(data: bytes, line: int, words: str) -> None:
    with pytest.raises(SourceError, match=re.escape(words)) as raised:
        decode_source(data)
    assert raised.value.line == line


def test_a_wrong_cookie_over_utf8_costs_nothing() -> None:
    text = decode_source("# coding: ascii\n# für\n".encode())
    assert text.source.decode().endswith("# für\n")
    assert text.note == "line 1 names the encoding ascii, but the text is not in it: the file was read as UTF-8"


def test_line_ends_of_old_macs_and_form_feeds_change_nothing() -> None:
    source = "# coding: latin-1\r\x0cdef double(x):\r    return '\u2028\xfc'\r"
    text = decode_source(source.replace("\u2028", "").encode("latin-1"))
    assert ParsedSource(text.source).definitions["double"].lineno == 2


def test_learner_and_grader_read_the_same(tiny_root: Path, tiny: Tiny) -> None:
    """`dojo check`, `dojo watch` and grading, of a file in Latin-1, one in UTF-16 and one that Python refuses."""
    course, path = load_course(tiny_root), tiny_root / "exercises/ch1_tiny.py"
    checker = Checker(course, path.parent, tiny.worker)
    for data in (
        f"# coding: latin-1\n# für\n{tiny.reference}".encode("latin-1"),
        f"# für\n{tiny.reference}".encode("utf-16"),
        f"# für\n{tiny.reference}".encode("latin-1"),
    ):
        path.write_bytes(data)
        (submitted,) = list_folder(path.parent).paths
        chapter = course.chapters[0]
        watched, checked = FileWatcher(course, path.parent).texts[chapter.name], checker.check(chapter)
        graded = Reader(course).read(submitted, chapter)
        if isinstance(graded.source, SourceError):
            assert str(watched) == str(graded.source)
            assert graded.source.message in checked.result.message
            assert not checked.all_passed
            continue
        assert isinstance(watched, ParsedSource)
        assert watched.source == graded.source
        assert checked.all_passed
        assert tiny.grade(graded.source).score == 3.5
        is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        for notes in (checked.result.notes, graded.notes, [watched.note]):
            assert ("save it as UTF-8" in " ".join(notes)) == is_utf16


# --- definitions that are made twice ----------------------------------------------------------------------------------


def notes_of(text: str, stub: str = "") -> list[str]:
    return Submission(ParsedSource(text.encode()), ParsedSource((stub or "pass").encode()).definitions).notes


def test_a_stub_pasted_again_below_a_right_answer_is_told() -> None:
    stub, right = "def double(x):\n    ...\n", "def double(x):\n    return 2 * x\n"
    assert notes_of(right + stub, stub) == [
        "double is defined on lines 1 and 3: Python uses the last, which is still the stub: delete it"
    ]
    assert notes_of(right * 3, stub) == ["double is defined on lines 1, 3 and 5: Python uses the last"]
    assert notes_of(stub + right, stub) == ["double is defined on lines 1 and 3: Python uses the last"]
    assert notes_of("class A: pass\nclass A: pass\n") == ["A is defined on lines 1 and 2: Python uses the last"]


@pytest.mark.parametrize(
    "below",
    [
        "double = double(3)",
        "from numpy import double",
        "double = lambda x: x",
        "for double in range(3): pass",
        "double = 1",
    ],
)
def test_an_exercise_that_is_bound_again_below_its_definition_is_told(below: str) -> None:
    stub, right = "def double(x):\n    ...\n", "def double(x):\n    return 2 * x\n"
    told = ["double is defined on line 1 and bound again on line 3: Python uses the last"]
    assert notes_of(f"{right}{below}\n", stub) == told
    assert notes_of(f"{below}\n{right}", stub) == notes_of(f"{right}{below}\n") == []
    told = ["double is defined on line 1: the star import on line 3 may replace it"]
    assert notes_of(f"{right}from numpy import *\n", stub) == told
    for made_of_it in ("double = compile(double)", "double.tag = 1", "if True:\n    double = 1"):
        assert notes_of(f"{right}{made_of_it}\n", stub) == []


def test_no_text_of_the_course_is_said_to_bind_an_exercise_again() -> None:
    for path in PROJECT.glob("reference/*.py"):
        stub = ParsedSource((PROJECT / "exercises" / path.name).read_bytes()).definitions
        assert Submission(ParsedSource(path.read_bytes()), stub).notes == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    from fast import f\nexcept ImportError:\n    def f(x): return x\n",
        "if TYPE_CHECKING:\n    class A: pass\nelse:\n    class A: pass\n",
        "@overload\ndef f(x: int) -> int: ...\n@typing.overload\ndef f(x: str) -> str: ...\ndef f(x): return x\n",
        "@singledispatch\ndef f(x): return x\n@f.register\ndef _(x: int): return x\n@f.register(str)\ndef _(x): return x\n",
        "class A: pass\nclass A(A): pass\n",
        "def f(x): return x\nf = compile(f)\n",
        "@torch.no_grad()\ndef f(x): return x\nclass A:\n    def f(self): pass\n",
    ],
)
def test_definitions_that_belong_together_are_not_told(text: str) -> None:
    assert notes_of(text) == []
