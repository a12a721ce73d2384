"""Notebooks as submissions: what is extracted from them, and percent format and back."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT, Tiny
from torchdojo.course import load_course
from torchdojo.notebooks.cells import Cell, make_notebook, notebook_text, read_cells
from torchdojo.notebooks.extraction import extract_from_cells, extract_submission
from torchdojo.notebooks.magics import comment_out_magics
from torchdojo.notebooks.percent import join_percent, notebook_to_percent, split_percent
from torchdojo.source.files import SourceError, read_source

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
    assert "x + x" in source(filled, later)
    assert "2 * x" not in source(filled, later)
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
        ("!pip install x \\\n    y \\\n  z\nx = 1", "pass  # !pip install x \\\n#     y \\\n#   z\nx = 1"),
        ("f(x  # why?", "f(x  # why?"),
        ("if x  # why?\n    y = 1", "if x  # why?\n    y = 1"),
        ("a.b??\n%time?\nnp.*load*?", "pass  # a.b??\npass  # %time?\npass  # np.*load*?"),
        (
            "\n".join([*(f"!{i}" for i in range(40)), "x = 1  # right?"]),
            "\n".join([*(f"pass  # !{i}" for i in range(40)), "x = 1  # right?"]),
        ),
        ("\n".join(f"!{i}" for i in range(40)), "\n".join(f"pass  # !{i}" for i in range(40))),
    ],
)
def test_magics(cell: str, python: str) -> None:
    assert comment_out_magics(cell) == python


# A name that is defined in several cells

GIVEN = """\
# %% [markdown]
# # Tiny

# %%
import torch

# %% [markdown]
# ## Twice
#
# Double it.

# %%
def double(x):
    \"""Return twice x.\"""
    ...

# %% [markdown]
# ## By a factor

# %%
class Scale:
    ...

# %% [markdown]
# ## See it
"""
STUB = 'def double(x):\n    """Return twice x."""\n    ...'
RIGHT = 'def double(x):\n    """Return twice x."""\n    return 2 * x'
TRIED = "def double(x):\n    return x + x"


def released(extra: dict[int, list[Cell]], metadata: bool = False, double: str = RIGHT) -> bytes:
    """A notebook as released, with double filled in, and cells before those with these numbers."""
    made: list[Cell] = []
    for index, cell in enumerate(split_percent(GIVEN)):
        made += extra.get(index, [])
        if cell.text.startswith("def double"):
            nbgrader = {"nbgrader": {"grade_id": "double", "solution": True, "locked": False, "grade": False}}
            made.append(Cell("code", double, nbgrader if metadata else {}))
        else:
            made.append(cell)
    return notebook_text(make_notebook([*made, *extra.get(-1, [])])).encode()


def test_an_experiment_below_a_right_answer_does_not_win() -> None:
    for place in (2, 4, 5, -1):  # above its text, right below, in the next section, at the end
        for metadata in (False, True):
            found = extract_submission(released({place: [Cell("code", TRIED)]}, metadata), NAMES, GIVEN)
            assert "2 * x" in found.source.decode()
            assert "x + x" not in found.source.decode()
            own, other = (4, {4: 5, 5: 6, -1: 8}[place]) if place != 2 else (5, 3)
            assert found.notes == (
                f"cell {other} defines double again; cell {own}, the exercise's own cell, was graded",
            )


def test_the_metadata_of_nbgrader_comes_before_the_place() -> None:
    moved = {0: [Cell("code", RIGHT, {"nbgrader": {"grade_id": "double", "solution": True}})]}
    found = extract_submission(released(moved, double=TRIED), NAMES, GIVEN)
    assert "2 * x" in found.source.decode()
    assert found.notes == ("cell 5 defines double again; cell 1, the exercise's own cell, was graded",)


def test_an_answer_below_an_untouched_stub_counts() -> None:
    found = extract_submission(released({-1: [Cell("code", TRIED)]}, True, STUB), NAMES, GIVEN)
    assert "x + x" in found.source.decode()
    assert "..." not in found.source.decode().split("class Scale")[0]
    assert found.notes == ()
    found = extract_submission(released({-1: [Cell("code", "double = lambda x: x + x")]}, True, STUB), NAMES, GIVEN)
    assert found.source.decode().rindex("x + x") > found.source.decode().rindex("...")


