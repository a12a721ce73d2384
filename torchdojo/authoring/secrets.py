"""What learners must not get: solutions, hidden checks, other answers, and what the reference gives to hidden inputs.

What counts is how much is given away. One line is what anybody might write; lines that follow one another are
somebody's work, and so is a whole solution. Likewise a number with few digits comes up by itself; two that follow one
another, four of them even when rounded, or one with all the digits of a float64, do not.
"""

from __future__ import annotations

import ast
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from torchdojo.authoring.public_parts import extract_probes, extract_public_checks
from torchdojo.authoring.recording import collect_exchanges
from torchdojo.authoring.stub import BEGIN, END, MARKED, make_stub
from torchdojo.course import Chapter, Course, load_overlays, parse_course_file
from torchdojo.grading.grader import PUBLIC_SECRET
from torchdojo.source.files import read_source, span
from torchdojo.source.names import Import
from torchdojo.wire import SentTensor

RUN = 48  # so many characters that the course does not show, spaces not counted, make lines in a row somebody's work
WHOLE = 28  # and so many a whole solution
SPACE = re.compile(r"\s+")
BEFORE = re.compile(r"^[^A-Za-z_@(\[{\n]+", re.MULTILINE)
AFTER = re.compile(r"(?:\\n)?[\"'],?[ \t\r]*$", re.MULTILINE)
OPENING = re.compile(r"(?!def|class|@).*:$")
PER_TENSOR = 128
RUNS_OF_NUMBERS = ((2, ".7g"), (4, ".4f"))
SMALLEST = 0.01
LARGEST_DENOMINATOR = 1000
OTHER_SECRET = b"another secret, to see what depends on it"
INTEGER = re.compile(r"(?<![\d.])\d{12,}(?![\d.])")


@dataclass
class Secrets:
    """What to look for, each with what it is, for a person.

    code: as `bare` writes it; seeds: inputs of hidden checks, as decimal digits
    numbers: float64 that tell alone; rows: numbers that follow one another, as `rows_of` writes them
    """

    code: dict[str, str] = field(default_factory=dict)
    seeds: dict[str, str] = field(default_factory=dict)
    numbers: dict[float, str] = field(default_factory=dict)
    rows: dict[tuple[str, ...], str] = field(default_factory=dict)


def normalize_code(text: str) -> str:
    """Return a text as texts are compared: without spaces, and without what may stand around a line of code.

    So a line is the same as a comment, in a diff, behind a prompt or a number, in a list of strings.
    """
    return SPACE.sub("", AFTER.sub("", BEFORE.sub("", text)))


def collect_secrets(course: Course, *, numbers: bool = True) -> Secrets:
    """Return a course's secrets. numbers: also seeds of hidden checks, and what the reference gives for them"""
    found = Secrets()
    shown = normalize_code("\n".join(_shown(course)))
    asked = shown + normalize_code(
        "\n".join(text for chapter in course.chapters for text in _public_graders(course, chapter))
    )
    for chapter in course.chapters:
        for lines, what in _solutions(course, chapter):
            _add_code(found, lines, what, shown)
        told = shown + normalize_code(
            "\n".join(f"{m.title}{m.explanation}" for m in load_overlays(course, chapter, "mistakes"))
        )
        for lines, what in _other_answers(course, chapter):
            _add_code(found, lines, what, told)
        for lines, what in _hidden_graders(course, chapter):
            _add_code(found, lines, what, asked)
        if numbers:
            _add_numbers(course, chapter, found)
    return found


def _add_code(found: Secrets, lines: list[str], what: str, shown: str) -> None:
    """Add a solution or a statement whole, and the shortest runs of its lines that tell something.

    Lines that the course shows anyway tell nothing. A run has two lines of work: `for …:` and the like are not enough.
    """
    words = [word for line in lines if (word := normalize_code(line))]
    telling = [0 if word in shown else len(word) for word in words]
    if sum(telling) >= WHOLE:
        found.code.setdefault("".join(words), what)
    work = [bool(weight) and not OPENING.match(word) for word, weight in zip(words, telling, strict=True)]
    for first in range(len(words)):
        for last in range(first + 2, len(words) + 1):
            if sum(telling[first:last]) >= RUN and sum(work[first:last]) >= 2:
                found.code.setdefault("".join(words[first:last]), what)
                break


def _shown(course: Course) -> Iterator[str]:
    """Yield what the course shows by its authors' choice: stubs and hints."""
    for chapter in course.chapters:
        yield make_stub(_text(course.reference_file(chapter)))
        for exercise in chapter.exercises:
            yield from exercise.hints


def _solutions(course: Course, chapter: Chapter) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each solution."""
    block: list[str] | None = None
    owner = "given code"
    for line in _text(course.reference_file(chapter)).splitlines():
        what = f"the solution of {chapter.name}/{owner}"
        defined = re.match(r"(?:def|class)\s+(\w+)", line)
        if defined:
            owner = defined[1]
        if line.strip() == BEGIN:
            block = []
        elif line.strip() == END and block is not None:
            yield block, what
            block = None
        elif block is not None:
            block.append(line)
        elif marked := MARKED.match(line):
            yield [marked["code"]], what


def _other_answers(course: Course, chapter: Chapter) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each statement of the known mistakes and the accepted answers."""
    for kind, what in (("mistakes", "the known mistake"), ("accepted", "the accepted answer")):
        for path in sorted((course.graders_folder(chapter) / kind).glob("*/*.py")):
            for _, lines in _statements(path):
                yield lines, f"{what} {chapter.name}/{path.parent.name}/{path.stem}"


