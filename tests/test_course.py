"""course.toml: what is wrong with it is said once, with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        ("points = 2", "points = -2", 0, "chapter[ch1_tiny].exercise[double].points", "must not be negative"),
        ("points = 2", "points = 2\nhurdles = 3", 1, "chapter[ch1_tiny].exercise[double].hurdles", "unknown key"),
        ('title = "Tiny"', 'title = "Tiny"\ncolour = 1', 1, "chapter[ch1_tiny].colour", "unknown key"),
        ('hints = ["Keep', 'hnts = ["Keep', None, None, None),
        ('hints = ["Keep the factor.", ', "hints = [", 0, "chapter[ch1_tiny].exercise[Scale].hints", "three hints"),
        ('hints = ["Keep the factor.", ', 'hints = ["", ', 0, None, "hints"),
        ('name = "Scale"', 'name = "double"', 0, "chapter[ch1_tiny].exercise.name", "duplicate exercise"),
        ('name = "Scale"', 'name = "Shrink"', 0, "chapter[ch1_tiny].exercise.name", "unknown exercise"),
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
    with pytest.raises(CourseError, match="unknown exercise"):
        load_overlays(course, course.chapters[0], "mistakes")