def test_the_docstring_makes_a_cell_distinctive_where_the_text_is_gone() -> None:
    found = extract_submission(notebook(RIGHT, TRIED), NAMES, GIVEN)
    assert "2 * x" in found.source.decode()
    assert found.notes == ("cell 2 defines double again; cell 1, the cell with its docstring, was graded",)


def test_without_a_distinctive_cell_the_last_definition_counts_and_is_told() -> None:
    found = extract_submission(notebook("def double(x):\n    return 2 * x", TRIED), NAMES, GIVEN)
    assert "x + x" in found.source.decode()
    assert found.notes == ("cell 1 defines double too; the last definition, in cell 2, was graded",)
    found = extract_submission(notebook(f"{RIGHT}\n\n{TRIED}"), NAMES, GIVEN)
    assert found.notes == ("cell 1 defines double more than once; its last definition was graded",)
    assert extract_submission(notebook(RIGHT, RIGHT), NAMES, GIVEN).notes == ()
    many = [f"def double(x):\n    return x * {number}" for number in range(20)]
    (note,) = extract_submission(notebook(*many), NAMES).notes
    assert note == "cells 1, 2, 3, 4, 5 and 14 more define double too; the last definition, in cell 20, was graded"


def test_the_definition_of_a_helper_in_the_exercises_cell_counts() -> None:
    helper, other = "def twice(x):\n    return 2 * x\n\n", "def twice(x):\n    return 0"
    own = f'{helper}def double(x):\n    """Return twice x."""\n    return twice(x)'
    found = extract_submission(released({-1: [Cell("code", other)]}, double=own), NAMES, GIVEN)
    assert "return 0" not in found.source.decode()
    assert found.notes == ("cell 8 defines twice again; cell 4, the cell of double, was graded",)
    found = extract_submission(notebook(helper, other, "def double(x):\n    return twice(x)"), NAMES, GIVEN)
    assert "return 0" in found.source.decode()
    assert found.notes == ("cell 1 defines twice too; the last definition, in cell 2, was graded",)
    assert extract_submission(notebook(RIGHT, "def f(): ...", "def f(): pass"), NAMES, GIVEN).notes == ()


@pytest.mark.parametrize(
    "experiment",
    [
        "double = double(3)",
        "loss, double = 1, double(3)",
        "for double in range(3):\n    pass",
        "from torch import double",
        "from torch import ones as double, zeros",
        "del double",
    ],
)
def test_a_value_that_takes_the_name_of_an_exercise_does_not_win(experiment: str) -> None:
    for extra in ({-1: [Cell("code", experiment)]}, {0: [Cell("code", experiment)]}):
        found = extract_submission(released(extra), NAMES, GIVEN)
        space: dict[str, Any] = {}
        exec(found.source, space)
        assert space["double"](4) == 8
        told = ("cell 8 gives double another value; its definition in cell 4 was graded",)
        assert found.notes == (told if -1 in extra else ())  # above the definition, Python does the same


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ("double = torch.compile(double)", "torch.compile"),
        ("double.tag = 1", "double.tag"),
        ("Scale.forward = lambda self, x: x", "Scale.forward"),
        ("class Scale(Scale):\n    def forward(self, x): return x", "class Scale(Scale)"),
    ],
)
def test_what_is_made_of_a_definition_keeps_its_meaning(later: str, kept: str) -> None:
    found = extract_submission(released({-1: [Cell("code", later)]}), NAMES, GIVEN)
    assert kept in found.source.decode()
    assert found.notes == ()


BEGUN = [
    "y = ...\n    return y",
    "pass",
    "return None  # to do",
    "return",
    "raise NotImplementedError",
    "raise NotImplementedError('later')",
    '"""Only a text."""',
]


