"""What learners must not get: solutions, hidden checks, other answers, and what the reference gives to hidden inputs.

All of it is read from the course's own sources, so that nobody has to list what is secret.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from torchdojo.authoring.record import SECRET, rehearsed
from torchdojo.authoring.split import probes_named, public_checks
from torchdojo.authoring.stub import BEGIN, END, MARKED, make_stub
from torchdojo.course import Chapter, Course, parse, read_source
from torchdojo.course.source import span
from torchdojo.wire import Tagged

# So many characters, spaces not counted, tell a line, and two lines in a row, from what anybody would write.
TELLING = 28
TELLING_PAIR = 48
PER_TENSOR = 64
LARGEST_DENOMINATOR = 1000
OTHER_SECRET = b"another secret, to see what depends on it"


@dataclass
class Secrets:
    """What to look for, each with what it is: texts without spaces, numbers as 8 bytes, seeds as digits."""

    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[bytes, str] = field(default_factory=dict)
    seeds: dict[str, str] = field(default_factory=dict)


def bare(text: str) -> str:
    """Return a text without any space, as texts are compared."""
    return re.sub(r"\s+", "", text)


def secrets_of(course: Course, *, numbers: bool = True) -> Secrets:
    """Return a course's secrets. numbers: also what the reference gives to the inputs of hidden checks"""
    shown = bare("\n".join(_shown(course)))
    asked = bare("\n".join(text for chapter in course.chapter for text in _public_graders(course, chapter)))
    found = Secrets()
    for texts, public in ((_answers(course), shown), (_hidden_graders(course), shown + asked)):
        for lines, words in texts:
            for needle in _needles(lines):
                if needle not in public:
                    found.texts.setdefault(needle, words)
    if numbers:
        for chapter in course.chapter:
            _add_numbers(course, chapter, found)
    return found


def _needles(lines: list[str]) -> Iterator[str]:
    """Yield what is telling in consecutive lines: a long one that does more than open a block, and two in a row."""
    words = [bare(line) for line in lines if line.strip()]
    yield from (line for line in words if len(line) >= TELLING and not line.endswith(":"))
    yield from (a + b for a, b in itertools.pairwise(words) if len(a + b) >= TELLING_PAIR and not b.endswith(":"))


def _shown(course: Course) -> Iterator[str]:
    """Yield what the course shows by its authors' choice: stubs and hints."""
    for chapter in course.chapter:
        yield make_stub(_text(course.reference(chapter)))
        for exercise in chapter.exercise:
            yield from exercise.hints


def _public_graders(course: Course, chapter: Chapter) -> list[str]:
    folder = course.graders(chapter)
    checks = [text for path in sorted(folder.glob("test_*.py")) if (text := public_checks(path)) is not None]
    return [*checks, probes_named(folder / "probes.py", checks)]


def _text(path: Path) -> str:
    return read_source(path).decode("utf-8-sig")


def _hidden_graders(course: Course) -> Iterator[tuple[list[str], str]]:
    """Yield the texts of checks and probes, the public ones too: what these hold is no secret."""
    for chapter in course.chapter:
        folder = course.graders(chapter)
        for path in [*sorted(folder.glob("test_*.py")), folder / "probes.py"]:
            yield _text(path).splitlines(), f"of the hidden part of {chapter.name}/{path.name}"


def _answers(course: Course) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of solutions, and of every other answer that the graders hold: mistakes, accepted, attacks."""
    for chapter in course.chapter:
        yield from _solutions(chapter, _text(course.reference(chapter)))
    for path in sorted((course.root / "graders").rglob("*.py")):
        place = path.relative_to(course.root / "graders")
        if len(place.parts) > 2:
            for lines in _statements(path):
                yield lines, f"of {place.as_posix()}"
                yield ["".join(lines)], f"of {place.as_posix()}"


def _solutions(chapter: Chapter, reference: str) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each solution; a short one as one line, with what stands above it."""
    words = f"of a solution of {chapter.name}"
    block: list[str] | None = None
    above = ""
    for line in reference.splitlines():
        marked = MARKED.match(line)
        if line.strip() == BEGIN:
            block = []
        elif line.strip() == END and block is not None:
            yield block, words
            for before in ("", above, BEGIN):
                yield ["".join([before, *block])], words
            block = None
        elif block is not None:
            block.append(line)
        elif marked:
            yield [marked["code"]], words
        if line.strip() and block is None:
            above = line


def _statements(path: Path) -> Iterator[list[str]]:
    """Yield the lines of each statement of a file, without its docstring and what it says of itself."""
    lines = _text(path).splitlines()
    for node in parse(read_source(path), path.name).body:
        if not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom):
            first, last = span(node)
            yield lines[first - 1 : last]


def _add_numbers(course: Course, chapter: Chapter, found: Secrets) -> None:
    """Add the seeds of hidden checks under the release's own secret, and what the reference gives to them.

    Left out are numbers that public checks give as well, and those that come up whatever the seed is.
    """
    hidden: dict[bytes, str] = {}
    known: set[bytes] = set()
    open_seeds: set[int] = set()
    for result, asked in rehearsed(course, chapter, SECRET):
        words = f"what the reference gives in the hidden check {result.exercise}/{result.check}"
        for calls, outputs in asked:
            seeds = {call.seed for call in calls}
            if result.public:
                known.update(_numbers_in(outputs))
                open_seeds |= seeds
            else:
                hidden.update(dict.fromkeys(_numbers_in(outputs), words))
                input_words = f"an input of the hidden check {result.exercise}/{result.check}"
                found.seeds.update({str(seed): input_words for seed in seeds})
    for seed in open_seeds:
        found.seeds.pop(str(seed), None)
    for _, asked in rehearsed(course, chapter, OTHER_SECRET):
        for _, outputs in asked:
            known.update(_numbers_in(outputs))
    found.numbers.update({number: words for number, words in hidden.items() if number not in known})


def _numbers_in(value: Any) -> Iterator[bytes]:
    """Yield the telling floats of an answer as 8 bytes each: a float64, or two float32 side by side."""
    if isinstance(value, Tagged):
        yield from _of_tensor(value.tensor)
    elif isinstance(value, dict):
        yield from _each(value.values())
    elif isinstance(value, list | tuple):
        yield from _each(value)
    elif isinstance(value, float) and telling(value):
        yield struct.pack("<d", value)


def _each(values: Iterable[Any]) -> Iterator[bytes]:
    for item in values:
        yield from _numbers_in(item)


def _of_tensor(tensor: torch.Tensor) -> Iterator[bytes]:
    numbers: list[float] = tensor.flatten()[:PER_TENSOR].tolist() if tensor.is_floating_point() else []
    if tensor.dtype == torch.float64:
        yield from (struct.pack("<d", number) for number in numbers if telling(number))
    elif tensor.dtype == torch.float32:
        for a, b in zip(numbers[::2], numbers[1::2], strict=False):
            if telling(a) and telling(b) and a != b:
                yield struct.pack("<ff", a, b)


def telling(number: float) -> bool:
    """Whether a float has so many digits, and is no simple fraction, that it does not come up by itself."""
    if not math.isfinite(number) or abs(number) < 1e-9 or float(f"{number:.6g}") == number:
        return False
    return abs(float(Fraction(number).limit_denominator(LARGEST_DENOMINATOR)) - number) > 1e-13 * abs(number)
