"""course.toml: all that is wrong with it is said at once, with file, line and key."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from torchdojo.cli.main import cli
from torchdojo.course import CourseError, find_root, lay_over, load_course, load_overlays
from torchdojo.source.files import ParsedSource


def edit(root: Path, old: str, new: str, count: int = 1) -> int:
    """Replace text in course.toml; return the line where the replaced text began."""
    path = root / "course.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))
    return text[: text.index(old)].count("\n") + 1


def test_the_tiny_course_loads(tiny_root: Path) -> None:
    course = load_course(tiny_root)
    assert course.points == 3.5
    assert [exercise.name for exercise in course.chapters[0].exercises] == ["double", "Scale"]


@pytest.mark.parametrize(
    ("old", "new", "offset", "key", "words"),
    [
        (
            "points = 2",
            "points = -2",
            0,
            "chapter[ch1_tiny].exercise[double].points",
            "must be a number greater than 0, is -2",
        ),
        ("points = 2", "points = 2\nhurdles = 3", 1, "chapter[ch1_tiny].exercise[double].hurdles", "unknown key"),
        ('title = "Tiny"', 'title = "Tiny"\ncolour = 1', 1, "chapter[ch1_tiny].colour", "unknown key"),
        ('hints = ["Keep', 'hnts = ["Keep', None, None, None),
        ('hints = ["Keep the factor.", ', "hints = [", 0, "chapter[ch1_tiny].exercise[Scale].hints", "three hints"),
        ('hints = ["Keep the factor.", ', 'hints = ["", ', 0, None, "hints"),
        ('name = "Scale"', 'name = "double"', 0, "chapter[ch1_tiny].exercise[double].name", "duplicate exercise"),
        ('name = "Scale"', 'name = "Shrink"', 0, "chapter[ch1_tiny].exercise[Shrink].name", "unknown exercise"),
        ('name = "ch1_tiny"', 'name = "ch2_gone"', 0, "chapter[ch2_gone].name", "missing"),
        ('builds_on = ["double"]', 'builds_on = ["triple"]', 0, None, "triple"),
        ("check_seconds = 5", "check_seconds = 0", 0, "chapter[ch1_tiny].check_seconds", "greater than 0"),
        ("memory_mb = 512", 'memory_mb = "much"', 0, "chapter[ch1_tiny].memory_mb", "much"),
        ("points = 1.5", "points = ", 0, None, "TOML"),
    ],
)
def test_what_is_wrong_is_named(
    tiny_root: Path, old: str, new: str, offset: int | None, key: str | None, words: str | None
) -> None:
    line = edit(tiny_root, old, new)
    with pytest.raises(CourseError) as caught:
        load_course(tiny_root)
    error = caught.value
    assert error.path == tiny_root / "course.toml"
    if offset is not None:
        assert error.line == line + offset
    if key is not None:
        assert error.key == key
    if words is not None:
        assert words in str(error)
    assert str(error).startswith(f"{tiny_root / 'course.toml'}:")


SIX = """\
title = "My course"
show_refrence = true

[[chapter]]
name = "ch1"
title = "Numbers"
short = "numbers"
check_seconds = 10
memory_mb = 12

[[chapter.exercise]]
name = "sigmoid"
point = 2
hints = [
    "a nudge",
    "",
    "almost the answer",
]

[[chapter.exercise]]
name = "predict"
points = 1
hints = ["a nudge", "the idea", "almost the answer"]
builds_on = [
    "sigmod",
]
"""
FOUND = """\
dojo check: {root}/course.toml has 6 errors:
  course.toml:2: show_refrence: unknown key; did you mean show_reference?
  course.toml:5: chapter[ch1].name: the chapter's file reference/ch1.py is missing; write it first: a module that \
defines sigmoid and predict, each solution between ### BEGIN SOLUTION and ### END SOLUTION; \
`dojo new course NAME` makes a small course to start from
  course.toml:9: chapter[ch1].memory_mb: must be a whole number from 256 to 1,000,000, is 12
  course.toml:13: chapter[ch1].exercise[sigmoid].point: unknown key; did you mean points?
  course.toml:16: chapter[ch1].exercise[sigmoid].hints[2]: must be a string that is not empty, is ""
  course.toml:25: chapter[ch1].exercise[predict].builds_on[1]: 'sigmod' is not another exercise of ch1; did you mean \