def _public_graders(course: Course, chapter: Chapter) -> list[str]:
    folder = course.graders_folder(chapter)
    checks = [text for path in sorted(folder.glob("test_*.py")) if (text := extract_public_checks(path)) is not None]
    return [*checks, extract_probes(folder / "probes.py", checks)]


def _hidden_graders(course: Course, chapter: Chapter) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each statement of checks and probes, of the public ones too: those lines tell nothing."""
    folder = course.graders_folder(chapter)
    for path in [*sorted(folder.glob("test_*.py")), folder / "probes.py"]:
        kind = "probe" if path.name == "probes.py" else "check"
        for name, lines in _statements(path):
            yield lines, f"the hidden {kind} {chapter.name}/{path.name}::{name}"


def _statements(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the lines of each statement of a file that has several, without its docstring."""
    source = parse_course_file(path)
    for statement in source.statements:
        first, last = span(statement.node)
        if last > first and not isinstance(statement.node, ast.Expr | Import):
            yield min(statement.defines, default=f"line {first}"), source.lines[first - 1 : last]


def _text(path: Path) -> str:
    return read_source(path).decode("utf-8-sig")


def _add_numbers(course: Course, chapter: Chapter, found: Secrets) -> None:
    """Add the seeds of hidden checks under the public secret, and what the reference gives for them.

    Left out are numbers that public checks give as well, and those that come up whatever the seed is.
    """
    hidden = Secrets()
    open_seeds: set[str] = set()
    known: set[float | tuple[str, ...]] = set()
    for result, asked in collect_exchanges(course, chapter, PUBLIC_SECRET):
        check = f"the hidden check {result.exercise}/{result.check}"
        for calls, outputs in asked:
            seeds = {str(call.seed) for call in calls}
            if result.public:
                known.update(telling for row in _rows(outputs) for telling in _telling(row))
                open_seeds |= seeds
                continue
            hidden.seeds.update(dict.fromkeys(seeds, f"an input seed of {check}"))
            for telling in (telling for row in _rows(outputs) for telling in _telling(row)):
                told = hidden.numbers if isinstance(telling, float) else hidden.rows
                told[telling] = f"an expected value of {check}"  # type: ignore[index]
    for _, asked in collect_exchanges(course, chapter, OTHER_SECRET):
        known.update(telling for _, outputs in asked for row in _rows(outputs) for telling in _telling(row))
    found.seeds.update({seed: what for seed, what in hidden.seeds.items() if seed not in open_seeds})
    found.numbers.update({number: what for number, what in hidden.numbers.items() if number not in known})
    found.rows.update({row: what for row, what in hidden.rows.items() if row not in known})


def _rows(value: Any) -> Iterator[list[float]]:
    """Yield the floats of an answer, as they follow one another."""
    if isinstance(value, SentTensor):
        yield value.tensor.flatten()[:PER_TENSOR].tolist() if value.tensor.is_floating_point() else []
    elif isinstance(value, dict):
        yield from (row for item in value.values() for row in _rows(item))
    elif isinstance(value, list | tuple):
        yield [item for item in value if isinstance(item, float)]
        yield from (row for item in value if not isinstance(item, float) for row in _rows(item))
    elif isinstance(value, float):
        yield [value]


def _telling(row: list[float]) -> Iterator[float | tuple[str, ...]]:
    """Yield what of a row of numbers tells: single ones, and runs as `rows_of` writes them."""
    telling = [is_distinctive(number) for number in row]
    yield from (number for number in row if is_distinctive_alone(number))
    for size, digits in RUNS_OF_NUMBERS:
        for first in range(len(row) - size + 1):
            run = row[first : first + size]
            if all(telling[first : first + size]) and len(set(run)) == size and min(map(abs, run)) >= SMALLEST:
                yield tuple(format(number, digits) for number in run)


def number_runs(numbers: list[float]) -> Iterator[tuple[str, ...]]:
    """Yield the runs of a row of numbers: two to the digits that any float32 is written with, four as torch prints."""
    for size, digits in RUNS_OF_NUMBERS:
        written = [format(number, digits) for number in numbers]
        yield from zip(*(written[first:] for first in range(size)), strict=False)


def is_distinctive(number: float) -> bool:
    """Whether a float has more digits than a person would type, and is no simple fraction."""
    if not math.isfinite(number) or abs(number) < 1e-9 or float(f"{number:.6g}") == number:
        return False
    rounding = 1e-7 if _is_float32(number) else 1e-13
    return abs(float(Fraction(number).limit_denominator(LARGEST_DENOMINATOR)) - number) > rounding * abs(number)


def is_distinctive_alone(number: float) -> bool:
    """Whether a float tells by itself: it has digits that a float32 has no room for."""
    return is_distinctive(number) and not _is_float32(number)


def _is_float32(number: float) -> bool:
    try:
        return bool(struct.unpack("<f", struct.pack("<f", number))[0] == number)
    except OverflowError:
        return False
