"""What learners must not get: solutions, hidden checks, other answers, and what the reference gives to hidden inputs.

All of it is read from the course's own sources, so that nobody has to list what is secret.
"""

from __future__ import annotations

import ast
import math
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from torchdojo.authoring.record import SECRET, rehearsed
from torchdojo.authoring.split import probes_named, public_checks
from torchdojo.authoring.stub import BEGIN, END, MARKED, make_stub
from torchdojo.course import Chapter, Course, parse, read_source
from torchdojo.course.source import span
from torchdojo.wire import Tagged

TELLING = 24  # so many characters, spaces not counted, tell a line from what anybody would write
PER_TENSOR = 64


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
    public = _public_text(course)
    found = Secrets()
    for text, words in _secret_texts(course):
        needle = bare(text)
        if len(needle) >= TELLING and needle not in public:
            found.texts.setdefault(needle, words)
    if numbers:
        for chapter in course.chapter:
            _add_numbers(course, chapter, found)
    return found


def _public_text(course: Course) -> str:
    """Return what the course shows by its authors' choice: stubs, hints, public checks and their probes."""
    parts: list[str] = []
    for chapter in course.chapter:
        parts.append(make_stub(_text(course.reference(chapter))))
        parts += [hint for exercise in chapter.exercise for hint in exercise.hints]
        parts += _public_graders(course, chapter)
    return bare("\n".join(parts))


def _public_graders(course: Course, chapter: Chapter) -> list[str]:
    folder = course.graders(chapter)
    checks = [text for path in sorted(folder.glob("test_*.py")) if (text := public_checks(path)) is not None]
    return [*checks, probes_named(folder / "probes.py", checks)]


def _text(path: Path) -> str:
    return read_source(path).decode("utf-8-sig")


def _secret_texts(course: Course) -> Iterator[tuple[str, str]]:
    for chapter in course.chapter:
        yield from _solutions(chapter, _text(course.reference(chapter)))
        folder = course.graders(chapter)
        for path in [*sorted(folder.glob("test_*.py")), folder / "probes.py"]:
            for line in _text(path).splitlines():
                yield line, f"a line of the hidden part of {chapter.name}/{path.name}"
    for path in sorted((course.root / "graders").rglob("*.py")):
        place = path.relative_to(course.root / "graders")
        if len(place.parts) > 2:
            for line in _code_lines(path):
                yield line, f"a line of {place.as_posix()}"


def _solutions(chapter: Chapter, reference: str) -> Iterator[tuple[str, str]]:
    """Yield each line of a solution, unless it only opens a block, and each solution with what stands above it."""
    words = f"a line of a solution of {chapter.name}"
    block: list[str] | None = None
    before = ""
    for line in reference.splitlines():
        marked = MARKED.match(line)
        if line.strip() == BEGIN:
            block = [before]
        elif line.strip() == END and block is not None:
            for above in (block[0], BEGIN):
                yield "\n".join([above, *block[1:]]), f"a solution of {chapter.name}"
            block = None
        elif block is not None or marked:
            code = marked["code"] if marked else line
            if block is not None:
                block.append(code)
            if not code.rstrip().endswith(":"):
                yield code, words
        if line.strip():
            before = line


def _code_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file's statements, without its docstring and without what it says of itself."""
    lines = _text(path).splitlines()
    for node in parse(read_source(path), path.name).body:
        if isinstance(node, ast.Expr | ast.Import | ast.ImportFrom):
            continue
        first, last = span(node)
        yield from (line for line in lines[first - 1 : last] if not line.rstrip().endswith(":"))


def _add_numbers(course: Course, chapter: Chapter, found: Secrets) -> None:
    """Add the seeds of hidden checks under the release's own secret, and what the reference gives to them."""
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
    """Whether a float has so many digits that it does not come up by itself."""
    return math.isfinite(number) and abs(number) > 1e-9 and float(f"{number:.6g}") != number