sigmoid?
"""


def test_everything_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text(SIX)
    done = CliRunner().invoke(cli, ["--course", str(tmp_path), "check"], prog_name="dojo")
    assert done.exit_code == 2
    assert done.stderr == FOUND.format(root=tmp_path)


def test_once_the_reference_is_there_its_definitions_count(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text(SIX)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/ch1.py").write_text("def sigmoid(x): ...\ndef predikt(x): ...\n")
    with pytest.raises(CourseError) as caught:
        load_course(tmp_path)
    (unknown,) = (error for error in caught.value.others if error.line == 21)
    assert unknown.message == "unknown exercise: reference/ch1.py does not define predict; did you mean predikt?"
    (tmp_path / "reference/ch1.py").write_text("def sigmoid(:\n")
    with pytest.raises(CourseError) as caught:
        load_course(tmp_path)
    assert (caught.value.others[-1].path, caught.value.others[-1].line) == (tmp_path / "reference/ch1.py", 1)
    assert "\n  reference/ch1.py:1: does not parse" in str(caught.value)


def test_the_command_that_is_named_makes_what_is_missing(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    text = path.read_text()
    tables = text.partition("\n\n")[2]
    exercise = "\n[[chapter.exercise]]\n" + tables.rpartition("[[chapter.exercise]]\n")[2]
    for name, more in (
        ("exercise ch1_tiny/halve", exercise.replace("Scale", "halve")),
        ("chapter ch2_more", "\n" + tables.replace("ch1_tiny", "ch2_more")),
    ):
        path.write_text(text + more)
        with pytest.raises(CourseError) as caught:
            load_course(tiny_root)
        found = re.search(r"remove (its tables|this table) and run `dojo (new .*?)`", str(caught.value))
        assert found
        assert found[2] == f"new {name}"
        path.write_text(text)
        done = CliRunner().invoke(cli, ["--course", str(tiny_root), *found[2].split()])
        assert done.exit_code == 0, done.output
        text = path.read_text()
    course = load_course(tiny_root)
    assert [chapter.name for chapter in course.chapters] == ["ch1_tiny", "ch2_more"]
    assert course.chapters[0].find("halve")


def test_a_long_list_is_cut_and_survives_pickling(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text("".join(f"unknown{index} = 1\n" for index in range(50)))
    with pytest.raises(CourseError) as caught:
        load_course(tmp_path)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[0], lines[-1]) == (22, f"{tmp_path}/course.toml has 52 errors:", "  … and 32 more")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), len(copy.others)) == (str(caught.value), 51)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "[[chapter]]",
            "[chapter]",
            "must be one or more [[chapter]] tables, is a table; write [[chapter]], with double",
        ),
        ("[[chapter.exercise]]", "[[exercise]]", "is a table of its own: write [[chapter.exercise]] above it"),
        ("[[chapter]]", "gpu = true\n[[chapter]]\nreleased = false", "belongs above the first table of the file"),
        (
            'short = "tiny"',
            'short = "tiny"\npoints = 3',
            "unknown key in [[chapter]]: it belongs in [[chapter.exercise]]",
        ),
        (
            'short = "tiny"',
            'short = "tiny"\nkind = "pyton"',
            'must be "torch" or "python", is "pyton"; did you mean python?',
        ),
        (
            'short = "tiny"\n',
            "",
            'is missing: one word or two, for the progress screen and for commands, as in short = "',
        ),
        ("memory_mb = 512", "memory_mb = 512.5", "must be a whole number from 256 to 1,000,000, is 512.5"),
        ("memory_mb = 512", f"memory_mb = 0x{'f' * 6000}", "must be a whole number from 256 to 1,000,000, is huge"),
        ("check_seconds = 5", "check_seconds = inf", "must be a number greater than 0, up to 3,600, is inf"),
        ("points = 1.5", 'points = "1.5"', 'must be a number greater than 0, is the string "1.5"'),
        ("points = 1.5", "points = true", "must be a number greater than 0, is true"),
        ('title = "Tiny"', "title = 2026-03-01", "must be a string that is not empty, is the date 2026-03-01"),
        (
            'name = "double"',
            'name = "dou-ble"',
            "must be a Python name (letters, digits and underscores, without a digit",
        ),
        ('builds_on = ["double"]', 'builds_on = "double"', 'must be a list of Python names, is the string "double"'),
        ('builds_on = ["double"]', 'builds_on = ["Scale"]', "'Scale' is not another exercise of ch1_tiny"),
        ('name = "ch1_tiny"', 'name = "ch1_tin"', "file reference/ch1_tin.py is missing; did you mean ch1_tiny?"),
        (
            'title = "A tiny course"',
            'title = "x"\ntitle = "y"',
            'is not TOML: cannot overwrite a value, in `title = "y"`',
        ),
        ("points = 1.5", f"points = {'[' * 3000}", "is nested too deeply to be read as TOML"),
    ],
)
def test_what_to_do_is_said(tiny_root: Path, old: str, new: str, message: str) -> None:
    edit(tiny_root, old, new)
    with pytest.raises(CourseError) as caught:
        load_course(tiny_root)
    assert message in " ".join(error.message for error in (caught.value, *caught.value.others))


def test_builds_on_an_exercise_of_another_chapter(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    other = path.read_text().partition("\n\n")[2].replace("ch1_tiny", "ch2_more").replace("double", "halve")
    path.write_text(path.read_text() + "\n" + other.replace('["halve"]', '["double"]'))
    with pytest.raises(CourseError, match="'double' is not another exercise of ch2_more; it is one of ch1_tiny"):
        load_course(tiny_root)


def test_a_byte_order_mark_costs_nothing(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_course(tiny_root).points == 3.5


def test_an_exercise_without_hints_is_named_at_its_table(tiny_root: Path) -> None:
    edit(tiny_root, 'hints = ["Keep the factor.", "Multiply in forward.", "factor * x"]\n', "")
    with pytest.raises(CourseError, match="three hints") as caught:
        load_course(tiny_root)
    assert caught.value.line == (tiny_root / "course.toml").read_text().splitlines().index('name = "Scale"')


def test_a_duplicate_chapter(tiny_root: Path) -> None:
    path = tiny_root / "course.toml"
    text = path.read_text()
    path.write_text(text + text.partition("\n\n")[2])
    with pytest.raises(CourseError, match="duplicate chapter ch1_tiny"):
        load_course(tiny_root)


def test_without_course_toml(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no course\.toml"):
        find_root(tmp_path)


def test_an_overlay_takes_the_place_of_what_it_redefines(tiny_root: Path) -> None:
    course = load_course(tiny_root)
    (mistake,) = [m for m in load_overlays(course, course.chapters[0], "mistakes") if m.id == "squared"]
    text = mistake.source.decode()
    assert text.count("def double") == 1
    assert "return x * x" in text
    assert text.index("def double") < text.index("class Scale")
    assert mistake.title == "Squared"
    assert mistake.fails == ("values", "float32")
    assert "FAILS" not in text


def test_helpers_of_an_overlay_come_after_the_imports() -> None:
    reference = b"import math\n\n\ndef area(r):\n    return math.pi * r * r\n"
    overlay = b'"""Other."""\nfrom math import tau\n\n\ndef half(x):\n    return x / 2\n\n\ndef area(r):\n    return half(tau * r * r)\n'
    space: dict[str, object] = {}
    exec(lay_over(ParsedSource(reference), ParsedSource(overlay)).decode(), space)
    assert abs(space["area"](2.0) - 12.566370614) < 1e-8  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "words"),
    [("FAILS = ('values',)\ndef double(x): ...\n", "docstring"), ('"""Named."""\ndef double(x): return x\n', "FAILS")],
)
def test_a_mistake_without_a_name_or_without_fails(tiny_root: Path, text: str, words: str) -> None:
    (tiny_root / "graders/ch1_tiny/mistakes/double/bad.py").write_text(text)
    course = load_course(tiny_root)
    with pytest.raises(CourseError, match=words):
        load_overlays(course, course.chapters[0], "mistakes")


def test_a_mistake_of_an_unknown_exercise(tiny_root: Path) -> None:
    (tiny_root / "graders/ch1_tiny/mistakes/halve").mkdir()
    course = load_course(tiny_root)
    with pytest.raises(CourseError, match="has no exercise of this name"):
        load_overlays(course, course.chapters[0], "mistakes")
