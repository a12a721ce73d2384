"""The secrets of a course: solutions, hidden checks, other answers, and the reference's answers to hidden inputs.

What counts is how much is revealed. Anybody might write a single line; several lines in a row, or a whole solution, are
someone's work. Likewise a number with few digits occurs by chance; two in a row, four even when rounded, or one with
all the digits of a float64, do not.
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
from torchdojo.course import Chapter, Course, load_overlays, parse_course_file, read_course_file
from torchdojo.course.stub import BEGIN, END, MARKED, make_stub
from torchdojo.grading.grader import PUBLIC_SECRET
from torchdojo.source.files import span
from torchdojo.source.names import Import
from torchdojo.wire import SentArray, SentTensor

# Characters that the course does not show, without spaces: so many make lines in a row, or a whole solution, a secret.
MIN_RUN_CHARACTERS = 48
MIN_SOLUTION_CHARACTERS = 28
SPACE = re.compile(r"\s+")
BEFORE_CODE = re.compile(r"^[^A-Za-z_@(\[{\n]+", re.MULTILINE)
AFTER_CODE = re.compile(r"(?:\\n)?[\"'],?[ \t\r]*$", re.MULTILINE)
BLOCK_OPENING = re.compile(r"(?!def|class|@).*:$")
MAX_NUMBERS_PER_TENSOR = 128
NUMBER_RUNS = ((2, ".7g"), (4, ".4f"))  # how many numbers in a row, in which format
SMALLEST_IN_RUN = 0.01
MAX_DENOMINATOR = 1000
OTHER_SECRET = b"another secret, to see what depends on it"
LONG_INTEGER = re.compile(r"(?<![\d.])\d{12,}(?![\d.])")


@dataclass
class Secrets:
    """What to look for, each with a description for the message.

    code: as `normalize_code` writes it; seeds: inputs of hidden checks, as decimal digits
    numbers: float64 values that are distinctive alone; rows: consecutive numbers, as `number_runs` writes them
    """

    code: dict[str, str] = field(default_factory=dict)
    seeds: dict[str, str] = field(default_factory=dict)
    numbers: dict[float, str] = field(default_factory=dict)
    rows: dict[tuple[str, ...], str] = field(default_factory=dict)


def normalize_code(text: str) -> str:
    """Return a text for comparison: without spaces, and without what may surround a line of code.

    So a line is the same in a comment, in a diff, after a prompt or a line number, and in a list of strings.
    """
    return SPACE.sub("", AFTER_CODE.sub("", BEFORE_CODE.sub("", text)))


def collect_secrets(course: Course, *, numbers: bool = True) -> Secrets:
    """Return a course's secrets.

    numbers: whether to include the seeds of hidden checks, and the reference's answers to them
    """
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
    """Add a solution or a statement as a whole, and the shortest runs of its lines that reveal something.

    Lines that the course shows reveal nothing. A run needs two lines that do work, unlike `for …:`.
    """
    codes = [code for line in lines if (code := normalize_code(line))]
    weights = [0 if code in shown else len(code) for code in codes]
    if sum(weights) >= MIN_SOLUTION_CHARACTERS:
        found.code.setdefault("".join(codes), what)
    works = [bool(weight) and not BLOCK_OPENING.match(code) for code, weight in zip(codes, weights, strict=True)]
    for first in range(len(codes)):
        for last in range(first + 2, len(codes) + 1):
            if sum(weights[first:last]) >= MIN_RUN_CHARACTERS and sum(works[first:last]) >= 2:
                found.code.setdefault("".join(codes[first:last]), what)
                break


def _shown(course: Course) -> Iterator[str]:
    """Yield what the course shows to learners: stubs and hints."""
    for chapter in course.chapters:
        yield make_stub(_text(course.reference_file(chapter)))
        for exercise in chapter.exercises:
            yield from exercise.hints
            yield from (item.title for item in exercise.rubric)


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
    return [*checks, extract_probes(course.probes_file(chapter), checks)]


def _hidden_graders(course: Course, chapter: Chapter) -> Iterator[tuple[list[str], str]]:
    """Yield the lines of each statement of checks and probes. Those of public ones are shown, and reveal nothing."""
    folder = course.graders_folder(chapter)
    for path in [*sorted(folder.glob("test_*.py")), course.probes_file(chapter)]:
        kind = "check" if path.name.startswith("test_") else "probe"
        for name, lines in _statements(path):
            yield lines, f"the hidden {kind} {chapter.name}/{path.name}::{name}"


def _statements(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the lines of each statement of several lines, except docstrings and imports."""
    source = parse_course_file(path)
    for statement in source.statements:
        first, last = span(statement.node)
        if last > first and not isinstance(statement.node, ast.Expr | Import):
            yield min(statement.defines, default=f"line {first}"), source.lines[first - 1 : last]