@pytest.mark.parametrize("body", BEGUN)
@pytest.mark.parametrize("metadata", [False, True])
def test_an_answer_that_is_only_begun_does_not_beat_a_finished_one(body: str, metadata: bool) -> None:
    begun = RIGHT.replace("return 2 * x", body)
    for finished in (TRIED, "double = lambda x: x + x", "%%timeit\n" + TRIED):
        found = extract_submission(released({-1: [Cell("code", finished)]}, metadata, begun), NAMES, GIVEN)
        space: dict[str, Any] = {}
        exec(found.source, space)
        assert space["double"](4) == 8
        assert "cell 4 does not finish double; cell 8, which does, was graded" in found.notes
    found = extract_submission(released({}, metadata, begun), NAMES, GIVEN)
    assert body in found.source.decode()
    assert found.notes == ()


def test_a_class_with_a_method_that_is_only_begun_is_not_finished() -> None:
    given = "class Scale:\n    def forward(self, x):\n        ..."
    begun, done = given.replace("...", "pass"), given.replace("...", "return 2 * x")
    assert "2 * x" in source(done, begun, given=given)
    more = f"{done}\n\n    def reset(self):\n        pass"
    assert "reset" in source(done, more, given=given)  # a method of one's own may do nothing


@pytest.mark.parametrize(
    "value",
    ["double = double(3)", "for double in range(3):\n    print(double)", "double = 3", "from torch import double"],
)
def test_a_value_in_the_exercises_own_cell_does_not_win(value: str) -> None:
    found = extract_submission(released({}, double=f"{RIGHT}\n\n{value}"), NAMES, GIVEN)
    space: dict[str, Any] = {}
    exec(found.source, space)
    assert space["double"](4) == 8
    assert found.notes == ("cell 4 gives double another value; its definition was graded",)


def test_a_star_import_does_not_replace_a_definition() -> None:
    helper = "def sqrt(x):\n    return 2 * x\n\n\ndef double(x):\n    return sqrt(x)"
    space: dict[str, Any] = {}
    exec(source("import math", helper, "from math import *\ndouble(3)", "def Scale(x):\n    return floor(x)"), space)
    assert (space["double"](4), space["Scale"](4.5)) == (8, 4)


@pytest.mark.parametrize(
    "scratch",
    ["n, F = 3, 2", "F = 5", "import math as F", "for F in range(3):\n    pass", "with open('x') as F:\n    pass"],
)
def test_scratch_work_below_an_exercise_does_not_take_its_names(scratch: str) -> None:
    own = "def double(x):\n    return F.mul(2, x)"
    found = extract_submission(notebook("import operator as F", own, scratch), NAMES)
    space: dict[str, Any] = {}
    exec(found.source, space)
    assert space["double"](4) == 8
    assert found.notes == ("cell 3 gives F another value below what uses it; that of cell 1 was graded",)


def test_a_value_that_an_exercise_further_down_uses_stays() -> None:
    double, scale = "def double(x):\n    return n * x", "class Scale:\n    factor = n"
    assert "n = 3" in source("n = 2", double, "n = 3", scale)
    assert "n = 3" in source(double, "n = 3")
    for change in ("n += 1", "n = n + 1", "n = [n]"):
        assert change in source("n = 2", double, change)
    assert extract_submission(notebook("import math", "import math", double), NAMES).notes == ()


@pytest.mark.parametrize(
    "answer",
    [
        "double = lambda x: 2 * x",
        "if True:\n    def double(x):\n        return 2 * x",
        "try:\n    from nowhere import double\nexcept ImportError:\n    def double(x):\n        return 2 * x",
    ],
)
def test_an_answer_in_another_form_than_a_plain_definition_counts_in_its_cell(answer: str) -> None:
    found = extract_submission(released({-1: [Cell("code", TRIED)]}, double=answer), NAMES, GIVEN)
    space: dict[str, Any] = {}
    exec(found.source, space)
    assert "x + x" not in found.source.decode()
    assert space["double"](4) == 8
    assert found.notes == ("cell 8 defines double again; cell 4, the exercise's own cell, was graded",)


