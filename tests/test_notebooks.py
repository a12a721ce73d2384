"""Notebooks as submissions: what is extracted from them, and percent format and back."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT, Tiny
from torchdojo.course import load_course
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text, read_cells
from torchdojo.notebooks.extraction import extract_submission
from torchdojo.notebooks.magics import comment_out_magics
from torchdojo.notebooks.percent import join_percent, notebook_to_percent, split_percent
from torchdojo.source.files import SourceError

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
NAMES = ["double", "Scale"]
REFERENCES = sorted((PROJECT / "reference").glob("*.py"))


def notebook(*cells: str) -> bytes:
    return notebook_text(make_notebook([Cell("code", text) for text in cells])).encode()


def source(*cells: str, names: list[str] = NAMES, given: str = "") -> str:
    return extract_submission(notebook(*cells), names, given).source.decode()


# Percent format and back


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_every_chapter_comes_back_letter_by_letter(path: Path) -> None:
    for folder in ("reference", "exercises"):
        text = (PROJECT / folder / path.name).read_text(encoding="utf-8")
        assert notebook_to_percent(notebook_text(make_notebook(split_percent(text))).encode()) == text


line = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20).filter(
    lambda text: not text.startswith("# %%")
)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    kind = draw(st.sampled_from(["code", "markdown"]))
    lines = [text.rstrip() for text in draw(st.lists(line, min_size=1, max_size=6))]
    text = "\n".join(lines).strip("\n")
    return Cell(kind, text if text.strip() else "x")


@calm
@given(st.lists(cells(), max_size=6))
def test_cells_survive_percent_format(made: list[Cell]) -> None:
    assert split_percent(join_percent(made)) == made


@calm
@given(st.lists(cells(), max_size=6))
def test_cells_survive_a_notebook(made: list[Cell]) -> None:
    assert read_cells(notebook_text(make_notebook(made)).encode()) == made


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_what_a_chapter_defines_survives_a_notebook(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    chapter = load_course(PROJECT).find(path.stem)
    assert chapter is not None
    names = [exercise.name for exercise in chapter.exercises]
    extracted = extract_submission(notebook_text(make_notebook(split_percent(text))).encode(), names).source.decode()
    before = {ast.unparse(node) for node in ast.parse(text).body}
    after = [ast.unparse(node) for node in ast.parse(extracted).body]
    assert set(after) <= before
    assert {name for name in names if f"def {name}(" in extracted or f"class {name}(" in extracted} == set(names)


# What is extracted, and what is scratch work


@pytest.mark.parametrize("rest", ["", "\n", "\n\n\nx = 1\n", "\n\\\n\nprint(1)\n"])
def test_a_line_that_goes_on_in_an_empty_one_is_taken_with_it(rest: str) -> None:
    """Found by scripts/fuzz.py: a backslash at the end of a statement's last line."""
    text = f"def double(x):\n    return 2 * x\\\n{rest}"
    extracted = extract_submission(
        notebook_text(make_notebook([Cell("code", text)])).encode(), ["double"]
    ).source.decode()
    assert ast.unparse(ast.parse(extracted).body[0]) == "def double(x):\n    return 2 * x"


def test_scratch_work_stays_behind(tiny: Tiny) -> None:
    right = [cell.text for cell in split_percent(tiny.reference) if cell.kind == "code"]
    scratch = [
        "%matplotlib inline\nimport seaborn as sns\nsns.set()",
        "import os\nos._exit(0)",
        "while True:\n    pass",
        "raise RuntimeError('not yet')",
        "display(double(torch.ones(2)))",
        "!rm -rf /\nfiles = !ls 'it",
        "losses = train()\nplt.plot(losses)",
        "%%bash\necho 'it",
        "def half(x:",
        "import warnings\nwarnings.warn('careful')",
        "print('x' * 10**9)",
        "from torchdojo.nbgrader import check\n\ncheck('ch1_tiny', 'double')",
    ]
    woven = [cell for pair in zip(scratch[: len(right)], right, strict=True) for cell in pair] + scratch[len(right) :]
    result = tiny.grade(source(*woven))
    assert (result.status, result.score) == ("graded", 3.5)


def test_a_line_is_kept_for_what_is_used_of_it() -> None:
    """An import is kept for its name, a star import and one from the future in any case, a call in none."""
    double = "def double(x): return 2 * x"
    assert source(double, "import sys; sys.exit()").strip() == double
    assert source(double, "sizes = []; import os", "sizes.append(1)").strip() == double
    assert "from math import *; print(pi)" in source(double, "from math import *; print(pi)")


def test_what_the_exercises_use_is_kept() -> None:
    text = source(
        "import math\nimport os",
        "TABLE = [1]\nTABLE.append(2)\nOTHER = [0]\nOTHER.append(1)",
        "def helper(x):\n    return TABLE[0] * x",
        "def double(x):\n    return helper(x) * math.pi",
        "double.__doc__ = 'twice'",
        "lr = 0.1\nfor x in range(3):\n    double(x)",
    )
    for kept in ("import math", "TABLE.append(2)", "def helper", "double.__doc__"):
        assert kept in text
    for left in ("os", "OTHER", "lr", "range"):
        assert left not in text


def test_cells_may_stand_in_any_order(tiny: Tiny) -> None:
    right = [cell.text for cell in split_percent(tiny.reference) if cell.kind == "code"]
    assert tiny.grade(source(*reversed(right))).score == 3.5