def _text(path: Path) -> str:
    return read_course_file(path).decode("utf-8-sig")


def _add_numbers(course: Course, chapter: Chapter, found: Secrets) -> None:
    """Add the seeds of hidden checks under the public secret, and the reference's answers to them.

    Numbers that also occur in public checks, or with every seed, are left out.
    """
    hidden = Secrets()
    open_seeds: set[str] = set()
    known: set[float | tuple[str, ...]] = set()
    for result, asked in collect_exchanges(course, chapter, PUBLIC_SECRET):
        check = f"the hidden check {result.exercise}/{result.check}"
        for calls, outputs in asked:
            seeds = {str(call.seed) for call in calls}
            if result.public:
                # All of them, since all are recorded: a pixel has 256 values, so a hidden row may well be among them.
                for row in _rows(outputs, None):
                    known.update(row, number_runs(row))
                open_seeds |= seeds
                continue
            hidden.seeds.update(dict.fromkeys(seeds, f"an input seed of {check}"))
            for part in (part for row in _rows(outputs) for part in _distinctive_parts(row)):
                target = hidden.numbers if isinstance(part, float) else hidden.rows
                target[part] = f"an expected value of {check}"  # type: ignore[index]
    for _, asked in collect_exchanges(course, chapter, OTHER_SECRET):
        known.update(part for _, outputs in asked for row in _rows(outputs) for part in _distinctive_parts(row))
    found.seeds.update({seed: what for seed, what in hidden.seeds.items() if seed not in open_seeds})
    found.numbers.update({number: what for number, what in hidden.numbers.items() if number not in known})
    found.rows.update({row: what for row, what in hidden.rows.items() if row not in known})


def _rows(value: Any, most: int | None = MAX_NUMBERS_PER_TENSOR) -> Iterator[list[float]]:
    """Yield the floats of an answer, in rows. most: of a tensor"""
    if isinstance(value, SentTensor):
        yield value.tensor.flatten()[:most].tolist() if value.tensor.is_floating_point() else []
    elif isinstance(value, SentArray):
        yield from _rows(value.as_tensor(), most)
    elif isinstance(value, dict):
        yield from (row for item in value.values() for row in _rows(item, most))
    elif isinstance(value, list | tuple | set | frozenset):
        yield [item for item in value if isinstance(item, float)]
        yield from (row for item in value if not isinstance(item, float) for row in _rows(item, most))
    elif isinstance(value, float):
        yield [value]


def _distinctive_parts(row: list[float]) -> Iterator[float | tuple[str, ...]]:
    """Yield the distinctive parts of a row of numbers: single ones, and runs as `number_runs` writes them."""
    distinctive = [is_distinctive(number) for number in row]
    yield from (number for number in row if is_distinctive_alone(number))
    for size, digits in NUMBER_RUNS:
        for first in range(len(row) - size + 1):
            run = row[first : first + size]
            if (
                all(distinctive[first : first + size])
                and len(set(run)) == size
                and min(map(abs, run)) >= SMALLEST_IN_RUN
            ):
                yield tuple(format(number, digits) for number in run)


def number_runs(numbers: list[float]) -> Iterator[tuple[str, ...]]:
    """Yield the runs of a row of numbers: two with the digits of a float32, and four as torch prints them."""
    for size, digits in NUMBER_RUNS:
        written = [format(number, digits) for number in numbers]
        yield from zip(*(written[first:] for first in range(size)), strict=False)


def is_distinctive(number: float) -> bool:
    """Whether a float has more digits than a person would type, and is not a simple fraction."""
    if not math.isfinite(number) or abs(number) < 1e-9 or float(f"{number:.6g}") == number:
        return False
    rounding = 1e-7 if _is_float32(number) else 1e-13
    return abs(float(Fraction(number).limit_denominator(MAX_DENOMINATOR)) - number) > rounding * abs(number)


def is_distinctive_alone(number: float) -> bool:
    """Whether a float is distinctive without its neighbours: it has more digits than a float32."""
    return is_distinctive(number) and not _is_float32(number)


def _is_float32(number: float) -> bool:
    try:
        return bool(struct.unpack("<f", struct.pack("<f", number))[0] == number)
    except OverflowError:
        return False