def test_methods_that_a_decorator_adds_to_a_class_belong_to_it() -> None:
    add = "def add_to_class(cls):\n    return lambda f: setattr(cls, f.__name__, f)"
    patch = "def patch(f):\n    setattr(f.__annotations__['self'], f.__name__, f)"
    made = notebook(
        f"{add}\n\n{patch}",
        "class Scale:\n    pass",
        "class Other:\n    pass",
        "@add_to_class(Scale)\ndef forward(self, x):\n    return 2 * x",
        "@add_to_class(Other)\ndef forward(self, x):\n    return x",
        "@patch\ndef half(self: Scale, x):\n    return x / 2",
    )
    found = extract_submission(made, NAMES)
    space: dict[str, Any] = {}
    exec(compile(found.source, "notebook", "exec", dont_inherit=True), space)
    assert (space["Scale"]().forward(4), space["Scale"]().half(4)) == (8, 2)
    assert "Other" not in found.source.decode()
    assert found.notes == ()


def test_overloads_belong_together() -> None:
    text = f"from typing import overload\n\n@overload\ndef double(x: int) -> int: ...\n\n{RIGHT}"
    found = extract_submission(released({}, double=text), NAMES, GIVEN)
    assert "2 * x" in found.source.decode()
    assert found.notes == ()


def test_cells_in_the_order_in_which_they_were_run_keep_it() -> None:
    found = extract_from_cells([RIGHT, TRIED], NAMES, GIVEN, newest=True)
    assert found.source.decode().endswith(TRIED + "\n")
    assert "..." in extract_from_cells([RIGHT, STUB], NAMES, GIVEN, newest=True).source.decode()
    assert (
        "timed"
        not in extract_from_cells(
            [RIGHT, "%%timeit\ntimed = 1\ndef double(x): return timed"], NAMES, newest=True
        ).source.decode()
    )


def test_a_cell_that_does_not_parse_or_is_not_code_is_told() -> None:
    found = extract_submission(notebook("def double(x:\n    return 2", TRIED), NAMES, GIVEN)
    assert "x + x" in found.source.decode()
    assert found.notes == ("cell 1 defines double too, but does not parse, so that it was ignored",)
    table = make_notebook([Cell("code", STUB), Cell("raw", RIGHT)])
    found = extract_submission(notebook_text(table).encode(), NAMES, GIVEN)
    assert found.notes == ("cell 2 defines double, but it is not a Python cell: nothing runs it",)
    found = extract_submission(notebook(STUB, "def double(x:\n    return 2"), NAMES, GIVEN)
    assert "does not parse" in found.source.decode()


@pytest.mark.parametrize(
    ("magic", "is_told"),
    [
        *((f"%%{name}", False) for name in ("time", "capture out", "prun -s cumulative", "debug")),
        *((f"%%{name}", True) for name in ("timeit -n 10", "writefile sol.py", "file sol.py", "python", "python3")),
        ("%%script python3", True),
        ("%%stopwatch", True),
        ("%%run_pytest[clean]", True),
        ("#@title Twice\n%%time", False),
    ],
)
def test_the_body_of_a_cell_magic_is_taken_where_it_is_python(magic: str, is_told: bool) -> None:
    name = magic.split("\n")[-1].split()[0]
    told = (f"cell 2 begins with {name}, so that Jupyter may not define double; it was taken all the same",)
    for stub in (STUB, "import torch"):
        found = extract_submission(notebook(stub, f"{magic}\n{RIGHT}"), NAMES, GIVEN)
        assert "2 * x" in found.source.decode()
        assert found.notes == (told if is_told else ())
    if is_told:  # what Jupyter defines comes first
        assert "x + x" in extract_submission(notebook(TRIED, f"{magic}\n{RIGHT}"), NAMES, GIVEN).source.decode()


