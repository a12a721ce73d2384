"""Reading around errors: whatever the text is, what parses is kept, and every line keeps its number."""

from __future__ import annotations

import ast
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torchdojo.source.files import ParsedSource, SourceError
from torchdojo.source.repair import LINE, parse_around_errors

PIECES = (
    *(
        "def f(x):\n",
        "class C:\n",
        "    return x\n",
        "  y = 1\n",
        "x = 1\n",
        "@d\n",
        "else:\n",
        "if x:\n",
        "\n",
        "# note\n",
    ),
    *(
        "(",
        ")",
        "[",
        "'",
        '"',
        '"""',
        "'''",
        "\\",
        "\\\n",
        "\f",
        "\r",
        "\t",
        "é",
        "f'{x'",
        "<<<<<<< HEAD\n",
        "=======\n",
        "\u00a0",
        "\u3000\n",
        "\x85",
        "\ufeff",
        "\u200b",
    ),
)
UNSEEN = ("\u00a0", "\u3000", "\u2003", "\x85", "\x1f", "\v", "\ufeff", "\u200b", "\u00a0 \u00a0")
GOOD = (
    *(f'def {{0}}(x):\n    """What\n{mark}\n    it does."""\n    return x  # {mark}\n' for mark in UNSEEN),
    "def {0}(x):\n    return x\n",
    'def {0}(x):\n    """What it does: (\n\n    and more.\n    """\n    return {{\n        "a": x\n    }}\n',
    "@staticmethod\n@property\nclass {0}:\n    a = 1\n\n    def b(self):\n        return (1,\n2)\n",
    "async def {0}(): pass  # ( [ {{ '\n",
    "from os import path as {0}\n",
)
BAD = (
    "def {0}(:\n    return 1\n",
    "def {0}(x)\n    return x\n",
    "def {0}(x):\n    return (x\n",
    "def {0}(x):\n    return x)\n",
    'def {0}(x):\n    """Never closed.\n    return x\n',
    "def {0}(x):\n    return 'never closed\n",
    "def {0}(x):\nreturn: x\n",
    "def {0}(x):\n        y = 1\n    return y\n",
    "def {0}(x):\n    y = x\n<<<<<<< HEAD\n    return y\n=======\n    return -y\n>>>>>>> mine\n",
    "def {0}(x):\n    y = x\nwhat now\n    return y\n",
    "class {0}:\n    def a(self):\n    def b(self):\n        pass\n",
    "{0} = [1,\n",
    "<<<<<<< HEAD\n",
    "this is not Python\n",
    *(f"{mark}\n" for mark in UNSEEN),
    *(f"{mark}# a note\n" for mark in UNSEEN),
    *(f"def {{0}}(x):\n    y = x\n{mark}\n    return y\n" for mark in UNSEEN),
    *(f"def {{0}}(x):\n    y = x\n{mark}    return y\n" for mark in UNSEEN),
    *(f"def {{0}}(x):\n    y = x\n    {mark}\n    return y\n" for mark in UNSEEN),
    "\ufeffdef {0}(x):\n    return x\n",
    "\u200b{0} = 1\n",
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=200))
def test_any_text_is_read_or_refused_and_lines_keep_their_numbers(text: str) -> None:
    text += "\n"
    try:
        read = parse_around_errors(text.encode("utf-8", "surrogatepass"))
    except SourceError:
        return
    before, after = LINE.findall(read.text), LINE.findall(read.code.decode("utf-8-sig"))
    assert len(before) == len(after)
    broken = {number for block in read.broken for number in range(block.first, block.last + 1)}
    for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        assert new.strip("\r\n") == ("#" if number in broken else old.strip("\r\n"))
    assert ast.dump(read.tree) == ast.dump(ast.parse(read.code.decode("utf-8-sig")))
    assert all(block.first <= block.line <= block.last for block in read.broken)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=1, max_size=12))
def test_every_block_that_parses_is_kept_and_every_other_is_named(choices: list[tuple[bool, int]]) -> None:
    blocks = [
        (good, (GOOD if good else BAD)[n % len(GOOD if good else BAD)], f"n{i}") for i, (good, n) in enumerate(choices)
    ]
    text = "\n" + "".join(f"{block.format(name)}\n" for _, block, name in blocks) + "def last():\n    pass\n"
    read = parse_around_errors(text.encode())
    bound = {name for statement in read.statements for name in statement.binds}
    assert bound == {name for good, _, name in blocks if good} | {"last"}
    named = {name for block in read.broken for name in block.names}
    assert named >= {name for good, block, name in blocks if not good and "{0}" in block}


@pytest.mark.parametrize("mark", UNSEEN)
def test_a_mark_that_cannot_be_seen_costs_its_own_line_only(mark: str) -> None:
    above, below = "def f(x):\n    return x\n", "\nx = f(1)\n"
    for line in (mark, f"{mark}# a note"):
        for text in (
            f"{above}{line}\n{below}",
            f"{above}{below}{line}",
            f"{above}{below}\n{line}\n",
            f"{line}\n{above}{below}",
        ):
            read = parse_around_errors(text.encode())
            assert set().union(*(statement.binds for statement in read.statements)) == {"f", "x"}
            assert [block.first for block in read.broken] == [block.last for block in read.broken]
            assert len(read.broken) == (not text.startswith("\ufeff"))
    joined = f"\ufeff{above}\ufeffimport math\n{below}".encode()
    assert [(block.first, block.last) for block in parse_around_errors(joined).broken] == [(3, 3)]


@pytest.mark.parametrize("text", ["x = 1\n", "def f():\n    ...\n", "\ufeffx = 1\n"])
def test_a_text_that_parses_is_left_as_it_is(text: str) -> None:
    read = parse_around_errors(text.encode())
    assert (read.code, read.broken) == (text.encode(), ())
    assert ast.dump(read.tree) == ast.dump(ParsedSource(text.encode()).tree)


@pytest.mark.parametrize("line", ["x = (\n", "def f(\n", '\\"""\n', "('''\n", "<<<\n  x\n", "def f():\n  (\n"])
def test_a_long_hostile_text_takes_no_more_than_seconds(line: str) -> None:
    started = time.process_time()
    with contextlib.suppress(SourceError):
        parse_around_errors((line * (500_000 // len(line))).encode())
    assert time.process_time() - started < 15