@calm
@given(st.data())
def test_a_cell_may_be_split_anywhere(data: st.DataObject) -> None:
    body = "class Scale(nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n        self.factor = factor\n\n    def forward(self, x):\n        return self.factor * x"
    lines = body.split("\n")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=3)))
    parts = ["\n".join(lines[a:b]) for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    whole = source("from torch import nn", body)
    assert ast.dump(ast.parse(source("from torch import nn", *parts))) == ast.dump(ast.parse(whole))


def test_a_copied_cell_undoes_nothing() -> None:
    stub, filled, later = (
        "def double(x):\n    ...",
        "def double(x):\n    return 2 * x",
        "def double(x):\n    return x + x",
    )
    for order in ([filled, stub], [stub, filled]):
        assert "2 * x" in source(*order)
        assert "..." not in source(*order)
    assert source(filled, later).rindex("x + x") > source(filled, later).rindex("2 * x")
    assert "..." in source(stub, stub)


def test_a_deleted_import_is_taken_from_the_chapter(tiny: Tiny) -> None:
    right = [cell.text for cell in split_percent(tiny.reference) if cell.kind == "code" and "BEGIN" in cell.text]
    assert tiny.grade(source(*right, given=tiny.reference)).score == 3.5
    assert "double" not in source(*right[1:], given="def double(x): return 2 * x").split("class Scale")[0]


def test_a_broken_cell_costs_its_own_exercise_and_says_why(tiny: Tiny) -> None:
    right = [cell.text for cell in split_percent(tiny.reference) if cell.kind == "code"]
    broken = right[-1].replace("super().__init__()", "super().__init__(")
    result = tiny.grade(source(*right[:-1], broken))
    assert result.status == "graded"
    assert result.score == 2
    said = next(check.message for check in result.checks if check.exercise.name == "Scale")
    assert "SyntaxError" in said
    assert "does not parse" in said
    assert "'(' was never closed" in said


def test_lines_know_their_cell() -> None:
    extracted = extract_submission(notebook("import torch\n", "# mine\n\ndef double(x):\n    return 2 * x"), NAMES)
    line = extracted.source.decode().split("\n").index("    return 2 * x") + 1
    place = extracted.cell_line(line)
    assert place is not None
    assert (place.cell, place.line, place.first) == (1, 4, "def double(x):")
    assert extracted.cell_line(None) is None
    assert extracted.cell_line(10_000) is None


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 1", "x = 1"),
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("if x:\n    !ls 'it", "if x:\n    pass  # !ls 'it"),
        ("files = !ls\nx?", "files = None  # files = !ls\npass  # x?"),
        ("%time y = f(x)", "y = f(x)"),
        ("%%time\ny = f(x)", "# %%time\ny = f(x)"),
        ("%%bash\nls", "# %%bash\n# ls"),
        ("y = (a\n% b)\n!ls", "y = (a\n% b)\npass  # !ls"),
        ("'''\n% no magic\n'''\n%time", "'''\n% no magic\n'''\npass  # %time"),
        ("\n".join(f"!{i}" for i in range(40)), "\n".join(f"pass  # !{i}" for i in range(40))),
    ],
)
def test_magics(cell: str, python: str) -> None:
    assert comment_out_magics(cell) == python


# Whatever it is, it is refused quickly and with a message


@calm
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    try:
        read_cells(data)
    except SourceError:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["cells", "source", "cell_type", "metadata", "nbgrader"]), inner, max_size=4)
    ),
    max_leaves=6,
)


@calm
@given(st.lists(st.fixed_dictionaries({"cell_type": st.just("code") | json_values, "source": json_values}), max_size=4))
def test_any_cells(made: list[object]) -> None:
    try:
        ast.parse(extract_submission(json.dumps({"cells": made}).encode(), NAMES).source)
    except SourceError:
        pass


code_like = st.lists(
    st.sampled_from(
        [
            "def double(x):",
            "    return x",
            "x = 1",
            "class Scale:",
            "%magic",
            "!ls (",
            "'''",
            "    ...",
            "import torch",
            "x?",
            "global x",
            "@deco",
            "(",
            ")",
            "from x import *",
            "nonlocal y",
            "\0",
            "return 1",
            "a, *b = x",
            "del x",
        ]
    ),
    max_size=8,
)


@calm
@given(st.lists(code_like.map("\n".join), min_size=1, max_size=4))
def test_any_code(texts: list[str]) -> None:
    try:
        ast.parse(extract_submission(notebook(*texts), NAMES, "import torch\n").source)
    except SourceError:
        pass


@pytest.mark.parametrize(
    "cell",
    [
        "!x\n" * 300_000,
        "x = 1\n" * 150_000,
        "(" * 900_000,
        "-" * 900_000 + "1",
        "def f(x):\n" * 90_000,
        "a=" * 400_000 + "1",
    ],
    ids=["magics", "statements", "parentheses", "minus", "definitions", "chain"],
)
@pytest.mark.slow
def test_a_large_cell_does_not_hold_the_grader_up(cell: str) -> None:
    started = time.process_time()
    try:
        extract_submission(notebook(cell, "def double(x): return 2 * x"), NAMES)
    except SourceError:
        pass
    assert time.process_time() - started < 10


def test_outputs_may_be_large_and_code_may_not() -> None:
    table = json.loads(notebook("def double(x): return 2 * x"))
    table["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 20_000_000}]
    assert b"2 * x" in extract_submission(json.dumps(table).encode(), NAMES).source
    with pytest.raises(SourceError, match="too large"):
        extract_submission(notebook("x = '" + "x" * 2_000_000 + "'"), NAMES)
    with pytest.raises(SourceError, match="without code"):
        extract_submission(notebook(), NAMES)