@pytest.mark.parametrize(
    "magic", ["bash", "html", "latex", "js", "cython", "script bash", "writefile a.txt", "sql", "R"]
)
def test_a_cell_in_another_language_is_a_comment(magic: str) -> None:
    for cell in (RIGHT, STUB):
        found = extract_submission(notebook(cell, f"%%{magic}\n{TRIED}"), NAMES)
        assert "x + x" not in found.source.decode()
        told = f"cell 2 defines double, but it begins with %%{magic.split()[0]}, so that it was not read"
        assert found.notes == ((told,) if cell == STUB else ())
    assert "echo" not in extract_submission(notebook(RIGHT, "%%home_made\necho (it"), NAMES).source.decode()


def test_an_answer_in_a_cell_of_prose_is_told() -> None:
    for text in (RIGHT, f"```python\n{RIGHT}\n```"):
        for kind in ("markdown", "raw"):
            table = make_notebook([Cell("code", STUB), Cell(kind, text)])
            found = extract_submission(notebook_text(table).encode(), NAMES, GIVEN)
            assert found.notes == ("cell 2 defines double, but it is not a Python cell: nothing runs it",)
    shown = f"# %% [markdown]\n# ```\n# def double(x):\n# ```\n{GIVEN}"
    table = make_notebook(split_percent(shown))
    assert extract_submission(notebook_text(table).encode(), NAMES, shown).notes == ()


# Notebooks as other programs write them


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code", "source": RIGHT},
        {"cell_type": "code", "source": RIGHT.splitlines(keepends=True)},
        {"source": RIGHT},
        {
            "cell_type": "code",
            "source": f"#@title Twice {{ display-mode: 'form' }}\n{RIGHT}",
            "metadata": {"cellView": "form"},
        },
        {"cell_type": "code", "source": RIGHT, "metadata": {"_uuid": "8f2839f2", "trusted": True}},
        {"cell_type": "code", "source": RIGHT, "metadata": {"vscode": {"languageId": "python"}, "tags": ["hide"]}},
        {"cell_type": "code", "source": RIGHT, "metadata": None, "outputs": None},
        {"cell_type": "code", "input": RIGHT.splitlines(keepends=True), "language": "python", "prompt_number": 1},
    ],
    ids=["text", "lines", "no type", "colab", "kaggle", "vscode", "flawed", "nbformat 3"],
)
def test_a_cell_as_other_programs_write_it(cell: dict[str, Any]) -> None:
    title = {"cell_type": "heading", "level": 1, "source": ["Tiny"]}
    old = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": [title]}, {"cells": [cell]}]}
    for table in ({"cells": [title, cell]}, old):
        for data in (json.dumps(table).encode(), b"\xef\xbb\xbf" + json.dumps(table).encode()):
            assert "2 * x" in extract_submission(data, NAMES).source.decode()
            assert read_cells(data)[0].kind == "markdown"


def test_a_cell_in_another_language_of_an_editor_is_not_python() -> None:
    cell = {"cell_type": "code", "source": RIGHT, "metadata": {"vscode": {"languageId": "shellscript"}}}
    assert read_cells(json.dumps({"cells": [cell]}).encode())[0].kind == "raw"


def test_a_notebook_in_utf16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ch1_tiny.ipynb"
    path.write_bytes(notebook(RIGHT).decode().encode("utf-16"))
    assert "2 * x" in extract_submission(read_source(path), NAMES).source.decode()


MERGED = '{\n "cells": [\n<<<<<<< HEAD\n  1\n=======\n  2\n>>>>>>> main\n ]\n}'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (MERGED, "git left conflict markers in it (line 3)"),
        ("import torch\nx = 1\n", "it begins with “import torch”; if it is Python code, name it .py"),
        ("<!DOCTYPE html>\n<html>", "it is a web page; download the .ipynb file itself"),
        (notebook(RIGHT).decode()[:200], "its JSON is damaged or incomplete"),
        ('{"doc_id": "1a2b"}', "it is JSON without a list of cells"),
        ("[" * 100_000, "nested too deeply"),
        ("", "it begins with “”"),
    ],
)
def test_what_is_not_a_notebook_is_named(data: str, words: str) -> None:
    with pytest.raises(SourceError, match="is not a notebook: ") as raised:
        read_cells(data.encode())
    assert words in raised.value.message


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
